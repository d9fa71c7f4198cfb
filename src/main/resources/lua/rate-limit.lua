-- Takes a token from a bucket, where it has one. A bucket is kept as the time at which it is full again:
-- each token moves that on by the time one takes to come. So what is not there is full, and nothing has
-- to fill it.
--
-- KEYS[1] bucket  STRING: microseconds since 1970, by the clock of Redis
-- ARGV[1] microseconds that a token takes to come
-- ARGV[2] tokens of a full bucket
-- ARGV[3] 0: none is taken, whether there is one is only told; anything else or nothing: one is
-- Returns 0 when there was one, otherwise the milliseconds until there is one. Cost: O(1).
-- include: numbers.lua
local interval, most = tonumber(ARGV[1]), tonumber(ARGV[1]) * tonumber(ARGV[2])
local now = now_micros()
local full = tonumber(redis.call('GET', KEYS[1])) or now
if full < now then full = now end
-- Empty at worst: the clock was set back, a failover led to a server whose clock is behind, or the bucket
-- was larger.
if full > now + most then full = now + most end
local wait = full + interval - most - now
if wait > 0 then return math.ceil(wait / 1000) end
if ARGV[3] == '0' then return 0 end
full = full + interval
redis.call('SET', KEYS[1], string.format('%d', full), 'PX', math.ceil((full - now) / 1000))
return 0

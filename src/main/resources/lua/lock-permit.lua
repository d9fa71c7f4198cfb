-- Takes one of several permits, in order of arrival. The token that holds one gets the same answer again.
--
-- KEYS[1] lock     STRING
-- KEYS[2] permits  ZSET
-- KEYS[3] line     ZSET
-- KEYS[4] places   ZSET
-- KEYS[5] names    ZSET
-- KEYS[6] fence    STRING
-- KEYS[7] channel of those who wait
-- ARGV[1] token
-- ARGV[2] lease, milliseconds
-- ARGV[3] name
-- ARGV[4] how many locks may be held; 0: this one does not count
-- ARGV[5] permits
-- ARGV[6] how long a place in the line is kept, milliseconds; 0: whoever gets no permit leaves the line
-- Returns the fencing token and the milliseconds that the lease lasts; '0' and the milliseconds until the first lease
-- ends; '-1' and 0 if too many locks are held. Cost: O(permits + log(names) + log(line)).
-- include: lock-state.lua
local now = now_micros()
local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', number(now), 'LIMIT', 0, 1000)
if #over > 0 then redis.call('ZREM', KEYS[2], unpack(over)) end
local member, ends = lock_permit(KEYS[2], ARGV[1])
if member then
  local _, fence = lock_holder(member)
  return { fence, math.ceil((ends - now) / 1000) }
end
local gone = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', number(now), 'LIMIT', 0, 1000)
if #gone > 0 then
  redis.call('ZREM', KEYS[3], unpack(gone))
  redis.call('ZREM', KEYS[4], unpack(gone))
end

local lock_millis = redis.call('PTTL', KEYS[1])
local free = lock_millis >= 0 and 0 or tonumber(ARGV[5]) - redis.call('ZCARD', KEYS[2])
local turn = false
if free > 0 then
  local first = redis.call('ZRANGE', KEYS[3], 0, free - 1)
  turn = #first < free
  for _, token in ipairs(first) do turn = turn or token == ARGV[1] end
end
local lease = tonumber(ARGV[2])
if turn then
  local named = lock_named(KEYS[5], ARGV[3], now + lease * 1000, tonumber(ARGV[4]), now)
  local fence = named and lock_fence(KEYS[6], now) or '-1'
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('ZREM', KEYS[4], ARGV[1])
  if not named then return { fence, 0 } end
  redis.call('ZADD', KEYS[2], number(now + lease * 1000), ARGV[1] .. ':' .. fence)
  if redis.call('PTTL', KEYS[2]) < lease then redis.call('PEXPIRE', KEYS[2], lease) end
  -- Two releases may have woken the same waiter, as it had not taken its permit yet.
  if free > 1 then lock_wake(KEYS[3], KEYS[7]) end
  return { fence, lease }
end

local keep = tonumber(ARGV[6])
if keep == 0 then
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('ZREM', KEYS[4], ARGV[1])
else
  if not redis.call('ZSCORE', KEYS[3], ARGV[1]) then
    local last = redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')[2]
    redis.call('ZADD', KEYS[3], number(math.max(now, (tonumber(last) or 0) + 1)), ARGV[1])
  end
  redis.call('ZADD', KEYS[4], number(now + keep * 1000), ARGV[1])
  redis.call('PEXPIRE', KEYS[3], keep)
  redis.call('PEXPIRE', KEYS[4], keep)
end
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
return { '0', math.max(lock_millis, first and math.ceil((tonumber(first) - now) / 1000) or 0) }

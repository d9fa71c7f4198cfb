-- Puts a pseudonym in the place of a user, in the claimants, the audience and, by an entry of the ledger, in
-- MySQL. Numbers and counts stay. A user who waits leaves the waitlist. The version is bumped and the replicas are
-- told (channel: the name of the state's key, message: "epoch version"), so that none goes on telling the claim from
-- memory.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM
-- KEYS[5] line       ZSET user -> ticket (coupon-line.lua)
-- ARGV[1] user
-- ARGV[2] pseudonym
-- ARGV[3] 1: the user is in MySQL, so that the entry is needed in any case
-- Returns {epoch, version, 1 when there was something to erase and 0 when not, size of the audience (-1:
-- none)}, or LOADING or RECOVERING, see coupon-state.lua. Cost: O(1).
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
-- include: coupon-line.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', 0)
redis.call('XLEN', KEYS[4])
local score = tonumber(redis.call('ZSCORE', KEYS[5], ARGV[1]) or 0)
if not s then return refusal end
local claim = redis.call('HGET', KEYS[2], ARGV[1])
local member = s.audience >= 0 and redis.call('SISMEMBER', KEYS[3], ARGV[1]) == 1
if not claim and not member and score == 0 and ARGV[3] ~= '1' then return {s.epoch, s.version, 0, s.audience} end

local version = number(s.version + 1)
redis.call('XADD', KEYS[4], '*', 'format', 1, 'kind', 'erase-claimant', 'epoch', number(s.epoch),
  'at', number(now_micros()), 'version', version, 'user', ARGV[1], 'pseudonym', ARGV[2])
if claim then
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[2], claim)
end
if member then
  redis.call('SREM', KEYS[3], ARGV[1])
  redis.call('SADD', KEYS[3], ARGV[2])
end
if score ~= 0 then
  redis.call('ZREM', KEYS[5], ARGV[1])
  if not line_waits(score) then redis.call('ZADD', KEYS[5], number(score), ARGV[2])
  else
    redis.call('HINCRBY', KEYS[1], 'lined', -1)
    redis.call('HINCRBY', KEYS[1], 'waiting', -1)
  end
end
redis.call('HSET', KEYS[1], 'version', version)
redis.call('PUBLISH', KEYS[1], number(s.epoch) .. ' ' .. number(s.version + 1))
return {s.epoch, s.version + 1, 1, s.audience}

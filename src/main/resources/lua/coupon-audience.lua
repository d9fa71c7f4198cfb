-- Adds users to a coupon's audience or removes them; appends those who really changed to the ledger.
-- The version is bumped, but nobody is told: what a gate answers is the same for any audience.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM
-- ARGV[1] add or remove
-- ARGV[2..] users, at most 1,000
-- Returns {epoch, version, users changed, size of the audience}, or
--   NO-AUDIENCE anybody may claim this coupon
--   LOADING or RECOVERING, see coupon-state.lua. Cost: O(users).
-- include: coupon-state.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', 0)
redis.call('XLEN', KEYS[4])
if not s then return refusal end
if s.audience < 0 then return redis.status_reply('NO-AUDIENCE') end

local add = ARGV[1] == 'add'
local members = redis.call('SMISMEMBER', KEYS[3], unpack(ARGV, 2))
local changed, seen = {}, {}
for i = 1, #members do
  local user = ARGV[i + 1]
  if (members[i] == 0) == add and not seen[user] then
    seen[user] = true
    changed[#changed + 1] = user
  end
end
if #changed == 0 then return {s.epoch, s.version, 0, s.audience} end

local size = s.audience + (add and #changed or -#changed)
local version = number(s.version + 1)
redis.call('XADD', KEYS[4], '*', 'format', 1, 'kind', add and 'audience-add' or 'audience-remove',
  'epoch', number(s.epoch), 'at', number(now_micros()),
  'version', version, 'users', table.concat(changed, ' '))
redis.call(add and 'SADD' or 'SREM', KEYS[3], unpack(changed))
redis.call('HSET', KEYS[1], 'version', version, 'audience', number(size))
return {s.epoch, s.version + 1, #changed, size}

-- Changes the definition of a coupon: bumps its version, appends the whole new definition to the
-- ledger and tells the replicas (channel: the name of the state's key, message: "epoch version").
-- Units that it adds or lets issue are given to those who wait, in the same step.
-- A change that changes nothing bumps nothing, so asking again is harmless.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM
-- KEYS[5] line       ZSET user -> ticket (coupon-line.lua)
-- ARGV[1..] pairs of field and value: fields of the definition (opens, closes: microseconds, 0: none)
-- Returns {epoch, version of the definition that holds now, 1 when it changed and 0 when not,
-- size of the audience (-1: none)}, or
--   BELOW-ISSUED the quantity would be less than what is issued
--   WINDOW the coupon would close before it opens
--   CLOSED the coupon is closed for good and cannot be paused or resumed
--   LOADING or RECOVERING, see coupon-state.lua. Cost: O(1), and of who is promoted.
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
-- include: coupon-line.lua
-- include: coupon-define.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', 0)
redis.call('XLEN', KEYS[4])
if not s then return refusal end
local line, torn = coupon_line(KEYS[1], KEYS[5])
if not line then return torn end

local new = coupon_definition(KEYS[1])
local changed = false
for i = 1, #ARGV, 2 do
  local field = ARGV[i]
  local value = definition_value(field, ARGV[i + 1])
  if new[field] == nil or value == nil then
    return redis.error_reply('BADARGUMENT ' .. field)
  end
  if new[field] ~= value then new[field], changed = value, true end
end
if not changed then return {s.epoch, s.version, 0, s.audience} end
local done = coupon_define(KEYS[1], KEYS[4], s, new, {})
if done[3] == 1 and line.waiting > 0 then
  s.quantity, s.status, s.opens, s.closes = new.quantity, new.status, new.opens, new.closes
  s.withheld = new.onLoss == 'withhold' and s.lost or 0
  line_promote(KEYS[1], KEYS[2], KEYS[4], KEYS[5], s, line, now_micros(), s.version + 1)
end
return done

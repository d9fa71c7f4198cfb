-- A shard of a campaign gives units back, which it has not issued: as many as are asked for, or what it has.
-- They are nobody's until MySQL, which hears of it by the ledger, grants them to another.
--
-- KEYS[1] state      HASH of the shard
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM
-- ARGV[1] units
-- Returns what coupon-change.lua returns. Cost: O(1).
-- include: coupon-state.lua
-- include: coupon-define.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', 0)
redis.call('XLEN', KEYS[4])
if not s then return refusal end
local units = math.min(tonumber(ARGV[1]), s.quantity - s.withheld - s.issued)
if units <= 0 then return {s.epoch, s.version, 0, s.audience} end
local new = coupon_definition(KEYS[1])
new.quantity = new.quantity - units
return coupon_define(KEYS[1], KEYS[4], s, new, {})

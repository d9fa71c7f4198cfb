-- Gives claims back to the claimants as MySQL has them, where the claimants still hold what was read, and
-- counts anew what is issued. Nobody is given one whom there is no unit for.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- ARGV[1] epoch of the state when they were read
-- ARGV[2..] of each: user, what the claimants were read to hold (empty: nothing), and what MySQL has,
--           holding
-- Returns {how many were given back, 1 when what is issued was another number and 0 when not}, or LOADING
-- (of another epoch, too) or RECOVERING, see coupon-state.lua. Cost: O(units).
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', 0)
if not s then return refusal end
if s.epoch ~= tonumber(ARGV[1]) then return redis.status_reply('LOADING') end
-- What is issued beyond one unit for each holder was counted by whoever issued it.
local extra = tonumber(redis.call('HGET', KEYS[1], 'extra') or 0)
local restored, holders, highest = 0, s.holders, s.sequence
for i = 2, #ARGV, 3 do
  local user, read, claim = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local units = claim_units(claim)
  local held = redis.call('HGET', KEYS[2], user) or ''
  if units and held == read and (held ~= '' or holders + extra + s.withheld < s.quantity) then
    redis.call('HSET', KEYS[2], user, claim)
    local before = claim_units(held)
    if before and before.group then redis.call('HINCRBY', KEYS[1], 'g:' .. before.group, -units_counted(before)) end
    if units.group then redis.call('HINCRBY', KEYS[1], 'g:' .. units.group, units_counted(units)) end
    if held == '' then holders = holders + 1 end
    for _, unit in ipairs(units) do highest = math.max(highest, tonumber(unit[1])) end
    restored = restored + 1
  end
end
if restored > 0 or holders + extra ~= s.issued then
  redis.call('HSET', KEYS[1], 'sequence', number(highest), 'issued', number(holders + extra),
    'holders', number(holders))
end
return {restored, s.issued ~= s.holders + extra and 1 or 0}

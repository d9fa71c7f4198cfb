-- Gives users the claims that an earlier epoch had issued to them and that were found late: Redis had lost
-- them, and withheld their units. Bumps the version, as who holds one has changed, and tells the
-- replicas (channel: the name of the state's key, message: "epoch version").
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] lease      STRING, a loader's token
-- KEYS[5] reading    STRING, the token of a loader that will read MySQL, a space and the epoch it goes on from
-- ARGV[1] the epoch that MySQL is in
-- ARGV[2..] of each a user, the units as a holding, how many of them count as lost, and how many the user held
--           before them; at most 1,000
-- Returns for each 1 when the user holds just this, now or already, and 0 when the user holds another
-- or no unit is left; or LOADING or RECOVERING, see coupon-state.lua; or
--   BEING-LOADED  a loader is at it that reads MySQL once this ledger is drained. Cost: O(units).
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
-- include: coupon-groups.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', 0)
if not s or s.epoch ~= tonumber(ARGV[1]) then
  local loader, reading = redis.call('GET', KEYS[4]), redis.call('GET', KEYS[5])
  if loader and reading == loader .. ' ' .. ARGV[1] then return redis.status_reply('BEING-LOADED') end
  return refusal or redis.status_reply('RECOVERING')
end
local m = redis.call('HMGET', KEYS[1], 'gaps', 'extra')
local gaps, extra = tonumber(m[1] or 0), tonumber(m[2] or 0)
local groups, by_name = coupon_groups(KEYS[1], s), {}
for _, group in ipairs(groups or {}) do by_name[group.name] = group end
local results, given, found, issued, lost, holders = {}, {}, 0, s.issued, s.lost, s.holders
for i = 2, #ARGV, 4 do
  local user, late, before = ARGV[i], claim_units(ARGV[i + 1]), tonumber(ARGV[i + 3])
  local holding = not given[user] and redis.call('HGET', KEYS[2], user)
  local units = given[user] or holding and claim_units(holding) or {group = late.group}
  local group = by_name[late.group or '']
  local same = true
  for n, unit in ipairs(late) do
    local held = units[before + n]
    same = same and held and held[1] == unit[1] and held[2] == unit[2]
  end
  if same then results[#results + 1] = 1
  elseif #units ~= before or holding and before == 0 or issued + #late > s.quantity
    or group and group.issued + group.given + #late > group.quota then results[#results + 1] = 0
  else
    if before == 0 then holders = holders + 1 end
    for n, unit in ipairs(late) do units[before + n] = unit end
    given[user] = units
    issued, found = issued + #late, found + #late
    if group then group.given = group.given + #late end
    lost = math.max(0, lost - tonumber(ARGV[i + 2]))
    results[#results + 1] = 1
  end
end
if found > 0 then
  for user, units in pairs(given) do redis.call('HSET', KEYS[2], user, claim_text(units)) end
  extra = extra + found - (holders - s.holders)
  redis.call('HSET', KEYS[1], 'issued', number(issued), 'holders', number(holders), 'lost', number(lost),
    'gaps', number(math.max(0, gaps - found)), 'version', number(s.version + 1))
  if extra ~= 0 then redis.call('HSET', KEYS[1], 'extra', number(extra)) end
  if groups then groups_write(KEYS[1], groups) end
  redis.call('PUBLISH', KEYS[1], number(s.epoch) .. ' ' .. number(s.version + 1))
end
return results

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
-- ARGV[2..] of each a user, holding, and 1 where its unit counts as lost, else 0; at
--           most 1,000
-- Returns for each 1 when the user holds just this, now or already, and 0 when the user holds another
-- or no unit is left; or LOADING or RECOVERING, see coupon-state.lua; or
--   BEING-LOADED  a loader is at it that reads MySQL once this ledger is drained. Cost: O(claims).
-- include: coupon-state.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', 0)
if not s or s.epoch ~= tonumber(ARGV[1]) then
  local loader, reading = redis.call('GET', KEYS[4]), redis.call('GET', KEYS[5])
  if loader and reading == loader .. ' ' .. ARGV[1] then return redis.status_reply('BEING-LOADED') end
  return refusal or redis.status_reply('RECOVERING')
end
local gaps = tonumber(redis.call('HGET', KEYS[1], 'gaps') or 0)
local results, found, issued, lost = {}, {}, s.issued, s.lost
local given = {}
for i = 2, #ARGV, 3 do
  local user, holding = ARGV[i], ARGV[i + 1]
  local held = given[user] or redis.call('HGET', KEYS[2], user)
  if held then results[#results + 1] = held == holding and 1 or 0
  elseif issued >= s.quantity then results[#results + 1] = 0
  else
    issued = issued + 1
    if ARGV[i + 2] == '1' and lost > 0 then lost = lost - 1 end
    given[user] = holding
    found[#found + 1], found[#found + 2] = user, holding
    results[#results + 1] = 1
  end
end
if #found > 0 then
  redis.call('HSET', KEYS[2], unpack(found))
  redis.call('HSET', KEYS[1], 'issued', number(issued), 'holders', number(s.holders + #found / 2),
    'lost', number(lost), 'gaps', number(math.max(0, gaps - #found / 2)), 'version', number(s.version + 1))
  redis.call('PUBLISH', KEYS[1], number(s.epoch) .. ' ' .. number(s.version + 1))
end
return results

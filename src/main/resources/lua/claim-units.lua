-- Decides claims of several units, first come, first served: every user in turn is issued as many units as are
-- missing to those that the user wants to hold in all, or none of them. What was issued is in the ledger in the
-- same step. Claims of one unit are decided by claim.lua.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim, where the coupon has one
-- KEYS[4] ledger     STREAM
-- ARGV[1] to ARGV[4] as claim.lua takes them: entries the ledger may hold, ARGV[2] this server, ARGV[3] the highest
--         sequence seen, and whether MySQL is known to be away and who is eligible
-- ARGV[5..] of each claim a user, and how many units the user wants to hold in all; at most 1,000 units
-- Returns what claim.lua returns, but never one result for all; a result being
--   + and a holding: units were issued now, the holding has all that the user holds
--   a holding: the user held as many already
--   -1 to -9, and -14, as claim.lua   -10 more than a user may hold   -11 fewer, or fewer codes, are left
-- Cost: O(units).
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
-- include: coupon-judged.lua
-- include: phase.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], ARGV[2], ARGV[3])
local full = redis.call('XLEN', KEYS[4]) >= tonumber(ARGV[1])
if not s then return refusal end
local m = redis.call('HMGET', KEYS[1], 'limit', 'extra', 'waiting')
local limit, extra = tonumber(m[1] or 1), tonumber(m[2] or 0)
local judged, rule = coupon_judged(KEYS[1], s, ARGV[4], (#ARGV - 4) / 2)
if rule then return rule end
local away = string.byte(ARGV[4]) == 49 and s.acknowledge == 'database'
local now = now_micros()

local closed_to_all = ({closed = '-5', ['not-open'] = '-3', paused = '-4'})[phase_of(s, now)]

local at = number(now)
local left, sequence, holders = s.quantity - s.withheld - s.issued, s.sequence, s.holders
-- Those who wait come first.
if m[3] and m[3] ~= '0' then left = 0 end
local results, held, winners = {}, {}, {}
-- Of each unit issued: its user, and which of the user's units it is.
local users, ordinals = {}, {}
for i = 5, #ARGV, 2 do
  local user, wanted = ARGV[i], tonumber(ARGV[i + 1])
  local holding = not held[user] and redis.call('HGET', KEYS[2], user)
  local units = held[user] or (holding and claim_units(holding)) or {}
  local more = wanted - #units
  local result
  if holding and #units == 0 then result = holding
  -- Promoted from the waitlist, and MySQL does not have it yet (coupon-line.lua).
  elseif s.door and holding and tonumber(units[#units][1]) > s.ceiling then result = '-8'
  elseif more <= 0 then result = claim_text(units)
  elseif closed_to_all then result = closed_to_all
  elseif left <= 0 then result = '-1'
  elseif s.audience >= 0 and redis.call('SISMEMBER', KEYS[3], user) == 0
    or judged and string.byte(judged, (i - 3) / 2) == 48 then result = '-2'
  elseif wanted > limit then result = '-10'
  elseif more > left then result = '-11'
  elseif away then result = '-9'
  elseif full then result = '-6'
  elseif sequence + more > s.ceiling then
    result = coupon_behind(KEYS[1], s.ceiling)
    if result == '-14' and sequence < s.ceiling then result = '-11' end
  else
    if #units == 0 then holders = holders + 1 end
    for n = #units + 1, wanted do
      sequence = sequence + 1
      units[n] = {number(sequence), at}
      users[#users + 1], ordinals[#ordinals + 1] = user, n
    end
    left = left - more
    held[user] = units
    winners[#winners + 1] = user
    result = '+' .. claim_text(units)
  end
  results[#results + 1] = result
end

local level = s.acknowledge == 'replica' and 'replica:' .. s.server or s.acknowledge
local head = table.concat({at, number(s.epoch), number(s.version), number(s.opens), s.kind, level}, ' ')
if #users > 0 then
  -- The ledger first: it alone can be refused (a full Redis), and then nothing has been written.
  local entry = redis.pcall('XADD', KEYS[4], '*', 'format', '1', 'kind', 'claims', 'epoch', number(s.epoch),
    'at', at, 'first', number(s.sequence + 1), 'users', table.concat(users, ' '),
    'units', table.concat(ordinals, ' '))
  if type(entry) == 'table' then
    if string.find(entry.err, 'READONLY', 1, true) then return entry end
    for i = 1, #results do
      -- Who would have got some, and whom only these left too few.
      local result = results[i]
      if held[ARGV[2 * i + 3]] or result == '-1' or result == '-11' then results[i] = '-7' end
    end
  else
    for _, user in ipairs(winners) do redis.call('HSET', KEYS[2], user, claim_text(held[user])) end
    redis.call('HSET', KEYS[1], 'sequence', number(sequence), 'issued', number(s.issued + #users),
      'holders', number(holders), 'extra', number(extra + #users - (holders - s.holders)))
  end
end
return head .. ' ' .. table.concat(results, ' ')

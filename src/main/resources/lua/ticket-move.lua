-- Has a user leave the waitlist or the queue, or accept or decline a unit that was offered. A unit that is given up
-- goes to who waits next, in the same step. Repeating a call changes nothing more.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM
-- KEYS[5] line       ZSET user -> ticket (coupon-line.lua)
-- ARGV[1] entries the ledger may hold before this is refused
-- ARGV[2] accept or leave
-- ARGV[3] user
-- ARGV[4] who does it
-- ARGV[5] the highest sequence that the caller has seen issued
-- Returns {epoch, version, number of the last change, the holding, or empty}, or a status:
--   NO-TICKET  the user neither waits, nor is queued, nor was offered a unit
--   LAPSED     the unit was not accepted in time
--   LEDGER-FULL
--   LOADING or RECOVERING, see coupon-state.lua. Cost: O(log n), and of who is promoted.
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
-- include: coupon-line.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', ARGV[5])
local backlog = redis.call('XLEN', KEYS[4])
if not s then return refusal end
local line, torn = coupon_line(KEYS[1], KEYS[5])
if not line then return torn end
local verb, user, now = ARGV[2], ARGV[3], now_micros()
local holding = redis.call('HGET', KEYS[2], user) or ''
local score = tonumber(redis.call('ZSCORE', KEYS[5], user) or 0)
local units = holding ~= '' and claim_units(holding)
local state = units and unit_state(units[1])

local function answer(version)
  return {s.epoch, version, line.changes, units and claim_text(units) or ''}
end

if verb == 'accept' then
  if score >= 0 then
    if state == 'accepted' then return answer(s.version) end
    return redis.status_reply(state == 'returned' and 'LAPSED' or 'NO-TICKET')
  end
  -- The sweep takes it away.
  if now >= -score then return redis.status_reply('LAPSED') end
elseif score == 0 then
  if state == 'returned' then return answer(s.version) end
  return redis.status_reply('NO-TICKET')
end
if backlog >= tonumber(ARGV[1]) then return redis.status_reply('LEDGER-FULL') end

-- Nobody else is concerned by an acceptance; a place that becomes free opens gates.
local version = verb == 'accept' and s.version or s.version + 1
line.changes = line.changes + 1
if line_waits(score) then
  redis.call('XADD', KEYS[4], '*', 'format', 1, 'kind', 'line', 'epoch', number(s.epoch), 'at', number(now),
    'version', number(version), 'change', number(line.changes), 'state', 'left', 'users', user)
else
  state = verb == 'accept' and 'accepted' or 'returned'
  units[1][3] = state .. ',' .. number(now)
  redis.call('XADD', KEYS[4], '*', 'format', 1, 'kind', 'claim-change', 'epoch', number(s.epoch), 'at', number(now),
    'version', number(version), 'change', number(line.changes), 'state', state, 'user', user,
    'sequences', units[1][1], 'reference', '', 'by', ARGV[4],
    'reason', verb == 'accept' and '' or score > 0 and 'Left the queue' or 'Declined')
  redis.call('HSET', KEYS[2], user, claim_text(units))
end
line_leave(KEYS[1], KEYS[5], line, user, score)
redis.call('HSET', KEYS[1], 'changes', number(line.changes), 'version', number(version))
if not line_waits(score) and verb == 'leave' then
  line_return(KEYS[1], s, line, 1, version)
  line_promote(KEYS[1], KEYS[2], KEYS[4], KEYS[5], s, line, now, version)
end
if verb == 'leave' then redis.call('PUBLISH', KEYS[1], number(s.epoch) .. ' ' .. number(version)) end
return answer(version)

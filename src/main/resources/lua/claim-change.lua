-- Changes the state of units that a user holds: redeems one, takes a redemption back, or revokes units. Every
-- change is in the ledger in the same step, under a number of its own. A unit that goes back is given to who waits
-- longest in the same step. Asking again changes nothing more.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM
-- KEYS[5] line       ZSET user -> ticket (coupon-line.lua)
-- ARGV[1] entries the ledger may hold before this is refused
-- ARGV[2] redeem, unredeem or revoke
-- ARGV[3] user
-- ARGV[4] the sequence of the unit, or empty: to redeem the first that can be, to revoke all
-- ARGV[5] the reference of the order, or empty: to revoke
-- ARGV[6] who changes it, ARGV[7] why, ARGV[8] the highest sequence that the caller has seen issued
-- ARGV[9] until when it may be changed (microseconds), or empty: at any time
-- Returns {1 when something was changed and 0 when it was so already, epoch, version, number of the last change, now,
-- the holding, sequences of the units that are changed, with blanks between}, or a status:
--   NO-CLAIM, or NO-UNIT: the user does not hold it
--   REDEEMED   every unit that could be redeemed is, or one to be revoked is
--   REVOKED    no unit is left that is not revoked
--   OFFERED    the unit was not accepted yet
--   QUEUED     the unit was not handed out yet
--   UNDONE     this order's redemption was taken back
--   UNKNOWN    no unit is redeemed for this order
--   EARLY, and from when, or EXPIRED, and since when (microseconds): the unit is not valid now
--   LATE       it would be changed after that
--   LEDGER-FULL
--   LOADING or RECOVERING, see coupon-state.lua. Cost: O(units of the user).
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
-- include: coupon-line.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', ARGV[8])
local backlog = redis.call('XLEN', KEYS[4])
if not s then return refusal end
local line, torn = coupon_line(KEYS[1], KEYS[5])
if not line then return torn end
local m = redis.call('HMGET', KEYS[1], 'release', 'validFrom', 'validUntil', 'validFor')
local from, till, lasts = tonumber(m[2] or 0), tonumber(m[3] or 0), tonumber(m[4] or 0)
local verb, user, sequence, reference = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local holding = redis.call('HGET', KEYS[2], user)
local units = holding and claim_units(holding)
if not units then return redis.status_reply('NO-CLAIM') end
local now = now_micros()

local function answer(changed, version, numbers)
  return {changed, s.epoch, version, line.changes, now, claim_text(units), table.concat(numbers, ' ')}
end

local chosen, found, redeemed, pending, expired = {}, false, false, false, nil
for _, unit in ipairs(units) do
  if sequence == '' or unit[1] == sequence then
    found = true
    local state, _, order = unit_state(unit)
    local open = state == 'issued' or state == 'unredeemed' or state == 'accepted' or state == 'handed'
    local same = order == reference and reference ~= ''
    redeemed = redeemed or state == 'redeemed'
    if state == 'offered' or state == 'queued' then pending = string.upper(state) end
    if verb == 'redeem' then
      if same and state == 'redeemed' then return answer(0, s.version, {unit[1]}) end
      if same and state == 'unredeemed' then return redis.status_reply('UNDONE') end
      if open and #chosen == 0 then
        local ends = lasts > 0 and tonumber(unit[2]) + lasts or till
        if ends > 0 and now >= ends then expired = expired or ends else chosen[1] = unit end
      end
    elseif verb == 'unredeem' then
      if same and state == 'unredeemed' then return answer(0, s.version, {unit[1]}) end
      if same and state == 'redeemed' then chosen[1] = unit end
    elseif open or state == 'offered' or state == 'queued' then chosen[#chosen + 1] = unit
    end
  end
end
if not found then return redis.status_reply('NO-UNIT') end
if verb == 'revoke' and redeemed then return redis.status_reply('REDEEMED') end
if #chosen == 0 then
  if verb == 'unredeem' then return redis.status_reply('UNKNOWN') end
  if verb == 'revoke' then return answer(0, s.version, {}) end
  if expired then return redis.status_reply('EXPIRED ' .. number(expired)) end
  return redis.status_reply(redeemed and 'REDEEMED' or pending or 'REVOKED')
end
if verb == 'redeem' and now < from then return redis.status_reply('EARLY ' .. number(from)) end
if ARGV[9] ~= '' and now > tonumber(ARGV[9]) then return redis.status_reply('LATE') end
if backlog >= tonumber(ARGV[1]) then return redis.status_reply('LEDGER-FULL') end

local returns = verb == 'revoke' and m[1] ~= 'keep'
local state = verb == 'revoke' and (returns and 'returned' or 'revoked') or verb .. 'ed'
local version = verb == 'revoke' and s.version + 1 or s.version
local numbers = {}
for i, unit in ipairs(chosen) do
  unit[3] = state .. ',' .. number(now) .. (reference ~= '' and ',' .. reference or '')
  numbers[i] = unit[1]
end
line.changes = line.changes + 1
redis.call('XADD', KEYS[4], '*', 'format', 1, 'kind', 'claim-change', 'epoch', number(s.epoch), 'at', number(now),
  'version', number(version), 'change', number(line.changes), 'state', state, 'user', user,
  'sequences', table.concat(numbers, ' '), 'reference', reference, 'by', ARGV[6], 'reason', ARGV[7])
redis.call('HSET', KEYS[2], user, claim_text(units))
redis.call('HSET', KEYS[1], 'changes', number(line.changes), 'version', number(version))
local score = verb == 'revoke' and redis.call('ZSCORE', KEYS[5], user)
if score then line_leave(KEYS[1], KEYS[5], line, user, tonumber(score)) end
if returns then
  if units.group then redis.call('HINCRBY', KEYS[1], 'g:' .. units.group, -#chosen) end
  line_return(KEYS[1], s, line, #chosen, version)
  line_promote(KEYS[1], KEYS[2], KEYS[4], KEYS[5], s, line, now, version)
end
if verb == 'revoke' then redis.call('PUBLISH', KEYS[1], number(s.epoch) .. ' ' .. number(version)) end
return answer(1, version, numbers)

-- Decides claims, first come, first served: every user in turn is given the next sequence number,
-- what they hold already, or the reason why not. What was issued is in the ledger in the same step.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> "sequence:issuedAtMicros"
-- KEYS[3] audience   SET of users who may claim, where the coupon has one
-- KEYS[4] ledger     STREAM
-- ARGV[1] entries the ledger may hold before claims are refused
-- ARGV[2..] users, at most 1,000; the same user may come twice
-- Returns {now, epoch, version, opens, result of each user ...}, a result being
--   n > 0 issued with sequence n at now     "n:micros" held already, issued then
--   -1 sold out   -2 not eligible   -3 not open yet   -4 paused   -5 closed   -6 ledger full
-- or, where every user was issued a unit, {now, epoch, version, opens, first sequence},
-- or LOADING when the state is not whole. Cost: O(users).
-- include: coupon-state.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3])
local backlog = redis.call('XLEN', KEYS[4])
if not s then return refusal end
local users = {unpack(ARGV, 2)}
local held = redis.call('HMGET', KEYS[2], unpack(users))
local eligible = s.audience >= 0 and redis.call('SMISMEMBER', KEYS[3], unpack(users))
local now = now_micros()

local closed_to_all = false
if s.status == 'closed' or (s.closes > 0 and now >= s.closes) then closed_to_all = -5
elseif now < s.opens then closed_to_all = -3
elseif s.status ~= 'open' then closed_to_all = -4
end

local reply = {now, s.epoch, s.version, s.opens}
local at = string.format(':%.0f', now)
local sequence, issued = s.sequence, s.issued
local winners, holdings, seen = {}, {}, {}
for i, user in ipairs(users) do
  local result
  if held[i] then result = held[i]
  elseif seen[user] then result = seen[user]
  elseif closed_to_all then result = closed_to_all
  -- Before who is eligible: sold out is so for everybody, and can be told from memory.
  elseif issued >= s.quantity then result = -1
  elseif eligible and eligible[i] == 0 then result = -2
  elseif backlog >= tonumber(ARGV[1]) then result = -6
  else
    sequence, issued = sequence + 1, issued + 1
    result = sequence
    winners[#winners + 1] = user
    local holding = string.format('%.0f', sequence) .. at
    seen[user] = holding
    holdings[#holdings + 1] = user
    holdings[#holdings + 1] = holding
  end
  reply[i + 4] = result
end

if #winners > 0 then
  -- The ledger first: it alone can be refused (a full Redis), and then nothing has been written.
  redis.call('XADD', KEYS[4], '*', 'format', 1, 'kind', 'claims', 'epoch', string.format('%.0f', s.epoch),
    'at', string.format('%.0f', now), 'first', string.format('%.0f', s.sequence + 1),
    'users', table.concat(winners, ' '))
  redis.call('HSET', KEYS[2], unpack(holdings))
  redis.call('HSET', KEYS[1], 'sequence', string.format('%.0f', sequence),
    'issued', string.format('%.0f', issued), 'holders', string.format('%.0f', s.holders + #winners))
  if #winners == #users then return {now, s.epoch, s.version, s.opens, s.sequence + 1} end
end
return reply

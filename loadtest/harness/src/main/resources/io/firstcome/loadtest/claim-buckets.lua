-- What the script of claims would cost if claimants lay in many HASHes, each small enough for Redis to
-- keep it packed. It asks less than the real one (no window, no audience, no look whether claimants are
-- missing), so it is a lower bound of the time.
--
-- KEYS[1] state, KEYS[2] ledger, KEYS[3..] the bucket of each user
-- ARGV[1] entries the ledger may hold, ARGV[2..] users
local m = redis.call('HMGET', KEYS[1], 'format', 'epoch', 'version', 'status', 'name', 'quantity',
  'opens', 'closes', 'audience', 'sequence', 'issued', 'holders')
local backlog = redis.call('XLEN', KEYS[2])
local t = redis.call('TIME')
local at = string.format('%.0f', tonumber(t[1]) * 1000000 + tonumber(t[2]))
local quantity, first, issued = tonumber(m[6]), tonumber(m[10]), tonumber(m[11])
local reply, winners, holdings = {}, {}, {}
for i = 2, #ARGV do
  local held = redis.call('HGET', KEYS[i + 1], ARGV[i])
  if held then
    reply[i - 1] = held
  elseif issued + #winners >= quantity or backlog >= tonumber(ARGV[1]) then
    reply[i - 1] = -1
  else
    winners[#winners + 1] = ARGV[i]
    reply[i - 1] = first + #winners
    holdings[#winners] = i + 1
  end
end
if #winners > 0 then
  redis.call('XADD', KEYS[2], '*', 'format', 1, 'kind', 'claims', 'epoch', m[2], 'at', at,
    'first', string.format('%.0f', first + 1), 'users', table.concat(winners, ' '))
  for i = 1, #winners do
    redis.call('HSET', KEYS[holdings[i]], winners[i], string.format('%.0f:', first + i) .. at)
  end
  redis.call('HSET', KEYS[1], 'sequence', string.format('%.0f', first + #winners),
    'issued', string.format('%.0f', issued + #winners),
    'holders', string.format('%.0f', tonumber(m[12]) + #winners))
  if #winners == #ARGV - 1 then return {at, m[2], m[3], m[7], first + 1} end
end
return reply

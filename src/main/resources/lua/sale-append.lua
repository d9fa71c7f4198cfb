-- Appends reservations or restocks to the ledger once more that MySQL has lost: those that Redis still has as
-- they were read. Applying an entry twice changes nothing.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1] epoch of the sale when they were read
-- ARGV[2] entries the ledger may hold before this is refused
-- ARGV[3] reservations or restocks
-- ARGV[4..] pairs: id and reservation, or "item key" and "quantity reason"
-- Returns how many were appended, or
--   LEDGER-FULL
--   LOADING the state is not whole or of another epoch. Cost: O(pairs).
-- include: sale-state.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
if s.epoch ~= ARGV[1] then return redis.status_reply('LOADING') end
if s.backlog >= tonumber(ARGV[2]) then return redis.status_reply('LEDGER-FULL') end
local appended = 0
for i = 4, #ARGV, 2 do
  local field, value = ARGV[i], ARGV[i + 1]
  local there = redis.call('HGET', ARGV[3] == 'restocks' and KEYS[9] or KEYS[3], field)
  -- Of one that gave its units back the lines come from MySQL.
  local stripped = ARGV[3] == 'reservations' and string.gsub(value, '%S+$', '-')
  if there and (there == value or there == stripped) then
    if ARGV[3] == 'restocks' then
      local item, key = string.match(field, '^(%S+) (%S+)$')
      local quantity, reason = string.match(value, '^(%S+) (.*)$')
      redis.call('XADD', KEYS[10], '*', 'format', 1, 'kind', 'restock', 'epoch', s.epoch, 'at', number(s.now),
        'item', item, 'key', key, 'quantity', quantity, 'reason', reason, 'user', 'repair')
    else
      redis.call('XADD', KEYS[10], '*', 'format', 1, 'kind', 'reservations', 'epoch', s.epoch, 'at',
        number(s.now), field, value)
    end
    appended = appended + 1
  end
end
return appended

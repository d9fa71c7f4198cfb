-- Changes the total of an item, once for each key. Units are taken away from what is available only;
-- what is due is released before that is refused.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1] item
-- ARGV[2] key
-- ARGV[3] units to add, or, negative, to take away; not 0
-- ARGV[4] reason
-- ARGV[5] who does it
-- ARGV[6] entries the ledger may hold before this is refused
-- ARGV[7] the most units an item may have
-- Returns {now, epoch, "total available held sold limit"} as it is now, or
--   UNKNOWN there is no such item      MISMATCH the key was used for another change
--   INSUFFICIENT less is available     TOO-MUCH the total would be above the most
--   LEDGER-FULL                        BUSY more is due than one call can release
--   LOADING or RECOVERING, see sale-state.lua. Cost: O(1), and O(lines) for what is due.
-- include: sale-state.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
fetch(KEYS[2], s.stock, {ARGV[1]})
local item = item_of(s, ARGV[1])
if not item then return redis.status_reply('UNKNOWN') end
local field, change = ARGV[1] .. ' ' .. ARGV[2], ARGV[3] .. ' ' .. ARGV[4]
local before = redis.call('HGET', KEYS[9], field)
if before then
  if before ~= change then return redis.status_reply('MISMATCH') end
  return {s.now, tonumber(s.epoch), item_text(item)}
end
if s.backlog >= tonumber(ARGV[6]) then return redis.status_reply('LEDGER-FULL') end
local units = tonumber(ARGV[3])
if units > 0 and item.total + units > tonumber(ARGV[7]) then return redis.status_reply('TOO-MUCH') end
while item.available + units < 0 and s.more_due and s.fetched < MOST_DUE do sale_release(s, DUE) end
if item.available + units < 0 then
  sale_write(s)
  return redis.status_reply(s.more_due and 'BUSY' or 'INSUFFICIENT')
end

-- The ledger first: it alone can be refused (a full Redis), and then nothing has been written.
redis.call('XADD', KEYS[10], '*', 'format', 1, 'kind', 'restock', 'epoch', s.epoch, 'at', number(s.now),
  'item', ARGV[1], 'key', ARGV[2], 'quantity', ARGV[3], 'reason', ARGV[4], 'user', ARGV[5])
redis.call('HSET', KEYS[9], field, change)
s.counts.restocks = s.counts.restocks + 1
item.total, item.available = item.total + units, item.available + units
item_changed(s, item)
s.wrote = true
sale_write(s)
return {s.now, tonumber(s.epoch), item_text(item)}

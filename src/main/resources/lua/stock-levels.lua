-- Tells the numbers of items, after what is due was released.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1..] items; none: all of the sale
-- Returns {now, released, item, "total available held sold limit" ...}, an item that is not there left
-- out, or LOADING or RECOVERING, see sale-state.lua. Cost: O(items), and O(lines) for what is due.
-- include: sale-state.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
local released = sale_release(s, MOST_DUE)
sale_write(s)
local reply = {s.now, released}
if #ARGV == 0 then
  local all = redis.call('HGETALL', KEYS[2])
  for i = 1, #all do reply[i + 2] = all[i] end
  return reply
end
local items = {}
for i = 1, #ARGV do items[i] = ARGV[i] end
fetch(KEYS[2], s.stock, items)
for _, name in ipairs(items) do
  local item = item_of(s, name)
  if item then
    reply[#reply + 1] = name
    reply[#reply + 1] = item_text(item)
  end
end
return reply

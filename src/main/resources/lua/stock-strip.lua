-- Takes the lines from reservations that were cancelled, expired or undone, once MySQL has them: their units
-- are back, so nothing but their owner's question needs them, and to hold them again.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1..] ids, at most 1,000
-- Returns how many were stripped, or LOADING or RECOVERING, see sale-state.lua. Cost: O(ids).
-- include: sale-state.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
fetch(KEYS[3], s.records, ARGV)
local stripped = {}
for _, id in ipairs(ARGV) do
  local r = reservation_of(s, id)
  if r and (r.status == 'X' or r.status == 'E' or r.status == 'N') and r.lines ~= '-' then
    r.lines = '-'
    stripped[#stripped + 1] = id
    stripped[#stripped + 1] = reservation_text(r)
  end
end
spread('HSET', KEYS[3], stripped)
return #stripped / 2

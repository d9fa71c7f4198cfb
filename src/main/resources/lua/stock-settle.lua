-- Confirms or cancels a reservation that is held; tells what has become of it otherwise.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1] confirm or cancel
-- ARGV[2] id
-- ARGV[3] whose it must be, or empty: anybody's
-- Returns {now, reservation as it is now, acknowledge (redis, database, or replica:server)}, {now} where there
-- is none, or LOADING or RECOVERING, see sale-state.lua. Cost: O(lines).
-- include: sale-state.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
sale_release(s, DUE)
fetch(KEYS[3], s.records, {ARGV[2]})
local r = reservation_of(s, ARGV[2])
if r and ARGV[3] ~= '' and r.user ~= ARGV[3] then r = false end
if r and r.status == 'H' then
  fetch_items_of(s, {r})
  reservation_end(s, r, r.expires <= s.now and 'E' or ARGV[1] == 'confirm' and 'C' or 'X')
end
sale_write(s)
return r and {s.now, reservation_text(r), level_of(s)} or {s.now}

-- Reads a reservation as it is now: past its time it is expired, whether or not that was written yet.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1] id, or empty: only whether the state is whole
-- ARGV[2] whose it must be, or empty: anybody's
-- Returns {now, reservation, acknowledge (redis, database, or replica:server)}, {now} where there is none, or
-- LOADING or RECOVERING, see sale-state.lua.
-- Cost: O(1).
-- include: sale-state.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
fetch(KEYS[3], s.records, {ARGV[1]})
local r = reservation_of(s, ARGV[1])
if not r or (ARGV[2] ~= '' and r.user ~= ARGV[2]) then return {s.now} end
if r.status == 'H' and r.expires <= s.now then r.status, r.ended, r.changes = 'E', r.expires, r.changes + 1 end
return {s.now, reservation_text(r), level_of(s)}

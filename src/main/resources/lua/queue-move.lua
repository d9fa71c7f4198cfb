-- Moves the entry of a user in a queue. What was done before is not done again, and is answered the same.
--
-- KEYS[1] event, KEYS[2] queues, KEYS[3] users, KEYS[4] line, KEYS[5] called, KEYS[6] ledger: see queue-state.lua
-- ARGV[1] queue
-- ARGV[2] user
-- ARGV[3] enter, complete, no-show or leave
-- ARGV[4] the number that the entry must have, or empty
-- ARGV[5] entries the ledger may hold before nobody moves
-- ARGV[6] 1 where MySQL is known to be away
-- Returns {now, level, moves made, outcome, entry}, LOADING or RECOVERING, see queue-state.lua; the outcome is
--   DONE or ALREADY
--   STATE, the entry is in a state from which that is not possible
--   NO-ENTRY, LEDGER-FULL, DATABASE-AWAY, UNKNOWN (this event has no such queue), CLOSED (nobody enters), without the
--   entry. Cost: O(queues of the event).
-- include: queue-state.lua
local MOVES = {
  enter = {to = 'I', from = 'C', after = 'ID'}, complete = {to = 'D', from = 'I', after = 'D'},
  ['no-show'] = {to = 'N', from = 'C', after = 'N'}, leave = {to = 'L', from = 'WCI', after = 'L'}}

local s, refusal = queue_open(KEYS)
if not s then return refusal end
expire(s)
local q, u, wish = s.queues[ARGV[1]], user_of(s, ARGV[2]), MOVES[ARGV[3]]
local e = q and entry_of(u, q)

local function act()
  if not q then return 'UNKNOWN' end
  if e and ARGV[4] ~= '' and e.number ~= tonumber(ARGV[4]) then e = nil end
  if not e then return 'NO-ENTRY' end
  expire_one(s, q, u, e)
  if string.find(wish.after, e.state, 1, true) then return 'ALREADY' end
  if not string.find(wish.from, e.state, 1, true) then return 'STATE' end
  local why = refusal_of(s, ARGV[5], ARGV[6]) or wish.to == 'I' and q.status == 'CLOSED' and 'CLOSED'
  if why then return why end
  if wish.to == 'I' then enter(s, q, u, e) else move(s, q, u, e, wish.to) end
  fill(s, q)
  return 'DONE'
end

local outcome = act()
local text = e and entry_text(s, q, u, e)
queue_write(s)
return {s.now, level_of(s), #s.moves, outcome, text or nil}

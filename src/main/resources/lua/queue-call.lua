-- Calls the first of a queue, in the order in which they joined, never more than it has places for.
--
-- KEYS[1] event, KEYS[2] queues, KEYS[3] users, KEYS[4] line, KEYS[5] called, KEYS[6] ledger: see queue-state.lua
-- ARGV[1] queue
-- ARGV[2] how many to call, at most 500
-- ARGV[3] entries the ledger may hold before nobody is called
-- ARGV[4] 1 where MySQL is known to be away
-- Returns {now, level, moves made, outcome, user, entry, user, entry ...}, LOADING or RECOVERING, see
-- queue-state.lua; the outcome is CALLED, LEDGER-FULL, DATABASE-AWAY, UNKNOWN (this event has no such queue), or the
-- status of a queue that calls nobody: FROZEN, PAUSED, CLOSED, UNOPENED (a room before its opening).
-- Cost: O(called), O(queues of the event).
-- include: queue-state.lua
local s, refusal = queue_open(KEYS)
if not s then return refusal end
expire(s)
local q = s.queues[ARGV[1]]
local outcome = not q and 'UNKNOWN' or refusal_of(s, ARGV[3], ARGV[4])
  or (q.status ~= 'OPEN' and q.status ~= 'DRAINING') and q.status or not is_open(s, q) and 'UNOPENED' or 'CALLED'
local reply = {s.now, level_of(s), 0, outcome}
if outcome == 'CALLED' then
  for _, u in ipairs(call_next(s, q, tonumber(ARGV[2]))) do
    reply[#reply + 1] = u.name
    reply[#reply + 1] = entry_text(s, q, u, entry_of(u, q))
  end
end
-- What was looked through need not be again.
s.wrote = q and true
queue_write(s)
reply[3] = #s.moves
return reply

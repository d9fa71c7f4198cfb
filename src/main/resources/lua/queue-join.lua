-- Lets a user join a queue. The same user again gets the same entry while it is active; who has as many active
-- entries in the queues of the event as this one permits gets none.
--
-- KEYS[1] event, KEYS[2] queues, KEYS[3] users, KEYS[4] line, KEYS[5] called, KEYS[6] ledger: see queue-state.lua
-- ARGV[1] queue
-- ARGV[2] user
-- ARGV[3] entries the ledger may hold before nobody joins
-- ARGV[4] 1 where MySQL is known to be away
-- ARGV[5] how many may wait in a queue
-- ARGV[6] how many users the event may know
-- Returns {now, level, moves made, outcome, entry ...}, LOADING or RECOVERING, see queue-state.lua; the outcome is
--   JOINED or ALREADY, with the entry
--   TOO-MANY, with the active entries of the user
--   QUEUE-FULL, EVENT-FULL, LEDGER-FULL, DATABASE-AWAY, UNKNOWN (this event has no such queue), or the status of a
--   queue that nobody joins: PAUSED, DRAINING, CLOSED. Cost: O(queues of the event).
-- include: queue-state.lua
local s, refusal = queue_open(KEYS)
if not s then return refusal end
expire(s)
local q, u = s.queues[ARGV[1]], user_of(s, ARGV[2])
local reply = {}

local function join()
  if not q then return 'UNKNOWN' end
  local e = entry_of(u, q)
  if e then expire_one(s, q, u, e) end
  if e and is_active(e) then
    come(s, q, u, e)
    reply[1] = e
    return 'ALREADY'
  end
  local why = refusal_of(s, ARGV[3], ARGV[4])
  if why then return why end
  if q.status ~= 'OPEN' and q.status ~= 'FROZEN' then return q.status end
  local active = {}
  for _, other in ipairs(u.entries) do
    local of = s.by_no[other.no]
    expire_one(s, of, u, other)
    -- Who waits in a closed queue waits for nothing.
    if is_active(other) and not (other.state == 'W' and of.status == 'CLOSED') then active[#active + 1] = other end
  end
  if #active >= q.active then
    reply = active
    return 'TOO-MANY'
  end
  if q.waiting >= tonumber(ARGV[5]) then return 'QUEUE-FULL' end
  if not u.known and s.counts.people >= tonumber(ARGV[6]) then return 'EVENT-FULL' end
  q.last = q.last + 1
  s.joins = true
  if not e then
    e = {no = q.no}
    u.entries[#u.entries + 1] = e
  end
  e.number, e.state = q.last, nil
  move(s, q, u, e, 'W')
  fill(s, q)
  come(s, q, u, e)
  reply[1] = e
  return 'JOINED'
end

local outcome = join()
for i, e in ipairs(reply) do reply[i] = entry_text(s, s.by_no[e.no], u, e) end
queue_write(s)
return {s.now, level_of(s), #s.moves, outcome, unpack(reply)}

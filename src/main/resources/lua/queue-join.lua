-- Lets users join queues of an event, one after the other. The same user again gets the same entry while it is active;
-- who has as many active entries in the queues of the event as this one permits gets none.
--
-- KEYS[1] event, KEYS[2] queues, KEYS[3] users, KEYS[4] line, KEYS[5] called, KEYS[6] ledger: see queue-state.lua
-- ARGV[1] entries the ledger may hold before nobody joins
-- ARGV[2] 1 where MySQL is known to be away
-- ARGV[3] how many may wait in a queue
-- ARGV[4] how many users the event may know
-- ARGV[5..] pairs: queue and user
-- Returns {now, level, moves made, {outcome, entry ...} for each pair}, LOADING or RECOVERING, see queue-state.lua; the
-- outcome is
--   JOINED or ALREADY, with the entry
--   TOO-MANY, with the active entries of the user
--   QUEUE-FULL, EVENT-FULL, LEDGER-FULL, DATABASE-AWAY, UNKNOWN (this event has no such queue), or the status of a
--   queue that nobody joins: PAUSED, DRAINING, CLOSED. Cost: O(pairs), O(queues of the event).
-- include: queue-state.lua
local s, refusal = queue_open(KEYS)
if not s then return refusal end
expire(s)
local newcomers = 0

-- Returns the outcome and the entries that go with it.
local function join(q, u)
  if not q then return 'UNKNOWN', {} end
  local e = entry_of(u, q)
  if e then expire_one(s, q, u, e) end
  if e and is_active(e) then
    come(s, q, u, e)
    return 'ALREADY', {e}
  end
  local why = refusal_of(s, ARGV[1], ARGV[2])
  if why then return why, {} end
  if q.status ~= 'OPEN' and q.status ~= 'FROZEN' then return q.status, {} end
  local active = {}
  for _, other in ipairs(u.entries) do
    local of = s.by_no[other.no]
    expire_one(s, of, u, other)
    -- Who waits in a closed queue waits for nothing.
    if is_active(other) and not (other.state == 'W' and of.status == 'CLOSED') then active[#active + 1] = other end
  end
  if #active >= q.active then return 'TOO-MANY', active end
  if q.waiting >= tonumber(ARGV[3]) then return 'QUEUE-FULL', {} end
  if #u.entries == 0 then
    if s.counts.people + newcomers >= tonumber(ARGV[4]) then return 'EVENT-FULL', {} end
    newcomers = newcomers + 1
  end
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
  return 'JOINED', {e}
end

local joined = {}
for i = 5, #ARGV, 2 do
  local u = user_of(s, ARGV[i + 1])
  local outcome, entries = join(s.queues[ARGV[i]], u)
  joined[#joined + 1] = {outcome = outcome, entries = entries, user = u}
end
local reply = {s.now, level_of(s), 0}
for _, one in ipairs(joined) do
  local told = {one.outcome}
  for _, e in ipairs(one.entries) do told[#told + 1] = entry_text(s, s.by_no[e.no], one.user, e) end
  reply[#reply + 1] = told
end
queue_write(s)
reply[3] = #s.moves
return reply

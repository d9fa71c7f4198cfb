-- Reads the queues of an event, after it has made no-shows of those who were called and did not come, and has
-- called for the places that are free where a queue does that by itself: so this is the sweep, too.
--
-- KEYS[1] event, KEYS[2] queues, KEYS[3] users, KEYS[4] line, KEYS[5] called, KEYS[6] ledger: see queue-state.lua
-- ARGV[1] queue, or empty: all of the event
-- ARGV[2] user whose entry in that queue is wanted, or empty
-- ARGV[3] 1 where it is the user who asks: whoever was let into a room has come then
-- Returns {now, level, moves made, epoch, entry or empty, id, queue, id, queue ...}, LOADING or RECOVERING, see
-- queue-state.lua. Cost: O(queues of the event).
-- include: queue-state.lua
local s, refusal = queue_open(KEYS)
if not s then return refusal end
expire(s)
local q = s.queues[ARGV[1]]
local entry = ''
if q and ARGV[2] ~= '' then
  local u = user_of(s, ARGV[2])
  local e = entry_of(u, q)
  if e then
    expire_one(s, q, u, e)
    if ARGV[3] == '1' then come(s, q, u, e) end
    entry = entry_text(s, q, u, e)
  end
end
queue_write(s)
local reply = {s.now, level_of(s), #s.moves, s.epoch, entry}
for _, one in ipairs(ARGV[1] == '' and s.order or {q}) do
  reply[#reply + 1] = one.id
  reply[#reply + 1] = queue_text(one)
end
return reply

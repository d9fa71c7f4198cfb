-- Puts a pseudonym in the place of a user in all queues of an event, and by an entry of the ledger in MySQL. Numbers,
-- states and order stay as they are.
--
-- KEYS[1] event, KEYS[2] queues, KEYS[3] users, KEYS[4] line, KEYS[5] called, KEYS[6] ledger: see queue-state.lua
-- ARGV[1] user
-- ARGV[2] pseudonym
-- Returns {now, how many entries}, LOADING or RECOVERING, see queue-state.lua. Cost: O(queues of the event).
-- include: queue-state.lua
local s, refusal = queue_open(KEYS)
if not s then return refusal end
local u, other = user_of(s, ARGV[1]), user_of(s, ARGV[2])
s.wrote = true
redis.call('PERSIST', KEYS[1])
redis.call('XADD', KEYS[6], '*', 'format', 1, 'kind', 'erase-entrant', 'epoch', s.epoch, 'at', number(s.now),
  'user', ARGV[1], 'pseudonym', ARGV[2])
local erased = #u.entries
for _, e in ipairs(u.entries) do
  local q = s.by_no[e.no]
  if e.state == 'W' then line_put(s, q, e.number, other.name)
  elseif is_timed(q, e.state) then
    local member = called_member(q, u.name)
    s.call[called_member(q, other.name)] = redis.call('ZSCORE', KEYS[5], member)
    s.uncall[#s.uncall + 1] = member
  end
  other.entries[#other.entries + 1] = e
end
if erased > 0 then
  u.entries = {}
  user_changed(s, u)
  user_changed(s, other)
end
queue_write(s)
return {s.now, erased}

-- Appends entries to the ledger once more that MySQL has lost: the last ones of these users, as they are now.
-- Applying an entry twice changes nothing.
--
-- KEYS[1] event, KEYS[2] queues, KEYS[3] users, KEYS[4] line, KEYS[5] called, KEYS[6] ledger: see queue-state.lua
-- ARGV[1] epoch of the event when they were read
-- ARGV[2] entries the ledger may hold before this is refused
-- ARGV[3..] users
-- Returns how many entries were appended, LEDGER-FULL, or LOADING where the state is not whole or of another epoch.
-- Cost: O(users), O(queues of the event).
-- include: queue-state.lua
local PATHS = {W = 'W', C = 'WC', I = 'WCI', D = 'WCID', N = 'WCN', L = 'WL'}
local s, refusal = queue_open(KEYS)
if not s then return refusal end
if s.epoch ~= ARGV[1] then return redis.status_reply('LOADING') end
if s.backlog >= tonumber(ARGV[2]) then return redis.status_reply('LEDGER-FULL') end
for i = 3, #ARGV do
  local u = user_of(s, ARGV[i])
  for _, e in ipairs(u.entries) do
    local q = s.by_no[e.no]
    local due = is_timed(q, e.state) and tonumber(redis.call('ZSCORE', KEYS[5], called_member(q, u.name)))
    s.moves[#s.moves + 1] = {id = q.id .. ':' .. number(e.number), states = PATHS[e.state], user = u.name, due = due}
  end
end
queue_write(s)
return #s.moves

-- Adds a queue that MySQL has, or changes one.
--
-- KEYS[1] event, KEYS[2] queues, KEYS[3] users, KEYS[4] line, KEYS[5] called, KEYS[6] ledger: see queue-state.lua
-- ARGV[1] queue
-- ARGV[2] to add it: the epoch of the event in MySQL; to change it: empty
-- ARGV[3] to add it: its text, see queue-state.lua; to change it: entries the ledger may hold before that is refused
-- ARGV[4..] pairs of what to change and the new value: status, capacity, active, timeout (milliseconds), auto (0 or
--          1), rate
-- Returns {now, level, moves made, outcome, epoch, queue}, LOADING or RECOVERING, see queue-state.lua; the outcome is
--   OK, with the queue as it is now
--   UNKNOWN, LEDGER-FULL, CLOSED (it stays so), OCCUPIED (more are called and inside than the new capacity).
-- Cost: O(queues of the event).
-- include: queue-state.lua
local s, refusal = queue_open(KEYS)
if not s then return refusal end
local q = s.queues[ARGV[1]]

local function change()
  local named, changed = {}, false
  for i = 4, #ARGV, 2 do named[ARGV[i]] = ARGV[i + 1] end
  for name, value in pairs(named) do
    if name ~= 'status' and name ~= 'auto' then value = tonumber(value) end
    named[name] = value
    changed = changed or q[name] ~= value
  end
  if not changed then return 'OK' end
  if q.status == 'CLOSED' then return 'CLOSED' end
  if s.backlog >= tonumber(ARGV[3]) then return 'LEDGER-FULL' end
  if named.capacity and named.capacity < q.called + q.inside then return 'OCCUPIED' end
  for name, value in pairs(named) do q[name] = value end
  q.version = q.version + 1
  s.wrote = true
  s.definition = {'queue', q.id, 'version', number(q.version), 'status', q.status, 'capacity', number(q.capacity),
    'active', number(q.active), 'timeout', number(q.timeout), 'auto', q.auto, 'rate', number(q.rate)}
  fill(s, q)
  return 'OK'
end

local outcome
if ARGV[2] == '' then
  expire(s)
  outcome = q and change() or 'UNKNOWN'
elseif s.epoch ~= ARGV[2] then return redis.status_reply('LOADING')
else
  if not q then
    q = queue_of(ARGV[1], ARGV[3])
    add_queue(s, q)
    s.wrote, s.joins = true, true
  end
  outcome = 'OK'
end
queue_write(s)
return {s.now, level_of(s), #s.moves, outcome, s.epoch, q and queue_text(q)}

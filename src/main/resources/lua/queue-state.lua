-- Included by the scripts of an event's queues: opens their state, judges whether it is whole, makes no-shows
-- of those who were called and did not come, and writes what was decided.
--
-- A script opens the event, moves entries in memory by the functions below and has all of it written at the
-- end: the ledger entry first, then only commands that cannot fail.
--
-- One who waits costs two words, one in a block of users and one in a block of the line: a HASH with a field for
-- each would cost six times as much. A block is rewritten as a whole, and has some dozens of words.
--
-- Every script of an event takes the same keys in the same order: event, queues, users, line, called, ledger.
--   event   HASH format, epoch, server (the identity of the server it was published on), acknowledge, and how
--           many queues, blocks of users, blocks of the line and called there must be, so that a loss in part is
--           noticed; people: how many users are in the blocks; pruned: the block that is searched next for entries
--           that ended long ago (absent: the first)
--   queues  HASH id -> "no version status mode capacity maxActive timeoutMillis autoCall last head waiting called
--           inside rate opens drawn seed next grace"; last is the last number that was given, head the first place
--           whose user may still wait. Of a ROOM: rate is how many are let in a second, opens when (0: at once),
--           drawn how many had joined by then (-1: not yet), seed what draws their places, next when the next may be
--           let in, grace how long, in milliseconds, who is let in has to come (0: they are inside at once)
--   users   HASH block -> lines "\nuser no:number:state ...", the last entry of the user in each queue, as
--           "3:17W" (queue no 3, number 17, waiting) or, with the time of the last move in hexadecimal
--           microseconds, "3:17C65c0a1b2c3d4e"
--   line    HASH "no:block" -> the users of 64 numbers in a row, "." (no user's id) where nobody waits
--   called  ZSET "no user", by when the user must have come; in a ROOM, until when the user is inside
--   ledger  STREAM
-- States are W (waiting), C (called), I (inside), D (completed), N (no-show) and L (left).
--
-- queue_open Returns the event as a table, or nil and a reply for the caller:
--   LOADING  something is missing, in whole or in part
--   RECOVERING  it was published on another server, and may be older than it was
--   an error the state is of another format or holds something that is not a number
-- Cost: O(queues of the event).
-- include: this-server.lua
-- include: numbers.lua
local EVENT, QUEUES, USERS, LINE, CALLED, LEDGER = 1, 2, 3, 4, 5, 6

-- Blocks that users are spread over by the hash of their id; also in UserBlock.java.
local BLOCKS = 16384
-- Numbers of one block of the line.
local PER_BLOCK = 64
-- What is done at most in one call: no-shows, calls, and blocks of the line that are looked through.
local MOST_DUE, MOST_CALLED, MOST_LOOKED = 100, 500, 1000
local NOBODY = '.'
-- Moves of one ledger entry.
local PER_ENTRY = 500

-- When who is told something may be told it: redis, database, or replica and this server, with a colon between.
local function level_of(s)
  return s.acknowledge == 'replica' and 'replica:' .. s.server or s.acknowledge
end

local QUEUE = '^(%d+) (%d+) (%u+) (%u+) (%d+) (%d+) (%d+) ([01]) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%-?%d+) '
  .. '(%S+) (%d+) (%d+)$'

local function queue_of(id, text)
  local no, version, status, mode, capacity, active, timeout, auto, last, head, waiting, called, inside,
    rate, opens, drawn, seed, next, grace = string.match(text, QUEUE)
  if not no then error('STATECORRUPT queue ' .. id) end
  return {id = id, no = tonumber(no), version = tonumber(version), status = status, mode = mode,
    capacity = tonumber(capacity), active = tonumber(active), timeout = tonumber(timeout), auto = auto,
    last = tonumber(last), head = tonumber(head), waiting = tonumber(waiting), called = tonumber(called),
    inside = tonumber(inside), rate = tonumber(rate), opens = tonumber(opens), drawn = tonumber(drawn), seed = seed,
    next = tonumber(next), grace = tonumber(grace)}
end

local function queue_text(q)
  return format('%d %d %s %s %d %d %d %s %d %d %d %d %d %d %d %d %s %d %d',
    q.no, q.version, q.status, q.mode, q.capacity, q.active, q.timeout, q.auto, q.last, q.head, q.waiting, q.called,
    q.inside, q.rate, q.opens, q.drawn, q.seed, q.next, q.grace)
end

-- The event in memory, before its queues are read.
local function event_of(keys, now)
  return {keys = keys, now = now, queues = {}, by_no = {}, order = {}, users = {}, touched = {}, blocks = {},
    lines = {}, moves = {}, moved = {}, call = {}, uncall = {}, draws = {},
    counts = {blocks = 0, lines = 0, called = 0, people = 0}}
end

local function add_queue(s, q)
  s.queues[q.id], s.by_no[q.no] = q, q
  s.order[#s.order + 1] = q
end

local function queue_open(keys)
  local m = redis.call('HMGET', keys[EVENT], 'format', 'epoch', 'queues', 'blocks', 'lines', 'called', 'people',
    'acknowledge', 'server')
  local there = {redis.call('HLEN', keys[QUEUES]), redis.call('HLEN', keys[USERS]), redis.call('HLEN', keys[LINE]),
    redis.call('ZCARD', keys[CALLED])}
  local backlog = redis.call('XLEN', keys[LEDGER])
  if not m[1] then return nil, redis.status_reply('LOADING') end
  if m[1] ~= '1' then
    return nil, redis.error_reply('STATEFORMAT this release reads format 1, the state has ' .. m[1])
  end
  if not tonumber(m[2]) then return nil, redis.error_reply('STATECORRUPT the epoch is not a number') end
  for i = 1, 5 do
    local must = tonumber(m[i + 2])
    if not must then return nil, redis.error_reply('STATECORRUPT a count is not a number') end
    if there[i] and must ~= there[i] then return nil, redis.status_reply('LOADING') end
  end
  local server = this_server()
  if m[9] ~= server then return nil, redis.status_reply('RECOVERING') end
  local s = event_of(keys, now_micros())
  s.epoch, s.backlog, s.acknowledge, s.server = m[2], backlog, m[8], server
  s.counts = {blocks = there[2], lines = there[3], called = there[4], people = tonumber(m[7])}
  local all = redis.call('HGETALL', keys[QUEUES])
  for i = 1, #all, 2 do
    local q = queue_of(all[i], all[i + 1])
    q.text = all[i + 1]
    add_queue(s, q)
  end
  return s
end

-- A block of a HASH, read once: its text, and whether it is there.
local function block_of(s, key, cache, field)
  local b = cache[field]
  if not b then
    local text = redis.call('HGET', s.keys[key], field)
    b = {field = field, text = text or '', existed = text and true}
    cache[field] = b
  end
  return b
end

-- Where the line of a user is in a block: its first and last byte, and the first after the user; nil: nowhere.
local function place_of(b, user)
  local from, to = string.find(b.text, '\n' .. user .. ' ', 1, true)
  if not from then return nil end
  return from, (string.find(b.text, '\n', to, true) or #b.text + 1) - 1, to + 1
end

-- The entries of a user, none where the user is not known.
local function user_of(s, user)
  local u = s.users[user]
  if u then return u end
  local field = number(tonumber(string.sub(redis.sha1hex(user), 1, 4), 16) % BLOCKS)
  u = {name = user, block = block_of(s, USERS, s.blocks, field), entries = {}}
  local from, last, first = place_of(u.block, user)
  if from then
    u.known = true
    for no, count, state, since in string.gmatch(string.sub(u.block.text, first, last), '(%d+):(%d+)(%u)(%x*)') do
      u.entries[#u.entries + 1] = {no = tonumber(no), number = tonumber(count), state = state,
        since = since == '' and 0 or tonumber(since, 16)}
    end
  end
  s.users[user] = u
  return u
end

local function user_changed(s, u)
  if not u.changed then
    u.changed = true
    s.touched[#s.touched + 1] = u
  end
end

-- The last entry of a user in a queue, or nil.
local function entry_of(u, q)
  for _, e in ipairs(u.entries) do
    if e.no == q.no then return e end
  end
end

local function is_active(e) return e.state == 'W' or e.state == 'C' or e.state == 'I' end

-- The block of the line that has a number of a queue, and the place of the number in it.
local function line_of(s, q, count)
  local b = block_of(s, LINE, s.lines, format('%d:%d', q.no, math.floor((count - 1) / PER_BLOCK)))
  if not b.words then
    b.words = {}
    for word in string.gmatch(b.text, '%S+') do b.words[#b.words + 1] = word end
  end
  return b, (count - 1) % PER_BLOCK + 1
end

-- Puts a user, or NOBODY, at a number.
local function line_put(s, q, count, word)
  local b, at = line_of(s, q, count)
  for i = #b.words + 1, at - 1 do b.words[i] = NOBODY end
  b.words[at] = word
  b.changed = true
end

-- One round of the network that draws places: numbers below size, by a hash of the seed.
local function round_of(q, round, half, size)
  return tonumber(string.sub(redis.sha1hex(format('%s:%d:%d', q.seed, round, half)), 1, 8), 16) % size
end

-- The number at a place, or, backwards, the place of a number: a permutation of those that were drawn (a Feistel
-- network of four rounds, walked until it ends below their count); all others as they are. Also in DrawnOrder.java.
local function drawn_at(q, n, backwards)
  if n > q.drawn then return n end
  local size = 1
  while size * size < q.drawn do size = size * 2 end
  local x = n - 1
  repeat
    local left, right = math.floor(x / size), x % size
    if backwards then
      for round = 4, 1, -1 do left, right = (right - round_of(q, round, left, size)) % size, left end
    else
      for round = 1, 4 do left, right = right, (left + round_of(q, round, right, size)) % size end
    end
    x = left * size + right
  until x < q.drawn
  return x + 1
end

-- Whether users may be let into a queue by now. A room that has opened draws the places of those who are there, once.
local function is_open(s, q)
  if q.mode == 'ROOM' and q.drawn < 0 then
    if s.now < q.opens then return false end
    q.drawn = q.last
    s.draws[#s.draws + 1] = q
    s.wrote = true
  end
  return true
end

local function called_member(q, user) return q.no .. ' ' .. user end

-- Whether entries in a state have a time by which it ends.
local function is_timed(q, state) return state == 'C' or state == 'I' and q.mode == 'ROOM' end

-- Moves an entry to a state, or, without one before, lets it begin; due: by when who is called must have come.
local function move(s, q, u, e, state, due)
  local before = e.state
  if before == 'W' then
    q.waiting = q.waiting - 1
    line_put(s, q, e.number, NOBODY)
  elseif before == 'C' then q.called = q.called - 1
  elseif before == 'I' then q.inside = q.inside - 1
  end
  if is_timed(q, before) then
    local member = called_member(q, u.name)
    if s.call[member] then s.call[member] = nil else s.uncall[#s.uncall + 1] = member end
  end
  if state == 'W' then
    q.waiting = q.waiting + 1
    line_put(s, q, e.number, u.name)
  elseif state == 'C' then q.called = q.called + 1
  elseif state == 'I' then q.inside = q.inside + 1
  end
  if due then s.call[called_member(q, u.name)] = due end
  e.state, e.since, e.due = state, state == 'W' and 0 or s.now, due
  user_changed(s, u)
  local id = q.id .. ':' .. number(e.number)
  local m = s.moved[id]
  if not m then
    m = {id = id, states = '', user = u.name}
    s.moved[id] = m
    s.moves[#s.moves + 1] = m
  end
  m.states, m.due = m.states .. state, due
end

-- Lets in a user who was called and has come.
local function enter(s, q, u, e)
  move(s, q, u, e, 'I', is_timed(q, 'I') and s.now + q.timeout * 1000)
end

-- In a room whoever was let in has come by asking.
local function come(s, q, u, e)
  if q.mode == 'ROOM' and e.state == 'C' and q.status ~= 'CLOSED' then enter(s, q, u, e) end
end

-- Calls the first of a queue, or lets them into a room, at most so many and never more than it has places for;
-- returns their users.
local function call_next(s, q, count)
  local users, looked, last = {}, 0, nil
  local state = q.mode == 'ROOM' and q.grace == 0 and 'I' or 'C'
  local time = q.mode == 'ROOM' and q.grace > 0 and q.grace or q.timeout
  count = math.min(count, q.capacity - q.called - q.inside, MOST_CALLED)
  while #users < count and q.waiting > 0 and q.head <= q.last and looked < MOST_LOOKED do
    local place = drawn_at(q, q.head)
    local b, at = line_of(s, q, place)
    if b ~= last then looked, last = looked + 1, b end
    local word = b.words[at]
    if not word and q.head > q.drawn then q.head = math.min(q.last + 1, q.head + PER_BLOCK - at + 1)
    else
      if word and word ~= NOBODY then
        local u = user_of(s, word)
        local e = entry_of(u, q)
        if e and e.number == place and e.state == 'W' then
          move(s, q, u, e, state, s.now + time * 1000)
          users[#users + 1] = u
        else
          -- A later entry of the user counts: MySQL refused what came in between.
          q.waiting = q.waiting - 1
          line_put(s, q, place, NOBODY)
        end
      end
      q.head = q.head + 1
    end
  end
  return users
end

-- Lets as many into a room as its rate permits by now; what a second permits may be let in at once.
local function admit(s, q)
  local interval = 1000000 / q.rate
  local next = math.max(q.next, s.now - 1000000 + interval)
  if next > s.now then return end
  local admitted = #call_next(s, q, math.floor((s.now - next) / interval) + 1)
  if admitted > 0 then q.next = math.floor(next + admitted * interval) end
end

-- Calls for the places that are free, where the queue does that by itself.
local function fill(s, q)
  if not is_open(s, q) or q.status ~= 'OPEN' and q.status ~= 'DRAINING' then return end
  if q.mode == 'ROOM' then admit(s, q)
  elseif q.auto == '1' then call_next(s, q, MOST_CALLED)
  end
end

local function due_of(s, q, u, e)
  return e.due or redis.call('ZSCORE', s.keys[CALLED], called_member(q, u.name))
end

-- Who was called and has not come in time is a no-show; who has been in a room for long enough has completed.
local function expire_one(s, q, u, e)
  if is_timed(q, e.state) and tonumber(due_of(s, q, u, e)) <= s.now then
    move(s, q, u, e, e.state == 'C' and 'N' or 'D')
  end
end

local function expire(s)
  local due = redis.call('ZRANGEBYSCORE', s.keys[CALLED], '-inf', number(s.now), 'LIMIT', 0, MOST_DUE)
  for _, member in ipairs(due) do
    local no, user = string.match(member, '^(%d+) (%S+)$')
    local q, u = s.by_no[tonumber(no)], user_of(s, user)
    expire_one(s, q, u, entry_of(u, q))
  end
  for _, q in ipairs(s.order) do fill(s, q) end
end

-- An entry as it is told: "queue number state since due ahead place"; ahead is how many may be called before, at
-- most, place the head at which it is next; -1 and 0 where that is not drawn yet.
local function entry_text(s, q, u, e)
  local due, ahead, place = 0, 0, 0
  if is_timed(q, e.state) then due = due_of(s, q, u, e)
  elseif e.state == 'W' and q.drawn < 0 then ahead = -1
  elseif e.state == 'W' then
    place = drawn_at(q, e.number, true)
    ahead = place - q.head
  end
  return format('%s %d %s %d %d %d %d', q.id, e.number, e.state, e.since, due, ahead, place)
end

local function entries_text(u)
  local parts = {}
  for i, e in ipairs(u.entries) do
    parts[i] = format('%d:%d%s', e.no, e.number, e.state) .. (e.since == 0 and '' or format('%x', e.since))
  end
  return table.concat(parts, ' ')
end

-- Writes the blocks that have changed.
local function write_blocks(s)
  local keys, counts = s.keys, s.counts
  for _, u in ipairs(s.touched) do
    local b = u.block
    local from, last = place_of(b, u.name)
    if u.known then counts.people = counts.people - 1 end
    if #u.entries > 0 then counts.people = counts.people + 1 end
    local line = #u.entries > 0 and '\n' .. u.name .. ' ' .. entries_text(u) or ''
    b.text = from and string.sub(b.text, 1, from - 1) .. line .. string.sub(b.text, last + 1) or b.text .. line
    b.changed = true
  end
  for _, b in pairs(s.lines) do
    if b.changed then
      b.text = ''
      for _, word in ipairs(b.words) do
        if word ~= NOBODY then
          b.text = table.concat(b.words, ' ')
          break
        end
      end
    end
  end
  for key, cache in pairs({[USERS] = s.blocks, [LINE] = s.lines}) do
    local count = key == USERS and 'blocks' or 'lines'
    for field, b in pairs(cache) do
      if b.changed and b.text == '' then
        if b.existed then
          redis.call('HDEL', keys[key], field)
          counts[count] = counts[count] - 1
        end
      elseif b.changed then
        redis.call('HSET', keys[key], field, b.text)
        if not b.existed then counts[count] = counts[count] + 1 end
      end
    end
  end
  for _, member in ipairs(s.uncall) do counts.called = counts.called - redis.call('ZREM', keys[CALLED], member) end
  for member, due in pairs(s.call) do
    counts.called = counts.called + redis.call('ZADD', keys[CALLED], number(due), member)
  end
end

-- Writes what has changed. Whatever but a join must not fail though Redis is full: then the first write is one
-- that a full Redis does not refuse, and it refuses none that come after.
local function queue_write(s)
  if #s.moves == 0 and not s.wrote then return end
  local keys = s.keys
  if not s.joins then redis.call('PERSIST', keys[EVENT]) end
  if s.definition then
    redis.call('XADD', keys[LEDGER], '*', 'format', 1, 'kind', 'queue-definition', 'epoch', s.epoch,
      'at', number(s.now), unpack(s.definition))
  end
  for _, q in ipairs(s.draws) do
    redis.call('XADD', keys[LEDGER], '*', 'format', 1, 'kind', 'queue-draw', 'epoch', s.epoch, 'at', number(s.now),
      'queue', q.id, 'drawn', number(q.drawn))
  end
  for from = 1, #s.moves, PER_ENTRY do
    local fields = {}
    for i = from, math.min(from + PER_ENTRY - 1, #s.moves) do
      local m = s.moves[i]
      fields[#fields + 1] = m.id
      fields[#fields + 1] = m.states .. ' ' .. m.user .. (m.due and ' ' .. number(m.due) or '')
    end
    redis.call('XADD', keys[LEDGER], '*', 'format', 1, 'kind', 'queue-moves', 'epoch', s.epoch, 'at', number(s.now),
      unpack(fields))
  end
  write_blocks(s)
  for _, q in ipairs(s.order) do
    local text = queue_text(q)
    if text ~= q.text then redis.call('HSET', keys[QUEUES], q.id, text) end
  end
  local counts = s.counts
  redis.call('HSET', keys[EVENT], 'queues', #s.order, 'blocks', counts.blocks, 'lines', counts.lines,
    'called', counts.called, 'people', counts.people)
end

-- Why nothing may be decided now, or nil. bound: entries the ledger may hold; away: "1" where MySQL is known to be.
local function refusal_of(s, bound, away)
  if s.backlog >= tonumber(bound) then return 'LEDGER-FULL' end
  if away == '1' and s.acknowledge == 'database' then return 'DATABASE-AWAY' end
end

-- Included by the scripts of a sale: opens its state, judges whether it is whole, releases what is
-- due, and writes what was decided.
--
-- A script opens the sale, changes it in memory by the functions below and has all of it written at the
-- end: the ledger entry first, then only commands that cannot fail. So where Redis refuses the first
-- write nothing has changed. All keys are read before anything is written, which raises WRONGTYPE where
-- one is of another type. In memory, flat lists go to Redis as they are: changed (id, reservation), new
-- (end, id: held since now), asked (field, request), refused (time, field); ended is what was held. What only
-- stock-change.lua does is an entry of the ledger (entry), what is written after it (after), and whether a full
-- Redis must refuse it (grants).
--
-- Every script of a sale takes the same keys in the same order: sale, stock, reservations, holds,
-- requests, memory, refusals, takers, restocks, ledger.
--   sale          HASH format, epoch, and how many items, reservations, holds, requests, refusals,
--                 takers and restocks there must be, so that a loss in part is noticed; acknowledge; server: the
--                 identity of the server it was published on; the definition: name, status (open, paused, closed),
--                 opens and closes (microseconds, 0: none), and its version
--   stock         HASH item -> "total available held sold limit"
--   reservations  HASH id -> "status created expires ended user key digest lines"; status is H, C, X, E
--                 or N (sold, and undone), followed by the number of its changes where that is not what it
--                 must be: 0 of H, 1 of all others; times are microseconds (0: not yet), lines
--                 "item:requested:granted[:reason],...", or "-" of one that gave its units back: its lines
--                 are in MySQL
--   holds         ZSET ids of what is held, by when it ends
--   requests      HASH "user key" -> "digest id", or of a refusal "digest R created reasons", a letter for
--                 each item in order
--   memory        ZSET ids of reservations that have ended, by when they may be forgotten
--   refusals      ZSET fields of requests that were refused, by when they may be forgotten
--   takers        HASH "item user" -> units held and bought, of items that have a limit; and "* user" -> how
--                 many reservations and requests are held and kept of each user, see HELD
--   restocks      HASH "item key" -> "quantity reason"
--   ledger        STREAM
--
-- sale_open Returns the sale as a table, or nil and a reply for the caller:
--   LOADING  something is missing, in whole or in part
--   RECOVERING  it was published on another server (Redis was restarted, or failed over), and may be
--            older than it was
--   an error the state is of another format or holds something that is not a number
-- Cost: O(1), and O(lines) for each reservation that is due.
-- include: this-server.lua
-- include: numbers.lua
local SALE, STOCK, RESERVATIONS, HOLDS, REQUESTS = 1, 2, 3, 4, 5
local MEMORY, REFUSALS, TAKERS, RESTOCKS, LEDGER = 6, 7, 8, 9, 10

-- Arguments that one unpack spreads; even, for pairs. Far below what Lua's stack can take.
local SPREAD = 2000
-- Reservations of one ledger entry.
local PER_ENTRY = 500
-- What is due is released before anything else, this many at a time, and this many at the most.
local DUE, MOST_DUE = 100, 1000
-- How long a key gets the same answer, and a reservation is known: a day, in microseconds.
local REMEMBERED = 86400000000
-- What is counted of a user in one number: reservations that are held, those that are kept (held, or ended
-- and not yet forgotten), and refusals that are kept; at most 10,000 of each.
local HELD, KEPT, REFUSED = 1, 1e5, 1e10

-- When who is granted something may be told: redis, database, or replica and this server, with a colon between.
local function level_of(s)
  return s.acknowledge == 'replica' and 'replica:' .. s.server or s.acknowledge
end

-- server: the identity of this server, where the caller knows it; else it is asked for here
local function sale_open(keys, server)
  local m = redis.call('HMGET', keys[SALE], 'format', 'epoch', 'items', 'reservations', 'holds', 'requests',
    'refusals', 'takers', 'restocks', 'acknowledge', 'server', 'status', 'opens', 'closes', 'version')
  local there = {redis.call('HLEN', keys[STOCK]), redis.call('HLEN', keys[RESERVATIONS]),
    redis.call('ZCARD', keys[HOLDS]), redis.call('HLEN', keys[REQUESTS]), redis.call('ZCARD', keys[REFUSALS]),
    redis.call('HLEN', keys[TAKERS]), redis.call('HLEN', keys[RESTOCKS])}
  local memory = redis.call('ZCARD', keys[MEMORY])
  local backlog = redis.call('XLEN', keys[LEDGER])
  if not m[1] then return nil, redis.status_reply('LOADING') end
  if m[1] ~= '1' then
    return nil, redis.error_reply('STATEFORMAT this release reads format 1, the state has ' .. m[1])
  end
  if not tonumber(m[2]) then return nil, redis.error_reply('STATECORRUPT the epoch is not a number') end
  for i = 1, #there do
    local must = tonumber(m[i + 2])
    if not must then return nil, redis.error_reply('STATECORRUPT a count is not a number') end
    if must ~= there[i] then return nil, redis.status_reply('LOADING') end
  end
  -- The definition is not in a state that the release before this one has published, which knew none.
  local opens, closes, version = tonumber(m[13] or 0), tonumber(m[14] or 0), tonumber(m[15] or 0)
  if not (opens and closes and version) then
    return nil, redis.error_reply('STATECORRUPT the definition holds something that is not a number')
  end
  if memory + there[3] ~= there[2] then return nil, redis.status_reply('LOADING') end
  if not server or server == '' then server = this_server() end
  if m[11] ~= server then return nil, redis.status_reply('RECOVERING') end
  return {keys = keys, now = now_micros(), epoch = m[2], backlog = backlog,
    -- Not in a state that the release before this one has published.
    acknowledge = m[10] or 'redis', server = server,
    status = m[12] or 'open', opens = opens, closes = closes, version = version,
    counts = {items = there[1], reservations = there[2], holds = there[3], requests = there[4],
      refusals = there[5], takers = there[6], restocks = there[7]},
    stock = {}, items = {}, records = {}, requests = {}, taken = {}, existed = {},
    changed = {}, changed_items = {}, changed_takers = {}, new = {}, ended = {}, asked = {}, refused = {},
    fetched = 0, more_due = true}
end

-- Brings fields of a HASH into a table, those that are not in it yet; false is one that is not there.
local function fetch(key, into, fields)
  local missing, size = {}, 0
  for i = 1, #fields do
    local field = fields[i]
    if into[field] == nil then
      into[field] = false
      size = size + 1
      missing[size] = field
    end
  end
  for from = 1, size, SPREAD do
    local values = redis.call('HMGET', key, unpack(missing, from, math.min(from + SPREAD - 1, size)))
    for i = 1, #values do into[missing[from + i - 1]] = values[i] end
  end
end

-- The numbers of an item that was fetched, or false.
local function item_of(s, name)
  local item = s.items[name]
  if not item then
    local text = s.stock[name]
    if not text then return false end
    local total, available, held, sold, limit = string.match(text, '^(%d+) (%-?%d+) (%d+) (%d+) (%d+)$')
    if not total then error('STATECORRUPT item ' .. name) end
    item = {name = name, total = tonumber(total), available = tonumber(available), held = tonumber(held),
      sold = tonumber(sold), limit = tonumber(limit)}
    s.items[name] = item
  end
  return item
end

local function item_changed(s, item)
  if not item.changed then
    item.changed = true
    s.changed_items[#s.changed_items + 1] = item
  end
end

local function item_text(item)
  return format('%d %d %d %d %d', item.total, item.available, item.held, item.sold, item.limit)
end

-- What a user has of an item, which was fetched: the text of Redis, or a number where that has changed.
local function taken_by(s, field)
  local taken = s.taken[field]
  return taken and tonumber(taken) or 0
end

local function take(s, field, units)
  local taken = s.taken[field]
  if not taken or type(taken) == 'string' then
    s.changed_takers[#s.changed_takers + 1] = field
    if taken then s.existed[field] = true end
  end
  s.taken[field] = (taken or 0) + units
end

local function user_field(user) return '* ' .. user end

-- How many of a user, by the field, which was fetched, are held, kept and refused.
local function counts_of(s, field)
  local all = taken_by(s, field)
  if all == 0 then return 0, 0, 0 end
  return all % KEPT, math.floor(all / KEPT) % KEPT, math.floor(all / REFUSED)
end

-- How often what has this status must have changed. Only that it changed more often is written down.
local function least_changes(status) return status == 'H' and 0 or 1 end

-- A reservation that was fetched, or false.
local function reservation_of(s, id)
  local record = s.records[id]
  if type(record) == 'string' then
    local status, changes, created, expires, ended, user, key, digest, lines =
      string.match(record, '^(%a)(%d*) (%d+) (%d+) (%d+) (%S+) (%S+) (%S+) (%S+)$')
    if not status then error('STATECORRUPT reservation ' .. id) end
    record = {id = id, status = status, changes = tonumber(changes) or least_changes(status),
      created = tonumber(created), expires = tonumber(expires), ended = tonumber(ended), user = user,
      key = key, digest = digest, lines = lines}
    s.records[id] = record
  end
  return record
end

local function reservation_text(r)
  local changes = r.changes == least_changes(r.status) and '' or number(r.changes)
  return format('%s%s %d %d %d %s %s %s %s', r.status, changes, r.created, r.expires, r.ended, r.user, r.key,
    r.digest, r.lines)
end

-- Brings the items of reservations, and what their users have of those that have a limit.
local function fetch_items_of(s, reservations)
  local items, takers = {}, {}
  for _, r in ipairs(reservations) do
    r.granted = {}
    for name, units in string.gmatch(r.lines, '([^:,]+):%d+:(%d+)') do
      r.granted[#r.granted + 1] = {name, tonumber(units)}
      items[#items + 1] = name
    end
  end
  fetch(s.keys[STOCK], s.stock, items)
  for _, r in ipairs(reservations) do
    takers[#takers + 1] = user_field(r.user)
    for _, line in ipairs(r.granted) do
      local item = item_of(s, line[1])
      if not item then error('STATECORRUPT there is no item ' .. line[1]) end
      if item.limit > 0 then takers[#takers + 1] = line[1] .. ' ' .. r.user end
    end
  end
  fetch(s.keys[TAKERS], s.taken, takers)
end

-- Ends what is held, its items fetched: confirmed (C), cancelled (X) or expired (E).
local function reservation_end(s, r, status)
  r.status, r.ended, r.changes = status, s.now, r.changes + 1
  take(s, user_field(r.user), -HELD)
  for _, line in ipairs(r.granted) do
    local item, units = item_of(s, line[1]), line[2]
    if units > 0 then
      item.held = item.held - units
      if status == 'C' then item.sold = item.sold + units
      else
        item.available = item.available + units
        if item.limit > 0 then take(s, item.name .. ' ' .. r.user, -units) end
      end
      item_changed(s, item)
    end
  end
  s.changed[#s.changed + 1] = r.id
  s.changed[#s.changed + 1] = reservation_text(r)
  s.ended[#s.ended + 1] = r
end

-- Releases reservations whose time is up, at most so many; says how many. s.more_due tells whether there
-- may be more.
local function sale_release(s, most)
  local ids = redis.call('ZRANGEBYSCORE', s.keys[HOLDS], '-inf', number(s.now), 'LIMIT', s.fetched, most)
  s.fetched = s.fetched + #ids
  s.more_due = #ids == most
  if #ids == 0 then return 0 end
  fetch(s.keys[RESERVATIONS], s.records, ids)
  local due = {}
  for _, id in ipairs(ids) do
    local r = reservation_of(s, id)
    if not r then error('STATECORRUPT there is no reservation ' .. id) end
    if r.status == 'H' then due[#due + 1] = r end
  end
  fetch_items_of(s, due)
  for _, r in ipairs(due) do reservation_end(s, r, 'E') end
  return #due
end

-- Calls a command with a key and many arguments, a multiple of some number of them at a time.
local function spread(command, key, args)
  for from = 1, #args, SPREAD do
    redis.call(command, key, unpack(args, from, math.min(from + SPREAD - 1, #args)))
  end
end

-- Writes to the ledger: one entry, or several where there is much.
local function write_ledger(s)
  local at = number(s.now)
  for from = 1, #s.changed, 2 * PER_ENTRY do
    redis.call('XADD', s.keys[LEDGER], '*', 'format', 1, 'kind', 'reservations', 'epoch', s.epoch, 'at', at,
      unpack(s.changed, from, math.min(from + 2 * PER_ENTRY - 1, #s.changed)))
  end
end

-- Writes what has changed. What gives back or sells units must not fail though Redis is full: then the
-- first write is one that a full Redis does not refuse, and it refuses none that come after.
local function sale_write(s)
  if #s.changed == 0 and #s.asked == 0 and not s.wrote then return end
  local keys, counts = s.keys, s.counts
  if #s.new == 0 and #s.refused == 0 and not s.grants then redis.call('PERSIST', keys[SALE]) end
  write_ledger(s)
  if s.entry then redis.call('XADD', keys[LEDGER], '*', unpack(s.entry)) end

  local memory, ended = {}, {}
  for i, r in ipairs(s.ended) do
    ended[i] = r.id
    memory[2 * i - 1] = number(r.created + REMEMBERED)
    memory[2 * i] = r.id
  end
  spread('HSET', keys[RESERVATIONS], s.changed)
  spread('ZADD', keys[HOLDS], s.new)
  spread('ZADD', keys[MEMORY], memory)
  spread('ZREM', keys[HOLDS], ended)
  spread('HSET', keys[REQUESTS], s.asked)
  spread('ZADD', keys[REFUSALS], s.refused)

  local stock, takers, gone, texts, size = {}, {}, {}, {}, 0
  for _, item in ipairs(s.changed_items) do
    stock[#stock + 1] = item.name
    stock[#stock + 1] = item_text(item)
  end
  spread('HSET', keys[STOCK], stock)
  for i = 1, #s.changed_takers do
    local field = s.changed_takers[i]
    local units, existed = s.taken[field], s.existed[field]
    if units > 0 then
      if not existed then counts.takers = counts.takers + 1 end
      -- Many users have the same.
      local text = texts[units]
      if not text then
        text = number(units)
        texts[units] = text
      end
      takers[size + 1], takers[size + 2] = field, text
      size = size + 2
    elseif existed then
      counts.takers = counts.takers - 1
      gone[#gone + 1] = field
    end
  end
  spread('HSET', keys[TAKERS], takers)
  spread('HDEL', keys[TAKERS], gone)

  if s.after then s.after() end
  redis.call('HSET', keys[SALE], 'items', number(counts.items),
    'reservations', number(counts.reservations + #s.new / 2), 'holds', number(counts.holds + #s.new / 2 - #ended),
    'requests', number(counts.requests + #s.asked / 2), 'refusals', number(counts.refusals + #s.refused / 2),
    'takers', number(counts.takers), 'restocks', number(counts.restocks))
end

-- Changes a reservation after it was made, otherwise than by its end: holds it for longer (extend: once, and never
-- for less), holds one again that has expired while units are left (again: within a day after it was made), or
-- undoes a confirmation (undo). Tells what has become of it where it is not in the state for that.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1] extend, again or undo
-- ARGV[2] id
-- ARGV[3] whose it must be, or empty: anybody's
-- ARGV[4] microseconds from now on that it is held (extend, again)
-- ARGV[5] who does it
-- ARGV[6] why, or empty
-- ARGV[7] entries the ledger may hold before none is held again
-- ARGV[8] the reservation as MySQL has it, or empty: for one that is forgotten here, or whose lines are
-- Returns {now, reservation as it is now, acknowledge (redis, database, or replica:server)}; {..., reasons} where
-- it cannot be held again, a letter for each line (- where it could be); {now} where there is none; or
--   HISTORY it depends on what MySQL has, see ARGV[8]
--   LEDGER-FULL          BUSY more is due than one call can release
--   LOADING or RECOVERING, see sale-state.lua. Cost: O(lines), and O(lines) for what is due.
-- include: sale-state.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
sale_release(s, DUE)
local what, id = ARGV[1], ARGV[2]
fetch(KEYS[3], s.records, {id})
local r = reservation_of(s, id)
local forgotten = not r
if forgotten and what == 'undo' then
  if ARGV[8] == '' then return redis.status_reply('HISTORY') end
  s.records[id] = ARGV[8]
  r = reservation_of(s, id)
  if r.status ~= 'C' then r = false end
end
if r and ARGV[3] ~= '' and r.user ~= ARGV[3] then r = false end
if r and r.status == 'H' and r.expires <= s.now then
  fetch_items_of(s, {r})
  reservation_end(s, r, 'E')
end

-- Has it written as it is by now, with who did it and why; the indexes are written by what is given.
local function change(kind, index)
  r.changes = r.changes + 1
  local text = reservation_text(r)
  s.entry = {'format', 1, 'kind', 'reservation-change', 'epoch', s.epoch, 'at', number(s.now), 'reservation', r.id,
    'state', text, 'change', kind, 'user', ARGV[5], 'reason', ARGV[6]}
  s.wrote = true
  s.after = function()
    redis.call('HSET', KEYS[3], r.id, text)
    index()
  end
end

local function hold() redis.call('ZADD', KEYS[4], number(r.expires), r.id) end

local function extend()
  local expires = s.now + tonumber(ARGV[4])
  if expires <= r.expires then return end
  r.expires = expires
  change('extended', hold)
end

-- Why the lines cannot be held again, a letter for each; nil where they can.
local function reasons()
  local letters, any = {}, false
  for i, line in ipairs(r.granted) do
    local item, units = item_of(s, line[1]), line[2]
    local allowed = units
    if item.limit > 0 then allowed = math.max(0, item.limit - taken_by(s, item.name .. ' ' .. r.user)) end
    local short = units > math.min(item.available, allowed)
    letters[i] = not short and '-' or allowed <= item.available and 'u' or 's'
    any = any or short
  end
  return any and table.concat(letters) or nil
end

local function again()
  if r.lines == '-' then
    r.lines = string.match(ARGV[8], '(%S+)$')
    if not r.lines then return redis.status_reply('HISTORY') end
  end
  if s.backlog >= tonumber(ARGV[7]) then return redis.status_reply('LEDGER-FULL') end
  fetch_items_of(s, {r})
  local why = reasons()
  while why and s.more_due do
    if s.fetched >= MOST_DUE then
      sale_write(s)
      return redis.status_reply('BUSY')
    end
    sale_release(s, DUE)
    why = reasons()
  end
  if why then
    sale_write(s)
    return {s.now, reservation_text(r), level_of(s), why}
  end
  for _, line in ipairs(r.granted) do
    local item, units = item_of(s, line[1]), line[2]
    if units > 0 then
      item.available, item.held = item.available - units, item.held + units
      if item.limit > 0 then take(s, item.name .. ' ' .. r.user, units) end
      item_changed(s, item)
    end
  end
  take(s, user_field(r.user), HELD)
  r.status, r.expires, r.ended = 'H', s.now + tonumber(ARGV[4]), 0
  s.grants = true
  change('taken-again', function()
    hold()
    redis.call('ZREM', KEYS[6], r.id)
    s.counts.holds = s.counts.holds + 1
  end)
end

local function undo()
  fetch_items_of(s, {r})
  for _, line in ipairs(r.granted) do
    if item_of(s, line[1]).sold < line[2] then error('STATECORRUPT item ' .. line[1] .. ' has sold less') end
  end
  for _, line in ipairs(r.granted) do
    local item, units = item_of(s, line[1]), line[2]
    if units > 0 then
      item.available, item.sold = item.available + units, item.sold - units
      if item.limit > 0 then take(s, item.name .. ' ' .. r.user, -units) end
      item_changed(s, item)
    end
  end
  if forgotten then
    -- It is known again, so that it is not undone twice before MySQL has it.
    take(s, user_field(r.user), KEPT)
    s.counts.reservations = s.counts.reservations + 1
  end
  r.status, r.ended = 'N', s.now
  change('undone', function() redis.call('ZADD', KEYS[6], number(s.now + REMEMBERED), r.id) end)
end

if r then
  local refused
  if what == 'extend' and r.status == 'H' and r.changes == 0 then extend()
  elseif what == 'again' and r.status == 'E' and r.created + REMEMBERED > s.now then refused = again()
  elseif what == 'undo' and r.status == 'C' then undo()
  end
  if refused then return refused end
end
sale_write(s)
return r and {s.now, reservation_text(r), level_of(s)} or {s.now}

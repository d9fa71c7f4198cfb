-- Decides reservations, first come, first served: every one in turn is granted units of its items, or
-- told why not. The same request under the same key is told what has become of the first one. What was
-- granted is in the ledger in the same step.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1] entries the ledger may hold before reservations are refused
-- ARGV[2] reservations that a user may hold at once
-- ARGV[3] reservations that are kept of a user, held or ended
-- ARGV[4] refusals that are kept of a user
-- ARGV[5] identity of this server (this-server.lua), or empty: not known
-- ARGV[6] 1 where MySQL is known to be away, else 0
-- ARGV[7] 1 where what memory is left is for claims, else 0
-- ARGV[8..] of each reservation: its id, user, key, digest of the request, mode (all: all or nothing,
--           some: what there is), microseconds until it ends, number of lines, and of each line
--           (items in order, each once) item and units; in all at most 1,000 lines
-- Returns {now, acknowledge (redis, database, or replica:server), result of each ...}, a result being
--   1 granted in full now                   "H id created expires lines" granted, held now or before
--   "C ...", "X ...", "E ...", "N ..." the same, of one that was granted before and has ended (see sale-state.lua)
--                                           (of one that gave its units back, lines may be "-": in MySQL; a number
--                                           after the letter says how often it has changed, see sale-state.lua)
--   "R created reasons" refused: nothing granted, and why, a letter for each line; "r ..." the same, before
--   "M" the key was used for another request   "U item" there is no such item   "L" ledger full
--   "B" more is due than one call can release: nothing was done
--   "A" it is to be acknowledged once MySQL has it, and MySQL is away
--   "F" what memory is left is for claims
--   "closed", "paused", "not-open opens" the sale does not give units now (see phase.lua), or not before opens
--   "P" the user holds as many as one may          "K" as many are kept of the user as may be
-- or LOADING or RECOVERING, see sale-state.lua. Cost: O(lines) and O(log reservations) each.
-- include: sale-state.lua
-- include: phase.lua
local s, refusal = sale_open(KEYS, ARGV[5])
if not s then return refusal end
local max_backlog = tonumber(ARGV[1])
local max_held, max_kept, max_refused = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local away = ARGV[6] == '1' and s.acknowledge == 'database'
local short = ARGV[7] == '1'

-- The same few numbers are asked for again and again: looking one up costs less than reading it.
local numbers = {}
local function number_of(text)
  local n = numbers[text]
  if not n then
    n = tonumber(text)
    numbers[text] = n
  end
  return n
end

-- An order is where it begins and ends in ARGV: no tables are made of what is read but once.
local args, argc = ARGV, #ARGV
local orders, lasts, names, fields, users = {}, {}, {}, {}, {}
local at, size, lines_asked = 8, 0, 0
while at <= argc do
  local user, last = args[at + 1], at + 5 + 2 * number_of(args[at + 6])
  size = size + 1
  orders[size], lasts[size] = at, last
  fields[size], users[size] = user .. ' ' .. args[at + 2], user_field(user)
  for i = at + 7, last, 2 do
    lines_asked = lines_asked + 1
    names[lines_asked] = args[i]
  end
  at = last + 2
end

sale_release(s, DUE)
fetch(KEYS[5], s.requests, fields)
fetch(KEYS[2], s.stock, names)
fetch(KEYS[8], s.taken, users)
local requests, now, ends = s.requests, number(s.now), {}
local phase = phase_of(s, s.now)
-- How long s.asked and s.new are.
local asked, new = 0, 0

local function told(status, id, created, expires, lines)
  return table.concat({status, id, created, expires, lines}, ' ')
end

-- What is known of the key; nil where nothing is.
local function known(order, field)
  local request = requests[field]
  if not request then return nil end
  local digest, rest = string.match(request, '^(%S+) (.+)$')
  if digest ~= args[order + 3] then return 'M' end
  if string.sub(rest, 1, 2) == 'R ' then return 'r' .. string.sub(rest, 2) end
  fetch(KEYS[3], s.records, {rest})
  local r = reservation_of(s, rest)
  if not r then error('STATECORRUPT there is no reservation ' .. rest) end
  local status, changes = r.status, r.changes
  if status == 'H' and r.expires <= s.now then status, changes = 'E', changes + 1 end
  if changes ~= least_changes(status) then status = status .. number(changes) end
  return told(status, r.id, number(r.created), number(r.expires), r.lines)
end

-- What a line is granted, and the reason where that is not all.
local function grant(item, units, user)
  if item.limit == 0 and units <= item.available then return units, false end
  local allowed = units
  if item.limit > 0 then allowed = math.max(0, item.limit - taken_by(s, item.name .. ' ' .. user)) end
  -- Less than none where MySQL has booked the decisions of two servers: then there is none to be had.
  local granted = math.max(0, math.min(units, item.available, allowed))
  return granted, granted < units and (allowed <= item.available and 'u' or 's')
end

-- Whether all lines of ARGV from first to last are granted in full, and whether any is granted something.
local function judge(first, last, user)
  local complete, any = true, false
  for i = first, last, 2 do
    local granted, reason = grant(item_of(s, args[i]), number_of(args[i + 1]), user)
    complete, any = complete and not reason, any or granted > 0
  end
  return complete, any
end

local function remember(field, value)
  requests[field] = value
  s.asked[asked + 1], s.asked[asked + 2] = field, value
  asked = asked + 2
end

-- Of one order; the next one uses the tables again.
local lines, reasons = {}, {}

local function decide(order, last, field, mine)
  local user, digest = args[order + 1], args[order + 3]
  local all = args[order + 4] == 'all'
  local first = order + 7
  local takers = false
  for i = first, last, 2 do
    local item = item_of(s, args[i])
    if not item then return 'U ' .. args[i] end
    if item.limit > 0 then
      takers = takers or {}
      takers[#takers + 1] = args[i] .. ' ' .. user
    end
  end
  if phase ~= 'open' then return phase == 'not-open' and phase .. ' ' .. number(s.opens) or phase end
  if away then return 'A' end
  if short then return 'F' end
  if s.backlog >= max_backlog then return 'L' end
  if takers then fetch(KEYS[8], s.taken, takers) end

  local complete, any = judge(first, last, user)
  local held, kept, refused = counts_of(s, mine)
  while (not complete or held >= max_held) and s.more_due do
    if s.fetched >= MOST_DUE then return 'B' end
    sale_release(s, DUE)
    complete, any = judge(first, last, user)
    held = counts_of(s, mine)
  end
  local granted = complete or (any and not all)
  if granted and held >= max_held then return 'P' end
  if granted and kept >= max_kept then return 'K' end

  local n = 0
  for i = first, last, 2 do
    local item, units = item_of(s, args[i]), number_of(args[i + 1])
    local given, reason = units, false
    if not complete then given, reason = grant(item, units, user) end
    n = n + 1
    if not granted then given, reasons[n] = 0, reason or 'o' end
    local text = args[i] .. ':' .. args[i + 1] .. ':'
    lines[n] = text .. (reason and number(given) .. ':' .. reason or args[i + 1])
    if given > 0 then
      item.available, item.held = item.available - given, item.held + given
      item_changed(s, item)
      if item.limit > 0 then take(s, args[i] .. ' ' .. user, given) end
    end
  end

  if not granted then
    local no = 'R ' .. now .. ' ' .. table.concat(reasons, '', 1, n)
    if refused < max_refused then
      remember(field, digest .. ' ' .. no)
      take(s, mine, REFUSED)
      s.refused[#s.refused + 1] = number(s.now + REMEMBERED)
      s.refused[#s.refused + 1] = field
    end
    return no
  end
  take(s, mine, HELD + KEPT)
  local granted_lines = n == 1 and lines[1] or table.concat(lines, ',', 1, n)
  local id, ttl = args[order], args[order + 5]
  local expires = ends[ttl] or number(s.now + tonumber(ttl))
  ends[ttl] = expires
  local text = 'H ' .. now .. ' ' .. expires .. ' 0 ' .. field .. ' ' .. digest .. ' ' .. granted_lines
  s.records[id] = text
  local changed = #s.changed
  s.changed[changed + 1], s.changed[changed + 2] = id, text
  s.new[new + 1], s.new[new + 2] = expires, id
  new = new + 2
  remember(field, digest .. ' ' .. id)
  return complete and 1 or told('H', id, now, expires, granted_lines)
end

local reply = {s.now, level_of(s)}
for i = 1, size do
  local order, field = orders[i], fields[i]
  reply[i + 2] = known(order, field) or decide(order, lasts[i], field, users[i])
end
sale_write(s)
return reply

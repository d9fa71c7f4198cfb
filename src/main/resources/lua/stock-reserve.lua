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
--   "C ...", "X ...", "E ..." the same, of one that was granted before and has ended (see sale-state.lua)
--                                           (of one that gave its units back, lines may be "-": in MySQL)
--   "R created reasons" refused: nothing granted, and why, a letter for each line; "r ..." the same, before
--   "M" the key was used for another request   "U item" there is no such item   "L" ledger full
--   "B" more is due than one call can release: nothing was done
--   "A" it is to be acknowledged once MySQL has it, and MySQL is away
--   "F" what memory is left is for claims
--   "P" the user holds as many as one may          "K" as many are kept of the user as may be
-- or LOADING or RECOVERING, see sale-state.lua. Cost: O(lines) and O(log reservations) each.
-- include: sale-state.lua
local s, refusal = sale_open(KEYS, ARGV[5])
if not s then return refusal end
local max_backlog = tonumber(ARGV[1])
local max_held, max_kept, max_refused = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local away = ARGV[6] == '1' and s.acknowledge == 'database'
local short = ARGV[7] == '1'

-- An order is where it begins in ARGV: no tables are made of what is read but once.
local orders, names, fields, users = {}, {}, {}, {}
local at = 8
while at <= #ARGV do
  orders[#orders + 1] = at
  fields[#fields + 1] = ARGV[at + 1] .. ' ' .. ARGV[at + 2]
  users[#users + 1] = user_field(ARGV[at + 1])
  local last = at + 5 + 2 * tonumber(ARGV[at + 6])
  for i = at + 7, last, 2 do names[#names + 1] = ARGV[i] end
  at = last + 2
end

sale_release(s, DUE)
fetch(KEYS[5], s.requests, fields)
fetch(KEYS[2], s.stock, names)
fetch(KEYS[8], s.taken, users)
local now, ends = number(s.now), {}

local function told(status, id, created, expires, lines)
  return table.concat({status, id, created, expires, lines}, ' ')
end

-- What is known of the key; nil where nothing is.
local function known(order, field)
  local request = s.requests[field]
  if not request then return nil end
  local digest, rest = string.match(request, '^(%S+) (.+)$')
  if digest ~= ARGV[order + 3] then return 'M' end
  if string.sub(rest, 1, 2) == 'R ' then return 'r' .. string.sub(rest, 2) end
  fetch(KEYS[3], s.records, {rest})
  local r = reservation_of(s, rest)
  if not r then error('STATECORRUPT there is no reservation ' .. rest) end
  local status = r.status == 'H' and r.expires <= s.now and 'E' or r.status
  return told(status, r.id, number(r.created), number(r.expires), r.lines)
end

-- What a line is granted, and the reason where that is not all.
local function grant(item, units, user)
  local allowed = units
  if item.limit > 0 then allowed = math.max(0, item.limit - taken_by(s, item.name .. ' ' .. user).units) end
  -- Less than none where MySQL has booked the decisions of two servers: then there is none to be had.
  local granted = math.max(0, math.min(units, item.available, allowed))
  return granted, granted < units and (allowed <= item.available and 'u' or 's')
end

-- Whether all lines of ARGV from first to last are granted in full, and whether any is granted something.
local function judge(first, last, user)
  local complete, any = true, false
  for i = first, last, 2 do
    local granted, reason = grant(item_of(s, ARGV[i]), tonumber(ARGV[i + 1]), user)
    complete, any = complete and not reason, any or granted > 0
  end
  return complete, any
end

local function remember(field, value)
  s.requests[field] = value
  s.asked[#s.asked + 1] = field
  s.asked[#s.asked + 1] = value
end

local function decide(order, field)
  local user, digest = ARGV[order + 1], ARGV[order + 3]
  local all = ARGV[order + 4] == 'all'
  local first, last = order + 7, order + 5 + 2 * tonumber(ARGV[order + 6])
  local takers = {}
  for i = first, last, 2 do
    local item = item_of(s, ARGV[i])
    if not item then return 'U ' .. ARGV[i] end
    if item.limit > 0 then takers[#takers + 1] = ARGV[i] .. ' ' .. user end
  end
  if away then return 'A' end
  if short then return 'F' end
  if s.backlog >= max_backlog then return 'L' end
  if #takers > 0 then fetch(KEYS[8], s.taken, takers) end

  local complete, any = judge(first, last, user)
  local held, kept, refused = counts_of(s, user)
  while (not complete or held >= max_held) and s.more_due do
    if s.fetched >= MOST_DUE then return 'B' end
    sale_release(s, DUE)
    complete, any = judge(first, last, user)
    held = counts_of(s, user)
  end
  local granted = complete or (any and not all)
  if granted and held >= max_held then return 'P' end
  if granted and kept >= max_kept then return 'K' end

  local lines, reasons = {}, {}
  for i = first, last, 2 do
    local item, units = item_of(s, ARGV[i]), tonumber(ARGV[i + 1])
    local given, reason = units, false
    if not complete then given, reason = grant(item, units, user) end
    if not granted then given, reasons[#reasons + 1] = 0, reason or 'o' end
    lines[#lines + 1] = ARGV[i] .. ':' .. ARGV[i + 1] .. ':' .. number(given) .. (reason and ':' .. reason or '')
    if given > 0 then
      item.available, item.held = item.available - given, item.held + given
      item_changed(s, item)
      if item.limit > 0 then take(s, ARGV[i] .. ' ' .. user, given) end
    end
  end

  if not granted then
    local no = 'R ' .. now .. ' ' .. table.concat(reasons)
    if refused < max_refused then
      remember(field, digest .. ' ' .. no)
      take(s, user_field(user), REFUSED)
      s.refused[#s.refused + 1] = number(s.now + REMEMBERED)
      s.refused[#s.refused + 1] = field
    end
    return no
  end
  take(s, user_field(user), HELD + KEPT)
  lines = #lines == 1 and lines[1] or table.concat(lines, ',')
  local id, ttl = ARGV[order], ARGV[order + 5]
  local expires = ends[ttl] or number(s.now + tonumber(ttl))
  ends[ttl] = expires
  local text = 'H ' .. now .. ' ' .. expires .. ' 0 ' .. field .. ' ' .. digest .. ' ' .. lines
  s.records[id] = text
  s.changed[#s.changed + 1] = id
  s.changed[#s.changed + 1] = text
  s.new[#s.new + 1] = expires
  s.new[#s.new + 1] = id
  remember(field, digest .. ' ' .. id)
  return complete and 1 or told('H', id, now, expires, lines)
end

local reply = {s.now, level_of(s)}
for i, order in ipairs(orders) do reply[i + 2] = known(order, fields[i]) or decide(order, fields[i]) end
sale_write(s)
return reply

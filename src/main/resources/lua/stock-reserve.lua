-- Decides reservations, first come, first served: every one in turn is granted units of its items, or
-- told why not. The same request under the same key is told the same again. What was granted is in the
-- ledger in the same step.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1] entries the ledger may hold before reservations are refused
-- ARGV[2] how long requests are remembered, microseconds
-- ARGV[3..] of each reservation: its id, user, key, digest of the request, mode (all: all or nothing,
--           some: what there is), microseconds until it ends, number of lines, and of each line
--           (items in order, each once) item and units; in all at most 1,000 lines
-- Returns {now, result of each ...}, a result being
--   1 granted in full now                   "H id created expires lines" granted
--   "R created lines" refused: nothing granted
--   "M" the key was used for another request   "U item" there is no such item   "L" ledger full
--   "B" more is due than one call can release: nothing was done
-- or LOADING when the state is not whole. Cost: O(lines) and O(log reservations) each.
-- include: sale-state.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
local max_backlog, retention = tonumber(ARGV[1]), tonumber(ARGV[2])

local orders, names, fields = {}, {}, {}
local at = 3
while at <= #ARGV do
  local order = {id = ARGV[at], user = ARGV[at + 1], key = ARGV[at + 2], digest = ARGV[at + 3],
    all = ARGV[at + 4] == 'all', ttl = tonumber(ARGV[at + 5]), wanted = {}}
  order.field = order.user .. ' ' .. order.key
  local lines = tonumber(ARGV[at + 6])
  for i = 1, lines do
    local name = ARGV[at + 5 + 2 * i]
    order.wanted[i] = {name, tonumber(ARGV[at + 6 + 2 * i])}
    names[#names + 1] = name
  end
  fields[#fields + 1] = order.field
  orders[#orders + 1] = order
  at = at + 7 + 2 * lines
end

sale_release(s, DUE)
fetch(KEYS[5], s.requests, fields)
fetch(KEYS[2], s.stock, names)

local function told(r) return string.format('H %s %.0f %.0f %s', r.id, r.created, r.expires, r.lines) end

-- What is known of the key; nil where nothing is.
local function known(order)
  local request = s.requests[order.field]
  if not request then return nil end
  local digest, rest = string.match(request, '^(%S+) (.+)$')
  if digest ~= order.digest then return 'M' end
  if string.sub(rest, 1, 2) == 'R ' then return rest end
  fetch(KEYS[3], s.records, {rest})
  local r = reservation_of(s, rest)
  if not r then error('STATECORRUPT there is no reservation ' .. rest) end
  -- As it was told first, whatever has become of it.
  return told(r)
end

-- What each line could be granted, in order; and whether that is all.
local function grants(order)
  local granted, complete = {}, true
  for i, line in ipairs(order.wanted) do
    local item, units = item_of(s, line[1]), line[2]
    local allowed = units
    if item.limit > 0 then allowed = math.max(0, item.limit - taken_by(s, line[1] .. ' ' .. order.user).units) end
    local grant = math.min(units, item.available, allowed)
    if grant < units then complete = false end
    granted[i] = {grant, grant < units and (allowed <= item.available and 'u' or 's')}
  end
  return granted, complete
end

local function lines_of(order, granted, none)
  local lines = {}
  for i, line in ipairs(order.wanted) do
    local grant, reason = granted[i][1], granted[i][2]
    if none then grant, reason = 0, reason or 'o' end
    lines[i] = string.format('%s:%.0f:%.0f', line[1], line[2], grant) .. (reason and ':' .. reason or '')
  end
  return table.concat(lines, ',')
end

local function remember(order, value)
  s.requests[order.field] = value
  s.asked[#s.asked + 1] = order.field
  s.asked[#s.asked + 1] = value
end

local function decide(order)
  local takers = {}
  for _, line in ipairs(order.wanted) do
    local item = item_of(s, line[1])
    if not item then return 'U ' .. line[1] end
    if item.limit > 0 then takers[#takers + 1] = line[1] .. ' ' .. order.user end
  end
  if s.backlog >= max_backlog then return 'L' end
  if #takers > 0 then fetch(KEYS[8], s.taken, takers) end

  local granted, complete = grants(order)
  while not complete and s.more_due do
    if s.fetched >= MOST_DUE then return 'B' end
    sale_release(s, DUE)
    granted, complete = grants(order)
  end
  local any = false
  for _, grant in ipairs(granted) do any = any or grant[1] > 0 end
  if not any or (order.all and not complete) then
    local no = string.format('R %.0f %s', s.now, lines_of(order, granted, order.all))
    remember(order, order.digest .. ' ' .. no)
    s.refused[#s.refused + 1] = number(s.now + retention)
    s.refused[#s.refused + 1] = order.field
    return no
  end

  local r = {id = order.id, status = 'H', created = s.now, expires = s.now + order.ttl, ended = 0,
    user = order.user, key = order.key, digest = order.digest, lines = lines_of(order, granted, false)}
  for i, line in ipairs(order.wanted) do
    local item, units = item_of(s, line[1]), granted[i][1]
    if units > 0 then
      item.available, item.held = item.available - units, item.held + units
      item_changed(s, item)
      if item.limit > 0 then take(s, line[1] .. ' ' .. order.user, units) end
    end
  end
  s.records[order.id] = r
  s.changed[#s.changed + 1] = r
  s.new[#s.new + 1] = r
  remember(order, order.digest .. ' ' .. order.id)
  return complete and 1 or told(r)
end

local reply = {s.now}
for i, order in ipairs(orders) do reply[i + 1] = known(order) or decide(order) end
sale_write(s, retention)
return reply

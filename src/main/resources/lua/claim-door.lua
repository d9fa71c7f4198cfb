-- Decides claims of a coupon with a waitlist or a queue, first come, first served: every user in turn is issued the
-- next unit, which a queue hands out in its turn, or, while none is left or others wait, given the next place on the
-- waitlist. What was decided is in the ledger in
-- the same step.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim, where the coupon has one
-- KEYS[4] ledger     STREAM
-- KEYS[5] line       ZSET user -> ticket (coupon-line.lua)
-- ARGV[1] to ARGV[4] as claim.lua takes them: entries the ledger may hold, ARGV[2] this server, ARGV[3] the highest
--         sequence seen, and whether MySQL is known to be away and who is eligible
-- ARGV[5..] users, at most 1,000; the same user may come twice
-- Returns what claim.lua returns, but never one result for all; a result being also
--   w, a ticket, /, a place and, where it is new, +: the user waits
--   q, a sequence, /, a place, /, the rate and, where it is new, +: the user was issued this unit, which is to be
--     handed out
--   -12 the queue is full
--   o, a sequence, / and microseconds: the user is offered this unit until then. Cost: O(users log n).
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
-- include: coupon-line.lua
-- include: coupon-judged.lua
-- include: phase.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], ARGV[2], ARGV[3])
local call = redis.call
local full = call('XLEN', KEYS[4]) >= tonumber(ARGV[1])
if not s then return refusal end
local line, torn = coupon_line(KEYS[1], KEYS[5])
if not line then return torn end
local users = {unpack(ARGV, 5)}
local judged, rule = coupon_judged(KEYS[1], s, ARGV[4], #users)
if rule then return rule end
local away = string.byte(ARGV[4]) == 49 and s.acknowledge == 'database'
local now = now_micros()

-- Whoever brings a unit back promotes; this is for units that came free by time, or by a loss.
if not full then
  local version = s.version + 1
  local promoted, unwritten = line_promote(KEYS[1], KEYS[2], KEYS[4], KEYS[5], s, line, now, version)
  if unwritten and string.find(unwritten.err, 'READONLY', 1, true) then return unwritten end
  if promoted and promoted > 0 then
    s.version = version
    call('HSET', KEYS[1], 'version', number(version))
    call('PUBLISH', KEYS[1], number(s.epoch) .. ' ' .. number(version))
  end
end

local closed_to_all = ({closed = '-5', ['not-open'] = '-3', paused = '-4'})[phase_of(s, now)]

local held = call('HMGET', KEYS[2], unpack(users))
local scores = call('ZMSCORE', KEYS[5], unpack(users))
local eligible = s.audience >= 0 and call('SMISMEMBER', KEYS[3], unpack(users))
local at = number(now)
local results, given, told = {}, {}, {}
local issued, holdings, waiters, places, turns = {}, {}, {}, {}, {}
local left, sequence, ceiling = s.quantity - s.withheld - s.issued, s.sequence, s.ceiling
local waiting, ticket = line.waiting, math.max(now, line.ticket + 1)
for i, user in ipairs(users) do
  local holding, score = held[i], tonumber(scores[i] or 0)
  local result
  if holding and score < 0 then
    local number_of = claim_holding(holding)
    result = tonumber(number_of) > s.ceiling and '-8' or 'o' .. number_of .. '/' .. number(-score)
  elseif holding and score > 0 and not line_waits(score) then
    result = 'q' .. number(score) .. '/' .. number(line_place(KEYS[5], score)) .. '/' .. number(line.rate)
  elseif holding then
    local units = claim_units(holding)
    -- MySQL does not have it yet, and may never: it is not told.
    result = units and tonumber(units[#units][1]) > s.ceiling and '-8' or holding
  elseif score > 0 then result = 'w' .. number(score) .. '/' .. number(line_place(KEYS[5], score))
  elseif given[user] then result = given[user]
  elseif closed_to_all then result = closed_to_all
  else
    local waits = left <= 0 or waiting > 0
    if waits and waiting >= line.places then result = '-1'
    elseif eligible and eligible[i] == 0 or judged and string.byte(judged, i) == 48 then result = '-2'
    elseif away then result = '-9'
    elseif full then result = '-6'
    elseif waits then
      waiting = waiting + 1
      waiters[#waiters + 1] = user
      places[#places + 1] = number(ticket)
      places[#places + 1] = user
      given[user] = 'w' .. number(ticket) .. '/' .. number(waiting)
      result = given[user] .. '+'
      told[i] = true
      ticket = ticket + 1
    elseif sequence >= ceiling then result = '-8'
    elseif line.rate > 0 and line.queued + #issued >= line.limit then result = '-12'
    else
      sequence, left = sequence + 1, left - 1
      local text = string.format(CLAIM_HOLDING, sequence, at)
      result = number(sequence)
      given[user] = text
      issued[#issued + 1] = user
      if line.rate > 0 then
        text = claim_text({{number(sequence), at, 'queued,' .. at}})
        turns[#turns + 1] = number(sequence)
        turns[#turns + 1] = user
        given[user] = 'q' .. number(sequence) .. '/' .. number(line.queued + #issued) .. '/' .. number(line.rate)
        result = given[user] .. '+'
      end
      holdings[#holdings + 1] = user
      holdings[#holdings + 1] = text
      told[i] = true
    end
  end
  results[i] = result
end

local level = s.acknowledge == 'replica' and 'replica:' .. s.server or s.acknowledge
local head = table.concat({at, number(s.epoch), number(s.version), number(s.opens), s.rehearsal, level}, ' ')
local unwritten = false
if #issued > 0 then
  -- The ledger first: its first entry alone can be refused (a full Redis), and then nothing has been written.
  local entry = redis.pcall('XADD', KEYS[4], '*', 'format', '1', 'kind', 'claims', 'epoch', number(s.epoch),
    'at', at, 'first', number(s.sequence + 1), 'users', table.concat(issued, ' '),
    unpack(#turns > 0 and {'change', number(line.changes + 1), 'state', 'queued'} or {}))
  unwritten = type(entry) == 'table' and entry
end
if #waiters > 0 and not unwritten then
  local entry = redis.pcall('XADD', KEYS[4], '*', 'format', '1', 'kind', 'line', 'epoch', number(s.epoch),
    'at', at, 'change', number(line.changes + (#turns > 0 and 2 or 1)), 'state', 'waiting', 'first', places[1],
    'users', table.concat(waiters, ' '))
  unwritten = type(entry) == 'table' and entry
end
if unwritten then
  if string.find(unwritten.err, 'READONLY', 1, true) then return unwritten end
  for i, user in ipairs(users) do
    -- Who would have got a unit or a place, and whom only these left nothing.
    if told[i] or given[user] == results[i] or results[i] == '-1' then results[i] = '-7' end
  end
  return head .. ' ' .. table.concat(results, ' ')
end
if #issued > 0 then
  call('HSET', KEYS[2], unpack(holdings))
  call('HSET', KEYS[1], 'sequence', number(sequence), 'issued', number(s.issued + #issued),
    'holders', number(s.holders + #issued))
end
if #turns > 0 then
  line.changes, line.lined = line.changes + 1, line.lined + #issued
  call('ZADD', KEYS[5], unpack(turns))
  call('HSET', KEYS[1], 'lined', number(line.lined), 'queued', number(line.queued + #issued),
    'changes', number(line.changes))
end
if #waiters > 0 then
  call('ZADD', KEYS[5], unpack(places))
  call('HSET', KEYS[1], 'lined', number(line.lined + #waiters), 'waiting', number(waiting),
    'ticket', number(ticket - 1), 'changes', number(line.changes + 1))
end
return head .. ' ' .. table.concat(results, ' ')

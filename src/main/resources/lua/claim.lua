-- Decides claims, first come, first served: every user in turn is given the next sequence number,
-- what they hold already, or the reason why not. What was issued is in the ledger in the same step.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim, where the coupon has one
-- KEYS[4] ledger     STREAM
-- ARGV[1] entries the ledger may hold before claims are refused
-- ARGV[2] identity of this server (this-server.lua), or empty: not known
-- ARGV[3] the highest sequence that the caller has seen issued
-- ARGV[4] 1 where MySQL is known to be away, else 0; then who is eligible, where there is a rule (coupon-judged.lua)
-- ARGV[5..] users, at most 1,000; the same user may come twice
-- Returns words between single spaces: now, epoch, version, opens, rehearsal (1 or 0; and a c behind it where
-- units have codes), acknowledge (redis, database, or replica and this server, with a colon between them), and a
-- result of each user, a result being
--   n > 0 issued with sequence n at now     a holding (it has a colon): held already
--   -1 sold out   -2 not eligible   -3 not open yet   -4 paused   -5 closed   -6 ledger full
--   -7 Redis does not take the entry of the ledger (it is full, or its disk is)
--   -8 MySQL has not lent more numbers: it is behind
--   -9 it is to be acknowledged once MySQL has it, and MySQL is away
--   -13 the user's group is sold out   -14 the coupon's pool has no code left
-- or, where every user was issued a unit, one result: the first sequence;
-- or RULE and more (an array), see coupon-judged.lua: nothing was decided;
-- or DOOR and rehearsal (a status) where claim-door.lua decides claims of this coupon: nothing was decided;
-- or LOADING or RECOVERING (a status) when the state is not whole, or not to be trusted. Cost: O(users).
--
-- One text and not an array: Redis sends each array of a script by a write of its own, and texts to a
-- connection on which several calls came together by one. Numbers are written by %d: exact up to 2^53.
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: coupon-judged.lua
-- include: coupon-groups.lua
-- include: phase.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], ARGV[2], ARGV[3])
local call, format = redis.call, string.format
local full = call('XLEN', KEYS[4]) >= tonumber(ARGV[1])
if not s then return refusal end
if s.door then return redis.status_reply('DOOR ' .. s.rehearsal) end
-- In the order of the users: what they hold, and at last the result.
local results = call('HMGET', KEYS[2], unpack(ARGV, 5))
local eligible = s.audience >= 0 and call('SMISMEMBER', KEYS[3], unpack(ARGV, 5))
local away = string.byte(ARGV[4]) == 49 and s.acknowledge == 'database'
local judged, rule = coupon_judged(KEYS[1], s, ARGV[4], #results)
if rule then return rule end
local groups = coupon_groups(KEYS[1], s)
local now = now_micros()

local closed_to_all = ({closed = '-5', ['not-open'] = '-3', paused = '-4'})[phase_of(s, now)]

local at = format('%d', now)
local epoch = format('%d', s.epoch)
local sequence, issued, quantity, ceiling = s.sequence, s.issued, s.quantity - s.withheld, s.ceiling
-- User and holding in turn, as HSET takes them; the holdings by user; and the winners' groups.
local winners, size, given, of_winners, behind = {}, 0, {}, groups and {}, nil
for i = 1, #results do
  if not results[i] then
    local user = ARGV[i + 4]
    local result
    if given[user] then result = given[user]
    elseif closed_to_all then result = closed_to_all
    -- Before who is eligible: sold out is so for everybody, and can be told from memory.
    elseif issued >= quantity then result = '-1'
    elseif eligible and eligible[i] == 0 or judged and string.byte(judged, i) == 48 then result = '-2'
    elseif groups and groups[string.byte(judged, i) - 48].left <= 0 then result = '-13'
    elseif away then result = '-9'
    elseif full then result = '-6'
    elseif sequence >= ceiling then
      behind = behind or coupon_behind(KEYS[1], ceiling)
      result = behind
    else
      sequence, issued = sequence + 1, issued + 1
      result = sequence
      local holding = format(CLAIM_HOLDING, sequence, at)
      if groups then
        local group = groups[string.byte(judged, i) - 48]
        group.left, group.given = group.left - 1, group.given + 1
        of_winners[#of_winners + 1] = group.name
        holding = format(GROUP_HOLDING, sequence, at, group.name)
      end
      given[user] = holding
      winners[size + 1], winners[size + 2] = user, holding
      size = size + 2
    end
    results[i] = result
  end
end

local level = s.acknowledge == 'replica' and 'replica:' .. s.server or s.acknowledge
local head = format('%s %s %d %d %s %s ', at, epoch, s.version, s.opens, s.kind, level)
if size > 0 then
  local all = size == 2 * #results
  local users
  if all then users = table.concat(ARGV, ' ', 5)
  else
    local some = {}
    for i = 1, size, 2 do some[#some + 1] = winners[i] end
    users = table.concat(some, ' ')
  end
  local first = format('%d', s.sequence + 1)
  -- The ledger first: it alone can be refused (a full Redis), and then nothing has been written.
  local entry
  if groups then
    entry = redis.pcall('XADD', KEYS[4], '*', 'format', '1', 'kind', 'claims', 'epoch', epoch,
      'at', at, 'first', first, 'users', users, 'groups', table.concat(of_winners, ' '))
  else
    entry = redis.pcall('XADD', KEYS[4], '*', 'format', '1', 'kind', 'claims', 'epoch', epoch,
      'at', at, 'first', first, 'users', users)
  end
  if type(entry) == 'table' then
    -- A server that is no longer the primary is for nobody to believe.
    if string.find(entry.err, 'READONLY', 1, true) then return entry end
    for i = 1, #results do
      -- Who would have got one, and whom only these left nothing.
      if given[ARGV[i + 4]] or results[i] == '-1' and s.issued < quantity
        or results[i] == '-13' and groups[string.byte(judged, i) - 48].given > 0 then results[i] = '-7' end
    end
  else
    call('HSET', KEYS[2], unpack(winners))
    local last = format('%d', sequence)
    call('HSET', KEYS[1], 'sequence', last, 'issued', issued == sequence and last or format('%d', issued),
      'holders', format('%d', s.holders + size / 2))
    if groups then groups_write(KEYS[1], groups) end
    if all then return head .. first end
  end
end
for i = 1, #results do
  -- Lua's own way would round it.
  if type(results[i]) == 'number' then results[i] = format('%d', results[i]) end
end
return head .. table.concat(results, ' ')

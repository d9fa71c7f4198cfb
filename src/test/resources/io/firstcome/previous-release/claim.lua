-- Decides claims, first come, first served: every user in turn is given the next sequence number,
-- what they hold already, or the reason why not. What was issued is in the ledger in the same step.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> "sequence:issuedAtMicros"
-- KEYS[3] audience   SET of users who may claim, where the coupon has one
-- KEYS[4] ledger     STREAM
-- ARGV[1] entries the ledger may hold before claims are refused
-- ARGV[2..] users, at most 1,000; the same user may come twice
-- Returns words between single spaces: now, epoch, version, opens, and a result of each user, a result being
--   n > 0 issued with sequence n at now     n:micros held already, issued then
--   -1 sold out   -2 not eligible   -3 not open yet   -4 paused   -5 closed   -6 ledger full
--   -7 Redis does not take the entry of the ledger (it is full, or its disk is)
-- or, where every user was issued a unit, one result: the first sequence;
-- or LOADING (a status) when the state is not whole. Cost: O(users).
--
-- One text and not an array: Redis sends each array of a script by a write of its own, and texts to a
-- connection on which several calls came together by one. Numbers are written by %d: exact up to 2^53.
-- Included by the scripts of a coupon: reads its state and judges whether it is whole.
--
-- Returns the state as a table, or nil and a reply for the caller:
--   LOADING  the state, the claimants or the audience are missing, in whole or in part
--   an error the state is of another format or holds something that is not a number
-- Raises WRONGTYPE when a key is of the wrong type (the audience's: where the coupon has one). Cost: O(1).
local function coupon_state(state_key, claimants_key, audience_key)
  local m = redis.call('HMGET', state_key, 'format', 'epoch', 'version', 'status', 'name', 'quantity',
    'opens', 'closes', 'audience', 'sequence', 'issued', 'holders')
  local holders = redis.call('HLEN', claimants_key)
  if not m[1] then return nil, redis.status_reply('LOADING') end
  if m[1] ~= '1' then
    return nil, redis.error_reply('STATEFORMAT this release reads format 1, the state has ' .. m[1])
  end
  local s = {
    epoch = tonumber(m[2]), version = tonumber(m[3]), status = m[4], name = m[5],
    quantity = tonumber(m[6]), opens = tonumber(m[7]), closes = tonumber(m[8]),
    audience = tonumber(m[9]), sequence = tonumber(m[10]), issued = tonumber(m[11]),
    holders = tonumber(m[12]),
  }
  if not (s.epoch and s.version and s.status and s.name and s.quantity and s.opens and s.closes
      and s.audience and s.sequence and s.issued and s.holders) then
    return nil, redis.error_reply('STATECORRUPT a field of the state is missing or not a number')
  end
  if s.holders ~= holders or (s.audience >= 0 and s.audience ~= redis.call('SCARD', audience_key)) then
    return nil, redis.status_reply('LOADING')
  end
  return s
end

-- Redis TIME in microseconds. Print it with %.0f: Lua's own way turns it into 1.79e+15.
local function now_micros()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3])
local call, format = redis.call, string.format
local full = call('XLEN', KEYS[4]) >= tonumber(ARGV[1])
if not s then return refusal end
-- In the order of the users: what they hold, and at last the result.
local results = call('HMGET', KEYS[2], unpack(ARGV, 2))
local eligible = s.audience >= 0 and call('SMISMEMBER', KEYS[3], unpack(ARGV, 2))
local now = now_micros()

local closed_to_all = false
if s.status == 'closed' or (s.closes > 0 and now >= s.closes) then closed_to_all = '-5'
elseif now < s.opens then closed_to_all = '-3'
elseif s.status ~= 'open' then closed_to_all = '-4'
end

local at = format('%d', now)
local epoch = format('%d', s.epoch)
local sequence, issued, quantity = s.sequence, s.issued, s.quantity
-- User and holding in turn, as HSET takes them; and the holdings by user.
local winners, size, given = {}, 0, {}
for i = 1, #results do
  if not results[i] then
    local user = ARGV[i + 1]
    local result
    if given[user] then result = given[user]
    elseif closed_to_all then result = closed_to_all
    -- Before who is eligible: sold out is so for everybody, and can be told from memory.
    elseif issued >= quantity then result = '-1'
    elseif eligible and eligible[i] == 0 then result = '-2'
    elseif full then result = '-6'
    else
      sequence, issued = sequence + 1, issued + 1
      result = sequence
      local holding = format('%d:%s', sequence, at)
      given[user] = holding
      winners[size + 1], winners[size + 2] = user, holding
      size = size + 2
    end
    results[i] = result
  end
end

local head = format('%s %s %d %d ', at, epoch, s.version, s.opens)
if size > 0 then
  local all = size == 2 * #results
  local users
  if all then users = table.concat(ARGV, ' ', 2)
  else
    local some = {}
    for i = 1, size, 2 do some[#some + 1] = winners[i] end
    users = table.concat(some, ' ')
  end
  local first = format('%d', s.sequence + 1)
  -- The ledger first: it alone can be refused (a full Redis), and then nothing has been written.
  local entry = redis.pcall('XADD', KEYS[4], '*', 'format', '1', 'kind', 'claims', 'epoch', epoch,
    'at', at, 'first', first, 'users', users)
  if type(entry) == 'table' then
    -- A server that is no longer the primary is for nobody to believe.
    if string.find(entry.err, 'READONLY', 1, true) then return entry end
    for i = 1, #results do
      -- Who would have got one, and whom only these left nothing.
      if given[ARGV[i + 1]] or results[i] == '-1' and s.issued < quantity then results[i] = '-7' end
    end
  else
    call('HSET', KEYS[2], unpack(winners))
    local last = format('%d', sequence)
    call('HSET', KEYS[1], 'sequence', last, 'issued', issued == sequence and last or format('%d', issued),
      'holders', format('%d', s.holders + size / 2))
    if all then return head .. first end
  end
end
for i = 1, #results do
  -- Lua's own way would round it.
  if type(results[i]) == 'number' then results[i] = format('%d', results[i]) end
end
return head .. table.concat(results, ' ')

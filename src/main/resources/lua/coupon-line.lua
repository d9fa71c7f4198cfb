-- Included, after coupon-state.lua and holding-units.lua, by the scripts of coupons that may have a waitlist or a
-- queue.
--
-- The line is a ZSET of users. A score from LINE_TICKETS on is the ticket of a user who waits for a unit: the
-- microsecond of the arrival, or one more than the last ticket, so that no ticket is given twice, whatever Redis
-- loses. A score below 0 is that of a user who was offered a unit, which the holding has in the state offered: until
-- when it can be accepted, in microseconds, negative. One between 0 and LINE_TICKETS is the sequence of a unit that is
-- to be handed out in its turn, which the holding has in the state queued. The state counts those who wait as waiting,
-- those who are queued as queued, and all as lined.
--
-- s: the state, see coupon-state.lua; line: what coupon_line returned. Both are kept in step with the stores.
-- coupon_line Returns what the state has of the line, or nil and LOADING where the line is not whole. Cost: O(1).
-- coupon_open Returns whether units are issued now. Cost: O(1).
-- line_waits Returns whether a score is that of a user who waits. Cost: O(1).
-- line_place Returns the place of a user who waits or is queued, from 1. Cost: O(log n).
-- line_leave Takes a user out of the line. Cost: O(log n).
-- line_promote Issues units that are free to those who have waited longest, at most so many, as of a version that
--   the caller sets and publishes: the units are offered where the coupon has a time to accept. MySQL may not know
--   of these units yet, so their numbers may lie above the ceiling: whoever tells such a number waits for MySQL.
--   Returns how many were promoted, or nil and the error of the first write. Cost: O(promoted).
-- line_return Counts units that went back, as of a version. Cost: O(1).
-- include: phase.lua
local LINE_TICKETS = '1000000000000000'
local LINE_MOST = 1000

local function coupon_line(state_key, line_key)
  local m = redis.call('HMGET', state_key, 'waitlist', 'acceptWithin', 'lined', 'ticket', 'changes', 'extra',
    'returned', 'waiting', 'rate', 'queueLimit', 'queued', 'handed')
  local lined = tonumber(m[3] or 0)
  if redis.call('ZCARD', line_key) ~= lined then return nil, redis.status_reply('LOADING') end
  return {
    places = tonumber(m[1] or 0), accept = tonumber(m[2] or 0), lined = lined, ticket = tonumber(m[4] or 0),
    changes = tonumber(m[5] or 0), extra = tonumber(m[6] or 0), returned = tonumber(m[7] or 0),
    waiting = tonumber(m[8] or 0), rate = tonumber(m[9] or 0), limit = tonumber(m[10] or 0),
    queued = tonumber(m[11] or 0), handed = tonumber(m[12] or 0),
  }
end

local function coupon_open(s, now) return phase_of(s, now) == 'open' end

local function line_waits(score)
  return score >= tonumber(LINE_TICKETS)
end

local function line_place(line_key, score)
  return redis.call('ZCOUNT', line_key, line_waits(score) and LINE_TICKETS or '1', number(score))
end

local function line_leave(state_key, line_key, line, user, score)
  redis.call('ZREM', line_key, user)
  line.lined = line.lined - 1
  if line_waits(score) then line.waiting = line.waiting - 1
  elseif score > 0 then line.queued = line.queued - 1
  end
  redis.call('HSET', state_key, 'lined', number(line.lined), 'waiting', number(line.waiting),
    'queued', number(line.queued))
end

local function line_promote(state_key, claimants_key, ledger_key, line_key, s, line, now, version)
  local most = math.min(s.quantity - s.withheld - s.issued, line.waiting, LINE_MOST)
  if most < 1 or not coupon_open(s, now) then return 0 end
  local users = redis.call('ZRANGEBYSCORE', line_key, LINE_TICKETS, '+inf', 'LIMIT', 0, most)
  local held = redis.call('HMGET', claimants_key, unpack(users))
  local promoted, holdings, offers = {}, {}, {}
  local at, state = number(now), line.accept > 0 and 'offered,' .. number(now) or nil
  for i, user in ipairs(users) do
    -- Who waited may hold a claim by now: one of an earlier epoch that was found late.
    if not held[i] then
      promoted[#promoted + 1] = user
      holdings[#holdings + 1] = user
      holdings[#holdings + 1] = claim_text({{number(s.sequence + #promoted), at, state}})
      offers[#offers + 1] = number(-now - line.accept)
      offers[#offers + 1] = user
    end
  end
  if #promoted > 0 then
    local entry = redis.pcall('XADD', ledger_key, '*', 'format', '1', 'kind', 'claims', 'epoch', number(s.epoch),
      'at', at, 'first', number(s.sequence + 1), 'users', table.concat(promoted, ' '), 'promoted', '1',
      'version', number(version), 'change', number(line.changes + 1), unpack(state and {'state', 'offered'} or {}))
    if type(entry) == 'table' then return nil, entry end
    redis.call('HSET', claimants_key, unpack(holdings))
  end
  redis.call('ZREM', line_key, unpack(users))
  line.waiting, line.lined = line.waiting - #users, line.lined - #users
  if #promoted > 0 then
    if state then
      redis.call('ZADD', line_key, unpack(offers))
      line.lined = line.lined + #promoted
    end
    s.sequence, s.issued, s.holders = s.sequence + #promoted, s.issued + #promoted, s.holders + #promoted
    line.changes = line.changes + 1
  end
  redis.call('HSET', state_key, 'sequence', number(s.sequence), 'issued', number(s.issued), 'holders',
    number(s.holders), 'lined', number(line.lined), 'waiting', number(line.waiting),
    'changes', number(line.changes))
  return #promoted
end

local function line_return(state_key, s, line, units, version)
  -- MySQL must know of these units before others than those who wait are told their numbers (coupon-define.lua).
  local left = math.max(0, s.quantity - s.withheld - s.issued)
  s.issued, line.extra, line.returned = s.issued - units, line.extra - units, line.returned + units
  s.ceiling = math.min(s.ceiling, s.sequence + left)
  redis.call('HSET', state_key, 'issued', number(s.issued), 'extra', number(line.extra),
    'returned', number(line.returned), 'added', number(version), 'ceiling', number(s.ceiling))
end

-- Changes the first unit of those of these users whose unit is in one state into another. Returns how many.
local function line_turn(claimants_key, ledger_key, s, line, users, from, to, now, version, reason)
  if #users == 0 then return 0 end
  local held = redis.call('HMGET', claimants_key, unpack(users))
  local turned, sequences, holdings = {}, {}, {}
  for i, user in ipairs(users) do
    local units = held[i] and claim_units(held[i])
    if units and unit_state(units[1]) == from then
      units[1][3] = to .. ',' .. number(now)
      turned[#turned + 1], sequences[#sequences + 1] = user, units[1][1]
      holdings[#holdings + 1] = user
      holdings[#holdings + 1] = claim_text(units)
    end
  end
  if #turned > 0 then
    line.changes = line.changes + 1
    redis.call('XADD', ledger_key, '*', 'format', 1, 'kind', 'claim-change', 'epoch', number(s.epoch),
      'at', number(now), 'version', number(version), 'change', number(line.changes), 'state', to,
      'users', table.concat(turned, ' '), 'sequences', table.concat(sequences, ' '), 'reference', '',
      'by', 'firstcome', 'reason', reason)
    redis.call('HSET', claimants_key, unpack(holdings))
  end
  return #turned
end

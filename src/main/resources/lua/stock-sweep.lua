-- Releases what is due and forgets what has been remembered for long enough, a bounded number of each.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1] how many of each, at most 1,000
-- ARGV[2] how many refusals are kept
-- ARGV[3] how many reservations that have ended are kept
-- Returns {now, released, forgotten}, or LOADING or RECOVERING, see sale-state.lua.
-- Cost: O(lines) and O(log reservations) for each.
-- include: sale-state.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
local most, counts = tonumber(ARGV[1]), s.counts
local released = sale_release(s, most)

-- The oldest of a ZSET whose scores say until when: what is over, and what is beyond this number.
local function oldest(key, count, kept)
  local members = redis.call('ZRANGEBYSCORE', key, '-inf', number(s.now), 'LIMIT', 0, most)
  local beyond = math.min(most, count - kept)
  if beyond > #members then members = redis.call('ZRANGE', key, 0, beyond - 1) end
  return members
end

local ids, fields = {}, {}
-- Whose, and what of theirs, in turn.
local users, whats = {}, {}
local function of_user(user, what)
  users[#users + 1] = user_field(user)
  whats[#users] = what
end
local old = oldest(KEYS[6], counts.reservations - counts.holds, tonumber(ARGV[3]))
if #old > 0 then
  fetch(KEYS[3], s.records, old)
  local requests = {}
  for _, id in ipairs(old) do
    local r = reservation_of(s, id)
    if not r then error('STATECORRUPT there is no reservation ' .. id) end
    ids[#ids + 1] = id
    requests[#requests + 1] = r.user .. ' ' .. r.key
    of_user(r.user, KEPT)
  end
  fetch(KEYS[5], s.requests, requests)
  local gone = {}
  for i, field in ipairs(requests) do
    -- The key may have been used anew since.
    local request = s.requests[field]
    if request and not gone[field] and string.match(request, ' (%S+)$') == ids[i] then
      gone[field] = true
      fields[#fields + 1] = field
    end
  end
end
local refused = oldest(KEYS[7], counts.refusals, tonumber(ARGV[2]))
for _, field in ipairs(refused) do
  fields[#fields + 1] = field
  of_user(string.match(field, '^%S+'), REFUSED)
end
fetch(KEYS[8], s.taken, users)
for i, user in ipairs(users) do take(s, user, -whats[i]) end

local forgotten = #ids + #refused
if forgotten > 0 then
  counts.reservations = counts.reservations - #ids
  counts.requests = counts.requests - #fields
  counts.refusals = counts.refusals - #refused
  s.wrote = true
end
sale_write(s)
spread('HDEL', KEYS[3], ids)
spread('ZREM', KEYS[6], ids)
spread('HDEL', KEYS[5], fields)
spread('ZREM', KEYS[7], refused)
return {s.now, released, forgotten}

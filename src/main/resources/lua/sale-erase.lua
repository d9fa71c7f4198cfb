-- Puts a pseudonym in the place of a user, in requests, reservations and what they have of items with a limit,
-- and by an entry of the ledger in MySQL. Counts and stock stay as they are.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1] user
-- ARGV[2] pseudonym
-- ARGV[3] how many keys of requests follow
-- ARGV[4..] keys of requests of the user, then ids of reservations; what is not the user's is left
-- Returns {now, how many were changed}, or LOADING or RECOVERING, see sale-state.lua. Cost: O(arguments)
-- and O(items).
-- include: sale-state.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
local user, pseudonym, last = ARGV[1], ARGV[2], 3 + tonumber(ARGV[3])
local changed = 0
redis.call('XADD', KEYS[10], '*', 'format', 1, 'kind', 'erase-buyer', 'epoch', s.epoch, 'at', number(s.now),
  'user', user, 'pseudonym', pseudonym)

local function rename(key, from, to)
  local value = redis.call('HGET', key, from)
  if value then
    redis.call('HDEL', key, from)
    redis.call('HSET', key, to, value)
    changed = changed + 1
  end
end

for i = 4, last do
  local from, to = user .. ' ' .. ARGV[i], pseudonym .. ' ' .. ARGV[i]
  rename(KEYS[5], from, to)
  local score = redis.call('ZSCORE', KEYS[7], from)
  if score then
    redis.call('ZREM', KEYS[7], from)
    redis.call('ZADD', KEYS[7], score, to)
  end
end
for i = last + 1, #ARGV do
  fetch(KEYS[3], s.records, {ARGV[i]})
  local r = reservation_of(s, ARGV[i])
  if r and r.user == user then
    r.user = pseudonym
    redis.call('HSET', KEYS[3], r.id, reservation_text(r))
    changed = changed + 1
  end
end
rename(KEYS[8], user_field(user), user_field(pseudonym))
for _, item in ipairs(redis.call('HKEYS', KEYS[2])) do
  rename(KEYS[8], item .. ' ' .. user, item .. ' ' .. pseudonym)
end
return {s.now, changed}

-- Included by the scripts of locks. All locks are in one slot, so that their number has a bound and one counter
-- gives their fencing tokens:
--   fence    STRING: the last fencing token given; it never expires
--   names    ZSET: name of a lock that is held → until when at the latest, microseconds
--   lock     STRING: token:fence of the holder; expires with the lease
--   permits  ZSET: token:fence of the holder of a permit → until when, microseconds
--   line     ZSET: token that waits for a permit → ticket, in order of arrival
--   places   ZSET: token that waits for a permit → until when its place is kept, microseconds
--
-- lock_holder Returns the token and the fence of what a holder is stored as. Cost: O(1).
-- lock_permit Returns the member of a token among the permits, and until when. Cost: O(permits).
-- lock_fence Returns a new fencing token as text: larger than every earlier one, and than any that a server which
--   lost its data gave before, because it is at least the time. Cost: O(1).
-- lock_named Returns false if too many locks are held to add this one. Cost: O(log names).
-- lock_wake Wakes the first in the line, and returns nothing. Cost: O(1).
-- include: numbers.lua
local function lock_holder(text)
  local colon = text:find(':', 1, true)
  return text:sub(1, colon - 1), text:sub(colon + 1)
end

local function lock_permit(permits, token)
  local all = redis.call('ZRANGE', permits, 0, -1, 'WITHSCORES')
  for i = 1, #all, 2 do
    if lock_holder(all[i]) == token then return all[i], tonumber(all[i + 1]) end
  end
end

local function lock_fence(key, now)
  local last = tonumber(redis.call('GET', key)) or 0
  local fence = number(math.max(last + 1, now))
  redis.call('SET', key, fence)
  return fence
end

local function lock_named(names, name, ends, most, now)
  if most == 0 then return true end
  if not redis.call('ZSCORE', names, name) and redis.call('ZCARD', names) >= most then
    local over = redis.call('ZRANGEBYSCORE', names, '-inf', number(now), 'LIMIT', 0, 1000)
    if #over == 0 then return false end
    redis.call('ZREM', names, unpack(over))
  end
  redis.call('ZADD', names, number(ends), name)
  return true
end

local function lock_wake(line, channel)
  local first = redis.call('ZRANGE', line, 0, 0)[1]
  if first then redis.call('PUBLISH', channel, first) end
end

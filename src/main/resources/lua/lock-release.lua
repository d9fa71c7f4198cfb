-- Releases a lock or a permit that is held with this token, and wakes those who wait for it: with the name of the lock
-- the first of each replica, with a token the first in the line for permits.
--
-- KEYS[1] lock     STRING
-- KEYS[2] permits  ZSET
-- KEYS[3] line     ZSET
-- KEYS[4] names    ZSET
-- KEYS[5] channel of those who wait
-- ARGV[1] token
-- ARGV[2] name
-- Returns 1 if it was released, 0 if the token does not hold it. Cost: O(permits + log names).
-- include: lock-state.lua
local held = redis.call('GET', KEYS[1])
if held then
  if lock_holder(held) ~= ARGV[1] then return 0 end
  redis.call('DEL', KEYS[1])
else
  local member, until_micros = lock_permit(KEYS[2], ARGV[1])
  if not member then return 0 end
  redis.call('ZREM', KEYS[2], member)
  if until_micros <= now_micros() then return 0 end
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('ZREM', KEYS[4], ARGV[2])
  redis.call('PUBLISH', KEYS[5], ARGV[2])
end
lock_wake(KEYS[3], KEYS[5])
return 1

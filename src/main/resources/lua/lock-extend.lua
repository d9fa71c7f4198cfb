-- Extends a lock or a permit that is held with this token. One that ended is not taken again: its holder must notice.
--
-- KEYS[1] lock     STRING
-- KEYS[2] permits  ZSET
-- KEYS[3] names    ZSET
-- ARGV[1] token
-- ARGV[2] lease from now on, milliseconds
-- ARGV[3] name
-- Returns the fencing token, or '0' if the token does not hold it. Cost: O(permits + log names).
-- include: lock-state.lua
local now = now_micros()
local lease = tonumber(ARGV[2])
local ends = number(now + lease * 1000)
local fence
local held = redis.call('GET', KEYS[1])
if held then
  local token
  token, fence = lock_holder(held)
  if token ~= ARGV[1] then return '0' end
  redis.call('PEXPIRE', KEYS[1], lease)
else
  local member, until_micros = lock_permit(KEYS[2], ARGV[1])
  if not member or until_micros <= now then return '0' end
  local _
  _, fence = lock_holder(member)
  redis.call('ZADD', KEYS[2], ends, member)
  if redis.call('PTTL', KEYS[2]) < lease then redis.call('PEXPIRE', KEYS[2], lease) end
end
local named = redis.call('ZSCORE', KEYS[3], ARGV[3])
if named and tonumber(named) < tonumber(ends) then redis.call('ZADD', KEYS[3], ends, ARGV[3]) end
return fence

-- Takes a lock that nobody holds. The token that holds it gets the same answer again, so a lost reply costs nothing.
--
-- KEYS[1] lock     STRING
-- KEYS[2] permits  ZSET
-- KEYS[3] names    ZSET
-- KEYS[4] fence    STRING
-- ARGV[1] token
-- ARGV[2] lease, milliseconds
-- ARGV[3] name
-- ARGV[4] how many locks may be held; 0: this one does not count
-- Returns the fencing token and the milliseconds that the lease lasts; '0' and the milliseconds until the holder's
-- lease ends; '-1' and 0 if too many locks are held. Cost: O(log names).
-- include: lock-state.lua
local now = now_micros()
local held = redis.call('GET', KEYS[1])
if held then
  local token, fence = lock_holder(held)
  return { token == ARGV[1] and fence or '0', redis.call('PTTL', KEYS[1]) }
end
local permit = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. number(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
if permit[2] then return { '0', math.ceil((tonumber(permit[2]) - now) / 1000) } end
local lease = tonumber(ARGV[2])
if not lock_named(KEYS[3], ARGV[3], now + lease * 1000, tonumber(ARGV[4]), now) then return { '-1', 0 } end
local fence = lock_fence(KEYS[4], now)
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. fence, 'NX', 'PX', lease)
return { fence, lease }

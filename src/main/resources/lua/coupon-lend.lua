-- Raises the highest sequence that a coupon may issue, after MySQL has lent it.
--
-- KEYS[1] state  HASH of the coupon
-- ARGV[1] the epoch it was lent in
-- ARGV[2] the new ceiling
-- Returns 1 when it was raised, 0 when the state is of another epoch, or has a higher one. Cost: O(1).
local m = redis.call('HMGET', KEYS[1], 'epoch', 'ceiling')
if m[1] ~= ARGV[1] or tonumber(m[2] or 0) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'ceiling', ARGV[2])
return 1

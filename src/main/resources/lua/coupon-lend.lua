-- Raises the highest sequence that a coupon may issue, after MySQL has lent it.
--
-- KEYS[1] state  HASH of the coupon
-- ARGV[1] the epoch it was lent in
-- ARGV[2] the version that MySQL has
-- ARGV[3] the new ceiling
-- ARGV[4] codes in the coupon's pool, to each of which a number belongs; -1: it has no pool
-- Returns 1 when that, or a higher one, is the ceiling now, 0 when the state is of another epoch, or units were
-- added that MySQL does not know of yet (coupon-change.lua). Cost: O(1).
local m = redis.call('HMGET', KEYS[1], 'epoch', 'added', 'ceiling', 'pool')
if m[1] ~= ARGV[1] or tonumber(m[2] or 0) > tonumber(ARGV[2]) then return 0 end
if tonumber(m[3] or 0) < tonumber(ARGV[3]) then redis.call('HSET', KEYS[1], 'ceiling', ARGV[3]) end
if tonumber(m[4] or -1) < tonumber(ARGV[4]) then redis.call('HSET', KEYS[1], 'pool', ARGV[4]) end
return 1

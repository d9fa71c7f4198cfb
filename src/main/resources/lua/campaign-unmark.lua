-- Takes the mark from a lottery that was drawn, so that it is loaded as a coupon like any other.
--
-- KEYS[1] state  HASH of the lottery
-- Returns 1 when there was a mark, 0 when there is none, or another coupon's. Cost: O(1).
local m = redis.call('HMGET', KEYS[1], 'format', 'shards')
if m[1] ~= 'sharded' or m[2] ~= '1' then return 0 end
return redis.call('UNLINK', KEYS[1])

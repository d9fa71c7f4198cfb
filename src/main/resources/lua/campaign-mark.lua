-- Marks a coupon as a campaign, whose units are held by shards: to all scripts that are called for it, see
-- coupon-state.lua. What is there is replaced, if it is no later mark.
--
-- KEYS[1] state  HASH of the campaign
-- ARGV[1] shards
-- ARGV[2] quantity: units of the campaign in all
-- ARGV[3] version of its definition
-- Returns 1 when it was marked, 0 when a later mark is there. Cost: O(1).
local m = redis.call('HMGET', KEYS[1], 'format', 'version')
if m[1] == 'sharded' and tonumber(m[2]) > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'format', 'sharded', 'shards', ARGV[1], 'quantity', ARGV[2], 'version', ARGV[3])
return 1

-- Puts a coupon that was taken out of service back into it, as it is, on this server and in a new epoch,
-- if the loader still holds the lease. The replicas are told (channel: the name of the state's key,
-- message: "epoch version").
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] lease      STRING, the loader's token
-- ARGV[1] the loader's token
-- ARGV[2] the epoch it was in when it was taken out of service
-- ARGV[3] the new epoch
-- ARGV[4] ceiling: the highest sequence that may be issued
-- ARGV[5..] field and value in turn, as MySQL has them: taken where the state, which the release before this one
--           may have published, has none; see coupon-publish.lua
-- Returns VERIFIED, or why not:
--   LEASE-LOST another loader took over, or Redis lost the lease
--   STALE the state is another one, or somebody else has put it back. Cost: O(1).
-- include: this-server.lua
local m = redis.call('HMGET', KEYS[1], 'epoch', 'holders', 'version')
local claimants = redis.call('HLEN', KEYS[2])
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return redis.status_reply('LEASE-LOST') end
if m[1] ~= ARGV[2] or tonumber(m[2]) ~= -1 - claimants then return redis.status_reply('STALE') end
-- First a write that a full Redis does not refuse: then it refuses no other write of this script.
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[1], 'epoch', ARGV[3], 'server', this_server(), 'ceiling', ARGV[4], 'holders', claimants)
for i = 5, #ARGV, 2 do
    if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
redis.call('PUBLISH', KEYS[1], ARGV[3] .. ' ' .. m[3])
return redis.status_reply('VERIFIED')

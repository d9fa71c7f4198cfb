-- Takes a lease that is free, or renews one that is held with this token.
--
-- KEYS[1] lease  STRING, the holder's token
-- ARGV[1] token
-- ARGV[2] time to live, milliseconds
-- Returns 1 when the lease is held now, 0 when somebody else holds it. Cost: O(1).
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1

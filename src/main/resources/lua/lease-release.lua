-- Releases a lease, if it is held with this token.
--
-- KEYS[1] lease  STRING, the holder's token
-- ARGV[1] token
-- Returns 1 when it was released, 0 when it was not held. Cost: O(1).
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])

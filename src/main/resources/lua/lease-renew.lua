-- Renews a lease that is held with this token. One that has ended is not taken again: whoever slept
-- through its end must notice.
--
-- KEYS[1] lease  STRING, the holder's token
-- ARGV[1] token
-- ARGV[2] time to live, milliseconds
-- Returns 1 when it was renewed, 0 when it is not held. Cost: O(1).
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])

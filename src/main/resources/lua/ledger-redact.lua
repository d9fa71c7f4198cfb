-- Replaces a dead letter by one with other fields: a user was erased. It becomes the newest.
--
-- KEYS[1] dead letters  STREAM
-- ARGV[1] its id
-- ARGV[2..] reason, its value, detail, its value, field, value ...
-- Returns 1 when it was there, 0 when not. Cost: O(fields).
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
return redis.call('XDEL', KEYS[1], ARGV[1])

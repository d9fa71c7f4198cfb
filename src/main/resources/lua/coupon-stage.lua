-- Stages claimants, users of the audience or the line of a coupon that is being loaded, if the loader still
-- holds the lease. Lease and staged keys end by themselves where the loader does not come back.
--
-- KEYS[1] lease             STRING, the loader's token
-- KEYS[2] staged claimants  HASH
-- KEYS[3] staged audience   SET
-- KEYS[4] staged line       ZSET
-- ARGV[1] the loader's token
-- ARGV[2] time to live of lease and staged keys, milliseconds
-- ARGV[3] claimants, audience or line
-- ARGV[4..] claimants: pairs of user and holding; audience: users; line: pairs of score
--         and user (coupon-line.lua); at most 1,000
-- Returns 1 when it was done, 0 when the lease is lost. Cost: O(users).
redis.call('HLEN', KEYS[2])
redis.call('SCARD', KEYS[3])
redis.call('ZCARD', KEYS[4])
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if #ARGV > 3 then
  if ARGV[3] == 'claimants' then redis.call('HSET', KEYS[2], unpack(ARGV, 4))
  elseif ARGV[3] == 'line' then redis.call('ZADD', KEYS[4], unpack(ARGV, 4))
  else redis.call('SADD', KEYS[3], unpack(ARGV, 4))
  end
end
for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
return 1

-- Stages a part of a sale that is being loaded, if the loader still holds the lease. Lease and staged
-- keys end by themselves where the loader does not come back. What each holds: sale-state.lua
--
-- KEYS[1] lease  STRING, the loader's token
-- KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory, KEYS[7] takers,
-- KEYS[8] restocks: staged
-- ARGV[1] the loader's token
-- ARGV[2] time to live of lease and staged keys, milliseconds
-- ARGV[3] which part: stock, takers, restocks or reservations
-- ARGV[4..] pairs of field (of a reservation: its id) and value, at most 1,000
-- Returns 1 when it was done, 0 when the lease is lost. Cost: O(values).
-- include: sale-state.lua
local plain = {stock = KEYS[2], takers = KEYS[7], restocks = KEYS[8]}
for _, i in ipairs({2, 3, 5, 7, 8}) do redis.call('HLEN', KEYS[i]) end
for _, i in ipairs({4, 6}) do redis.call('ZCARD', KEYS[i]) end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if #ARGV > 3 then
  if ARGV[3] ~= 'reservations' then redis.call('HSET', plain[ARGV[3]], unpack(ARGV, 4))
  else
    for i = 4, #ARGV, 2 do
      local id, reservation = ARGV[i], ARGV[i + 1]
      local status, created, expires, user, key, digest =
        string.match(reservation, '^(%a)%d* (%d+) (%d+) %d+ (%S+) (%S+) (%S+) %S+$')
      if redis.call('HSET', KEYS[3], id, reservation) == 1 then
        redis.call('HINCRBY', KEYS[7], user_field(user), KEPT + (status == 'H' and HELD or 0))
      end
      redis.call('HSET', KEYS[5], user .. ' ' .. key, digest .. ' ' .. id)
      if status == 'H' then redis.call('ZADD', KEYS[4], expires, id)
      else redis.call('ZADD', KEYS[6], number(tonumber(created) + REMEMBERED), id)
      end
    end
  end
end
for i = 1, 8 do redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
return 1

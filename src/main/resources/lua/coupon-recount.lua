-- Corrects how many units count against groups, where they still are as they were read: MySQL has counted the claims.
--
-- KEYS[1] state  HASH of the coupon
-- ARGV[1] epoch, ARGV[2] version of the state when it was read
-- ARGV[3..] of each group its name, the units as they were read, and the units that MySQL has counted
-- Returns how many groups were corrected; none where the state is another one by now. Cost: O(groups).
local m = redis.call('HMGET', KEYS[1], 'epoch', 'version')
if m[1] ~= ARGV[1] or m[2] ~= ARGV[2] then return 0 end
local corrected = 0
for i = 3, #ARGV, 3 do
  local field = 'g:' .. ARGV[i]
  if (redis.call('HGET', KEYS[1], field) or '0') == ARGV[i + 1] then
    redis.call('HSET', KEYS[1], field, ARGV[i + 2])
    corrected = corrected + 1
  end
end
return corrected

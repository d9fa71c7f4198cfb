-- Takes away all that Redis has of a coupon that MySQL answers for from now on, if the lease is still held.
-- Memory is freed by another thread of Redis, however many claimants there are.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM; must be drained
-- KEYS[5] lease      STRING, the token of who retires it
-- KEYS[6] line       ZSET user -> ticket (coupon-line.lua)
-- ARGV[1] the token
-- ARGV[2] the first epoch that is left alone
-- Returns 1 when nothing is left, 0 when the lease is lost, the ledger is not drained, or the state is a later
-- one. Cost: O(1).
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local undrained = redis.call('XLEN', KEYS[4])
if redis.call('GET', KEYS[5]) ~= ARGV[1] or undrained > 0 then return 0 end
if epoch and tonumber(epoch) >= tonumber(ARGV[2]) then return 0 end
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6])
return 1

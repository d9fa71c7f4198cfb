-- Removes entries from a ledger after MySQL has them, if the drainer still holds the lease, which
-- is renewed; what MySQL refused for good becomes a dead letter in the same step.
--
-- KEYS[1] ledger        STREAM
-- KEYS[2] lease         STRING, the drainer's token
-- KEYS[3] dead letters  STREAM
-- ARGV[1] token
-- ARGV[2] time to live of the lease, milliseconds
-- ARGV[3] number of entries, 1 to 1,000
-- ARGV[4..] their ids, then for each dead letter the number of its arguments and the arguments:
--           reason, detail, field, value ...
-- Returns 1 when it was done, 0 when the lease is lost. Cost: O(entries and dead letters).
redis.call('XLEN', KEYS[1])
redis.call('XLEN', KEYS[3])
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end

-- First a write that a full Redis does not refuse: then it refuses no other write of this script,
-- and draining is what empties it.
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local last = 3 + tonumber(ARGV[3])
local i = last + 1
while i <= #ARGV do
  local size = tonumber(ARGV[i])
  redis.call('XADD', KEYS[3], '*', 'reason', ARGV[i + 1], 'detail', ARGV[i + 2],
    unpack(ARGV, i + 3, i + size))
  i = i + size + 1
end
redis.call('XDEL', KEYS[1], unpack(ARGV, 4, last))
return 1

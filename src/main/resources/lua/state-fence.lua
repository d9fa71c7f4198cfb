-- Takes away the state of a coupon, a sale or an event that MySQL has fenced off: it was replaced by a later
-- epoch, and came back (an old backup of Redis), or is about to be. Nothing more is decided until it has
-- been loaded.
--
-- KEYS[1] state  HASH of the coupon, the sale or the event
-- ARGV[1] the first epoch that is left alone
-- Returns 1 when it was taken away, 0 when it is not there or not older. Cost: O(1).
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch or tonumber(epoch) >= tonumber(ARGV[1]) then return 0 end
return redis.call('UNLINK', KEYS[1])

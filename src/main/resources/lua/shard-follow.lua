-- A shard of a campaign takes over its definition, and the units that MySQL has granted to it. Both are
-- written to the ledger, though the shard has them already: who calls this has not seen them in MySQL.
--
-- KEYS[1] state      HASH of the shard
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM
-- ARGV[1] version of the campaign
-- ARGV[2] units granted to the shard in all: what it was not granted yet is added to its quantity
-- ARGV[3..] field and value in turn: the definition of the campaign; the quantity is the shard's own
-- Returns what coupon-change.lua returns, or AHEAD, the version and the units that the shard has, where either is
-- more than what it is told: MySQL came back from a backup, or somebody else has called since. Cost: O(1).
-- include: coupon-state.lua
-- include: coupon-define.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', 0)
redis.call('XLEN', KEYS[4])
if not s then return refusal end
local m = redis.call('HMGET', KEYS[1], 'followed', 'granted')
local more = tonumber(ARGV[2]) - tonumber(m[2])
if tonumber(ARGV[1]) < tonumber(m[1]) or more < 0 then
  return redis.status_reply(table.concat({'AHEAD', m[1], m[2]}, ' '))
end
local new = {}
for i = 3, #ARGV, 2 do new[ARGV[i]] = definition_value(ARGV[i], ARGV[i + 1]) end
new.quantity = s.quantity + more
return coupon_define(KEYS[1], KEYS[4], s, new, {'followed', ARGV[1], 'granted', ARGV[2]})

-- Publishes a coupon that was loaded from MySQL: the staged claimants and audience take their places
-- and the state appears, all in one step, if the loader still holds the lease. The replicas are told
-- (channel: the name of the state's key, message: "epoch version").
--
-- KEYS[1] state             HASH of the coupon
-- KEYS[2] claimants         HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience          SET of users who may claim
-- KEYS[4] ledger            STREAM; must be drained
-- KEYS[5] lease             STRING, the loader's token
-- KEYS[6] staged claimants  HASH
-- KEYS[7] staged audience   SET
-- ARGV[1] the loader's token
-- ARGV[2] epoch, ARGV[3] version, ARGV[4] status, ARGV[5] name, ARGV[6] quantity, ARGV[7] opens,
-- ARGV[8] closes, ARGV[9] users in the audience (-1: no audience), ARGV[10] sequence, ARGV[11] issued,
-- ARGV[12] holders, ARGV[13] acknowledge, ARGV[14] onLoss, ARGV[15] rehearsal (1 or 0),
-- ARGV[16] ceiling: the highest sequence that may be issued, ARGV[17] units lost: they may have been
-- issued and are not known, ARGV[18] numbers up to the sequence that nobody holds; of a shard of a campaign
-- also ARGV[19] the version of the campaign that it follows, ARGV[20] units that it was granted in all
-- Returns PUBLISHED, or why not:
--   LEASE-LOST another loader took over, or Redis lost the lease
--   STALE the state there is of this epoch or a newer one
--   UNDRAINED the ledger still holds entries
--   INCOMPLETE the staged keys do not hold what they should (expired, or lost). Cost: O(1).
-- include: this-server.lua
local epoch = redis.call('HGET', KEYS[1], 'epoch')
-- What stands there is replaced, but not where it is something else: nobody knows whose that is.
redis.call('HLEN', KEYS[2])
redis.call('SCARD', KEYS[3])
local undrained = redis.call('XLEN', KEYS[4])
if redis.call('GET', KEYS[5]) ~= ARGV[1] then return redis.status_reply('LEASE-LOST') end
if epoch and tonumber(epoch) >= tonumber(ARGV[2]) then return redis.status_reply('STALE') end
if undrained > 0 then return redis.status_reply('UNDRAINED') end
local holders = redis.call('HLEN', KEYS[6])
local audience = redis.call('SCARD', KEYS[7])
if holders ~= tonumber(ARGV[12]) or audience ~= math.max(tonumber(ARGV[9]), 0) then
  return redis.status_reply('INCOMPLETE')
end

redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
if holders > 0 then
  redis.call('RENAME', KEYS[6], KEYS[2])
  redis.call('PERSIST', KEYS[2])
end
if audience > 0 then
  redis.call('RENAME', KEYS[7], KEYS[3])
  redis.call('PERSIST', KEYS[3])
end
redis.call('HSET', KEYS[1], 'format', 1, 'epoch', ARGV[2], 'version', ARGV[3], 'status', ARGV[4],
  'name', ARGV[5], 'quantity', ARGV[6], 'opens', ARGV[7], 'closes', ARGV[8], 'audience', ARGV[9],
  'sequence', ARGV[10], 'issued', ARGV[11], 'holders', ARGV[12],
  'acknowledge', ARGV[13], 'onLoss', ARGV[14], 'rehearsal', ARGV[15],
  'server', this_server(), 'ceiling', ARGV[16], 'lost', ARGV[17], 'gaps', ARGV[18])
if ARGV[19] then redis.call('HSET', KEYS[1], 'followed', ARGV[19], 'granted', ARGV[20]) end
redis.call('DEL', KEYS[5])
redis.call('PUBLISH', KEYS[1], ARGV[2] .. ' ' .. ARGV[3])
return redis.status_reply('PUBLISHED')

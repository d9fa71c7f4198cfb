-- Publishes a coupon that was loaded from MySQL: the staged claimants, audience and line take their places
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
-- KEYS[8] line              ZSET user -> ticket (coupon-line.lua)
-- KEYS[9] staged line       ZSET
-- ARGV[1] the loader's token
-- ARGV[2] epoch, ARGV[3] version, ARGV[4] users in the audience (-1: no audience), ARGV[5] sequence,
-- ARGV[6] users who hold a claim, ARGV[7] ceiling: the highest sequence that may be issued
-- ARGV[8] units that are issued beyond one for each of these users; negative where more went back
-- ARGV[9] users in the line
-- ARGV[10..] field and value in turn: the definition; rehearsal (1 or 0); lost: units that may have been issued and
-- are not known; gaps: numbers up to the sequence that nobody holds; of a shard of a campaign also followed, the
-- version of the campaign, and granted, the units that it was granted in all
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
redis.call('ZCARD', KEYS[8])
local undrained = redis.call('XLEN', KEYS[4])
if redis.call('GET', KEYS[5]) ~= ARGV[1] then return redis.status_reply('LEASE-LOST') end
if epoch and tonumber(epoch) >= tonumber(ARGV[2]) then return redis.status_reply('STALE') end
if undrained > 0 then return redis.status_reply('UNDRAINED') end
local holders = redis.call('HLEN', KEYS[6])
local audience = redis.call('SCARD', KEYS[7])
if holders ~= tonumber(ARGV[6]) or audience ~= math.max(tonumber(ARGV[4]), 0)
    or redis.call('ZCARD', KEYS[9]) ~= tonumber(ARGV[9]) then
  return redis.status_reply('INCOMPLETE')
end

redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[8])
if holders > 0 then
  redis.call('RENAME', KEYS[6], KEYS[2])
  redis.call('PERSIST', KEYS[2])
end
if audience > 0 then
  redis.call('RENAME', KEYS[7], KEYS[3])
  redis.call('PERSIST', KEYS[3])
end
if ARGV[9] ~= '0' then
  redis.call('RENAME', KEYS[9], KEYS[8])
  redis.call('PERSIST', KEYS[8])
end
redis.call('HSET', KEYS[1], 'format', 1, 'epoch', ARGV[2], 'version', ARGV[3], 'audience', ARGV[4],
  'sequence', ARGV[5], 'issued', string.format('%d', ARGV[6] + ARGV[8]), 'holders', ARGV[6], 'server', this_server(),
  'ceiling', ARGV[7], unpack(ARGV, 10))
if ARGV[8] ~= '0' then redis.call('HSET', KEYS[1], 'extra', ARGV[8]) end
if ARGV[9] ~= '0' then redis.call('HSET', KEYS[1], 'lined', ARGV[9]) end
redis.call('DEL', KEYS[5])
redis.call('PUBLISH', KEYS[1], ARGV[2] .. ' ' .. ARGV[3])
return redis.status_reply('PUBLISHED')

-- Takes a coupon out of service until it was verified or published anew: to every script its state is not
-- whole, to those of the release before this one too, whatever they look at. So it stays as it is.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] line       ZSET user -> ticket (coupon-line.lua)
-- ARGV[1] the epoch that MySQL is in: a later state is left alone
-- Returns {epoch, version, sequence, issued, own, changes} of what is whole but for this, or an empty array; own is
-- 1 where it was published or verified on this server, else 0. Cost: O(1).
-- include: this-server.lua
-- include: numbers.lua
local m = redis.call('HMGET', KEYS[1], 'format', 'epoch', 'version', 'sequence', 'issued', 'holders', 'audience',
  'server', 'changes', 'lined')
local claimants = redis.call('HLEN', KEYS[2])
local lined = redis.call('ZCARD', KEYS[4])
if m[1] ~= '1' then return {} end
local epoch, version, sequence, issued = tonumber(m[2]), tonumber(m[3]), tonumber(m[4]), tonumber(m[5])
local holders, audience = tonumber(m[6]), tonumber(m[7])
if not (epoch and version and sequence and issued and holders and audience) then return {} end
if epoch > tonumber(ARGV[1]) then return {} end
local members = audience >= 0 and redis.call('SCARD', KEYS[3]) or audience
if holders >= 0 then
  redis.call('HSET', KEYS[1], 'holders', number(-1 - holders))
else
  holders = -1 - holders
end
if holders ~= claimants or audience ~= members or lined ~= tonumber(m[10] or 0) then return {} end
return {epoch, version, sequence, issued, m[8] == this_server() and 1 or 0, tonumber(m[9] or 0)}

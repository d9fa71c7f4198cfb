-- Reads a coupon, and what a user holds of it.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- ARGV[1] the user whose claim is wanted, or empty
-- ARGV[2] the highest sequence that the caller has seen issued
-- Returns {now, epoch, version, size of the audience (-1: none), sequence, issued, holders, claim (a holding, or
-- empty), rehearsal (1 or 0), units lost (may have been issued, and are not known), numbers that were skipped,
-- ceiling, this server, units issued beyond one for each holder, units that went back, the terms limit, release,
-- validFrom, validUntil and validFor (empty: the default), and the definition, field and value in turn}, or LOADING
-- or RECOVERING, see coupon-state.lua. Cost: O(1).
-- include: coupon-state.lua
-- include: coupon-definition.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', ARGV[2])
if not s then return refusal end
local m = redis.call('HMGET', KEYS[1], 'gaps', 'extra', 'returned', 'limit', 'release', 'validFrom', 'validUntil',
  'validFor')
local claim = ARGV[1] ~= '' and redis.call('HGET', KEYS[2], ARGV[1]) or ''
return definition_words(coupon_definition(KEYS[1]), {now_micros(), s.epoch, s.version, s.audience, s.sequence, s.issued,
  s.holders, claim, s.rehearsal, s.lost, m[1] or '0', s.ceiling, s.server, m[2] or '0', m[3] or '0', m[4] or '',
  m[5] or '', m[6] or '', m[7] or '', m[8] or ''})

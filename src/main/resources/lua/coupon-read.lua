-- Reads a coupon, and what a user holds of it.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] line       ZSET user -> ticket (coupon-line.lua)
-- ARGV[1] the user whose claim is wanted, or empty
-- ARGV[2] the highest sequence that the caller has seen issued
-- Returns {now, epoch, version, size of the audience (-1: none), sequence, issued, holders, claim (a holding, or
-- empty), rehearsal (1 or 0), units lost (may have been issued, and are not known), numbers that were skipped,
-- ceiling, this server, units issued beyond one for each holder, units that went back, the terms limit, release,
-- validFrom, validUntil, validFor, waitlist, acceptWithin, rate, queueLimit and codes (empty: the default), users who
-- wait, users who were offered a unit, the last ticket, the user's score in the line (0: none) and place (0: none),
-- users who are queued, the units that count against each group (blanks between), codes in the pool (empty: there is
-- none), and the definition, field and value in turn}, or LOADING or RECOVERING, see coupon-state.lua.
-- Cost: O(log n).
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
-- include: coupon-line.lua
-- include: coupon-definition.lua
-- include: coupon-groups.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', ARGV[2])
if not s then return refusal end
local line, torn = coupon_line(KEYS[1], KEYS[4])
if not line then return torn end
local m = redis.call('HMGET', KEYS[1], 'gaps', 'extra', 'returned', 'limit', 'release', 'validFrom', 'validUntil',
  'validFor', 'waitlist', 'acceptWithin', 'rate', 'queueLimit', 'codes', 'pool')
local score = ARGV[1] ~= '' and redis.call('ZSCORE', KEYS[4], ARGV[1]) or '0'
local place = tonumber(score) > 0 and line_place(KEYS[4], tonumber(score)) or 0
local counts = {}
for i, group in ipairs(coupon_groups(KEYS[1], s) or {}) do counts[i] = number(group.issued) end
local claim = ARGV[1] ~= '' and redis.call('HGET', KEYS[2], ARGV[1]) or ''
return definition_words(coupon_definition(KEYS[1]), {now_micros(), s.epoch, s.version, s.audience, s.sequence, s.issued,
  s.holders, claim, s.rehearsal, s.lost, m[1] or '0', s.ceiling, s.server, m[2] or '0', m[3] or '0', m[4] or '',
  m[5] or '', m[6] or '', m[7] or '', m[8] or '', m[9] or '', m[10] or '', m[11] or '', m[12] or '', m[13] or '',
  line.waiting,
  line.lined - line.waiting - line.queued, number(line.ticket), score, place, line.queued,
  table.concat(counts, ' '), m[14] or ''})

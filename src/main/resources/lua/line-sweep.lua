-- Takes back units that were offered and not accepted in time, by the clock of Redis, and gives units that are free
-- to those who have waited longest.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM
-- KEYS[5] line       ZSET user -> ticket (coupon-line.lua)
-- ARGV[1] entries the ledger may hold before this is refused
-- ARGV[2] the highest sequence that the caller has seen issued
-- Returns {epoch, version, units taken back, users promoted}: 1,000 of either where there may be more; or
--   LEDGER-FULL
--   LOADING or RECOVERING, see coupon-state.lua. Cost: O(taken back and promoted).
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
-- include: coupon-line.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', ARGV[2])
local backlog = redis.call('XLEN', KEYS[4])
if not s then return refusal end
local line, torn = coupon_line(KEYS[1], KEYS[5])
if not line then return torn end
if backlog >= tonumber(ARGV[1]) then return redis.status_reply('LEDGER-FULL') end
local now = now_micros()
local version = s.version + 1
local due = redis.call('ZRANGEBYSCORE', KEYS[5], number(-now), '(0', 'LIMIT', 0, LINE_MOST)
local back = line_turn(KEYS[2], KEYS[4], s, line, due, 'offered', 'returned', now, version, 'Not accepted in time')
if #due > 0 then
  redis.call('ZREM', KEYS[5], unpack(due))
  line.lined = line.lined - #due
  redis.call('HSET', KEYS[1], 'lined', number(line.lined), 'changes', number(line.changes))
end
if back > 0 then line_return(KEYS[1], s, line, back, version) end
local promoted, unwritten = line_promote(KEYS[1], KEYS[2], KEYS[4], KEYS[5], s, line, now, version)
if unwritten then return unwritten end
if back == 0 and promoted == 0 then return {s.epoch, s.version, 0, 0} end
redis.call('HSET', KEYS[1], 'version', number(version))
redis.call('PUBLISH', KEYS[1], number(s.epoch) .. ' ' .. number(version))
return {s.epoch, version, back, promoted}

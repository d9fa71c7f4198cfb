-- Hands out units of a coupon with a queue, in the order in which they were claimed, at its rate by the clock of
-- Redis, if no other worker has the lease: takes or renews it. A worker that slept past its lease changes nothing, nor
-- does one of another epoch.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM
-- KEYS[5] line       ZSET user -> sequence (coupon-line.lua)
-- KEYS[6] lease      STRING, the token of the worker
-- ARGV[1] entries the ledger may hold before this is refused
-- ARGV[2] the highest sequence that the caller has seen issued
-- ARGV[3] the token of the caller, ARGV[4] time to live of the lease, milliseconds
-- ARGV[5] the epoch in which the caller has the lease, or 0: it has not
-- Returns {epoch, units handed out, units queued, number of the last change}, or a status:
--   HELD   another worker has the lease
--   STALE  the lease ended, or is of another epoch: the caller starts anew
--   LEDGER-FULL
--   LOADING or RECOVERING, see coupon-state.lua. Cost: O(handed out log n).
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
-- include: coupon-line.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', ARGV[2])
local backlog = redis.call('XLEN', KEYS[4])
if not s then return refusal end
local line, torn = coupon_line(KEYS[1], KEYS[5])
if not line then return torn end
local holder = redis.call('GET', KEYS[6])
if holder and holder ~= ARGV[3] then return redis.status_reply('HELD') end
local epoch = tonumber(ARGV[5])
if epoch > 0 and (not holder or epoch ~= s.epoch) then return redis.status_reply('STALE') end
if backlog >= tonumber(ARGV[1]) then return redis.status_reply('LEDGER-FULL') end
redis.call('SET', KEYS[6], ARGV[3], 'PX', ARGV[4])
local now = now_micros()

-- What was not handed out in the last second is not made up for.
local from = math.max(line.handed, now - 1000000)
local most = math.min(math.floor((now - from) * line.rate / 1000000), LINE_MOST)
if most < 1 or line.queued == 0 or s.status == 'paused' then return {s.epoch, 0, line.queued, line.changes} end
local users = redis.call('ZRANGEBYSCORE', KEYS[5], '1', '(' .. LINE_TICKETS, 'LIMIT', 0, most)
local handed = line_turn(KEYS[2], KEYS[4], s, line, users, 'queued', 'handed', now, s.version, '')
redis.call('ZREM', KEYS[5], unpack(users))
line.lined, line.queued = line.lined - #users, line.queued - #users
redis.call('HSET', KEYS[1], 'lined', number(line.lined), 'queued', number(line.queued),
  'changes', number(line.changes), 'handed', number(from + math.floor(#users * 1000000 / line.rate)))
return {s.epoch, handed, line.queued, line.changes}

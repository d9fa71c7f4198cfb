-- Appends claims to the ledger once more that MySQL has lost, with the states of their units: those that the
-- claimants still hold as they were read. Applying an entry twice changes nothing.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> holding (claim-holding.lua)
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM
-- ARGV[1] epoch of the state when they were read
-- ARGV[2] entries the ledger may hold before this is refused
-- ARGV[3..] pairs of user and holding
-- Returns how many were appended, or
--   LEDGER-FULL
--   LOADING (of another epoch, too) or RECOVERING, see coupon-state.lua. Cost: O(units).
-- include: coupon-state.lua
-- include: claim-holding.lua
-- include: holding-units.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', 0)
local backlog = redis.call('XLEN', KEYS[4])
if not s then return refusal end
if s.epoch ~= tonumber(ARGV[1]) then return redis.status_reply('LOADING') end
if backlog >= tonumber(ARGV[2]) then return redis.status_reply('LEDGER-FULL') end
local appended, changes = 0, tonumber(redis.call('HGET', KEYS[1], 'changes') or 0)
for i = 3, #ARGV, 2 do
  local units = claim_units(ARGV[i + 1])
  if units and redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[i + 1] then
    for n, unit in ipairs(units) do
      redis.call('XADD', KEYS[4], '*', 'format', 1, 'kind', 'claims', 'epoch', ARGV[1], 'at', unit[2],
        'first', unit[1], 'users', ARGV[i],
        unpack(n > 1 and {'units', n} or units.group and {'groups', units.group} or {}))
      local state, since, reference = unit_state(unit)
      if state ~= 'issued' then
        changes = changes + 1
        redis.call('XADD', KEYS[4], '*', 'format', 1, 'kind', 'claim-change', 'epoch', ARGV[1], 'at', since,
          'version', number(s.version), 'change', number(changes), 'state', state, 'user', ARGV[i],
          'sequences', unit[1], 'reference', reference, 'by', 'repair', 'reason', '')
        redis.call('HSET', KEYS[1], 'changes', number(changes))
      end
    end
    appended = appended + 1
  end
end
return appended

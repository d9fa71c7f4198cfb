-- Changes the definition of a coupon: bumps its version, appends the whole new definition to the
-- ledger and tells the replicas (channel: the name of the state's key, message: "epoch version").
-- A change that changes nothing bumps nothing, so asking again is harmless. Units that it adds are not
-- issued before MySQL has it and lends their numbers (coupon-lend.lua): after a loss MySQL must know how
-- many numbers may have been told.
--
-- KEYS[1] state      HASH of the coupon
-- KEYS[2] claimants  HASH user -> "sequence:issuedAtMicros"
-- KEYS[3] audience   SET of users who may claim
-- KEYS[4] ledger     STREAM
-- ARGV[1..] pairs of field and value: name, quantity, opens, closes (microseconds, 0: none),
--           status (open, paused, closed), acknowledge, onLoss
-- Returns {epoch, version of the definition that holds now, 1 when it changed and 0 when not,
-- size of the audience (-1: none)}, or
--   BELOW-ISSUED the quantity would be less than what is issued
--   WINDOW the coupon would close before it opens
--   CLOSED the coupon is closed for good and cannot be paused or resumed
--   LOADING or RECOVERING, see coupon-state.lua. Cost: O(1).
-- include: coupon-state.lua
local s, refusal = coupon_state(KEYS[1], KEYS[2], KEYS[3], '', 0)
redis.call('XLEN', KEYS[4])
if not s then return refusal end

local new = {name = s.name, quantity = s.quantity, opens = s.opens, closes = s.closes, status = s.status,
  acknowledge = s.acknowledge, onLoss = s.onLoss}
local changed = false
for i = 1, #ARGV, 2 do
  local field, value = ARGV[i], ARGV[i + 1]
  if type(new[field]) == 'number' then value = tonumber(value) end
  if new[field] == nil or value == nil then
    return redis.error_reply('BADARGUMENT ' .. field)
  end
  if new[field] ~= value then new[field], changed = value, true end
end
if not changed then return {s.epoch, s.version, 0, s.audience} end
if s.status == 'closed' and new.status ~= 'closed' then return redis.status_reply('CLOSED') end
if new.quantity < s.issued then return redis.status_reply('BELOW-ISSUED') end
if new.closes > 0 and new.closes <= new.opens then return redis.status_reply('WINDOW') end

local version = string.format('%.0f', s.version + 1)
local definition = {'name', new.name, 'quantity', string.format('%.0f', new.quantity),
  'opens', string.format('%.0f', new.opens), 'closes', string.format('%.0f', new.closes),
  'status', new.status, 'acknowledge', new.acknowledge, 'onLoss', new.onLoss, 'version', version}
redis.call('XADD', KEYS[4], '*', 'format', 1, 'kind', 'definition', 'epoch', string.format('%.0f', s.epoch),
  'at', string.format('%.0f', now_micros()), unpack(definition))
redis.call('HSET', KEYS[1], unpack(definition))
local units = math.max(0, s.quantity - s.withheld - s.issued)
if new.quantity > s.quantity or new.onLoss ~= s.onLoss then
  local ceiling = math.min(s.ceiling, s.sequence + units)
  redis.call('HSET', KEYS[1], 'added', version, 'ceiling', string.format('%.0f', ceiling))
end
redis.call('PUBLISH', KEYS[1], string.format('%.0f %.0f', s.epoch, s.version + 1))
return {s.epoch, s.version + 1, 1, s.audience}

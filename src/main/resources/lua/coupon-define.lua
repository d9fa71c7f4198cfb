-- Included by the scripts that change the definition of a coupon: bumps its version, appends the whole new
-- definition to the ledger and tells the replicas. Units that it adds are not issued before MySQL has it and
-- lends their numbers (coupon-lend.lua): after a loss MySQL must know how many numbers may have been told.
--
-- s: the state, see coupon-state.lua
-- new: the definition
-- more: fields and their values in turn, for the state and the ledger too
-- Returns what coupon-change.lua returns of a change. Cost: O(1).
-- include: coupon-definition.lua
-- include: phase.lua
local function coupon_define(state_key, ledger_key, s, new, more)
  local refused = phase_refusal(s.status, new)
  if refused then return refused end
  if new.quantity < s.issued then return redis.status_reply('BELOW-ISSUED') end

  local version = number(s.version + 1)
  local definition = definition_words(new, {})
  definition[#definition + 1], definition[#definition + 2] = 'version', version
  for _, word in ipairs(more) do definition[#definition + 1] = word end
  redis.call('XADD', ledger_key, '*', 'format', 1, 'kind', 'definition', 'epoch', number(s.epoch),
    'at', number(now_micros()), unpack(definition))
  redis.call('HSET', state_key, unpack(definition))
  local units = math.max(0, s.quantity - s.withheld - s.issued)
  if new.quantity > s.quantity or new.onLoss ~= s.onLoss then
    local ceiling = math.min(s.ceiling, s.sequence + units)
    redis.call('HSET', state_key, 'added', version, 'ceiling', number(ceiling))
  end
  redis.call('PUBLISH', state_key, number(s.epoch) .. ' ' .. number(s.version + 1))
  return {s.epoch, s.version + 1, 1, s.audience}
end

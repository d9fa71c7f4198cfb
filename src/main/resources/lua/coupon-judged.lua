-- Included by the scripts that claim: whether the caller has judged who is eligible by the rule that holds now.
--
-- s: the state, see coupon-state.lua
-- judged: 1 or 0 (whether MySQL is away); where the coupon has a rule then, between single spaces, the epoch and the
--   version by whose rule was judged, and for each claim the character 0 (not eligible) or 1 (eligible); where claims
--   count against groups, 0 or the character so many after it as is the number of the user's group
-- claims: how many there are
-- Returns these characters, or false where there is no rule; or nil and the reply for a caller who judged by none
-- or by that of another version: {RULE, epoch, version, rehearsal, and the definition, field and value in turn}.
-- Cost: O(1).
-- include: coupon-definition.lua
local function coupon_judged(state_key, s, judged, claims)
  if not s.ruled then return false end
  local epoch, version, who = string.match(judged, '^. (%d+) (%d+) (%S+)$')
  if tonumber(epoch) == s.epoch and tonumber(version) == s.version and #who == claims then return who end
  return nil, definition_words(coupon_definition(state_key), {'RULE', s.epoch, s.version, tonumber(s.rehearsal)})
end

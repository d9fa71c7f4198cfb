-- Included by the scripts that write or read what a claimant holds; ClaimHolding is the same in Java.
--
-- Format 0, of one unit: sequence:issuedAtMicros. Format 1: 1;sequence:issuedAtMicros;name=value and so on. A name
-- that is a number is that of a further unit, from 2 on: its value is the unit's sequence, with :issuedAtMicros
-- where that is not the time of the unit before. s and a number is the state of a unit that is no longer as issued:
-- state,sinceMicros and, of an order, its reference after another comma. Neither has blanks.
-- g is the group that the claim counts against (coupon-groups.lua), and comes first.
-- GROUP_HOLDING is format 1 with one unit and its group, for string.format with a number, the digits of a time and the
-- group.
-- CLAIM_HOLDING is format 0, for string.format with a number and the digits of a time.
-- claim_holding Returns sequence and issuedAtMicros of a holding, as digits, or nil where it is none. Cost: O(1).
local CLAIM_HOLDING = '%d:%s'
local GROUP_HOLDING = '1;%d:%s;g=%s'
local function claim_holding(holding)
  local sequence, at = string.match(holding, '^(%d+):(%d+)$')
  if not sequence then sequence, at = string.match(holding, '^1;(%d+):(%d+);') end
  return sequence, at
end

-- Included by the scripts that read or change the definition of a coupon; CouponDefinition is the same in Java.
--
-- DEFINITION is its fields, as the state and the ledger have them, in the ledger's order; DEFINITION_NUMBERS are
-- those that are numbers; DEFINITION_DEFAULTS are the values of those that the release before this one publishes
-- no state with.
-- coupon_definition Returns the definition in a whole state as a table. Cost: O(1).
-- definition_value Returns a value of a field as the table has it: a number, or nil where it should be and is none.
-- definition_words Returns field and value in turn, as texts, added to a list. Cost: O(1).
-- include: numbers.lua
local DEFINITION = {'name', 'quantity', 'opens', 'closes', 'status', 'acknowledge', 'onLoss', 'eligibility',
  'eligibilityMessage', 'policy', 'queue', 'discount', 'group', 'quotas'}
local DEFINITION_NUMBERS = {quantity = true, opens = true, closes = true}
local DEFINITION_DEFAULTS = {acknowledge = 'redis', onLoss = 'withhold', eligibility = '', eligibilityMessage = '',
  policy = 'first_come', queue = '', discount = '', group = '', quotas = ''}

local function definition_value(field, text)
  if DEFINITION_NUMBERS[field] then return tonumber(text) end
  return text
end

local function coupon_definition(state_key)
  local definition = {}
  for i, text in ipairs(redis.call('HMGET', state_key, unpack(DEFINITION))) do
    local field = DEFINITION[i]
    definition[field] = definition_value(field, text or DEFINITION_DEFAULTS[field])
  end
  return definition
end

local function definition_words(definition, words)
  for _, field in ipairs(DEFINITION) do
    local value = definition[field]
    words[#words + 1] = field
    words[#words + 1] = DEFINITION_NUMBERS[field] and number(value) or value
  end
  return words
end

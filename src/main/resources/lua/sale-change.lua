-- Changes the definition of a sale: bumps its version and appends the whole new definition to the ledger. A change
-- that changes nothing bumps nothing, so asking again is harmless.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1..] pairs of field and value: name, status, opens and closes (microseconds, 0: none)
-- Returns {epoch, version of the definition that holds now}, or
--   WINDOW the sale would close before it opens
--   CLOSED the sale is closed for good and cannot be paused or resumed
--   LOADING or RECOVERING, see sale-state.lua. Cost: O(1).
-- include: sale-state.lua
-- include: phase.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
local old = {name = redis.call('HGET', KEYS[1], 'name'), status = s.status, opens = s.opens, closes = s.closes}
local new = {name = old.name, status = old.status, opens = old.opens, closes = old.closes}
local changed = false
for i = 1, #ARGV, 2 do
  local field, value = ARGV[i], ARGV[i + 1]
  if field == 'opens' or field == 'closes' then value = tonumber(value) end
  if old[field] == nil or value == nil then return redis.error_reply('BADARGUMENT ' .. field) end
  if new[field] ~= value then new[field], changed = value, true end
end
if not changed then return {tonumber(s.epoch), s.version} end
local refused = phase_refusal(s.status, new)
if refused then return refused end

local definition = {'status', new.status, 'opens', number(new.opens), 'closes', number(new.closes),
  'version', number(s.version + 1)}
-- Not in a state that the release before this one has published, where only a new one is known.
if new.name then definition[9], definition[10] = 'name', new.name end
redis.call('XADD', KEYS[10], '*', 'format', 1, 'kind', 'sale-definition', 'epoch', s.epoch, 'at', number(s.now),
  unpack(definition))
redis.call('HSET', KEYS[1], unpack(definition))
return {tonumber(s.epoch), s.version + 1}

-- Adds an item that was created in MySQL; harmless where it is there.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger: see sale-state.lua
-- ARGV[1] item
-- ARGV[2] epoch of the sale in MySQL when the item was read there
-- ARGV[3] "total available held sold limit"
-- Returns 1 when it was added, 0 when it is there, or LOADING (of another epoch, too) or RECOVERING, see
-- sale-state.lua. Cost: O(1).
-- include: sale-state.lua
local s, refusal = sale_open(KEYS)
if not s then return refusal end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end
if s.epoch ~= ARGV[2] then return redis.status_reply('LOADING') end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[1], 'items', number(s.counts.items + 1))
return 1

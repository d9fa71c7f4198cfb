-- Publishes a sale that was loaded from MySQL: what was staged takes its place and the state appears,
-- all in one step, if the loader still holds the lease.
--
-- KEYS[1] sale, KEYS[2] stock, KEYS[3] reservations, KEYS[4] holds, KEYS[5] requests, KEYS[6] memory,
-- KEYS[7] refusals, KEYS[8] takers, KEYS[9] restocks, KEYS[10] ledger (must be drained): see sale-state.lua
-- KEYS[11] lease  STRING, the loader's token
-- KEYS[12] stock, KEYS[13] reservations, KEYS[14] holds, KEYS[15] requests, KEYS[16] memory,
-- KEYS[17] takers, KEYS[18] restocks: staged
-- ARGV[1] the loader's token
-- ARGV[2] epoch
-- ARGV[3] items, ARGV[4] reservations, ARGV[5] of them held, ARGV[6] takers, ARGV[7] restocks: how many
--         were staged
-- ARGV[8] acknowledge
-- ARGV[9] name, ARGV[10] status, ARGV[11] opens, ARGV[12] closes, ARGV[13] version: the definition
-- Returns PUBLISHED, or why not:
--   LEASE-LOST another loader took over, or Redis lost the lease
--   STALE the state there is of this epoch or a newer one
--   UNDRAINED the ledger still holds entries
--   INCOMPLETE the staged keys do not hold what they should (expired, or lost). Cost: O(1).
-- include: this-server.lua
local epoch = redis.call('HGET', KEYS[1], 'epoch')
-- What stands there is replaced, but not where it is something else: nobody knows whose that is.
for _, i in ipairs({2, 3, 5, 8, 9}) do redis.call('HLEN', KEYS[i]) end
for _, i in ipairs({4, 6, 7}) do redis.call('ZCARD', KEYS[i]) end
local undrained = redis.call('XLEN', KEYS[10])
if redis.call('GET', KEYS[11]) ~= ARGV[1] then return redis.status_reply('LEASE-LOST') end
if epoch and tonumber(epoch) >= tonumber(ARGV[2]) then return redis.status_reply('STALE') end
if undrained > 0 then return redis.status_reply('UNDRAINED') end
local items = redis.call('HLEN', KEYS[12])
local reservations = redis.call('HLEN', KEYS[13])
local holds = redis.call('ZCARD', KEYS[14])
local requests = redis.call('HLEN', KEYS[15])
local memory = redis.call('ZCARD', KEYS[16])
local takers = redis.call('HLEN', KEYS[17])
local restocks = redis.call('HLEN', KEYS[18])
-- There may be fewer requests than reservations: a key may be used anew after a day. Takers are counted with
-- the users of reservations, which nobody has counted before.
if items ~= tonumber(ARGV[3]) or reservations ~= tonumber(ARGV[4]) or memory + holds ~= reservations
    or holds ~= tonumber(ARGV[5]) or takers < tonumber(ARGV[6]) or restocks ~= tonumber(ARGV[7])
    or requests > reservations or (requests == 0 and reservations > 0) then
  return redis.status_reply('INCOMPLETE')
end

for i = 1, 9 do redis.call('UNLINK', KEYS[i]) end
local places = {[12] = 2, [13] = 3, [14] = 4, [15] = 5, [16] = 6, [17] = 8, [18] = 9}
for staged, place in pairs(places) do
  if redis.call('EXISTS', KEYS[staged]) == 1 then
    redis.call('RENAME', KEYS[staged], KEYS[place])
    redis.call('PERSIST', KEYS[place])
  end
end
redis.call('HSET', KEYS[1], 'format', 1, 'epoch', ARGV[2], 'items', ARGV[3], 'reservations', ARGV[4],
  'holds', ARGV[5], 'requests', requests, 'refusals', 0, 'takers', takers, 'restocks', ARGV[7],
  'acknowledge', ARGV[8], 'server', this_server(), 'name', ARGV[9], 'status', ARGV[10], 'opens', ARGV[11],
  'closes', ARGV[12], 'version', ARGV[13])
redis.call('DEL', KEYS[11])
return redis.status_reply('PUBLISHED')

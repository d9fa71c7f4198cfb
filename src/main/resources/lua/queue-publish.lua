-- Publishes an event that was loaded from MySQL: what was staged takes its place and the state appears, all in one
-- step, if the loader still holds the lease.
--
-- KEYS[1] event, KEYS[2] queues, KEYS[3] users, KEYS[4] line, KEYS[5] called, KEYS[6] ledger (must be drained): see
-- queue-state.lua
-- KEYS[7] lease  STRING, the loader's token
-- KEYS[8] queues, KEYS[9] users, KEYS[10] line, KEYS[11] called: staged
-- ARGV[1] the loader's token
-- ARGV[2] epoch
-- ARGV[3] queues, ARGV[4] blocks of users, ARGV[5] blocks of the line, ARGV[6] called, ARGV[7] users: how many were
--         staged
-- ARGV[8] acknowledge
-- Returns PUBLISHED, or why not:
--   LEASE-LOST another loader took over, or Redis lost the lease
--   STALE the state there is of this epoch or a newer one
--   UNDRAINED the ledger still holds entries
--   INCOMPLETE the staged keys do not hold what they should (expired, or lost). Cost: O(1).
-- include: this-server.lua
local epoch = redis.call('HGET', KEYS[1], 'epoch')
-- What stands there is replaced, but not where it is something else: nobody knows whose that is.
for i = 2, 4 do redis.call('HLEN', KEYS[i]) end
redis.call('ZCARD', KEYS[5])
local undrained = redis.call('XLEN', KEYS[6])
if redis.call('GET', KEYS[7]) ~= ARGV[1] then return redis.status_reply('LEASE-LOST') end
if epoch and tonumber(epoch) >= tonumber(ARGV[2]) then return redis.status_reply('STALE') end
if undrained > 0 then return redis.status_reply('UNDRAINED') end
for i = 8, 11 do
  local size = redis.call(i == 11 and 'ZCARD' or 'HLEN', KEYS[i])
  if size ~= tonumber(ARGV[i - 5]) then return redis.status_reply('INCOMPLETE') end
end

for i = 1, 5 do redis.call('UNLINK', KEYS[i]) end
for i = 8, 11 do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    redis.call('RENAME', KEYS[i], KEYS[i - 6])
    redis.call('PERSIST', KEYS[i - 6])
  end
end
redis.call('HSET', KEYS[1], 'format', 1, 'epoch', ARGV[2], 'queues', ARGV[3], 'blocks', ARGV[4], 'lines', ARGV[5],
  'called', ARGV[6], 'people', ARGV[7], 'acknowledge', ARGV[8], 'server', this_server())
redis.call('DEL', KEYS[7])
return redis.status_reply('PUBLISHED')

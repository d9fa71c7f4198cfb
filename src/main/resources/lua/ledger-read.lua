-- Takes or renews the lease of a ledger and reads its oldest entries.
--
-- KEYS[1] ledger        STREAM
-- KEYS[2] lease         STRING, the drainer's token
-- KEYS[3] dead letters  STREAM
-- ARGV[1] token
-- ARGV[2] time to live of the lease, milliseconds
-- ARGV[3] entries to read at most
-- Returns {now, entries in the ledger, dead letters, {{id, {field, value ...}} ...}}, or
--   {entries in the ledger, milliseconds until the lease ends (-1: never)} when another holds it.
-- Cost: O(entries read).
local length = redis.call('XLEN', KEYS[1])
local dead = redis.call('XLEN', KEYS[3])
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return {length, redis.call('PTTL', KEYS[2])} end

-- A full Redis refuses SET, but only as the first write of a script; draining is what empties it.
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
local t = redis.call('TIME')
return {tonumber(t[1]) * 1000000 + tonumber(t[2]), length, dead,
  redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[3])}

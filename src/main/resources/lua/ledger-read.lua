-- Takes or renews the lease of a ledger and reads its oldest entries, or those after one.
--
-- KEYS[1] ledger        STREAM
-- KEYS[2] lease         STRING, the drainer's token
-- KEYS[3] dead letters  STREAM
-- ARGV[1] token
-- ARGV[2] time to live of the lease, milliseconds
-- ARGV[3] entries to read at most
-- ARGV[4] where to begin: '-', the oldest, or '(' and the id of an entry, those after it: this renews
--         the lease and does not take it
-- Returns {now, entries in the ledger, dead letters, {{id, {field, value ...}} ...}}, or
--   {entries in the ledger, milliseconds until the lease ends (-1: never, -2: nobody's)} without it.
-- Cost: O(entries read).
-- include: numbers.lua
local length = redis.call('XLEN', KEYS[1])
local dead = redis.call('XLEN', KEYS[3])
local holder = redis.call('GET', KEYS[2])
-- Who reads on applies what was read before. Had the lease been lost meanwhile and were it taken anew
-- here, that would be settled though somebody else may have.
if holder ~= ARGV[1] and (holder or ARGV[4] ~= '-') then return {length, redis.call('PTTL', KEYS[2])} end

-- A full Redis refuses SET, but only as the first write of a script; draining is what empties it.
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {now_micros(), length, dead,
  redis.call('XRANGE', KEYS[1], ARGV[4], '+', 'COUNT', ARGV[3])}

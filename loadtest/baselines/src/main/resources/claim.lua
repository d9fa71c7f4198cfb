-- KEYS[1] coupon (HASH quantity, issued)   KEYS[2] claimants (HASH)   KEYS[3] ledger (STREAM)
-- ARGV[1] user   ARGV[2] issuedAt
-- Returns the sequence, the stored claim, or -1: sold out.
local held = redis.call('HGET', KEYS[2], ARGV[1])
if held then return held end
local c = redis.call('HMGET', KEYS[1], 'quantity', 'issued')
local sequence = tonumber(c[2] or '0') + 1
if sequence > tonumber(c[1] or '0') then return '-1' end
redis.call('HSET', KEYS[1], 'issued', sequence)
redis.call('HSET', KEYS[2], ARGV[1], sequence .. ' ' .. ARGV[2])
redis.call('XADD', KEYS[3], '*', 'user', ARGV[1], 'sequence', sequence, 'at', ARGV[2])
return tostring(sequence)

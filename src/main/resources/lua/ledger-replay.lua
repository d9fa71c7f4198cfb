-- Moves dead letters back to the end of their ledger, as they were when they were refused.
--
-- KEYS[1] ledger        STREAM
-- KEYS[2] dead letters  STREAM
-- ARGV[1..] ids of dead letters, at most 1,000
-- Returns how many there were and have been moved. Cost: O(ids).
redis.call('XLEN', KEYS[1])
redis.call('XLEN', KEYS[2])
local moved = 0
for i = 1, #ARGV do
  local found = redis.call('XRANGE', KEYS[2], ARGV[i], ARGV[i])[1]
  if found then
    -- The first two pairs are the reason and the detail. What does not begin with them was not
    -- written by ledger-settle: it goes back as a whole, and is refused with a reason.
    local fields = found[2]
    local settled = #fields > 4 and fields[1] == 'reason' and fields[3] == 'detail'
    -- A full Redis refuses this before anything has changed.
    redis.call('XADD', KEYS[1], '*', unpack(fields, settled and 5 or 1))
    redis.call('XDEL', KEYS[2], ARGV[i])
    moved = moved + 1
  end
end
return moved

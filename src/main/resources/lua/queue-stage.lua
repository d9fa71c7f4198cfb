-- Stages a part of an event that is being loaded, if the loader still holds the lease. Lease and staged keys end by
-- themselves where the loader does not come back. What each holds: queue-state.lua
--
-- KEYS[1] lease  STRING, the loader's token
-- KEYS[2] queues, KEYS[3] users, KEYS[4] line, KEYS[5] called: staged
-- ARGV[1] the loader's token
-- ARGV[2] time to live of lease and staged keys, milliseconds
-- ARGV[3] which part: queues or entries
-- ARGV[4..] pairs: id and queue; or user and "no number state since due", at most 1,000
-- Returns 1 when it was done, 0 when the lease is lost. Cost: O(pairs).
-- include: queue-state.lua
for i = 2, 4 do redis.call('HLEN', KEYS[i]) end
redis.call('ZCARD', KEYS[5])
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local s = event_of(KEYS, 0)
for i = 4, #ARGV, 2 do
  if ARGV[3] == 'queues' then redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  else
    local u = user_of(s, ARGV[i])
    local no, count, state, since, due = string.match(ARGV[i + 1], '^(%d+) (%d+) (%u) (%d+) (%d+)$')
    local q = {no = tonumber(no)}
    local new = {no = q.no, number = tonumber(count), state = state, since = tonumber(since)}
    local e = entry_of(u, q)
    -- The last one of a user counts.
    if not e then u.entries[#u.entries + 1] = new
    elseif e.number < new.number then e.number, e.state, e.since = new.number, new.state, new.since
    end
    user_changed(s, u)
    if state == 'W' then line_put(s, q, new.number, u.name)
    elseif due ~= '0' and (state == 'C' or state == 'I') then s.call[called_member(q, u.name)] = due
    end
  end
end
write_blocks(s)
for i = 1, 5 do redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
return 1

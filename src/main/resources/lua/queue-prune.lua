-- Removes entries that ended long ago, by the clock of Redis, from the next blocks of users: the block after the last
-- one is the first. MySQL keeps them.
--
-- KEYS[1] event, KEYS[2] queues, KEYS[3] users, KEYS[4] line, KEYS[5] called, KEYS[6] ledger: see queue-state.lua
-- ARGV[1] how long an entry is kept after it has ended, microseconds
-- ARGV[2] how many blocks to look through, at most 16384: all
-- Returns how many entries were removed, LOADING or RECOVERING, see queue-state.lua. Cost: O(users in the blocks).
-- include: queue-state.lua
local s, refusal = queue_open(KEYS)
if not s then return refusal end
if s.counts.blocks == 0 then return 0 end
local before = s.now - tonumber(ARGV[1])
local first = tonumber(redis.call('HGET', KEYS[1], 'pruned') or '0')
local removed = 0

local function keep(entry, since)
  if tonumber(since, 16) > before then return ' ' .. entry .. since end
  removed = removed + 1
  return ''
end

for i = first, first + tonumber(ARGV[2]) - 1 do
  local b = block_of(s, USERS, s.blocks, number(i % BLOCKS))
  local text, matches = string.gsub(b.text, ' (%d+:%d+[DNL])(%x+)', keep)
  if matches > 0 and #text < #b.text then
    -- Users who have no entry are not known.
    local gone
    text, gone = string.gsub(text .. '\n', '\n[^ \n]+%f[\n]', '')
    b.text, b.changed = string.sub(text, 1, -2), true
    s.counts.people = s.counts.people - gone
  end
end
s.wrote = removed > 0
queue_write(s)
redis.call('HSET', KEYS[1], 'pruned', number((first + tonumber(ARGV[2])) % BLOCKS))
return removed

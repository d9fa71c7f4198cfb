-- Included where a script must know which server it runs on.
--
-- this_server Returns the identity of the server: "run_id:master_replid", of each as much as tells them apart
-- and leaves the state a small HASH (values of at most 64 bytes). The first is another one after each start.
-- The second is another one after each promotion too: a server that was demoted and comes back may have
-- taken over older data meanwhile. Cost: O(1), some microseconds.
local function this_server()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or 'unknown'
  local replication = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)') or 'unknown'
  return string.sub(run, 1, 24) .. ':' .. string.sub(replication, 1, 24)
end

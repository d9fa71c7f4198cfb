-- Included by the scripts that issue units of a coupon whose claims count against groups of users.
--
-- The state has the quotas as 'quotas', group=units and commas between, in the order in which callers number the
-- groups, from 1; and the units that count against a group as 'g:' and the group.
-- s: the state, see coupon-state.lua
-- coupon_groups Returns the groups in this order, each {name, quota, issued, left}, or nil where claims count against
--   none. Units that a lost Redis may have issued are withheld from every group: nobody knows whose they were.
--   Cost: O(groups).
-- groups_write Stores the units issued of those groups that 'given' of them counts any for. Cost: O(groups).
-- include: numbers.lua
local function coupon_groups(state_key, s)
  if not s.grouped then return nil end
  local groups, fields = {}, {}
  for name, quota in string.gmatch(redis.call('HGET', state_key, 'quotas') or '', '([^=,]+)=(%d+)') do
    groups[#groups + 1] = {name = name, quota = tonumber(quota), given = 0}
    fields[#fields + 1] = 'g:' .. name
  end
  for i, issued in ipairs(redis.call('HMGET', state_key, unpack(fields))) do
    groups[i].issued = tonumber(issued or 0)
    groups[i].left = groups[i].quota - groups[i].issued - s.withheld
  end
  return groups
end

local function groups_write(state_key, groups)
  for _, group in ipairs(groups) do
    if group.given ~= 0 then redis.call('HSET', state_key, 'g:' .. group.name, number(group.issued + group.given)) end
  end
end

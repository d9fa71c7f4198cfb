-- Included by the scripts of a coupon: reads its state and judges whether it is whole, and whether it
-- was published or verified on the server that runs this and is not behind what was told.
--
-- server: the identity of this server, where the caller knows it; '' is asked for here
-- seen: the highest sequence that the caller knows to be issued
-- Returns the state as a table, or nil and a reply for the caller:
--   LOADING  the state, the claimants or the audience are missing, in whole or in part
--   RECOVERING  it is whole, and another server's (Redis was restarted, or failed over), or older than
--            it was, or somebody is verifying it: it may not be the last that was
--   SHARDED, how many shards, units and the version: it is a campaign, whose units are held by its shards
--   an error the state is of another format or holds something that is not a number
-- Raises WRONGTYPE when a key is of the wrong type (the audience's: where the coupon has one). Cost: O(1).
-- coupon_behind Returns why no number above the ceiling is issued: -14 where the coupon's pool has no code for it, -8
-- where MySQL has to lend more. Cost: O(1).
-- include: this-server.lua
-- include: numbers.lua
local function coupon_state(state_key, claimants_key, audience_key, server, seen)
  local m = redis.call('HMGET', state_key, 'format', 'epoch', 'version', 'status', 'name', 'quantity',
    'opens', 'closes', 'audience', 'sequence', 'issued', 'holders', 'acknowledge', 'onLoss', 'server',
    'ceiling', 'lost', 'rehearsal', 'eligibility', 'eligibilityMessage', 'queue', 'door', 'codes')
  local holders = redis.call('HLEN', claimants_key)
  if not m[1] then return nil, redis.status_reply('LOADING') end
  if m[1] == 'sharded' then
    local c = redis.call('HMGET', state_key, 'shards', 'quantity', 'version')
    return nil, redis.status_reply(table.concat({'SHARDED', c[1], c[2], c[3]}, ' '))
  end
  if m[1] ~= '1' then
    return nil, redis.error_reply('STATEFORMAT this release reads format 1, the state has ' .. m[1])
  end
  local s = {
    epoch = tonumber(m[2]), version = tonumber(m[3]), status = m[4], name = m[5],
    quantity = tonumber(m[6]), opens = tonumber(m[7]), closes = tonumber(m[8]),
    audience = tonumber(m[9]), sequence = tonumber(m[10]), issued = tonumber(m[11]),
    holders = tonumber(m[12]),
    -- Not in a state that the release before this one has published.
    acknowledge = m[13] or 'redis', onLoss = m[14] or 'withhold',
    ceiling = tonumber(m[16] or 0), lost = tonumber(m[17] or 0),
    rehearsal = m[18] or '0',
    -- The same, and that units have codes, which the caller has to show.
    kind = m[23] and (m[18] or '0') .. 'c' or m[18] or '0',
    -- Whether the caller has to judge who is eligible or has a pass, or has to tell them something.
    ruled = (m[19] or '') ~= '' or (m[20] or '') ~= '' or (m[21] or '') ~= ''
      or m[22] == 'groups',
    -- Whether its claims are decided by claim-door.lua.
    door = m[22] ~= 'groups' and m[22],
    -- Whether its claims count against groups (coupon-groups.lua): in the same field, so that others pay nothing.
    grouped = m[22] == 'groups',
  }
  if not (s.epoch and s.version and s.status and s.name and s.quantity and s.opens and s.closes
      and s.audience and s.sequence and s.issued and s.holders and s.ceiling and s.lost) then
    return nil, redis.error_reply('STATECORRUPT a field of the state is missing or not a number')
  end
  if s.holders < 0 then return nil, redis.status_reply('RECOVERING') end
  if s.holders ~= holders or (s.audience >= 0 and s.audience ~= redis.call('SCARD', audience_key)) then
    return nil, redis.status_reply('LOADING')
  end
  if server == '' then server = this_server() end
  if m[15] ~= server or s.sequence < tonumber(seen) then return nil, redis.status_reply('RECOVERING') end
  s.server = server
  -- Units that must not be issued: they may have been, by a Redis that lost its data.
  s.withheld = s.onLoss == 'withhold' and s.lost or 0
  return s
end

local function coupon_behind(state_key, ceiling)
  return tonumber(redis.call('HGET', state_key, 'pool') or math.huge) <= ceiling and '-14' or '-8'
end

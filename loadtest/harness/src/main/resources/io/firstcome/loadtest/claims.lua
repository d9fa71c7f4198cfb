-- Requests for wrk: a claim or a reservation each, every one of another user, so that none is a repetition.
--
-- FIRST_USER  number of the first user, 10 digits
-- CLAIM_PATH  path of the claims; "%d" in it is the number of the coupon, counted from 1
-- ITEMS       0: claims; else each request reserves a unit of one of so many items, item-001 and on
-- SECRET      of the gateway; empty where tokens say who asks
-- TOKENS      file of bearer tokens, one a line; each claims the first coupon, then each the second ...
-- Prints "RESULT name=number ..." at the end; latencies in microseconds.
local threads = 0
function setup(thread)
  thread:set('thread_number', threads)
  threads = threads + 1
end

local path, head, tail, user, tokens, position, items

-- As long for each item.
local body = '{"items":[{"itemId":"item-%03d","quantity":1}]}'
local body_length = #string.format(body, 1)

local function start(coupon)
  return 'POST ' .. path:gsub('%%d', tostring(coupon)) .. ' HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n'
end

function init()
  path = os.getenv('CLAIM_PATH')
  user = tonumber(os.getenv('FIRST_USER')) + thread_number * 50000000
  items = tonumber(os.getenv('ITEMS'))
  math.randomseed(user)
  local file = os.getenv('TOKENS')
  if file ~= '' then
    tokens, position = {}, 0
    for line in io.lines(file) do tokens[#tokens + 1] = 'Authorization: Bearer ' .. line .. '\r\n\r\n' end
    head = start(1)
  elseif items > 0 then
    head = start(1):gsub('Content%-Length: 0', 'Content-Type: application/json\r\nContent-Length: ' .. body_length)
      .. 'X-Gateway-Secret: ' .. os.getenv('SECRET') .. '\r\nIdempotency-Key: key-1\r\nX-User-Id: '
    tail = '\r\n\r\n' .. body
  else
    head = start(1) .. 'X-Gateway-Secret: ' .. os.getenv('SECRET') .. '\r\nX-User-Id: '
    tail = '\r\n\r\n'
  end
end

function request()
  if tokens then
    local turn = position % #tokens
    if turn == 0 then head = start(position / #tokens + 1) end
    position = position + 1
    return head .. tokens[turn + 1]
  end
  user = user + 1
  if items > 0 then return head .. user .. string.format(tail, math.random(items)) end
  return head .. user .. tail
end

function done(summary, latency)
  io.write(string.format(
    'RESULT requests=%d micros=%d connect=%d read=%d write=%d status=%d timeout=%d p50=%d p99=%d\n',
    summary.requests, summary.duration, summary.errors.connect, summary.errors.read, summary.errors.write,
    summary.errors.status, summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end

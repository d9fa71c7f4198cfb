-- Included by the scripts that compute with counts or time.
--
-- number Returns a count or a time as text: exact up to 2^53, where Lua's own way makes 1.79e+15 of it.
-- now_micros Returns the time of Redis in microseconds since 1970. Cost: O(1).
local format = string.format
local function number(n) return format('%d', n) end

local function now_micros()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

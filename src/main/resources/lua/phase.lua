-- Included by the scripts that give units of a coupon or a sale, or change when they do; Lifecycle is the same in Java.
--
-- it: status (open, paused, closed), opens and closes (microseconds, 0: none), as a table
-- phase_of Returns what a newcomer meets at this time: closed, not-open, paused or open. Cost: O(1).
-- phase_refusal Returns the reply that refuses a change of it from one status to a new definition: CLOSED it is closed
--   for good; WINDOW it would close before it opens; nil where it may be changed.
local function phase_of(it, now)
  if it.status == 'closed' or (it.closes > 0 and now >= it.closes) then return 'closed' end
  if now < it.opens then return 'not-open' end
  return it.status == 'open' and 'open' or 'paused'
end

local function phase_refusal(status, new)
  if status == 'closed' and new.status ~= 'closed' then return redis.status_reply('CLOSED') end
  if new.closes > 0 and new.closes <= new.opens then return redis.status_reply('WINDOW') end
end

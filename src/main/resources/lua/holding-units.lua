-- Included, after claim-holding.lua, by the scripts that read or write each unit of a claim; ClaimHolding is the
-- same in Java.
--
-- claim_units Returns the units of a holding in the order of issue, each {sequence, issuedAtMicros} as digits, or
-- nil where it is none. Cost: O(units).
-- claim_text Returns the holding of these units: one unit is written in format 0, as ever. Cost: O(units).
local function claim_units(holding)
  local sequence, at = claim_holding(holding)
  if not sequence then return nil end
  local units = {{sequence, at}}
  for s, t in string.gmatch(holding, ';%d+=(%d+):?(%d*)') do
    -- The time of the unit before, where none is written.
    if t ~= '' then at = t end
    units[#units + 1] = {s, at}
  end
  return units
end

local function claim_text(units)
  local sequence, at = units[1][1], units[1][2]
  if #units == 1 then return sequence .. ':' .. at end
  local words = {'1;' .. sequence .. ':' .. at}
  for n = 2, #units do
    local same = units[n][2] == units[n - 1][2]
    words[n] = n .. '=' .. units[n][1] .. (same and '' or ':' .. units[n][2])
  end
  return table.concat(words, ';')
end

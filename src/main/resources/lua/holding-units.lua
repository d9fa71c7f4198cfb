-- Included, after claim-holding.lua, by the scripts that read or write each unit of a claim; ClaimHolding is the
-- same in Java.
--
-- claim_units Returns the units of a holding in the order of issue, each {sequence, issuedAtMicros, state}, the
-- numbers as digits, or nil where it is none; and, as their group, the group that they count against.
-- Cost: O(units).
-- units_counted Returns how many of the units count against their group: those that did not go back. Cost: O(units).
-- unit_state Returns the state of a unit, since when, and the reference of its order: issued where it has none.
-- claim_text Returns the holding of these units: one unit is written in format 0, as ever. Cost: O(units).
local function claim_units(holding)
  local sequence, at = claim_holding(holding)
  if not sequence then return nil end
  local units = {{sequence, at}, group = string.match(holding, '^1;[^;]*;g=([^;]+)')}
  for s, t in string.gmatch(holding, ';%d+=(%d+):?(%d*)') do
    -- The time of the unit before, where none is written.
    if t ~= '' then at = t end
    units[#units + 1] = {s, at}
  end
  for n, state in string.gmatch(holding, ';s(%d+)=([^;]*)') do
    local unit = units[tonumber(n)]
    if unit then unit[3] = state end
  end
  return units
end

local function unit_state(unit)
  if not unit[3] then return 'issued', '0', '' end
  return string.match(unit[3], '^(%a+),(%d+),?(.*)$')
end

local function units_counted(units)
  local counted = 0
  for _, unit in ipairs(units) do
    if unit_state(unit) ~= 'returned' then counted = counted + 1 end
  end
  return counted
end

local function claim_text(units)
  local sequence, at = units[1][1], units[1][2]
  if #units == 1 and not units[1][3] and not units.group then return sequence .. ':' .. at end
  local words = {'1;' .. sequence .. ':' .. at .. (units.group and ';g=' .. units.group or '')}
  for n = 2, #units do
    local same = units[n][2] == units[n - 1][2]
    words[n] = n .. '=' .. units[n][1] .. (same and '' or ':' .. units[n][2])
  end
  for n, unit in ipairs(units) do
    if unit[3] then words[#words + 1] = 's' .. n .. '=' .. unit[3] end
  end
  return table.concat(words, ';')
end

-- What Redis gives a script. Nothing else is global, and none of it may be set.
std = "lua51"
max_line_length = 120
color = false
read_globals = {
  "redis", "KEYS", "ARGV", "cjson", "struct", "bit",
  -- Local functions of what a script's header includes: of numbers.lua and this-server.lua.
  "format", "number", "now_micros", "this_server",
  -- Of lock-state.lua.
  "lock_holder", "lock_permit", "lock_fence", "lock_named", "lock_wake",
  -- Of coupon-state.lua.
  "coupon_state", "coupon_behind",
  -- Of coupon-define.lua.
  "coupon_define",
  -- Of coupon-definition.lua.
  "coupon_definition", "definition_value", "definition_words",
  -- Of phase.lua.
  "phase_of", "phase_refusal",
  -- Of claim-holding.lua.
  "CLAIM_HOLDING", "GROUP_HOLDING", "claim_holding",
  -- Of holding-units.lua.
  "claim_units", "claim_text", "unit_state", "units_counted",
  -- Of coupon-line.lua.
  "LINE_TICKETS", "LINE_MOST", "coupon_line", "coupon_open", "line_waits", "line_place", "line_leave",
  "line_promote", "line_turn", "line_return",
  -- Of coupon-judged.lua.
  "coupon_judged",
  -- Of coupon-groups.lua.
  "coupon_groups", "groups_write",
  -- Of sale-state.lua.
  "DUE", "MOST_DUE", "REMEMBERED", "fetch", "spread", "sale_open", "sale_release", "sale_write", "item_of", "item_changed",
  "user_field", "counts_of", "HELD", "KEPT", "REFUSED", "item_text", "level_of", "taken_by", "take", "reservation_of", "reservation_text", "reservation_end", "fetch_items_of",
  "least_changes",
  -- Of queue-state.lua.
  "event_of", "queue_open", "queue_of", "queue_text", "queue_write", "add_queue", "user_of", "user_changed", "entry_of",
  "is_active", "move", "call_next", "called_member", "line_put", "fill", "expire", "expire_one", "entry_text",
  "write_blocks", "refusal_of", "is_open", "is_timed", "enter", "come", "block_of", "USERS", "BLOCKS",
}
files["**/coupon-state.lua"] = { ignore = { "211" } }
files["**/coupon-define.lua"] = { ignore = { "211/coupon_define" } }
files["**/coupon-definition.lua"] = { ignore = { "211" } }
files["**/phase.lua"] = { ignore = { "211" } }
files["**/claim-holding.lua"] = { ignore = { "211" } }
files["**/holding-units.lua"] = { ignore = { "211" } }
files["**/coupon-line.lua"] = { ignore = { "211" } }
files["**/coupon-judged.lua"] = { ignore = { "211" } }
files["**/coupon-groups.lua"] = { ignore = { "211" } }
files["**/numbers.lua"] = { ignore = { "211" } }
files["**/this-server.lua"] = { ignore = { "211" } }
files["**/lock-state.lua"] = { ignore = { "211" } }
files["**/sale-state.lua"] = { ignore = { "211" } }
files["**/queue-state.lua"] = { ignore = { "211" } }

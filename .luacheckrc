-- What Redis gives a script. Nothing else is global, and none of it may be set.
std = "lua51"
max_line_length = 120
color = false
read_globals = {
  "redis", "KEYS", "ARGV", "cjson", "struct", "bit",
  -- Local functions of coupon-state.lua, where a script's header includes it.
  "coupon_state", "now_micros", "this_server",
  -- Of coupon-define.lua.
  "coupon_define",
  -- Of coupon-definition.lua.
  "coupon_definition", "definition_value", "definition_words",
  -- Of claim-holding.lua.
  "CLAIM_HOLDING", "claim_holding",
  -- Of sale-state.lua.
  "DUE", "MOST_DUE", "REMEMBERED", "number", "fetch", "spread", "sale_open", "sale_release", "sale_write", "item_of", "item_changed",
  "format", "user_field", "counts_of", "HELD", "KEPT", "REFUSED", "item_text", "level_of", "taken_by", "take", "reservation_of", "reservation_text", "reservation_end", "fetch_items_of",
}
files["**/coupon-state.lua"] = { ignore = { "211/coupon_state", "211/now_micros" } }
files["**/coupon-define.lua"] = { ignore = { "211/coupon_define" } }
files["**/coupon-definition.lua"] = { ignore = { "211" } }
files["**/claim-holding.lua"] = { ignore = { "211" } }
files["**/this-server.lua"] = { ignore = { "211" } }
files["**/sale-state.lua"] = { ignore = { "211" } }

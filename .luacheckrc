-- What Redis gives a script. Nothing else is global, and none of it may be set.
std = "lua51"
max_line_length = 120
color = false
read_globals = {
  "redis", "KEYS", "ARGV", "cjson", "struct", "bit",
  -- Local functions of coupon-state.lua, where a script's header includes it.
  "coupon_state", "now_micros",
}
files["**/coupon-state.lua"] = { ignore = { "211/coupon_state", "211/now_micros" } }

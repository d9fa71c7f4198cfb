-- What Redis gives a script. Nothing else is global, and none of it may be set.
std = "lua51"
max_line_length = 120
read_globals = { "redis", "KEYS", "ARGV", "cjson", "struct", "bit" }

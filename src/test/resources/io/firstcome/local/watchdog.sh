# Keeps one server process and its private folder no longer than the JVM that asked for them.
#
# usage:   sh -c "$script" watchdog FOLDER COMMAND [ARGUMENT...]
# stdin:   a pipe whose only writer is the JVM; each line starts the server (again), the end of
#          input, which the kernel brings about however the JVM ends, ends everything
# stdout:  "ready" once the folder exists, then the process id of each start
#
# The folder's data go with it, so a server is killed rather than asked to shut down.

folder=$1
shift
trap '' HUP INT
mkdir -m 700 "$folder" || exit 1
echo ready

while read -r _; do
  # The inner shell reaps the server: a dead one must not linger as a zombie that looks alive.
  (
    trap - HUP INT
    # A file that may not grow is an error to a server, as on a full disk, and not its end.
    trap '' XFSZ
    "$@" </dev/null >"$folder/log" 2>&1 &
    server=$!
    : >"$folder/running.$server"
    # Whichever of the two shells looks second sees the other's file, so no server escapes.
    if [ -e "$folder/ending" ]; then
      kill -KILL "$server"
    fi
    echo "$server"
    wait "$server"
    rm -f "$folder/running.$server"
  ) 2>/dev/null &
done

: >"$folder/ending"
for running in "$folder"/running.*; do
  if [ -e "$running" ]; then
    kill -KILL "${running##*.}" 2>/dev/null
  fi
done
wait
rm -rf "$folder"

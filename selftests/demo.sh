#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What this project does, on real programs; runs in a guest (make demo). Fails when anything in it fails.
set -euo pipefail
check=tools/ptdesc-check
list=/sys/kernel/debug/ptdesc
dir=$(mktemp -d)
started=()
trap '[ ${#started[@]} = 0 ] || kill "${started[@]}" 2>/dev/null || true' EXIT

title() { printf '\n== %s\n' "$*"; }
shown() { echo "\$ $*"; "$@"; }
timed() {
	local start=$EPOCHREALTIME
	"$@"
	awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "   (%.1f s)\n", b - a }'
}
redis() { redis-cli -s "$dir/redis.sock" "$@"; }

title "Linux $(uname -r): every page table in memory, by page frame"
shown insmod "$PTDESC_MODULE"
echo "\$ cat $list | head"
timed cp "$list" "$dir/listing"
head -n 10 "$dir/listing"
[ "$(tail -n 1 "$dir/listing")" = "# end" ] || { echo "demo: $list: truncated" >&2; exit 1; }
echo "... $(grep -vc '^#' "$dir/listing") page tables in all"

title "A database: redis with 200 MB of data"
# A full copy of the data is written by a fork, here slowly enough to be looked at.
redis-server --port 0 --unixsocket "$dir/redis.sock" --dir "$dir" --save '' --enable-debug-command yes \
	--rdb-key-save-delay 500 >"$dir/redis.log" 2>&1 &
redis=$!
started+=("$redis")
tries=0
until redis ping >/dev/null 2>&1; do
	if ! kill -0 "$redis" || [ $((tries += 1)) -gt 600 ]; then
		cat "$dir/redis.log" >&2
		exit 1
	fi
	sleep 0.1
done
timed redis debug populate 20000 key 10500
used=$(redis info memory | sed -n 's/^used_memory:\([0-9]*\).*/\1/p')
echo "redis (PID $redis) holds $((used / 1000000)) MB"
[ "$used" -ge 200000000 ]
# Its PGD, where the kernel types PGDs.
if rows=$(grep ' redis-server$' "$list"); then
	printf '$ grep redis-server %s\n%s\n' "$list" "$rows"
fi
timed shown "$check" "$redis"

title "Its BGSAVE fork, which shares every page with it"
redis bgsave
fork=$(pgrep -P "$redis")
timed shown "$check" "$fork"
kill -0 "$fork" || { echo "demo: the fork $fork ended before it was checked" >&2; exit 1; }
echo "and redis itself, while the fork lives:"
timed shown "$check" "$redis"

title "An interpreter: python3 with a heap of 100 MB"
coproc python { exec /usr/bin/python3 -c 'import sys
heap = [bytes(1000) for _ in range(100000)]
print(len(heap), flush=True)
sys.stdin.read()'; }
# shellcheck disable=SC2154 # set by coproc
started+=("$python_PID")
read -r objects <&"${python[0]}"
echo "python3 (PID $python_PID) holds $objects objects"
timed shown "$check" "$python_PID"

title "All of it held."

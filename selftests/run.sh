#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs guest tests, one after the other, in a guest: loads ptdesc.ko, then for each test marks the kernel log, gives it a
# time limit, and judges the log afterwards: what the kernel complained about fails the test that provoked it.
#
# Usage: run.sh [TEST...]	names without .sh; default: every test here and in arch/$PTDESC_ARCH
# Built tests are those in $PTDESC_PROGRAMS, by default here.
# Prints KTAP: one result per test, and each test's own results below it, indented. Exit status 1 when a test failed.
# Limits come from ./settings (timeout=SECONDS, default 300).
set -uo pipefail
# Tests run in the project's tree, one up from here.
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1

limit=$(sed -n 's/^timeout=\([0-9]*\)$/\1/p' selftests/settings 2>/dev/null | tail -n 1)
limit=${limit:-300}

programs=${PTDESC_PROGRAMS:-selftests}
# Where tests are: directories of scripts, and those of programs, whose sources are in the former.
own=arch/${PTDESC_ARCH:-none}

every_test() {
	local f dir
	for dir in . "$own"; do
		for f in "selftests/$dir"/*; do
			case ${f#selftests/./} in
			run.sh | demo.sh | bench.sh | soak.sh | storm.sh | check.sh) continue ;;
			*.sh) [ -x "$f" ] && basename "$f" .sh ;;
			*.c) f=$programs/$dir/$(basename "$f" .c); [ -x "$f" ] && basename "$f" ;;
			esac
		done
	done | sort
}

# The file to run for a test of this name.
find_test() {
	local f
	for f in "$programs/$1" "selftests/$1.sh" "$programs/$own/$1" "selftests/$own/$1.sh"; do
		[ ! -f "$f" ] || [ ! -x "$f" ] || { echo "$f"; return; }
	done
	echo "selftests/$1.sh"
}

# What a test's KTAP says beyond its exit status: a plan that was not fulfilled is a failure.
plan_kept() {
	awk '
		/^1\.\.[0-9]+/	{ sub(/^1\.\./, ""); plan = $1 + 0; planned = 1 }
		/^(not )?ok /	{ results++; if ($1 == "not") failed = 1 }
		END {
			if (!planned) { print "printed no plan"; exit }
			if (results + 0 != plan) { printf "planned %d, ran %d\n", plan, results }
			else if (failed) print "a result is not ok"
		}' "$1"
}

mapfile -t tests < <(if [ $# -gt 0 ]; then printf '%s\n' "$@"; else every_test; fi)
[ ${#tests[@]} -gt 0 ] || { echo "run: no test here: not built (make -C selftests)" >&2; exit 1; }
output=$(mktemp)
failed=0 n=0
echo "TAP version 13"
echo "1..${#tests[@]}"
for t in "${tests[@]}"; do
	n=$((n + 1))
	exe=$(find_test "$t")
	mark="ptdesc selftest $n: $t"
	echo "$mark" >/dev/kmsg
	[ -d /sys/module/ptdesc ] || insmod "$PTDESC_MODULE" || echo "# $PTDESC_MODULE: cannot load"

	status=0
	timeout -k 10 "$limit" "$exe" </dev/null 2>&1 | tee "$output" | sed -u 's/^/    /' || status=${PIPESTATUS[0]}

	why=''
	case $status in
	0) why=$(plan_kept "$output") ;;
	4) ;;
	124 | 137) why="still running after $limit s" ;;
	*) why=$(plan_kept "$output"); why="exit status $status${why:+, $why}" ;;
	esac
	complaint=$(dmesg | awk -v m="$mark" 'index($0, m) { seen = 1 } seen' | grep -Em 1 -f selftests/complaints || true)
	[ -z "$complaint" ] || why="kernel log: $complaint"

	if [ -n "$why" ]; then
		failed=1
		echo "not ok $n $t # $why"
		[ -z "$complaint" ] || dmesg | awk -v m="$mark" 'index($0, m) { seen = 1 } seen' | head -n 60 | sed 's/^/    # /'
	elif [ "$status" = 4 ]; then
		echo "ok $n $t # SKIP $(sed -n 's/.*# SKIP *//p' "$output" | head -n 1)"
	else
		echo "ok $n $t"
	fi
done
exit "$failed"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own mm selftests (./tests), unpatched and patched: both tables, side by side. Fails when a test says
# something else of the patched kernel, and says so again when it is run again; a test may fail on both.
# Usage: check.sh [TESTS]		TESTS: a file like ./tests with some of its lines
#        check.sh debug [TESTS]		instead: on the patched kernel with debug.config, where nothing may be reported but ./known
# Environment: LIMIT=SECONDS for one test. The unpatched kernel's results are kept beside it and used again. What each
# test printed: build/mm/KIT/.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../qemu/cache.sh
. "$(dirname "$(readlink -f "$0")")/../qemu/cache.sh"
here=$tree/selftests/mm
kind=mm
if [ "${1:-}" = debug ]; then
	kind=debug
	shift
fi
tests=$(readlink -f "${1:-$here/tests}")
mkdir -p "$tree/build/mm"

# guest KIT TESTS SECONDS ARGS: prints the results.
guest() {
	local out=$tree/build/mm/$1 status=0
	rm -rf "$out"
	mkdir -p "$out"
	# A test may provoke a warning on purpose or on both kernels: it is told in the results, and must not end the guest.
	PTDESC_MODULES=$C/kit/$1/build/root PTDESC_CONSOLE_LINES=1000000 "$qemu_dir/guest.sh" "$1" -m 3072 -t 10000 \
		-a "panic_on_warn=0 secretmem.enable=1 numa=fake=2 $4" -o "$out" -- selftests/mm/run.sh "$2" "$3" \
		>"$out/results" 2>"$out/console" || status=$?
	# 125: the kernel complained, and the results tell to which test.
	case $status in
	0 | 125) ;;
	*) tail -n 40 "$out/console" >&2; fail "$1: the guest ended with status $status" ;;
	esac
	[ "$(wc -l <"$out/results")" -ge "$(grep -cE '^[0-9]' "$2")" ] ||
		{ tail -n 60 "$out/console" >&2; fail "$1: not every test has a result (see $out)"; }
	cat "$out/results"
}

if [ "$kind" = debug ]; then
	"$here/kit.sh" whole debug
	# Where KASAN takes so much, reclaim stands still when all memory is full: the swap file is memory, too (tmpfs).
	swap='swapoff -a; ./compaction_test; status=$?; swapon /dev/loop0; exit $status'
	sed "s|\./compaction_test$|$swap|" "$tests" >"$tree/build/mm/debug.tests"
	guest debug-whole "$tree/build/mm/debug.tests" "${LIMIT:-900}" acpi=noirq >"$tree/build/mm/debug.results"
	awk -F '\t' '
		{ printf "%-10s %5d s  %s\n", $1, $2, $5; n[$1 ~ /^fail/ ? "fail" : $1]++; if ($5 == "kmemleak") leaks += $1 != "pass" }
		END {
			printf "%d pass, %d fail, %d skip, %d over the time limit\n", n["pass"], n["fail"], n["skip"], n["limit"]
			exit leaks
		}' "$tree/build/mm/debug.results" || status=1
	# Every complaint, not only the first of each test.
	{ grep -aE -f "$tree/selftests/complaints" "$tree/build/mm/debug-whole/dmesg" || true; } | awk -F '\t' '
		FNR == NR { if (!/^#/) why[$1] = $2; next }
		{
			for (text in why)
				if (index($0, text)) {
					seen[text]++
					next
				}
			print "    " $0
			bad++
		}
		END {
			for (text in seen)
				printf "%d times \"%s\": %s\n", seen[text], text, why[text]
			printf "%d other reports of the kernel\n", bad
			exit bad > 0
		}' "$here/known" - || status=1
	exit "${status:-0}"
fi

# table BASE WHOLE: side by side; exit status 1 if they are not alike, what differs is in $C/state/differ.
table() {
	awk -F '\t' -v differ="$tree/build/mm/differ" '
		function said() { return $1 " (" $3 "/" $4 ")" }
		# The same complaint comes from another process at another time.
		function plain(s) { gsub(/\[ *[0-9.]*\]|0x[0-9a-f]+|PID: *[0-9]+|CPU: *[0-9]+|[0-9]+/, "", s); return s }
		BEGIN { printf "" >differ; printf "%-18s %-18s %s\n", "unpatched", "patched", "test (ok/not ok lines of its output)" }
		NR == FNR { base[$5] = said(); kernel[$5] = $6; next }
		{
			same = base[$5] == said() && plain(kernel[$5]) == plain($6)
			printf "%-18s %-18s %s%s\n", base[$5], said(), $5, same ? "" : "   <-- DIFFERS"
			if (kernel[$5] $6 != "") printf "    unpatched kernel: %s\n    patched kernel:   %s\n", kernel[$5], $6
			if (!same) { differing++; print $5 >differ }
			n[$1 ~ /^fail/ ? "fail" : $1]++
		}
		END {
			printf "patched: %d pass, %d fail, %d skip, %d over the time limit; %d differ from unpatched\n",
				n["pass"], n["fail"], n["skip"], n["limit"], differing
			exit differing > 0
		}' "$1" "$2"
}

limit=${LIMIT:-300}
"$here/kit.sh" base
kept=$C/state/base/mm.results
stamp=$(cat "$C/kit/mm-base/bzImage" "$here/run.sh" "$tests" | sha256sum)
if [ "$(cat "$kept.stamp" 2>/dev/null)" != "$stamp" ]; then
	rm -f "$kept.stamp"
	guest mm-base "$tests" "$limit" "" >"$kept"
	echo "$stamp" >"$kept.stamp"
fi
[ "${ONLY:-}" != base ] || exit 0
"$here/kit.sh" whole
guest mm-whole "$tests" "$limit" "" >"$tree/build/mm/whole.results"
table "$kept" "$tree/build/mm/whole.results" && exit 0

say "what differed again, on both:"
awk -F '\t' 'NR == FNR { differs[$0] = 1; next } $2 in differs' "$tree/build/mm/differ" "$tests" >"$tree/build/mm/again"
guest mm-base "$tree/build/mm/again" "$limit" "" >"$tree/build/mm/base.again"
guest mm-whole "$tree/build/mm/again" "$limit" "" >"$tree/build/mm/whole.again"
table "$tree/build/mm/base.again" "$tree/build/mm/whole.again"

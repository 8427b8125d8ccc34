#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In a guest of a kit that kit.sh made: runs the kernel's own mm selftests, each with a time limit, and tells what each
# of them and the kernel said.
# Usage: run.sh TESTS [SECONDS]	TESTS: a file like ./tests; SECONDS per test, default 300
# Prints a line per test, tab-separated: result, seconds, "ok" lines, "not ok" lines, the command, the kernel's first
# complaint (nothing if there is none). Result: pass, skip, limit, or "fail N" with the exit status.
# What a test printed: $PTDESC_OUT/LINE.log; the kernel's log: $PTDESC_OUT/dmesg.
set -uo pipefail
[ -r "$1" ] || { echo "run: $1: cannot read" >&2; exit 1; }
tests=$(readlink -f "$1") limit=${2:-300}
built=$(readlink -f "$(dirname "$PTDESC_MODULES")/selftests") || exit 1
project=$(readlink -f "$(dirname "$0")/../..")
export project
bad='BUG|WARNING|Oops|stall(ed)? on CPU|soft lockup|blocked for more than|general protection fault[,:]|possible recursive|possible circular|suspicious RCU|Bad page|bad p[mug4]d|Bad rss-counter|non-zero pgtables_bytes|held lock freed|sleeping function called|kmemleak: [1-9]'

# Tests write where they are, and look for modules where Debian has none.
work=/tmp/vm
mkdir -p "$work/bin" && cp "$built"/* "$work/" 2>/dev/null
cd "$work" || exit 1
printf '#!/bin/sh\nexec /sbin/modinfo -b %s "$@"\n' "$PTDESC_MODULES" >bin/modinfo
chmod +x bin/modinfo
export PATH=$work/bin:$PATH MODPROBE_OPTIONS="-d $PTDESC_MODULES"
mkdir huge
mount -t hugetlbfs none huge
mount -o remount,huge=advise /tmp
echo advise >/sys/kernel/mm/transparent_hugepage/shmem_enabled
ulimit -c 0

# khugepaged's tests of swapped-out pages need somewhere to swap to.
truncate -s 256M swap && dd if=/dev/zero of=swap bs=1M count=256 status=none && mkswap -q swap
disk=$(losetup -f --show swap) && swapon "$disk"

# Distinct lines: a test that forks with its output unwritten says the same several times.
said() { grep -aE "^ *(# )*$1|^$2" "$log" | sort -u | wc -l; }

dmesg -w >"$PTDESC_OUT/dmesg" &
line=0
while IFS=$'\t' read -r pages command; do
	line=$((line + 1))
	case $pages in '#'* | '') continue ;; esac
	mark="mm selftest $line: $command"
	echo "$mark" >/dev/kmsg
	# Twice: what is lacking at first may come with compaction.
	for _ in 1 2; do echo "$pages" >/proc/sys/vm/nr_hugepages; done
	log=$PTDESC_OUT/$line.log
	start=$SECONDS
	timeout -k 10 "$limit" sh -c "$command" </dev/null >"$log" 2>&1
	status=$?
	case $status in
	0) result=pass ;;
	4) result=skip ;;
	124 | 137) result=limit ;;
	*) result="fail $status" ;;
	esac
	# A case count, not SKIP, is what khugepaged exits with.
	case $command in ./khugepaged*) [ "$status" != 4 ] || result="fail 4" ;; esac
	complaint=$(dmesg | awk -v m="$mark" 'index($0, m) { seen = 1 } seen' | grep -Em 1 "$bad" | tr '\t' ' ' || true)
	printf '%s\t%d\t%d\t%d\t%s\t%s\n' "$result" $((SECONDS - start)) \
		"$(said 'ok ' '\[OK\]')" "$(said 'not ok ' '\[FAIL\]')" "$command" "$complaint"
	rm -f huge/*
done <"$tests"

# What nothing points to any more, seen twice by the scanner of the debug kernel.
leaks=/sys/kernel/debug/kmemleak
if [ -e "$leaks" ]; then
	for _ in 1 2; do
		echo scan >"$leaks"
		sleep 6
	done
	cat "$leaks" >"$PTDESC_OUT/kmemleak"
	# A leak is a paragraph, here a line; ./known has patterns of those that are not ours.
	awk '/^unreferenced object/ && NR > 1 { print "" } { printf "%s ", $0 } END { print "" }' "$PTDESC_OUT/kmemleak" |
		{ grep '^unreferenced' || true; } >"$PTDESC_OUT/leaks"
	sed -n 's/^leak: \([^\t]*\)\t.*/\1/p' "$project/selftests/mm/known" >"$PTDESC_OUT/leaks.known"
	all=$(wc -l <"$PTDESC_OUT/leaks")
	found=$(grep -cvE -f "$PTDESC_OUT/leaks.known" "$PTDESC_OUT/leaks")
	printf '%s\t0\t%d\t%d\tkmemleak\t%s\n' "$([ "$found" = 0 ] && echo pass || echo "fail $found")" "$((all - found))" "$found" \
		"$(grep -vE -f "$PTDESC_OUT/leaks.known" "$PTDESC_OUT/leaks" | head -n 1 | tr -s ' ' | cut -c 1-400)"
fi

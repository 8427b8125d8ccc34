#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Wears the inspector out, in a guest (make soak; best on a kernel that checks itself, KERNEL=debug-whole): readers against
# churning page tables while memory blocks that are being listed go offline and come back, then hundreds of loads and unloads,
# then each allocation fails in its turn, and then all. The kernel's log and its search for leaks judge.
# Needs PTDESC_MODULE and a C compiler.
# Environment: SOAK_SECONDS (600) of reading, SOAK_CYCLES (500) loads
set -u
# shellcheck source-path=SCRIPTDIR source=ktap.bash
. "$(dirname "$(readlink -f "$0")")/ktap.bash"
seconds=${SOAK_SECONDS:-600} cycles=${SOAK_CYCLES:-500}
blocks=$(((seconds + 119) / 120))
module=${PTDESC_MODULE:?is not set: ptdesc.ko}
list=/sys/kernel/debug/ptdesc
leaks=/sys/kernel/debug/kmemleak
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for p in readers blocks failing; do
	cc -std=gnu11 -O2 -Wall -Wextra -Werror -Iinclude -o "$dir/$p" "selftests/soak/$p.c" -pthread || bail_out "cannot build $p.c"
done
insmod "$module" || bail_out "$module: cannot load"
plan 6
echo "# on $(nproc) CPUs"
echo 24 >/proc/sys/vm/nr_hugepages

"$dir/readers" "$seconds" >"$dir/log" 2>&1 &
readers=$!
"$dir/blocks" "$seconds" "$blocks" >"$dir/blocks.log" 2>&1 &
mover=$!
status=0
wait "$readers" || status=$?
sed 's/^/# /' "$dir/log"
result "$status" "4 readers for $seconds s while page tables come and go"
status=0
wait "$mover" || status=$?
sed 's/^/# /' "$dir/blocks.log"
case $status in
4) result 0 "# SKIP $(tail -n 1 "$dir/blocks.log")" ;;
*) result "$status" "listings were read while at least $blocks memory blocks went offline, and came back" ;;
esac

rmmod ptdesc
strip -g -o "$dir/ptdesc.ko" "$module"	# small, and in the guest's own memory: what is to be loaded often
n=0
while [ "$n" -lt "$cycles" ] && insmod "$dir/ptdesc.ko" && read -r line <"$list" && [[ $line = "# ptdesc "* ]] && rmmod ptdesc; do
	n=$((n + 1))
done
[ "$n" = "$cycles" ]
result $? "loaded, read and unloaded $n times"

status=0
"$dir/failing" "$dir/ptdesc.ko" >"$dir/log" 2>&1 || status=$?
sed 's/^/# /' "$dir/log"
case $status in
4) result 0 "# SKIP $(tail -n 1 "$dir/log")" ;;
*) result "$status" "each allocation that fails is met with ENOMEM, or with nothing" ;;
esac

if [ -w "$leaks" ]; then
	# Twice: what is young is not called a leak.
	echo scan >"$leaks"
	sleep 6
	echo scan >"$leaks"
	found=$(grep -c '^unreferenced' "$leaks")
	[ "$found" = 0 ] || grep -A 20 '^unreferenced' "$leaks" | head -n 60 | sed 's/^/# /'
	result "$found" "kmemleak finds nothing ($found)"
else
	result 0 "# SKIP no kmemleak in this kernel"
fi

if dmesg | grep -aE -f selftests/complaints | head -n 5 | sed 's/^/# /' | grep .; then false; else true; fi
result $? "the kernel's log has no complaint"
finish

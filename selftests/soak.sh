#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Wears the inspector out, in a guest (make soak; best on a kernel that checks itself, KERNEL=debug-whole): readers against
# churning page tables while memory blocks go offline and come back, then hundreds of loads and unloads, then each allocation
# fails in its turn. The kernel's log and its search for leaks judge. Needs PTDESC_MODULE and a C compiler.
# Environment: SOAK_SECONDS (600) of reading, SOAK_CYCLES (500) loads
set -u
# shellcheck source-path=SCRIPTDIR source=ktap.bash
. "$(dirname "$(readlink -f "$0")")/ktap.bash"
seconds=${SOAK_SECONDS:-600} cycles=${SOAK_CYCLES:-500}
module=${PTDESC_MODULE:?is not set: ptdesc.ko}
list=/sys/kernel/debug/ptdesc
leaks=/sys/kernel/debug/kmemleak
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for p in readers failing; do
	cc -std=gnu11 -O2 -Wall -Wextra -Werror -Iinclude -o "$dir/$p" "selftests/soak/$p.c" -pthread || bail_out "cannot build $p.c"
done
insmod "$module" || bail_out "$module: cannot load"
plan 6
echo 24 >/proc/sys/vm/nr_hugepages

# Listings that begin in a memory block (the position is a pfn) while $dir/inside.go is there; a line for each.
read_block() {
	local size
	size=$(cat /sys/devices/system/memory/block_size_bytes)
	while [ -e "$dir/inside.go" ] && dd if="$list" iflag=skip_bytes skip=$((0x$(cat "$1/phys_index") * 0x$size / $(getconf PAGESIZE))) bs=4096 count=1 status=none >/dev/null; do
		echo
	done
}

# Each block that can be had goes and comes back, again and again while readers are there, one of them in that very block;
# the counts into $dir/blocks.
blocks() {
	local b reader gone=0 lost=0
	while kill -0 "$1" 2>/dev/null; do
		for b in /sys/devices/system/memory/memory*; do
			kill -0 "$1" 2>/dev/null || break
			: >"$dir/inside.go"
			read_block "$b" >>"$dir/inside" &
			reader=$!
			if { echo offline >"$b/state"; } 2>/dev/null; then
				gone=$((gone + 1))
				sleep 0.2
				{ echo online >"$b/state"; } 2>/dev/null || lost=$((lost + 1))
			fi
			rm "$dir/inside.go"
			wait "$reader"
		done
		[ "$gone" -gt 0 ] || sleep 1
	done
	echo "$gone $lost" >"$dir/blocks"
}

"$dir/readers" "$seconds" >"$dir/log" 2>&1 &
readers=$!
blocks "$readers" &
mover=$!
status=0
wait "$readers" || status=$?
wait "$mover"
sed 's/^/# /' "$dir/log"
result "$status" "4 readers for $seconds s while page tables come and go"
read -r gone lost <"$dir/blocks"
if [ ! -d /sys/devices/system/memory ]; then
	result 0 "# SKIP no memory hotplug"
else
	inside=$(wc -l <"$dir/inside")
	[ "$gone" -gt 0 ] && [ "$lost" = 0 ] && [ "$inside" -ge "$gone" ]
	result $? "memory blocks went offline meanwhile, $gone times, and came back; $inside listings began in them"
fi

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

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# No false alarm, in a guest (make storm): ptdesc-check runs again and again, over the processes of real load and over the
# whole machine, and nothing may ever be called violated, next to nothing unsettled. The load comes in phases, and each part of it
# must prove that it did its work. Needs PTDESC_MODULE, PTDESC_LINUX (what is compiled) and what storm/Makefile builds.
# What a run that found anything reported is kept in $PTDESC_OUT. Prints KTAP.
# Usage: storm.sh [PHASE...]	mapping, paging, servers, compilers, pressure; default: all
# Environment: STORM_CHECKS (10000000) tables judged, STORM_SECONDS (5400) at most for all of it, STORM_LOADS: only these loads
set -u
# shellcheck source-path=SCRIPTDIR source=ktap.bash
. "$(dirname "$(readlink -f "$0")")/ktap.bash"
checks=${STORM_CHECKS:-10000000} seconds=${STORM_SECONDS:-5400}
dir=$(mktemp -d)
chmod 755 "$dir"	# the database is another user's
out=${PTDESC_OUT:-$dir}
group=/sys/fs/cgroup/storm
programs=$PWD/build/storm
# shellcheck source-path=SCRIPTDIR source=storm/loads.bash
. selftests/storm/loads.bash

phases=(mapping paging servers compilers pressure)
[ $# = 0 ] || phases=("$@")
# Few at a time: whoever waits for a CPU with a lock in its hands makes the checker wait, too.
declare -A loads=(
	[mapping]="mapping khugepaged sparse"
	[paging]="paging ksm swap sparse"
	[servers]="redis postgres compaction"
	[compilers]="java compile ksm"
	[pressure]="reclaim hwpoison numa compaction sparse"
)

cgroups() {
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control && mkdir "$group" && echo +memory >"$group/cgroup.subtree_control" &&
		mkdir "$group/free" "$group/tight"
}

setup() {
	[ -d /sys/module/ptdesc ] || insmod "${PTDESC_MODULE:?is not set: ptdesc.ko}" || bail_out "$PTDESC_MODULE: cannot load"
	[ -x "$programs/checks" ] || bail_out "no $programs/checks (make storm builds it)"
	cgroups || bail_out "no cgroup2 with the memory controller"
	swap_on || bail_out "no swap"
	scan_flat_out
	dmesg -w >"$dir/dmesg" &
	log=$!
}

# phase NAME FACTS SECONDS: sums into $dir/sums.NAME
phase() {
	local name=$1 facts=$2 limit=$3 l why waiter status=0
	local started=()
	echo "# phase $name, with $(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo) MiB available"
	cp /proc/vmstat "$dir/vmstat"
	rm -f "$dir/done"
	for l in ${loads[$name]}; do
		[ -z "${STORM_LOADS:-}" ] || [[ " $STORM_LOADS " = *" $l "* ]] || continue
		if [ "$(type -t "can_$l")" = function ] && ! why=$("can_$l"); then
			result 0 "$name: $l # SKIP $why"
			continue
		fi
		"start_$l"
		started+=("$l")
	done
	{
		for l in "${started[@]}"; do
			until "did_$l" >/dev/null; do sleep 5; done
		done
		: >"$dir/done"
	} &
	waiter=$!
	# Ahead of the load, which gets what is left.
	nice -n -10 "$programs/checks" "$check" "$group" "$out" "$facts" "$limit" "$dir/done" >"$dir/sums.$name" 2> >(sed -u "s/^# */# $name: /") ||
		status=1
	result $status "$name: every run of the checker left a report"
	kill "$waiter" 2>/dev/null
	for l in "${started[@]}"; do
		[ "$(type -t "stop_$l")" != function ] || "stop_$l"
	done
	for l in "${started[@]}"; do
		status=0
		why=$("did_$l") || status=1
		result $status "$name: $l: $why"
		[ "$status" = 0 ] || tail -n 5 "$dir/log.$l" 2>/dev/null | sed 's/^/# /'
	done
	stop_all
}

# total NAME: over all phases
total() { cat "$dir"/sums.* | awk -v name="$1" '$1 == "sum" && $2 == name { n += $3 } END { printf "%d\n", n }'; }

table() {
	cat "$dir"/sums.* | awk '
		$1 == "invariant" { id = $2; unit[id] = $3; if (!(id in checked)) order[++n] = id
			checked[id] += $4; settled[id] += $5; unsettled[id] += $6; violated[id] += $7 }
		END {
			printf "# %-17s %12s %-8s %14s %10s %9s\n", "", "checked", "", "races settled", "unsettled", "violated"
			for (i = 1; i <= n; i++) { id = order[i]
				printf "# %-17s %12d %-8s %14d %10d %9d\n", id, checked[id], unit[id], settled[id], unsettled[id], violated[id] }
		}'
}

setup
start=$SECONDS left=${#phases[@]}
for p in "${phases[@]}"; do
	[ "$p" = "${phases[0]}" ] || done_so_far=$(total facts)
	phase "$p" $(((checks - ${done_so_far:-0}) / left)) $((seconds / ${#phases[@]}))
	left=$((left - 1))
done

table
tables=$(total tables) facts=$(total facts) unsettled=$(total unsettled) violated=$(total violated) failed=$(total failed)
echo "# $(total runs) runs in $((SECONDS - start)) s, $(total machines) of them of the machine; $(total processes) processes, $(total ended) that ended meanwhile"
[ "$facts" -ge "$checks" ]
result $? "$facts times an invariant of tables was judged on a table, in $tables walks of a table ($(total moved) moved meanwhile)"
[ "$violated" = 0 ]
result $? "none of it violated ($violated)"
[ $((unsettled * 10000)) -le "$facts" ]
result $? "at most 1 in 10000 unsettled ($unsettled)"
result "$failed" "every process could be checked (all but $failed)"
if grep -aE -f selftests/complaints "$dir/dmesg" | head -n 5 | sed 's/^/# /' | grep .; then false; else true; fi
result $? "the kernel's log has no complaint"
plan "$ktap_n"
kill "$log"
cp "$dir/dmesg" "$out/" 2>/dev/null
finish

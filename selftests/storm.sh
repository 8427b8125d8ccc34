#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# No false alarm, in a guest (make storm): ptdesc-check runs again and again, over the processes of real load and over the
# whole machine, and nothing may ever be called violated, next to nothing unsettled. The load comes in phases, and each part of it
# must prove that it did its work. Needs PTDESC_MODULE, PTDESC_LINUX (what is compiled) and what storm/Makefile builds.
# What a run that found anything reported is kept in $PTDESC_OUT. Prints KTAP.
#
# What is counted: a table check is one invariant, judged of one table. At most 1 in 10000 of these may be unsettled. What is judged
# of entries and pages has a sum and the same limit of its own. Sums (of an mm, a cgroup, a node, the machine) can only be compared
# while nothing changes them, and here something always does: how many of these are unsettled is shown and has no limit.
#
# Usage: storm.sh [PHASE...]	mapping, paging, servers, java, compilers, pressure; default: all
# Environment: STORM_CHECKS (10000000) table checks, STORM_SECONDS (5400) at most for all of it, STORM_LOADS: only these loads
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

phases=(mapping paging servers java compilers pressure)
[ $# = 0 ] || phases=("$@")
# Few at a time: whoever waits for a CPU with a lock in its hands makes the checker wait, too.
declare -A loads=(
	[mapping]="mapping khugepaged sparse"
	[paging]="paging ksm swap sparse"
	[servers]="redis postgres sparse"
	[java]="java compaction sparse"
	[compilers]="compile sparse"
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
	settings
	dmesg -w >"$dir/dmesg" &
	log=$!
	for p in "${phases[@]}"; do
		for l in ${loads[$p]}; do
			if [ "$(type -t "warm_$l")" != function ] || ! wanted "$l"; then continue; fi
			if [ "$(type -t "can_$l")" = function ] && ! "can_$l" >/dev/null; then continue; fi
			"warm_$l" || bail_out "$l cannot be made ready"
		done
	done
	echo "# ready after $SECONDS s"
}

wanted() { [ -z "${STORM_LOADS:-}" ] || [[ " $STORM_LOADS " = *" $1 "* ]]; }

# phase NAME FACTS SECONDS: sums into $dir/sums.NAME
phase() {
	local name=$1 facts=$2 limit=$3 l why waiter status=0
	local started=()
	echo "# phase $name, with $(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo) MiB available"
	cp /proc/vmstat "$dir/vmstat"
	rm -f "$dir/done"
	mkdir -p "$out/$name"
	for l in ${loads[$name]}; do
		wanted "$l" || continue
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
	nice -n -10 "$programs/checks" "$check" "$group" "$out/$name" "$facts" "$limit" "$dir/done" 2> >(sed -u "s/^# */# $name: /") >"$dir/sums.$name" ||
		status=1
	result $status "$name: every run of the checker left a report"
	kill "$waiter" 2>/dev/null
	for l in "${started[@]}"; do
		[ "$(type -t "stop_$l")" != function ] || "stop_$l"
	done
	local all=0
	for l in "${started[@]}"; do
		status=0
		why=$("did_$l") || status=1 all=1
		result $status "$name: $l: $why"
		[ "$status" = 0 ] || tail -n 5 "$dir/log.$l" 2>/dev/null | sed 's/^/# /'
	done
	[ "$all" = 0 ] || processes
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

# Where the table checks are from: the programs with most of them.
programs() {
	cat "$dir"/sums.* | awk '$1 == "program" { processes[$2] += $3; tables[$2] += $4; facts[$2] += $5; all += $5 }
		END { for (p in facts) printf "%s %d %d %d %.1f\n", p, processes[p], tables[p], facts[p], facts[p] * 100 / all }' |
		sort -k 4nr | head -n 24 | awk '
		BEGIN { printf "# %-17s %12s %12s %14s\n", "", "looked at", "tables", "table checks" }
		{ printf "# %-17s %12d %12d %14d %5.1f %%\n", $1, $2, $3, $4, $5 }'
}

# of_unit UNIT...: "CHECKED UNSETTLED" of all invariants with these units
of_unit() {
	cat "$dir"/sums.* | awk -v units=" $* " '$1 == "invariant" && index(units, " " $3 " ") { n += $4; u += $6 }
		END { printf "%d %d\n", n, u }'
}

# few UNSETTLED OF: at most 1 in 10000
few() { [ "$2" -gt 0 ] && [ $(($1 * 10000)) -le "$2" ]; }

setup
start=$SECONDS left=${#phases[@]} facts=0
for p in "${phases[@]}"; do
	phase "$p" $((checks > facts ? (checks - facts) / left : 0)) $(((seconds - SECONDS + start) / left))
	left=$((left - 1)) facts=$(total facts)
done

table
programs
tables=$(total tables) undecided=$(total undecided) violated=$(total violated) failed=$(total failed)
read -r entries entries_unsettled < <(of_unit entries pages)
read -r sums sums_unsettled < <(of_unit mm count nodes cgroups)
echo "# $(total runs) runs in $((SECONDS - start)) s, $(total machines) of them of the machine; $(total processes) processes, $(total ended) that ended meanwhile"
[ "$facts" -ge "$checks" ]
result $? "$facts table checks, in $tables walks of a table ($(total moved) moved meanwhile)"
[ "$violated" = 0 ]
result $? "none of it violated ($violated)"
few "$undecided" "$facts"
result $? "at most 1 in 10000 table checks unsettled ($undecided)"
few "$entries_unsettled" "$entries"
result $? "at most 1 in 10000 of $entries checks of entries and pages unsettled ($entries_unsettled)"
echo "# of $sums sums compared $sums_unsettled were unsettled, since they never rested"
result "$failed" "every process could be checked (all but $failed)"
if grep -aE -f selftests/complaints "$dir/dmesg" | head -n 5 | sed 's/^/# /' | grep .; then false; else true; fi
result $? "the kernel's log has no complaint"
plan "$ktap_n"
kill "$log"
cp "$dir/dmesg" "$out/" 2>/dev/null
finish

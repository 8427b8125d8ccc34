# shellcheck shell=bash disable=SC2154 # dir, group and out are storm.sh's
# SPDX-License-Identifier: GPL-2.0-only
# Sourced by storm.sh: the loads. For each NAME
#   start_NAME	starts it; its output is in $dir/log.NAME
#   did_NAME	prints what it has done so far, fails as long as that is nothing
#   warm_NAME	if there is one: before all load, gets into memory what would take minutes to come from the host beside it
#   can_NAME	if there is one: fails where it is impossible, and prints why
#   stop_NAME	if there is one: ends it before it is killed, since it tells only then what it did

# load NAME CGROUP COMMAND...: in the background; a function is a command, too
load() {
	local name=$1 cgroup=$group/$2
	shift 2
	{
		echo "$BASHPID" >"$cgroup/cgroup.procs"
		"$@"
	} </dev/null >>"$dir/log.$name" 2>&1 &
	disown
}

# The processes of the load, and where in the kernel those are that do not run.
processes() {
	local pid
	find "$group" -name cgroup.procs -exec cat {} + | while read -r pid; do
		[ -r "/proc/$pid/stat" ] || continue
		echo "# $pid $(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c 1-60) $(awk '{ print $(NF - 49), $(NF - 38), $(NF - 37) }' "/proc/$pid/stat")"
		head -n 6 "/proc/$pid/stack" | sed 's/^/#   /'
	done 2>/dev/null
}

# Of everything in the cgroup nothing is left.
stop_all() {
	local n=0
	echo 1 >"$group/cgroup.kill"
	while grep -q '^populated 1' "$group/cgroup.events"; do
		sleep 0.2
		n=$((n + 1))
		[ $((n % 200)) != 0 ] || { echo "# still there:"; processes; }
	done
	rm -rf "$dir"/{redis,stress,log.*}
}

# moved NAME...: prints how much counters of /proc/vmstat have gone up in this phase, all together; fails if not at all
moved() {
	awk -v names=" $* " '
		index(names, " " $1 " ") { n += NR == FNR ? -$2 : $2 }
		END { printf "%d\n", n; exit n <= 0 }' "$dir/vmstat" /proc/vmstat
}

# some NUMBER WHAT: prints both, fails if it is none
some() {
	echo "${1:-0} $2"
	[ "${1:-0}" -gt 0 ]
}

# last_line FILE: a number
last_line() { tail -n 1 "$1" 2>/dev/null | grep -x '[0-9]*' || echo 0; }

thp=/sys/kernel/mm/transparent_hugepage ksm=/sys/kernel/mm/ksm
set_all() { # VALUE FILE...: those that there are
	local f
	for f in "${@:2}"; do
		[ ! -w "$f" ] || echo "$1" >"$f"
	done
}

settings() {
	set_all always $thp/enabled $thp/defrag
	set_all advise $thp/shmem_enabled
	set_all 1 /proc/sys/kernel/numa_balancing
	set_all 100 /sys/kernel/debug/sched/numa_balancing/{scan_delay_ms,scan_period_min_ms}
	set_all 24 /proc/sys/vm/nr_hugepages
}

# Two areas, each a file in memory that cannot itself be swapped out.
swap_on() {
	local i kit
	if [ ! -e /dev/loop-control ] && kit=$(readlink -e "${PTDESC_LINUX%/*}/kit/$PTDESC_KIT/modules"); then
		modprobe -d "${kit%/lib/modules/*}" loop
	fi
	mkdir "$dir/swap"
	mount -t ramfs none "$dir/swap" || return
	swaps=()
	for i in 0 1; do
		truncate -s 256M "$dir/swap/$i" && mkswap -q "$dir/swap/$i" || return
		swaps[i]=$(losetup -f --show "$dir/swap/$i") && swapon "${swaps[i]}" || return
	done
}

# --- stress-ng's own

# stress NAME OPTION...
# May not break memory (hwpoison does): a file in memory keeps the broken page, and madvise would never get round again.
stress() {
	local name=$1
	shift
	mkdir "$dir/stress"
	load "$name" free exec setpriv --bounding-set=-sys_admin stress-ng --temp-path "$dir/stress" --yaml "$dir/stress.yaml" --metrics --timeout 0 "$@"
}

# They tell when they end, which takes them a while.
stop_stress() {
	local pid
	pid=$(pgrep -o -x stress-ng) || return
	kill -INT "$pid"
	timeout 600 tail --pid="$pid" -f /dev/null
	: >"$dir/stress/stopped"
}

# did_stress N: as long as it runs it has not said anything. Then each of N stressors must have gone round at least once.
did_stress() {
	if [ ! -e "$dir/stress/stopped" ]; then
		echo running
		pgrep -x stress-ng >/dev/null
		return
	fi
	awk -v wanted="$1" '
		/stressor:/ { name = $NF }
		/bogo-ops:/ { n++; text = text (n > 1 ? ", " : "") name " " $NF; if ($NF == 0) idle = idle " " name }
		END { print text " bogo ops" (idle == "" ? "" : "; nothing by" idle); exit n != wanted || idle != "" }' "$dir/stress.yaml"
}

start_mapping() { stress mapping --vm 1 --vm-bytes 128M --fork 1 --mmap 1 --mmap-bytes 8M --mremap 1 --mremap-bytes 16M; }
did_mapping() { did_stress 4; }
stop_mapping() { stop_stress; }

start_paging() { stress paging --madvise 1 --userfaultfd 1 --userfaultfd-bytes 1M --mmaphuge 1 --mmaphuge-mmaps 4 --pageswap 1; }
did_paging() { did_stress 4; }
stop_paging() { stop_stress; }

# --- what the kernel does by itself

# Flat out, which for all the time would leave little to the others; and no longer nicer than all of them.
khugepaged() { set_all "$1" $thp/khugepaged/{scan_sleep_millisecs,alloc_sleep_millisecs}; }
start_khugepaged() {
	set_all 16384 $thp/khugepaged/pages_to_scan
	khugepaged 0
	pgrep -x khugepaged | xargs renice -n 0 >/dev/null
	load khugepaged free exec "$programs/collapse"
}
stop_khugepaged() { khugepaged 10000; }
did_khugepaged() {
	local n
	n=$(moved thp_collapse_alloc)
	some "$n" "huge pages collapsed, $(moved thp_split_pmd) pmds split"
}

start_ksm() {
	set_all 0 $ksm/sleep_millisecs
	set_all 4000 $ksm/pages_to_scan
	set_all 1 $ksm/run
	pgrep -x ksmd | xargs renice -n 0 >/dev/null
	load ksm free exec "$programs/merge"
}
stop_ksm() { set_all 20 $ksm/sleep_millisecs; }
did_ksm() { some "$(cat /sys/kernel/mm/ksm/pages_shared)" "pages shared, by $(cat /sys/kernel/mm/ksm/pages_sharing), $(cat /sys/kernel/mm/ksm/full_scans) full scans"; }

compact() {
	while :; do
		echo 1 >/proc/sys/vm/compact_memory
		sleep 2
	done
}
start_compaction() { load compaction free compact; }
did_compaction() { some "$(moved compact_migrate_scanned)" "pages scanned by compaction, $(moved pgmigrate_success) migrated"; }

# --- a lot of tables

start_sparse() { load sparse free exec "$programs/sparse" 24; }
did_sparse() {
	local pid
	pid=$(pgrep -o -x sparse) || return
	some "$(awk '/^VmPTE/ { print $2 }' "/proc/$pid/status")" "KiB of tables"
}

# --- programs

redis() { redis-cli -s "$dir/redis/sock" "$@"; }
redis_load() {
	mkdir "$dir/redis"
	redis-server --port 0 --unixsocket "$dir/redis/sock" --dir "$dir/redis" --save '' --enable-debug-command yes &
	until redis ping >/dev/null 2>&1; do sleep 0.2; done
	redis debug populate 24000 key 8000
	redis-benchmark -s "$dir/redis/sock" -q -c 4 -l -t set,lpush,hset -r 20000 -d 4000 >/dev/null &
	while :; do
		redis bgsave >/dev/null
		sleep 0.5
	done
}
start_redis() { load redis free redis_load; }
did_redis() {
	local info
	info=$(redis info 2>/dev/null | tr -d '\r') || return
	some "$(sed -n 's/^rdb_saves://p' <<<"$info")" "BGSAVEs, $(sed -n 's/^total_commands_processed://p' <<<"$info") commands"
}

pg_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -n 1)
pg() {
	local program=$1
	shift
	setpriv --reuid postgres --regid postgres --init-groups env HOME="$dir/pg" "$pg_bin/$program" "$@"
}
postgres_load() {
	pg postgres -D "$dir/pg/data" -k "$dir/pg" -c listen_addresses= -c fsync=off -c shared_buffers=32MB -c huge_pages=off &
	until pg pg_isready -q -h "$dir/pg"; do sleep 0.5; done
	pg pgbench -h "$dir/pg" -i -q -s 1 postgres || return
	pg pgbench -h "$dir/pg" -n -c 4 -j 1 -T 100000 postgres
}
can_postgres() {
	[ -x "$pg_bin/postgres" ] || { echo "no PostgreSQL"; return 1; }
}
warm_postgres() {
	install -d -o postgres -g postgres "$dir/pg" &&
		pg initdb -D "$dir/pg/data" -A trust --no-sync --no-instructions >/dev/null
}
start_postgres() { load postgres free postgres_load; }
did_postgres() {
	local n
	n=$(pg psql -h "$dir/pg" -Atc 'select count(*) from pgbench_history' postgres 2>/dev/null) || n=0
	some "$n" "transactions of pgbench"
}

can_java() {
	command -v java >/dev/null || { echo "no JVM"; return 1; }
}
warm_java() { java -Xmx384m -XX:+UseG1GC -version >/dev/null 2>&1; }
start_java() { load java free exec java -Xmx384m -XX:+UseG1GC -cp "$programs" Heap 160; }
did_java() { some "$(last_line "$dir/log.java")" "garbage collections of the JVM"; }

# The kernel's mm/, again and again.
warm_compile() { cp -a "$programs/kbuild" "$dir/kbuild" && (cd "$dir/kbuild" && sh mm/util.sh); }
compile_load() {
	cd "$dir/kbuild" || return
	while :; do
		printf '%s\n' mm/*.sh
	done | xargs -P 2 -I '{}' sh -c 'sh {} && echo compiled {}'
}
start_compile() { load compile free compile_load; }
did_compile() { some "$(grep -c '^compiled' "$dir/log.compile")" "files of a kernel compiled"; }

# --- pressure

reclaim_load() {
	echo 160M >"$group/tight/memory.max"
	exec stress-ng --temp-path "$dir/stress" --timeout 0 --vm 1 --vm-bytes 220M --vm-keep --vm-method all --oomable
}
start_reclaim() {
	mkdir -p "$dir/stress"
	load reclaim tight reclaim_load
}
did_reclaim() {
	local n
	n=$(awk '$1 == "pgsteal" { print $2 }' "$group/tight/memory.stat")
	some "$n" "pages reclaimed from a memory cgroup at its limit, $(moved pswpout) swapped out, $(moved pswpin) in" && moved pswpout >/dev/null
}

# One of the areas at a time goes, with what is in it, and comes back.
swap_load() {
	local n=0
	"$programs/pageout" &
	while :; do
		swapoff "${swaps[n % 2]}" && swapon "${swaps[n % 2]}" && echo $((n + 1))
		n=$((n + 1))
		sleep 1
	done
}
start_swap() { load swap free swap_load; }
did_swap() {
	some "$(last_line "$dir/log.swap")" "times swapoff and swapon, $(moved pswpout) pages swapped out, $(moved pswpin) in" &&
		moved pswpin >/dev/null
}

can_hwpoison() {
	grep -q '^HardwareCorrupted' /proc/meminfo || { echo "the kernel has no CONFIG_MEMORY_FAILURE"; return 1; }
}
start_hwpoison() { load hwpoison free exec "$programs/poison"; }
did_hwpoison() { some "$(last_line "$dir/log.hwpoison")" "times SIGBUS from a broken page, $(awk '/^HardwareCorrupted/ { print $2 }' /proc/meminfo) KiB broken"; }

can_numa() {
	[ -d /sys/devices/system/node/node1 ] || { echo "one NUMA node: the kernel has no CONFIG_NUMA_EMU"; return 1; }
}
numa_load() {
	nice -n 10 "$programs/balance" &
	exec stress-ng --temp-path "$dir/stress" --timeout 0 --numa 1
}
start_numa() {
	mkdir -p "$dir/stress"
	load numa free numa_load
}
did_numa() { some "$(moved pgmigrate_success)" "pages migrated, $(moved numa_hint_faults) NUMA hinting faults" && moved numa_hint_faults >/dev/null; }

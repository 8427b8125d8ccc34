#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the checker and the inspector cost, as ratios within this one run (make bench runs it in guests). Asserts nothing
# about time. Needs PTDESC_MODULE, PTDESC_LINUX (page-types is built from it) and a C compiler.
# Usage: bench.sh [listing]	only what looks at the whole machine
#        bench.sh counted	only the checker, where a millisecond of CPU time is a million executed instructions (guest.sh)
#        bench.sh native	only the checker, on the machine that runs this (make bench-native): without a module; root, two CPUs
set -euo pipefail
# In a guest the files of a locale come through 9p: they would cost a command more than what it does here.
export LC_ALL=C
cd "$(dirname "$(readlink -f "$0")")/.."
check=${PTDESC_CHECK:-tools/ptdesc-check}
if [ "${1:-}" = native ]; then
	# shellcheck source-path=SCRIPTDIR source=qemu/cache.sh
	. selftests/qemu/cache.sh
	PTDESC_LINUX=$C/linux-6.1
fi
linux=${PTDESC_LINUX:?is not set: the directory of an unpacked kernel source}
mib=${BENCH_MIB:-1024}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# beside page-types: in a guest, programs elsewhere come through 9p anew each time
cp "$check" "$dir/ptdesc-check"
check=$dir/ptdesc-check

build() { cc -O2 -Wall -Wextra -Werror -o "$dir/$1" "selftests/bench/$1.c"; }
# How long it keeps a CPU to itself, and how much slower what is checked gets.
gentle() {
	build stretch
	"$dir/stretch" "$mib" "$check"
	build gentle
	"$dir/gentle" 1 "${BENCH_STARTS:-5}" "${BENCH_BLOCKS:-20}" "$check"
	"$dir/gentle" 16 "${BENCH_STARTS:-5}" "${BENCH_BLOCKS:-20}" "$check"
}

# tools/vm until v6.2, tools/mm since
source=$linux/tools/vm/page-types.c
[ -e "$source" ] || source=$linux/tools/mm/page-types.c
cc -O2 -w -I "$linux/tools/lib" -I "$linux/tools/lib/api" -I "$linux/tools/include" -o "$dir/page-types" "$source" \
	"$linux"/tools/lib/api/fs/fs.c "$linux"/tools/lib/api/debug.c "$linux"/tools/lib/str_error_r.c
echo "Linux $(uname -r), $(nproc) CPUs, $(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo) MiB"
if [ "${1:-}" = counted ]; then
	build measure
	echo "A millisecond here is a million executed instructions."
	"$dir/measure" "$mib" "$check" "$dir/page-types"
	exit
fi
if [ "${1:-}" != native ]; then
	[ -d /sys/module/ptdesc ] || insmod "$PTDESC_MODULE"
	insmod "${PTDESC_MODULE%/module/*}/selftests/bench/ptdesc_bench.ko"
	build listing
	"$dir/listing" 512 "$dir/page-types"
fi
if [ "${1:-}" != listing ]; then
	[ "${1:-}" = native ] || "$dir/listing" 16384 "$dir/page-types"
	build measure
	"$dir/measure" "$mib" "$check" "$dir/page-types"
	gentle
fi

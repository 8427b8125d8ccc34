#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every test there is (make check): builds all, tests the checker's pure parts on this machine, the sources, the harness
# itself, then boots each kit and runs the guest tests in it. What each section printed stays in build/check/ or
# build/check-ARCH/.
# Usage: check.sh [GUEST-TEST...]	with names: only these, in each kit
# Environment: ARCH: with another than x86_64 only the harness and the guest tests, on that one's series kernel, built here
# and emulated, or on another kit; KITS="series stock", or newest too, or with ARCH=s390x stock-s390x; PTDESC_REQUIRE=1 makes a
# skipped test a failed one (for CI that must not skip).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=qemu/cache.sh
. "$(dirname "$(readlink -f "$0")")/qemu/cache.sh"
# shellcheck source-path=SCRIPTDIR source=qemu/arch.sh
. "$qemu_dir/arch.sh"
cd "$tree"
arch=${ARCH:-x86_64}
arch_table "$arch"
# To a Makefile of the kernel ARCH means something else, and it would come from either.
unset ARCH MAKEFLAGS
if [ "$arch" = x86_64 ]; then kits=${KITS:-series stock}; else kits=${KITS:-$(arch_kit "$arch")}; fi
log=$tree/build/check${cross:+-$arch}
mkdir -p "$tree/build"
# Two at once would mix up what they print.
exec 6>"$log.lock"
flock -n 6 || { say "waiting for another run in this tree"; flock 6; }
rm -rf "$log"
mkdir -p "$log"

# section NAME COMMAND...: shows and keeps what the command prints. One that fails without saying "not ok" is itself not ok.
section() {
	local name=$1 start=$SECONDS status=0
	shift
	printf '\n== %s\n' "$name"
	"$@" 2>&1 | tee "$log/$name" || status=${PIPESTATUS[0]}
	# 4: all of it skipped, which its plan says.
	[ "$status" != 4 ] || ! grep -q '^1\.\.0 *# SKIP' "$log/$name" || status=0
	if [ "$status" -gt 1 ] || { [ "$status" = 1 ] && ! grep -qE '^ *not ok' "$log/$name"; }; then
		echo "not ok 0 ended with status $status$(during "$log/$name")" | tee -a "$log/$name"
	fi
	echo "== $name: $((SECONDS - start)) s"
}

# What a guest that died had last said.
during() {
	local last
	last=$(grep -aE '^ *(not )?ok ' "$1" | tail -n 1) || true
	echo "${last:+, after: ${last#"${last%%[! ]*}"}}"
}

timed() {
	local name=$1 start=$SECONDS
	shift
	"$@"
	echo "== $name: $((SECONDS - start)) s"
}

for kit in $kits; do
	case $arch,$kit in
	*,"$(arch_kit "$arch")") timed "$kit kernel" selftests/qemu/kernel.sh "$arch" ;;
	x86_64,stock | s390x,stock-s390x)
		selftests/qemu/source.sh pristine && timed "stock kernel" selftests/qemu/stock.sh "$arch"
		;;
	x86_64,newest) selftests/qemu/source.sh pristine && timed "newest kernel" selftests/qemu/kernel.sh newest ;;
	*) fail "KITS: $kit: no such kit for $arch ($(arch_kit "$arch")$(case $arch in x86_64) echo ", stock or newest" ;; s390x) echo " or stock-s390x" ;; esac))" ;;
	esac
	timed "modules for $kit" selftests/qemu/module.sh "$kit"
done
kselftest=$C/linux-6.1/tools/testing/selftests
if [ -z "$cross" ]; then
	timed ptdesc-check make -s -C tools
	timed "guest tests" make -s -C selftests KSELFTEST="$kselftest"
else
	timed "root of the guests" selftests/qemu/root.sh "$arch"
	# Where there is no walker for it, tests that need one say so.
	if [ -e "tools/arch/$arch.h" ]; then
		libs=$C/root/$arch/usr/lib/$triplet includes=$C/root/$arch/usr/include
		timed ptdesc-check make -s -C tools CROSS="$cross" ARCH="$arch" BUILD="$tree/build/$kits/tools" \
			PROGRAM="$tree/build/$kits/tools/ptdesc-check" LDFLAGS="$ldflags" LDLIBS_MORE="$ldlibs" \
			SYSROOTFLAGS="--sysroot=$C/root/$arch -B$libs -L$libs -isystem $includes/$triplet -isystem $includes"
	fi
	timed "guest tests" make -s -C selftests KSELFTEST="$kselftest" CROSS="$cross" ARCH="$arch" OUT="$tree/build/$kits/selftests"
fi

if [ $# = 0 ]; then
	if [ -z "$cross" ]; then
		section unit make -s -C selftests unit
		section native selftests/native.sh
		section sources selftests/qemu/sources.sh
		section drop-in selftests/install/drop-in.sh
		section dkms selftests/install/dkms.sh
	fi
	section harness selftests/qemu/harness.sh "${kits%% *}"
fi
# guest NAME KIT MIB ARGUMENTS TEST...: a section of guest tests.
guest() {
	local name=$1 run=(selftests/qemu/guest.sh "$2" -m "$3" -t 1500 -a "$4" -- selftests/run.sh "${@:5}")
	section "$name" "${run[@]}"
	# What guest.sh says about QEMU before 8.1, or about this machine's KVM: the whole section again, without.
	local avoid
	avoid=$(sed -n 's/^guest: .*PTDESC_TCG=\([a-z]*\) avoids it$/\1/p' "$log/$name" | head -n 1)
	if [ -n "$avoid" ]; then
		say "$name failed by QEMU's or KVM's fault: its tests again, with PTDESC_TCG=$avoid"
		PTDESC_TCG=$avoid section "$name" "${run[@]}"
	fi
}

for kit in $kits; do
	for boot in "${boots[@]}"; do
		name=$kit args=${boot#"${boot%% *}"}
		[ "${boot%% *}" = - ] || name=$kit-${boot%% *}
		guest "$name" "$kit" 2048 "$args" "$@"
	done
done
# What another boot makes different: 4 levels, isolated page tables, pages of 1 GiB, a zone for what can be moved, a
# page of the kernel's half that user space may call, and two nodes: the first is the first GiB, so that the next GiB is
# one node's; what is left behind it is less than the first has, else there would be a third.
if [ $# = 0 ] && [ -z "$cross" ]; then
	PTDESC_CORRUPTIONS='pgd-kernel-slot pti-copy-extra pti-kernel-slot table-movable count-on-other-node' \
		guest "${kits%% *}-pti" "${kits%% *}" 2976 \
		'no5lvl pti=on hugepagesz=1G hugepages=1 movablecore=512M vsyscall=emulate numa=fake=992M' injection lookup spaces walk
fi

printf '\n== all\n'
cd "$log"
# shellcheck disable=SC2035 # the sections that ran, by name
awk -v require="${PTDESC_REQUIRE:-}" -f "$tree/selftests/count.awk" *

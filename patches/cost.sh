#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Does part 1 of the series cost anything? Builds the kernel before and after it with the same options and compares the
# machine code function by function. What may have grown, and why, is in patches/cost/explained.
# Usage: cost.sh [ARCH...]	default: x86_64 arm64 s390x ppc64le
# Environment: AFTER=whole compares the whole series instead of part 1 (for looking: part 2 is meant to do more).
# x86_64: every object of a bzImage. The others: what uses page tables, that is mm/, fs/proc/, fs/hugetlbfs/, fork, exec and
# the architecture's own directories. The disassembly of what differs is left in build/cost/ARCH.diff.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../selftests/qemu/cache.sh
. "$(dirname "$(readlink -f "$0")")/../selftests/qemu/cache.sh"
# shellcheck source-path=SCRIPTDIR source=../selftests/qemu/arch.sh
. "$qemu_dir/arch.sh"
here=$tree/patches
after=${AFTER:-part1}
out=$tree/build/cost
mkdir -p "$out"
archs=("$@")
[ $# -gt 0 ] || archs=(x86_64 arm64 s390x ppc64le)

status=0
for arch in "${archs[@]}"; do
	arch_table "$arch"
	targets=(mm/ fs/proc/ fs/hugetlbfs/ fs/exec.o kernel/fork.o)
	case $arch in
	x86_64) targets=(bzImage) ;;
	arm64) targets+=(arch/arm64/mm/ arch/arm64/kernel/) ;;
	s390x) targets+=(arch/s390/mm/ arch/s390/kernel/ arch/s390/kvm/) ;;
	ppc64le) targets+=(arch/powerpc/mm/ arch/powerpc/kvm/) ;;
	*) fail "$arch: not compared (x86_64, arm64, s390x, ppc64le)" ;;
	esac
	for state in base "$after"; do
		"$here/state.sh" "$state" "$arch" "$here"/cost/{common,"$arch"}.config -- "${targets[@]}"
	done
	python3 "$here/cost.py" "$arch" "${cross}objdump" "$C"/state/{base,"$after"}/"$arch" "$here/cost/explained" "$out/$arch.diff" || status=1
done
exit "$status"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the series costs, in executed instructions per operation: the same program is PID 1 of the unpatched kernel, of
# one with part 1 and of one with the whole series, all with one configuration, under QEMU's -icount, which makes a run
# repeat exactly. Fails when part 1 adds instructions beyond the noise, which table.py names.
# Usage: check.sh [STATE...]	default: base part1 whole; needs no KVM
# Environment: RUNS=5 boots of each kernel with four levels of page tables, which must agree in every figure; two with five.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../qemu/cache.sh
. "$(dirname "$(readlink -f "$0")")/../qemu/cache.sh"
here=$tree/selftests/icount
out=$tree/build/icount
states=("$@")
[ $# -gt 0 ] || states=(base part1 whole)
mkdir -p "$out"

gcc -O2 -Wall -Wextra -Werror -static -s -o "$out/init" "$here/ops.c"
gcc -static -nostdlib -s -o "$out/trivial" "$here/trivial.S"
cat >"$out/initrd.list" <<END
dir /dev 0755 0 0
nod /dev/console 0600 0 0 c 5 1
file /init $out/init 0755 0 0
file /trivial $out/trivial 0755 0 0
END

# boot BZIMAGE CPU FILE: one run; leaves the figures in FILE.
boot() {
	timeout -k 5 600 qemu-system-x86_64 -accel tcg,thread=single -icount shift=0,sleep=off,align=off -smp 1 -seed 1 \
		-rtc base=2020-01-01,clock=vm -cpu "$2" -m 512 -nodefaults -no-user-config -display none -no-reboot -serial stdio \
		-kernel "$1" -initrd "$out/initrd" </dev/null >"$3.console" 2>&1 \
		-append "console=ttyS0 quiet panic=-1 nokaslr norandmaps randomize_kstack_offset=off" || true
	tr -d '\r' <"$3.console" | sed -n 's/^icount: \(.*\t.*\)/\1/p' >"$3"
	grep -q '^icount: end' "$3.console" || { tail -n 20 "$3.console" >&2; fail "$3: the guest did not come to an end"; }
}

for state in "${states[@]}"; do
	"$tree/patches/state.sh" "$state" x86_64 "$tree"/patches/cost/{common,x86_64}.config -- bzImage
	build=$C/state/$state/x86_64
	"$build/usr/gen_init_cpio" "$out/initrd.list" | gzip -n1 >"$out/initrd"
	runs=${RUNS:-5}
	for levels in 4 5; do
		model=max,-rdrand,-rdseed,-erms
		[ $levels = 5 ] || model=$model,-la57
		[ $levels = 4 ] || runs=2
		for ((run = 1; run <= runs; run++)); do
			boot "$build/arch/x86/boot/bzImage" "$model" "$out/$state.$levels.$run"
			cmp -s "$out/$state.$levels.1" "$out/$state.$levels.$run" ||
				fail "$state, $levels levels: run $run differs from run 1: diff $out/$state.$levels.{1,$run}"
		done
		cp "$out/$state.$levels.1" "$out/$state.$levels"
		say "$state, $levels levels: $runs runs agree"
	done
done
for levels in 4 5; do
	python3 "$here/table.py" "$levels" "$out"/{base,part1,whole}.$levels
done

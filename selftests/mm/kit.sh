#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes a kit for guest.sh in which the kernel's own mm selftests can run: kernel, modules, and the tests of the same
# source, built against that source's headers.
# Usage: kit.sh base|whole [debug]	the kit is called mm-base, mm-whole, debug-base, debug-whole
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../qemu/cache.sh
. "$(dirname "$(readlink -f "$0")")/../qemu/cache.sh"
mm=$tree/selftests/mm
state=$1 kind=${2:-mm}
name=$kind-$state
build=$C/state/$state/$kind kit=$C/kit/$name

configs=("$qemu_dir"/{guest,x86_64}.config "$mm/mm.config")
[ "$kind" = mm ] || configs+=("$mm/$kind.config")
"$tree/patches/state.sh" "$state" x86_64 "${configs[@]}" -- bzImage modules headers

tests=$build/selftests
mkdir -p "$tests" "$kit"
selftests() {
	run "$tests/$1.log" make -s -C "$C/state/$state/source/tools/testing/selftests/$1" OUTPUT="$tests" \
		KHDR_INCLUDES="-isystem $build/usr/include" CAN_BUILD_I386=0 "${@:2}"
}
selftests vm all
# Its Makefile builds ldt_gdt only where there is a compiler for 32 bits, which the test does not need.
selftests x86 TARGETS_C_BOTHBITS="ldt_gdt test_mremap_vdso" "$tests"/{ldt_gdt,test_mremap_vdso}_64
selftests cgroup "$tests"/test_memcontrol
cp "$C/state/$state/source/tools/testing/selftests/vm/"*.sh "$tests/"
run "$tests/memory_returns.log" make -s -C "$tree/selftests" memory_returns
run "$build.modules.log" make -s -C "$C/state/$state/source" O="$build" INSTALL_MOD_PATH="$build/root" modules_install

rm -f "$kit/release"
ln -sfn "$build" "$kit/build"
cp "$build/arch/x86/boot/bzImage" "$kit/bzImage"
"$qemu_dir/initrd.sh" "$name"
make -s -C "$C/state/$state/source" O="$build" kernelrelease >"$kit/release"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests make drop-in on a copy of the series' source: it builds there, as a module and into the kernel, with the tests beside
# it; twice is as once; nothing is left when it is taken away; the original is never touched. And what kernels too old or too
# new are told. Prints KTAP.
# Usage: drop-in.sh [SOURCE]	another kernel's
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=../qemu/cache.sh
. "$(dirname "$(readlink -f "$0")")/../qemu/cache.sh"
original=$(readlink -f "${1:-$C/series/source}")
# shellcheck source-path=SCRIPTDIR source=../ktap.bash
. "$tree/selftests/ktap.bash"
dropin=$tree/module/drop-in.sh

share series
[ -d "$original" ] || skip_all "no ${1:-$C/series/source} (make kernel)"
out=$(mktemp -d -p "$C" drop-in.XXXXXX) || exit 1
ktap_log=$out/log
trap 'rm -rf "$out"' EXIT
plan 13

# Hard links to what is needed.
copy=$out/linux build=$out/build
mkdir "$copy" "$build"
(
	cd "$original" || exit 1
	{
		find . \( -name 'Kconfig*' -o -name 'Makefile*' -o -name 'Kbuild*' \) -type f -print0
		# not in 6.1
		[ ! -d tools/docs ] || find tools/docs -print0
		find arch/x86 certs Documentation/ABI/testing include init kernel lib mm scripts usr tools/{arch,build,include,lib,objtool,scripts} \
			tools/testing/selftests/{kselftest,lib.mk,kselftest.h,kselftest_harness.h} -print0
	} | cpio -0pdl --quiet "$copy"
) 2>"$ktap_log" || { cat "$ktap_log"; echo "Bail out! cannot link $original"; exit 1; }
# What is there, each file by its inode: one that was written to in place stays the same.
state() { (cd "$copy" && find . -type f -printf '%p %i %m\n' | sort; sha256sum "${edited[@]/#/$original/}"); }
edited=(mm/Makefile mm/Kconfig.debug tools/testing/selftests/Makefile)
kbuild() {
	make -C "$copy" O="$build" ARCH=x86_64 CC="ccache gcc" -j"$jobs" -s "$@" >"$ktap_log" 2>&1 && ! grep -B 2 -A 10 'warning:' "$ktap_log"
}
export CCACHE_DIR=$C/ccache CCACHE_MAXSIZE=5G
export KBUILD_BUILD_TIMESTAMP='Thu Jan 1 00:00:00 UTC 1970' KBUILD_BUILD_USER=ptdesc KBUILD_BUILD_HOST=ptdesc
unset MAKEFLAGS

state >"$out/pristine"
"$dropin" "$copy" >"$ktap_log" 2>&1
result $? "is put into the source of Linux $(make -s -C "$original" kernelversion)"
state >"$out/once"
"$dropin" "$copy" >"$ktap_log" 2>&1 && state >"$out/twice" && cmp "$out/once" "$out/twice" >"$ktap_log" 2>&1
result $? "twice is as once"
[ "$(cd "$copy" && cat "${edited[@]}" | diff <(cd "$original" && cat "${edited[@]}") - | grep -c '^[<>]')" = 3 ]
result $? "three lines are added to files of the kernel"

cat >"$out/config" <<-'CONFIG'
	CONFIG_64BIT=y
	CONFIG_SMP=y
	CONFIG_MODULES=y
	CONFIG_DEBUG_KERNEL=y
	CONFIG_DEBUG_FS=y
	CONFIG_CGROUPS=y
	CONFIG_MEMCG=y
	CONFIG_SPARSEMEM_VMEMMAP=y
	CONFIG_TRANSPARENT_HUGEPAGE=y
CONFIG
for how in m y; do
	echo "CONFIG_PTDESC_DEBUGFS=$how" | cat "$out/config" - >"$out/config.$how"
	KCONFIG_ALLCONFIG=$out/config.$how kbuild allnoconfig && kbuild prepare && grep -x "CONFIG_PTDESC_DEBUGFS=$how" "$build/.config" >"$ktap_log"
	result $? "CONFIG_PTDESC_DEBUGFS=$how can be had"
	kbuild W=1 mm/ptdesc/ && case $how in
	m) nm "$build/mm/ptdesc/ptdesc.o" | grep -w init_module ;;
	y) ar t "$build/mm/ptdesc/built-in.a" | grep debugfs && nm "$build/mm/ptdesc/main.o" | grep initcall ;;
	esac >>"$ktap_log" 2>&1
	result $? "... and is built, with W=1"
done

# refused WHAT SENTENCE MAKE-ARG...: it is not built there, and that sentence is all that there is to read.
refused() {
	! kbuild mm/ptdesc/line.o "${@:3}" && [ "$(grep -c 'error:' "$ktap_log")" = 1 ] && grep -q "error: .*$2" "$ktap_log"
	result $? "$1 is refused in a sentence"
}
refused "a kernel before struct ptdesc" "needs Linux 6.6 or newer" ptdesc-mm="$C/linux-6.1/include/linux/mm_types.h"
printf '%s\n' '#include <linux/mm.h>' '#undef page_ptdesc' >"$out/apart.h"
refused "a kernel with descriptors of their own" "for Linux up to" KCFLAGS="-include $out/apart.h"

kbuild headers && make -s -C "$copy/tools/testing/selftests" O="$build" KBUILD_OUTPUT="$build" TARGETS=ptdesc FORCE_TARGETS=1 USERCFLAGS=-Werror >"$ktap_log" 2>&1 &&
	[ -x "$build/kselftest/ptdesc/listing_format" ]
result $? "the kernel's own make builds the tests"

"$dropin" -r "$copy" >"$ktap_log" 2>&1 && state >"$out/removed" &&
	diff <(awk '{ print $1, $3 }' "$out/pristine") <(awk '{ print $1, $3 }' "$out/removed") >"$ktap_log" &&
	(cd "$copy" && cat "${edited[@]}") | cmp - <(cd "$original" && cat "${edited[@]}") >"$ktap_log" 2>&1
result $? "nothing is left when it is taken away"
diff <(tail -n 3 "$out/pristine") <(tail -n 3 "$out/removed") >"$ktap_log"
result $? "the tree that shares its files was not touched"
sed -i 's/^struct ptdesc {/struct other {/' "$copy/include/linux/mm_types.h"
state >"$out/pristine"
! "$dropin" "$copy" 2>"$ktap_log" && state | cmp - "$out/pristine" >>"$ktap_log" && [ "$(wc -l <"$ktap_log")" = 1 ] && grep -q 'no struct ptdesc' "$ktap_log"
result $? "a kernel without struct ptdesc is refused in a sentence, and left as it was"
finish

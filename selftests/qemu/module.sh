#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds ptdesc.ko and the modules of the tests for a kit in build/KIT, a farm of symlinks to the sources: no two kits share
# objects. Tests' modules are ptdesc_inject.ko (x86_64) and those of selftests/arch/ARCH/Kbuild.
# Usage: module.sh KIT [DIR...]	for a kit, and the modules of these directories besides
#        module.sh for KDIR	for a built kernel tree or headers directory; only ptdesc.ko, left in module/
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
# shellcheck source-path=SCRIPTDIR source=arch.sh
. "$qemu_dir/arch.sh"
kbuild=(make --no-print-directory)
if [ "$1" = for ]; then
	farm=$tree/build/module kdir=$2 parts=(module)
else
	arch=$(kit_arch "$1")
	arch_table "$arch"
	farm=$tree/build/$1 kdir=$C/kit/$1/build parts=(module)
	# Those look at what only the series has.
	[[ $1 = stock-* || ! -d $tree/selftests/arch/$arch ]] || parts+=("selftests/arch/$arch")
	# The debug kernels have the locks of tables in a slab, which no module can allocate from.
	[[ $arch != x86_64 || $1 = debug-* ]] || parts+=(selftests/inject)
	parts+=("${@:2}")
	kbuild+=(ARCH="$karch" CROSS_COMPILE="$cross")
fi
[ -e "$kdir/Makefile" ] || fail "$kdir is not a kernel's build directory (KDIR=DIR names one)"

mkdir -p "$farm"
exec 8>"$farm/.lock"
flock 8
# A module's BTF refers to that of the very vmlinux that it was built for, and the kernel refuses another one's (EINVAL):
# nothing that was built for another build of the kernel is kept.
kernel=$(readlink -f "$kdir"; stat -c '%n %s %Y' "$kdir"/{vmlinux,.config} 2>/dev/null || true)
if [ "$(cat "$farm/.kernel" 2>/dev/null)" != "$kernel" ]; then
	find "$farm" -type f ! -name .lock -delete
	echo "$kernel" >"$farm/.kernel"
fi
find "$farm" -xtype l -delete
(cd "$tree" && find include "${parts[@]}" \( -name '*.[ch]' -o -name Kbuild -o -name Kconfig \) ! -name '*.mod.c') |
	while read -r f; do
		[ -L "$farm/$f" ] && continue
		mkdir -p "$farm/$(dirname "$f")"
		ln -s "$tree/$f" "$farm/$f"
	done
for m in "${parts[@]}"; do
	[ -e "$farm/$m/Kbuild" ] || continue
	# stdout of the compiler is only interesting with V=1; warnings are errors.
	run "$farm/$(basename "$m").log" "${kbuild[@]}" -C "$kdir" M="$farm/$m" -j"$jobs" KCFLAGS=-Werror modules
done
[ "$1" != for ] || cp "$farm/module/ptdesc.ko" "$tree/module/ptdesc.ko"

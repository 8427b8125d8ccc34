#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds ptdesc.ko and ptdesc_inject.ko for a kit in build/KIT, a farm of symlinks to the sources: no two kits share objects.
# Usage: module.sh KIT		for a kit
#        module.sh for KDIR	for a built kernel tree or headers directory; only ptdesc.ko, left in module/
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
if [ "$1" = for ]; then
	farm=$tree/build/module kdir=$2 parts=(module)
else
	farm=$tree/build/$1 kdir=$C/kit/$1/build parts=(module selftests/inject)
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
(cd "$tree" && find include module selftests/inject \( -name '*.[ch]' -o -name Kbuild -o -name Kconfig \) ! -name '*.mod.c') |
	while read -r f; do
		[ -L "$farm/$f" ] && continue
		mkdir -p "$farm/$(dirname "$f")"
		ln -s "$tree/$f" "$farm/$f"
	done
for m in "${parts[@]}"; do
	[ -e "$farm/$m/Kbuild" ] || continue
	# stdout of the compiler is only interesting with V=1; warnings are errors.
	run "$farm/$(basename "$m").log" make --no-print-directory -C "$kdir" M="$farm/$m" -j"$jobs" KCFLAGS=-Werror modules
done
[ "$1" != for ] || cp "$farm/module/ptdesc.ko" "$tree/module/ptdesc.ko"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds ptdesc.ko and ptdesc_inject.ko for a kit in build/KIT, a farm of symlinks to the sources: no two kits share objects.
# Usage: module.sh KIT [KDIR]	KDIR: a built kernel tree or headers directory, default the kit's
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
kdir=${2:-$C/kit/$1/build}
farm=$tree/build/$1
[ -e "$kdir/Makefile" ] || fail "$kdir is not a kernel's build directory"

mkdir -p "$farm"
exec 8>"$farm/.lock"
flock 8
find "$farm" -xtype l -delete
(cd "$tree" && find include module selftests/inject \( -name '*.[ch]' -o -name Kbuild -o -name Kconfig \) ! -name '*.mod.c') |
	while read -r f; do
		[ -L "$farm/$f" ] && continue
		mkdir -p "$farm/$(dirname "$f")"
		ln -s "$tree/$f" "$farm/$f"
	done
for m in module selftests/inject; do
	[ -e "$farm/$m/Kbuild" ] || continue
	# stdout of the compiler is only interesting with V=1; warnings are errors.
	run "$farm/$(basename "$m").log" make --no-print-directory -C "$kdir" M="$farm/$m" -j"$jobs" KCFLAGS=-Werror modules
done

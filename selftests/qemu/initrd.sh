#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the initrd of a kit: our static PID 1 and the modules without which the kit's kernel cannot reach 9p.
# Usage: initrd.sh KIT [ROOT RELEASE MODULE...]	modules by name, from ROOT/lib/modules/RELEASE, their dependencies first.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"

# shellcheck source-path=SCRIPTDIR source=arch.sh
. "$qemu_dir/arch.sh"
arch_table "$(kit_arch "$1")"
kit=$C/kit/$1
root=${2:-} release=${3:-}
shift $(($# < 3 ? $# : 3))

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{dev,proc,sys,host,lower,call,lib}
"${cross}gcc" -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -static -s -o "$work/init" "$qemu_dir/init.c"
for m; do
	# --show-depends names them in load order; it leaves out what is built in.
	modprobe -d "$root" -S "$release" --show-depends "$m" | awk '$1 == "insmod" { print $2 }'
done | awk '!seen[$0]++' | while read -r file; do
	name=lib/$(basename "$file" .xz)
	case $file in
	*.xz) xz -dc "$file" >"$work/$name" ;;
	*) cp "$file" "$work/$name" ;;
	esac
	echo "/$name" >>"$work/modules"
done
(cd "$work" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 | gzip -1) >"$kit/initrd.new"
mv "$kit/initrd.new" "$kit/initrd"

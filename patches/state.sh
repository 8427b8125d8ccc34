#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds a kernel, or objects of one, in a state of the series, so that states can be compared.
#
# Usage: state.sh STATE ARCH CONFIG... -- TARGET...
#   STATE   base: linux-source-6.1 as it is; part1: with the patches above the line "# part 2" of patches/6.1/series;
#           whole: with all of them
#   ARCH    as for make check: x86_64, arm64, ...
#   CONFIG  files with options, the later ones win; whatever none of them names is n
#   TARGET  of the kernel's make
# The source is $C/state/STATE/source (hard links to the pristine one), the build $C/state/STATE/NAME, NAME being that of
# the last CONFIG without ".config", and ".log" the log. What was built of the same source with the same options stays.
# Without debug information text does not depend on where a tree is: __FILE__ is relative (-fmacro-prefix-map).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../selftests/qemu/cache.sh
. "$(dirname "$(readlink -f "$0")")/../selftests/qemu/cache.sh"
# shellcheck source-path=SCRIPTDIR source=../selftests/qemu/arch.sh
. "$qemu_dir/arch.sh"
patches=${PTDESC_PATCHES:-$tree/patches/6.1}
pristine=$C/linux-6.1

state=$1 arch=$2
shift 2
configs=()
while [ "$1" != -- ]; do configs+=("$(readlink -f "$1")"); shift; done
shift
arch_table "$arch"
command -v "${cross}gcc" >/dev/null || fail "${cross}gcc: not found (run: make setup)"

[ "$state" = base ] || grep -q '^# part 2' "$patches/series" || fail "patches/6.1/series has no line \"# part 2\": where does part 1 end?"
case $state in
base) series= ;;
part1) series=$(sed '/^# part 2/,$d; s/#.*//; s/[[:space:]]*$//; /^$/d' "$patches/series") ;;
whole) series=$(sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$patches/series") ;;
*) fail "$state: no such state (base, part1, whole)" ;;
esac

"$qemu_dir/source.sh" pristine
lock "state-$state"
dir=$C/state/$state
stamp=$({ cat "$pristine/.ptdesc-version"; cd "$patches" && for p in $series; do sha256sum <"$p"; done; } | sha256sum)
if [ "$(cat "$dir/stamp" 2>/dev/null)" != "$stamp" ]; then
	rm -rf "$dir"
	mkdir -p "$dir"
	cp -al "$pristine" "$dir/source"
	for p in $series; do
		# patch writes a new file and renames it: the pristine one that shares the inode stays as it is.
		run "$dir/patch.log" patch -d "$dir/source" -s -p1 -N --fuzz=0 -r - --no-backup-if-mismatch -i "$patches/$p"
	done
	echo "$stamp" >"$dir/stamp"
fi

name=$(basename "${configs[-1]}" .config)
lock "state-$state-$name"
build=$dir/$name
mkdir -p "$build"
export KBUILD_BUILD_TIMESTAMP='Thu Jan 1 00:00:00 UTC 1970' KBUILD_BUILD_USER=ptdesc KBUILD_BUILD_HOST=ptdesc

kmake() {
	nice make -C "$dir/source" O="$build" ARCH="$karch" CROSS_COMPILE="$cross" CC="ccache ${cross}gcc" -j"$jobs" "$@"
}

# One line per option, the last that was given.
awk '
	/^CONFIG_/ { name = $0; sub(/=.*/, "", name) }
	/^# CONFIG_[A-Za-z0-9_]* is not set/ { name = $2 }
	name != "" { line[name] = $0; if (!(name in at)) order[at[name] = ++n] = name; name = "" }
	END { for (i = 1; i <= n; i++) print line[order[i]] }' "${configs[@]}" >"$build.requested"
if ! cmp -s "$build.requested" "$build/.requested"; then
	# An object that the new options leave out would be compared.
	find "$build" -name '*.o' -delete
	KCONFIG_ALLCONFIG=$build.requested run "$build.log" kmake -s allnoconfig
	while read -r line; do
		case $line in
		*=n | "#"*) name=${line#\# }; name=${name%%[= ]*}; ! grep -q "^$name=" "$build/.config" ;;
		*) grep -qxF "$line" "$build/.config" ;;
		esac || fail "$state, $arch: $line was asked for and not taken"
	done <"$build.requested"
	cp "$build.requested" "$build/.requested"
fi
rm -f "$build.requested"
run "$build.log" kmake "$@"

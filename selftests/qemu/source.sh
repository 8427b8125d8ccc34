#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Brings the source that the series kernel is built from up to date: $C/series/source is Debian's linux-source-6.1, the
# pristine copy of which is $C/linux-6.1, with patches/6.1/series applied. Only files whose content changes are touched,
# so that make rebuilds only what a changed patch changed.
# Usage: source.sh [pristine]	pristine: only unpack $C/linux-6.1. PTDESC_PATCHES: another series than the tree's.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
tarball=/usr/src/linux-source-6.1.tar.xz
patches=${PTDESC_PATCHES:-$tree/patches/6.1}
pristine=$C/linux-6.1
source=$C/series/source

share series
version=$(dpkg-query -W -f '${Version}' linux-source-6.1 2>/dev/null) || fail "linux-source-6.1 is not installed (run: make setup)"
# Nobody builds from the source while it changes.
alone() { flock -n 7 || { say "waiting for a build in $C"; flock 7; }; }
fresh() { [ "$(cat "$pristine/.ptdesc-version" 2>/dev/null)" = "$version" ]; }
fresh || alone
if ! fresh; then
	say "unpacking linux-source-6.1 $version"
	rm -rf "$pristine" "$C/series" "$C/unpack"
	mkdir -p "$C/unpack"
	tar -C "$C/unpack" -xf "$tarball"
	echo "$version" >"$C/unpack/linux-source-6.1/.ptdesc-version"
	mv "$C/unpack/linux-source-6.1" "$pristine"
	rmdir "$C/unpack"
fi
[ "${1:-}" != pristine ] || exit 0

[ -s "$patches/series" ] || fail "patches/6.1/series is missing or empty: nothing to build"
mapfile -t series < <(sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$patches/series")
for p in "${series[@]}"; do
	[ -s "$patches/$p" ] || fail "patches/6.1/series names $p, which is not there"
done
stamp=$({ echo "$version"; cd "$patches" && sha256sum "${series[@]}"; } | sha256sum)
applied() { [ "$(cat "$C/series/stamp" 2>/dev/null)" = "$stamp" ]; }
! applied || exit 0
alone
! applied || exit 0

if [ ! -d "$source" ]; then
	mkdir -p "$C/series"
	rm -rf "$source.new"
	cp -al "$pristine" "$source.new"
	mv "$source.new" "$source"
fi

# Patch copies of the files that the series names, beside the tree.
work=$C/series/work
rm -rf "$work"
mkdir -p "$work"
(cd "$patches" && sed -n 's#^\(---\|+++\) [ab]/\([^	]*\).*#\2#p' "${series[@]}") | sort -u >"$work.paths"
(cd "$pristine" && while read -r f; do [ ! -e "$f" ] || echo "$f"; done <"$work.paths" | xargs -r cp --parents -pt "$work")
for p in "${series[@]}"; do
	(cd "$work" && patch -s -p1 -N --fuzz=0 -r - --no-backup-if-mismatch) <"$patches/$p" >"$C/series/patch.log" 2>&1 || {
		cat "$C/series/patch.log" >&2
		fail "patches/6.1/$p does not apply to linux-source-6.1 $version"
	}
done

touch "$C/series/touched"
# What this series or the one before it touched, to its new state.
rm -f "$C/series/stamp"
changed=0
while read -r f; do
	want=$work/$f
	[ -e "$want" ] || grep -qxF "$f" "$work.paths" || want=$pristine/$f
	if [ ! -e "$want" ]; then
		rm -f "${source:?}/$f"
	elif ! cmp -s "$want" "$source/$f"; then
		mkdir -p "$(dirname "$source/$f")"
		# Never through the hard link that it may be.
		cp --remove-destination "$want" "$source/$f"
		changed=$((changed + 1))
	fi
done < <(sort -u "$work.paths" "$C/series/touched" 2>/dev/null)
cp "$work.paths" "$C/series/touched"
rm -rf "$work" "$work.paths"
echo "$stamp" >"$C/series/stamp"
say "${#series[@]} patches applied to linux-source-6.1 $version, $changed files changed"

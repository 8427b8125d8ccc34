#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Check patches/6.1 as a reviewer would: each patch applies to Debian's source with
# git am (no fuzz, no offset into the wrong place: the whole context must match),
# passes checkpatch --strict, and with -b builds.
#
# usage: patches/check.sh [-b FRAGMENT] [-t TARBALL] [-w DIR]
#   -b FRAGMENT  build mm/, arch/x86/ and fs/proc/ after each patch, with the options
#                in the file FRAGMENT (all others are n); ARCH is x86_64
#   -t TARBALL   the source, default /usr/src/linux-source-6.1.tar.xz
#   -w DIR       where to unpack and build; default a temporary directory
# Exit status: 0 all well, 1 a patch is bad, 2 could not check.

die() { echo "check.sh: $*" >&2; exit 2; }

top=$(cd "$(dirname "$0")/.." && pwd) || exit 2
tarball=/usr/src/linux-source-6.1.tar.xz
fragment=
work=
while getopts b:t:w: opt; do
	case $opt in
	b) fragment=$(realpath "$OPTARG") || exit 2 ;;
	t) tarball=$OPTARG ;;
	w) work=$OPTARG ;;
	*) die "usage: patches/check.sh [-b FRAGMENT] [-t TARBALL] [-w DIR]" ;;
	esac
done
[ -r "$tarball" ] || die "$tarball: no such file (apt-get install linux-source-6.1)"
[ -z "$fragment" ] || [ -r "$fragment" ] || die "$fragment: cannot read"

if [ -z "$work" ]; then
	work=$(mktemp -d) || exit 2
	trap 'rm -rf "$work"' EXIT
	trap 'exit 2' INT TERM
fi
mkdir -p "$work" && work=$(cd "$work" && pwd) || exit 2

# What checkpatch is told to overlook; patches/6.1/README says why.
ignore=MISSING_SIGN_OFF,AVOID_BUG,CAMELCASE,MACRO_ARG_REUSE,UNKNOWN_COMMIT_ID

tree=$work/linux
if [ ! -d "$tree/.git" ]; then
	mkdir -p "$tree"
	tar -C "$tree" --strip-components=1 -xf "$tarball" || die "$tarball: cannot unpack"
	git -C "$tree" init -q
	git -C "$tree" config user.name check
	git -C "$tree" config user.email check@localhost
	git -C "$tree" config gc.auto 0
	git -C "$tree" add -f -A . && git -C "$tree" commit -q -m base &&
		git -C "$tree" tag base || die "$tree: cannot make a repository"
fi
git -C "$tree" am -q --abort 2>/dev/null
git -C "$tree" checkout -q -f base || die "$tree: cannot go back to the base"

build() {
	nice make -s -C "$tree" O="$work/out" ARCH=x86_64 -j"$(nproc)" \
		CC="$(command -v ccache) gcc" "$@"
}

if [ -n "$fragment" ]; then
	KCONFIG_ALLCONFIG=$fragment build allnoconfig || die "$fragment: cannot configure"
fi

bad=0
listed=$(grep -v '^#' "$top/patches/6.1/series")
for patch in $listed; do
	file=$top/patches/6.1/$patch
	if ! git -C "$tree" am -q "$file"; then
		echo "$patch: does not apply" >&2
		exit 1
	fi
	if ! said=$(cd "$tree" && scripts/checkpatch.pl --strict --terse --quiet \
			--show-types --ignore "$ignore" "$file"); then
		echo "$said" | grep -v '^total:' >&2
		bad=1
	fi
	if [ -n "$fragment" ] && ! build mm/ arch/x86/ fs/proc/; then
		echo "$patch: does not build" >&2
		bad=1
	fi
done

# Nothing that is not listed, nothing listed twice.
for file in "$top"/patches/6.1/0*.patch; do
	name=$(basename "$file")
	[ "$name" = 0000-cover-letter.patch ] && continue
	if [ "$(echo "$listed" | grep -cxF "$name")" != 1 ]; then
		echo "$name: not in the series file exactly once" >&2
		bad=1
	fi
done
[ $bad = 0 ] && echo "$(echo "$listed" | wc -l) patches apply and pass"
exit $bad

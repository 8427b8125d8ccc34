#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Check patches/6.1 as a reviewer would: each patch applies to Debian's source with
# git am (no fuzz, no offset into the wrong place: the whole context must match),
# passes checkpatch --strict, and with -b builds; and nothing is left behind that
# the series is to remove.
#
# usage: patches/check.sh [-b FRAGMENT] [-f NUMBER] [-j JOBS] [-t TARBALL] [-w DIR]
#   -b FRAGMENT  build mm/, arch/x86/ and fs/proc/ after each patch that changes
#                something they are made of, with the options in the file FRAGMENT
#                (all others are n); ARCH is x86_64. A new warning fails, too
#   -f NUMBER    build from this patch on; for going on after an interruption
#   -j JOBS      of make, default as many as there are CPUs
#   -t TARBALL   the source, default /usr/src/linux-source-6.1.tar.xz
#   -w DIR       where to unpack and build, kept; default a temporary directory
# Exit status: 0 all well, 1 a patch is bad, 2 could not check.

die() { echo "check.sh: $*" >&2; exit 2; }

top=$(cd "$(dirname "$0")/.." && pwd) || exit 2
tarball=/usr/src/linux-source-6.1.tar.xz
fragment=
from=1
jobs=$(nproc)
work=
while getopts b:f:j:t:w: opt; do
	case $opt in
	b) fragment=$(realpath "$OPTARG") || exit 2 ;;
	f) from=$OPTARG ;;
	j) jobs=$OPTARG ;;
	t) tarball=$OPTARG ;;
	w) work=$OPTARG ;;
	*) die "usage: patches/check.sh [-b FRAGMENT] [-f NUMBER] [-j JOBS] [-t TARBALL] [-w DIR]" ;;
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
ignore=MISSING_SIGN_OFF,AVOID_BUG,CAMELCASE,MACRO_ARG_REUSE,UNKNOWN_COMMIT_ID,FILE_PATH_CHANGES

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
	CCACHE_DEPEND=1 nice make -s -C "$tree" O="$work/out" ARCH=x86_64 -j"$jobs" \
		CC="$(command -v ccache) gcc" "$@"
}

# Does a patch change anything that x86 is made of?
concerns_x86() {
	sed -n 's,^+++ b/,,p' "$1" | grep -qvE '^(Documentation/|arch/([a-wyz]|xtensa))'
}

if [ -n "$fragment" ]; then
	KCONFIG_ALLCONFIG=$fragment build allnoconfig || die "$fragment: cannot configure"
	missing=$(grep '^CONFIG_' "$fragment" | grep -vxF -f "$work/out/.config")
	[ -z "$missing" ] || die "$fragment: Kconfig does not take" "$missing"
fi

bad=0
number=0
built=0
listed=$(grep -v '^#' "$top/patches/6.1/series")
for patch in $listed; do
	file=$top/patches/6.1/$patch
	if ! git -C "$tree" am -q "$file"; then
		echo "$patch: does not apply" >&2
		exit 1
	fi
	if ! said=$(cd "$tree" && PATH=/usr/bin:$PATH scripts/checkpatch.pl --strict --terse --quiet \
			--show-types --ignore "$ignore" "$file"); then
		echo "$said" | grep -v '^total:' >&2
		bad=1
	fi
	number=$((number + 1))
	if [ -n "$fragment" ] && [ $number -ge "$from" ] && concerns_x86 "$file"; then
		if ! build mm/ arch/x86/ fs/proc/ 2>"$work/said"; then
			cat "$work/said" >&2
			echo "$patch: does not build" >&2
			bad=1
		elif grep 'warning:' "$work/said" >&2; then
			echo "$patch: builds with a warning" >&2
			bad=1
		fi
		built=$((built + 1))
	fi
done

# What the series is to remove is gone from everywhere, documentation included.
if git -C "$tree" grep -nE '\<(pgtable_p(te|md)_page_[cd]tor|pmd_to_page)\>'; then
	echo "the functions above were to be removed" >&2
	bad=1
fi
members='_pt_pad_[12]|pmd_huge_pte|pt_mm|pt_frag_refcount|pt_share_count|ptl|Page table pages'
page=$(sed -n '/^struct page {/,/^}/p' "$tree/include/linux/mm_types.h")
[ -n "$page" ] || die "include/linux/mm_types.h: no struct page in it"
if echo "$page" | grep -E "\<($members)\>"; then
	echo "struct page has the page table members above" >&2
	bad=1
fi

# Nothing that is not listed, nothing listed twice.
for file in "$top"/patches/6.1/0*.patch; do
	name=$(basename "$file")
	[ "$name" = 0000-cover-letter.patch ] && continue
	if [ "$(echo "$listed" | grep -cxF "$name")" != 1 ]; then
		echo "$name: not in the series file exactly once" >&2
		bad=1
	fi
done
[ $bad = 0 ] && echo "$(echo "$listed" | wc -l) patches apply and pass," \
	"$built were built, nothing is left of what they remove"
exit $bad

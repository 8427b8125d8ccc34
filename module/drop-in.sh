#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Puts the inspector into a kernel tree, where CONFIG_PTDESC_DEBUGFS=y or =m builds it, and its tests among the kernel's own:
#
#	mm/ptdesc/				the module and the format of its listing
#	mm/Makefile, mm/Kconfig.debug		a line each
#	Documentation/ABI/testing/debugfs-ptdesc
#	tools/testing/selftests/ptdesc/		the guest tests; a line in ../Makefile
#
# Files are replaced, never written to, so that a tree of hard links (cp -al) stays apart from its original. To run it again
# brings an older copy up to date.
# Usage: drop-in.sh [-r] KERNEL-TREE	-r: takes all of it away again
# Exit status: 0, 1 when this tree cannot have it, which leaves the tree as it was.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
tree=$(dirname "$here")
selftests=tools/testing/selftests abi=Documentation/ABI/testing

fail() { echo "drop-in: $*" >&2; exit 1; }

remove=''
while getopts r o; do
	case $o in
	r) remove=1 ;;
	*) fail "bad option (usage: drop-in.sh [-r] KERNEL-TREE)" ;;
	esac
done
shift $((OPTIND - 1))
[[ $# = 1 && -n $1 ]] || fail "no kernel tree given (usage: drop-in.sh [-r] KERNEL-TREE, or make drop-in KSRC=KERNEL-TREE)"
cd "$1" || fail "$1: no such directory"
for f in mm/Makefile mm/Kconfig.debug "$selftests/Makefile" include/linux/mm_types.h; do
	[ -f "$f" ] || fail "$1: has no $f: not the source of a kernel (6.1 or newer)"
done
for d in mm/ptdesc "$selftests/ptdesc"; do
	[ ! -e "$d" ] || grep -qs 'SPDX.*GPL-2.0-only' "$d"/{Kbuild,Makefile} || fail "$1/$d: there already, and not from here"
done
before='TARGETS += ptrace'
grep -qxF "$before" "$selftests/Makefile" || fail "$1/$selftests/Makefile: has no line \"$before\" to put another before"
[ -n "$remove" ] || grep -q '^struct ptdesc ' include/linux/mm_types.h ||
	fail "$1: has no struct ptdesc: Linux 6.6 or newer is needed, or 6.1 with patches/6.1"

# without FILE LINE: FILE lacks it.
without() {
	! grep -qxF "$2" "$1" || { grep -vxF "$2" "$1" >"$1.drop-in"; chmod --reference="$1" "$1.drop-in"; mv "$1.drop-in" "$1"; }
}

# shellcheck disable=SC2016 # make's own words
makefile='obj-$(CONFIG_PTDESC_DEBUGFS) += ptdesc/'
kconfig='source "mm/ptdesc/Kconfig"'
target='TARGETS += ptdesc'
if [ -n "$remove" ]; then
	rm -rf mm/ptdesc "$selftests/ptdesc" "$abi/debugfs-ptdesc"
	without mm/Makefile "$makefile"
	without mm/Kconfig.debug "$kconfig"
	without "$selftests/Makefile" "$target"
	exit 0
fi

# put DIRECTORY FILE...: these and no other sources are there. A file that does not change is left alone: make need not build
# it again.
put() {
	local dir=$1 f
	shift
	mkdir -p "$dir"
	for f; do
		cmp -s "$f" "$dir/${f##*/}" || cp --remove-destination "$f" "$dir/"
	done
	for f in "$dir"/*.[ch]; do
		[[ $f = *.mod.c || " ${*##*/} " = *" ${f##*/} "* ]] || rm "$f"
	done
}
mapfile -t module < <(printf '%s\n' "$here"/{Kbuild,Kconfig,*.[ch]} "$tree/include/ptdesc.h" | grep -v '\.mod\.c$')
put mm/ptdesc "${module[@]}"
mkdir -p "$abi"
cmp -s "$here/debugfs-ptdesc" "$abi/debugfs-ptdesc" || cp --remove-destination "$here/debugfs-ptdesc" "$abi/"
# Not what belongs to this project's tree, and not the test that locks its machine down until it boots again.
put "$selftests/ptdesc" "$tree/selftests"/{Makefile,config,settings,ktap.bash,*.[ch],native.sh,output.sh}

grep -qxF "$makefile" mm/Makefile || sed -i "\$a $makefile" mm/Makefile
grep -qxF "$kconfig" mm/Kconfig.debug || sed -i "\$a $kconfig" mm/Kconfig.debug
grep -qxF "$target" "$selftests/Makefile" || sed -i "0,/^$before\$/s//$target\n&/" "$selftests/Makefile"

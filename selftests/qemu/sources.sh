#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests of the sources: kernel code against the kernel's own checkpatch, the series against linux-source-6.1. Prints KTAP.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
cd "$tree"
n=0 status=0
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

result() {
	n=$((n + 1))
	[ "$1" != "not ok" ] || status=1
	echo "$1 $n $2"
}

# patchcheck FILE [OPTION...]
patchcheck() {
	local file=$1
	shift
	# In a directory of its own: checkpatch leaves a cache behind in a git tree.
	if (cd "$out" && perl "$C/linux-6.1/scripts/checkpatch.pl" --no-tree --strict --terse --no-summary "$@" "$tree/$file") >"$out/log" 2>&1; then
		result ok "checkpatch --strict $file"
	else
		sed "s#$tree/##; s/^/# /" "$out/log"
		result "not ok" "checkpatch --strict $file"
	fi
}

echo "TAP version 13"
# A table as an X-macro is no value that could be put in parentheses.
patchcheck include/ptdesc.h --file --ignore COMPLEX_MACRO,MACRO_ARG_REUSE
for f in module/*.[ch] selftests/inject/*.[ch] selftests/bench/ptdesc_bench.c selftests/arch/*/ptdesc_*.c; do
	[ -e "$f" ] || continue
	case $f in *.mod.c) continue ;; esac
	patchcheck "$f" --file
done

# That the series applies is shown by building it; patches/check.sh also replays it with git am, which takes long.
# Outside of a git tree checkpatch cannot look up the commits that are named.
overlook=GIT_COMMIT_ID,$(sed -n 's/^ignore=//p' patches/check.sh)
for f in patches/6.1/*.patch; do
	case $f in */0000-*) continue ;; esac
	patchcheck "$f" --ignore "$overlook"
done
echo "1..$n"
exit "$status"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests of the sources on this machine: kernel code against the kernel's own checkpatch, and ptdesc-check on a process of
# the running kernel, whatever that is. Prints KTAP.
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
	if (cd "$out" && perl "$C/linux-6.1/scripts/checkpatch.pl" --no-tree --strict --terse --no-summary "$@" --file "$tree/$file") >"$out/log" 2>&1; then
		result ok "checkpatch --strict $file"
	else
		sed "s#$tree/##; s/^/# /" "$out/log"
		result "not ok" "checkpatch --strict $file"
	fi
}

echo "TAP version 13"
# A table as an X-macro is no value that could be put in parentheses.
patchcheck include/ptdesc.h --ignore COMPLEX_MACRO,MACRO_ARG_REUSE
for f in module/*.[ch] selftests/inject/*.[ch]; do
	[ -e "$f" ] || continue
	case $f in *.mod.c) continue ;; esac
	patchcheck "$f"
done

subject=$(mktemp -u "$out/XXXX")
mkfifo "$subject"
cat "$subject" &
pid=$!
native=0
tools/ptdesc-check "$pid" >"$out/native" 2>&1 || native=$?
kill "$pid"
case $native in
0) result ok "ptdesc-check on this machine's Linux $(uname -r)" ;;
2) result ok "ptdesc-check on this machine # SKIP $(head -n 1 "$out/native")" ;;
*)
	sed 's/^/# /' "$out/native"
	result "not ok" "ptdesc-check on this machine's Linux $(uname -r), exit status $native"
	;;
esac
echo "1..$n"
exit "$status"

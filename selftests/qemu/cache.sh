# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
# Sourced by the scripts beside it: where big things live, how to speak, how to fail.
# C: the cache. Everything in it can be deleted at any time and is made again.
export LC_ALL=C
C=${PTDESC_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ptdesc}
mkdir -p "$C/kit"
C=$(readlink -f "$C")
qemu_dir=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
tree=$(readlink -f "$qemu_dir/../..")
jobs=${PTDESC_JOBS:-$(nproc)}

say() { echo "$(basename "$0" .sh): $*"; }
fail() { say "$*" >&2; exit 1; }

# lock WHAT: one builder of it (a kit, with its source) at a time in the cache, until this script ends.
lock() {
	exec 9>"$C/$1.lock"
	flock -n 9 || { say "waiting for another build of it in $C"; flock 9; }
}

# run LOG COMMAND...: quiet unless it fails (then the log's end is shown) or V=1.
run() {
	local log=$1
	shift
	if [ "${V:-0}" = 1 ]; then
		echo "+ $*"
		"$@" 9>&- 2>&1 | tee "$log"
	elif ! "$@" 9>&- >"$log" 2>&1; then
		tail -n 30 "$log" >&2
		fail "failed: $* (all of it: $log)"
	fi
}

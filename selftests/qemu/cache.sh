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
# Where it does not know the object, ccache compiles at once instead of preprocessing first: a quarter of the time.
export CCACHE_DIR=$C/ccache CCACHE_MAXSIZE=5G CCACHE_DEPEND=1

say() { echo "$(basename "$0" .sh): $*"; }
fail() { say "$*" >&2; exit 1; }

# lock WHAT: one writer of it (a kit, a source) at a time in the cache, until this script ends. share WHAT: many may read it
# meanwhile, none may write.
lock() {
	exec 9>"$C/$1.lock"
	flock -n 9 || { say "waiting for another build of $1 in $C"; flock 9; }
}
share() {
	exec 7>"$C/$1.lock"
	flock -s -n 7 || { say "waiting for another build of $1 in $C"; flock -s 7; }
}

# run LOG COMMAND...: quiet unless it fails (then the log's end is shown) or V=1.
run() {
	local log=$1
	shift
	if [ "${V:-0}" = 1 ]; then
		echo "+ $*"
		"$@" 7>&- 9>&- 2>&1 | tee "$log"
	elif ! "$@" 7>&- 9>&- >"$log" 2>&1; then
		tail -n 30 "$log" >&2
		fail "failed: $* (all of it: $log)"
	fi
}

# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# KTAP for the shell tests, sourced: goes to the project's tree, sets $check to the checker.
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." || exit 1
# shellcheck disable=SC2034 # used by who sources this
check=$(readlink -f "${PTDESC_CHECK:-tools/ptdesc-check}")
ktap_n=0 ktap_failed=0
echo "TAP version 13"

# plan N
plan() { echo "1..$1"; }

# result STATUS NAME: the outcome of what was just done; if it failed, with the end of the file $ktap_log, where there is one
result() {
	ktap_n=$((ktap_n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $ktap_n $2"
	else
		ktap_failed=1
		[ ! -s "${ktap_log:-}" ] || tail -n 20 "$ktap_log" | sed 's/^/# /'
		echo "not ok $ktap_n $2"
	fi
}

# skip_all WHY: none of the tests can be done here
skip_all() { echo "1..0 # SKIP $*"; exit 4; }

bail_out() { echo "Bail out! $*"; exit 1; }

# The checker must be there if it was named, but not on other architectures.
require_check() {
	! grep -q "^MMU.*: Hash" /proc/cpuinfo || skip_all "ptdesc-check does not know page tables of the hash MMU"
	[ -x "$check" ] && return
	[ -n "${PTDESC_CHECK:-}" ] || skip_all "no $check (PTDESC_CHECK=FILE names another)"
	[ "${PTDESC_ARCH:-x86_64}" = x86_64 ] || skip_all "no ptdesc-check for this architecture"
	bail_out "no $check"
}

finish() { exit $ktap_failed; }

# A process in $sleeper whose page tables are at rest.
start_sleeper() {
	sleep 1000 &
	sleeper=$!
	until grep -qx sleep "/proc/$sleeper/comm" && grep -q '^State:.S' "/proc/$sleeper/status"; do
		sleep 0.05
	done
}

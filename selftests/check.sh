#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every test there is (make check): builds all, tests the checker's pure parts on this machine, the sources, the harness
# itself, then boots each kit and runs the guest tests in it. What each section printed stays in build/check/.
# Usage: check.sh [GUEST-TEST...]	with names: only these, in each kit
# Environment: KITS="series stock"; PTDESC_REQUIRE=1 makes a skipped test a failed one (for CI that must not skip).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=qemu/cache.sh
. "$(dirname "$(readlink -f "$0")")/qemu/cache.sh"
cd "$tree"
kits=${KITS:-series stock}
log=$tree/build/check
rm -rf "$log"
mkdir -p "$log"

# section NAME COMMAND...: shows and keeps what the command prints. One that fails without saying "not ok" is itself not ok.
section() {
	local name=$1 start=$SECONDS status=0
	shift
	printf '\n== %s\n' "$name"
	"$@" 2>&1 | tee "$log/$name" || status=${PIPESTATUS[0]}
	# 4: all of it skipped, which its plan says.
	[ "$status" != 4 ] || ! grep -q '^1\.\.0 *# SKIP' "$log/$name" || status=0
	if [ "$status" -gt 1 ] || { [ "$status" = 1 ] && ! grep -qE '^ *not ok' "$log/$name"; }; then
		echo "not ok 0 ended with status $status$(during "$log/$name")" | tee -a "$log/$name"
	fi
	echo "== $name: $((SECONDS - start)) s"
}

# What a guest that died had last said.
during() {
	local last
	last=$(grep -aE '^ *(not )?ok ' "$1" | tail -n 1) || true
	echo "${last:+, after: ${last#"${last%%[! ]*}"}}"
}

timed() {
	local name=$1 start=$SECONDS
	shift
	"$@"
	echo "== $name: $((SECONDS - start)) s"
}

for kit in $kits; do
	case $kit in
	series) timed "series kernel" selftests/qemu/kernel.sh ;;
	stock) selftests/qemu/source.sh pristine && timed "stock kernel" selftests/qemu/stock.sh ;;
	*) fail "KITS: $kit: no such kit (series or stock)" ;;
	esac
	timed "modules for $kit" selftests/qemu/module.sh "$kit"
done
timed ptdesc-check make -s -C tools
timed "guest tests" make -s -C selftests KSELFTEST="$C/linux-6.1/tools/testing/selftests"

if [ $# = 0 ]; then
	section unit make -s -C selftests unit
	section native selftests/native.sh
	section sources selftests/qemu/sources.sh
	section harness selftests/qemu/harness.sh "${kits%% *}"
fi
for kit in $kits; do
	run=(selftests/qemu/guest.sh "$kit" -m 2048 -t 1500 -- selftests/run.sh "$@")
	section "$kit" "${run[@]}"
	# What guest.sh says about QEMU before 8.1: the whole section again, with the virtual CPUs in one thread.
	if grep -aq '^guest: .*PTDESC_TCG=single avoids it' "$log/$kit"; then
		say "QEMU's emulation lost a change of code in kit $kit: its tests again, one virtual CPU at a time"
		PTDESC_TCG=single section "$kit" "${run[@]}"
	fi
done

printf '\n== all\n'
cd "$log"
# shellcheck disable=SC2035 # the sections that ran, by name
awk -v require="${PTDESC_REQUIRE:-}" -f "$tree/selftests/count.awk" *

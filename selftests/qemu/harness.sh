#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests of the harness on this machine: a guest that dies, hangs or complains is never taken for one that passed, and what a
# command says arrives as it was said. Prints KTAP.
# Usage: harness.sh KIT
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
cd "$tree"
kit=$1
n=0 failed=0
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

guest() { PTDESC_CONSOLE_LINES=5 "$qemu_dir/guest.sh" "$kit" "$@"; }

# is WHAT GOT WANTED
is() {
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n $1"
	else
		failed=1
		echo "# got: $2"
		echo "# wanted: $3"
		[ ! -s "$out/err" ] || sed 's/^/# /' "$out/err"
		echo "not ok $n $1"
	fi
	rm -f "$out/err"
}

# exits WHAT STATUS GUEST-ARGS...
exits() {
	local what=$1 wanted=$2 got=0
	shift 2
	guest "$@" >"$out/out" 2>"$out/err" || got=$?
	is "$what" "$got" "$wanted"
}

echo "TAP version 13"
# A minute that passes while the others run.
(hang=0; guest -t 60 -- sleep 1000 >/dev/null 2>"$out/hang.err" || hang=$?; echo "$hang" >"$out/hang") &
exits "a command's exit status" 7 -- sh -c 'exit 7'
exits "a command killed by a signal" 137 -- sh -c 'kill -9 $$'
exits "a command that is not there" 127 -- no-such-command
exits "a panic" 125 -- sh -c 'echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger; sleep 100'
if [[ $kit = series* ]]; then
	exits "a WARN" 125 -- sh -c 'echo WARNING >/sys/kernel/debug/provoke-crash/DIRECT; exit 0'
	exits "a BUG" 125 -- sh -c 'echo BUG >/sys/kernel/debug/provoke-crash/DIRECT; exit 0'
fi
exits "a complaint without a panic" 125 -- sh -c 'echo "<3>BUG: Bad page state in process test" >/dev/kmsg; exit 0'
exits "PID 1 killed by a reboot" 125 -- sh -c 'echo 1 >/proc/sys/kernel/sysrq; echo b >/proc/sysrq-trigger; sleep 100'

bytes() { head -c 300000 "$kit_file"; }
kit_file=$(readlink -f "$C/kit/$kit/bzImage")
got=$(guest -- head -c 300000 "$kit_file" 2>"$out/err" | sha256sum)
is "300000 bytes, as they are" "$got" "$(bytes | sha256sum)"
got=$(guest -- printf '%s|' 'a "b"' "c'd" "\$HOME" ' e  ' $'new\nline' 2>"$out/err")
is "arguments, as they are" "$got" $'a "b"|c\'d|$HOME| e  |new\nline|'
mkdir "$out/shared"
# shellcheck disable=SC2016 # expands in the guest
guest -o "$out/shared" -- sh -c 'echo result >"$PTDESC_OUT/file"' 2>"$out/err"
is "a file that the guest writes" "$(cat "$out/shared/file" 2>/dev/null)" result

# A KVM that passes the probe and cannot run a kernel. What is remembered of it is no news about this machine.
if [[ -w /dev/kvm && $kit != *-* ]]; then
	mkdir "$out/bin"
	cat >"$out/bin/qemu-system-x86_64" <<-EOF
		#!/bin/sh
		case " \$* " in
		*" -bios "*) exit 33 ;;
		*" kvm "*) echo "KVM internal error. Suberror: 1" >&2; exec sleep 1000 ;;
		esac
		exec $(type -P qemu-system-x86_64 || true) "\$@"
	EOF
	chmod +x "$out/bin/qemu-system-x86_64"
	known=$C/no-kvm
	[ ! -e "$known" ] || mv "$known" "$out/no-kvm"
	PATH=$out/bin:$PATH exits "a KVM that cannot run a kernel" 7 -- sh -c 'exit 7'
	is "a KVM that cannot run a kernel: remembered" "$(cat "$known" 2>/dev/null)" "$(cat /proc/sys/kernel/random/boot_id)"
	rm -f "$known"
	[ ! -e "$out/no-kvm" ] || mv "$out/no-kvm" "$known"
else
	for what in "" ": remembered"; do
		n=$((n + 1))
		echo "ok $n a KVM that cannot run a kernel$what # SKIP no /dev/kvm that $kit could use"
	done
fi

exits "a test that is not there" 1 -- selftests/run.sh no_such_test

# Results that must not count as passes.
counts() {
	local exit=0
	printf '%s\n' "$2" >"$out/ktap"
	awk -f selftests/count.awk "$out/ktap" >"$out/count" || exit=$?
	is "count: $1" "$(tail -n 1 "$out/count"), exit $exit" "$3"
}
counts "a result that is not ok" $'    1..2\n    ok 1 a\n    not ok 2 b\nnot ok 1 t' "1 passed, 1 failed, 0 skipped, exit 1"
counts "a test that failed although its results are ok" $'    1..1\n    ok 1 a\nnot ok 1 t # kernel log' "1 passed, 1 failed, 0 skipped, exit 1"
counts "a skip" $'    1..1\n    ok 1 a # SKIP why\nok 1 t' "0 passed, 0 failed, 1 skipped, exit 1"
counts "a guest that died" $'    1..2\n    ok 1 a\nnot ok 0 ended with status 125' "1 passed, 1 failed, 0 skipped, exit 1"
counts "all well" $'    1..2\n    ok 1 a\n    ok 2 b # SKIP why\nok 1 t\nok 2 u' "2 passed, 0 failed, 1 skipped, exit 0"
counts "nothing" "# no test" "0 passed, 0 failed, 0 skipped, exit 1"

wait
hang=$(cat "$out/hang")
[ "$hang" = 124 ] || cp "$out/hang.err" "$out/err"
is "a hang" "$hang" 124
echo "1..$n"
exit "$failed"

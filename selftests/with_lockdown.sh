#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Under lockdown=integrity the listing stays readable and ptdesc-check works; under lockdown=confidentiality, which forbids
# BPF to read kernel memory, ptdesc-check says so, and whether the listing is readable is up to the kernel. There is no way
# back from lockdown: this test must be the last one in its guest, and its name sorts behind all others so that it is.
set -u
# shellcheck source-path=SCRIPTDIR source=ktap.bash
. "$(dirname "$(readlink -f "$0")")/ktap.bash"
list=/sys/kernel/debug/ptdesc
lockdown=/sys/kernel/security/lockdown
[ "$(id -u)" = 0 ] || skip_all "not root"
[ -w "$lockdown" ] || skip_all "no $lockdown: the kernel has no lockdown, or securityfs is not mounted"
[ -r "$list" ] || skip_all "no $list: ptdesc.ko is not loaded"
grep -q '\[none\]' "$lockdown" || skip_all "already locked down: $(cat "$lockdown")"
plan 7
err=$(mktemp)

echo integrity >"$lockdown"
grep -q '\[integrity\]' "$lockdown"
result $? "the guest is locked down: integrity"
[ "$(tail -n 1 "$list")" = "# end" ] && [ "$(wc -l <"$list")" -gt 10 ]
result $? "integrity: the listing is readable, and whole"
"$check" -q $$ 2>"$err"
status=$?
[ $status = 0 ] || sed 's/^/# /' "$err"
result $status "integrity: ptdesc-check works"

echo confidentiality >"$lockdown"
grep -q '\[confidentiality\]' "$lockdown"
result $? "the guest is locked down: confidentiality"
if text=$(cat "$list" 2>"$err"); then
	how=readable
	[ "$(tail -n 1 <<<"$text")" = "# end" ] && [ "$(wc -l <<<"$text")" -gt 10 ]
else
	how=refused
	grep -q 'Operation not permitted' "$err"
fi
result $? "confidentiality: the listing is whole or refused, as the kernel decides ($how)"
out=$("$check" $$ 2>"$err")
status=$?
[ $status = 2 ] && [ -z "$out" ]
result $? "confidentiality: ptdesc-check exits with 2 (got $status)"
[ "$(wc -l <"$err")" = 1 ] && grep -q '^ptdesc-check: .*lockdown' "$err"
result $? "confidentiality: and says why in one line: $(head -c 200 "$err")"
rm -f "$err"
finish

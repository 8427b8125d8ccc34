#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ptdesc-check on the machine that runs this, whatever it is: on a process of its own. Read-only, no module is loaded.
# Skips where the kernel has no BPF or BTF, or where we are not allowed to use it.
set -u
# shellcheck source-path=SCRIPTDIR source=ktap.bash
. "$(dirname "$(readlink -f "$0")")/ktap.bash"
require_check
[ "$(id -u)" = 0 ] || skip_all "not root"
[ -r /sys/kernel/btf/vmlinux ] || skip_all "this kernel ($(uname -r)) has no BTF"
! grep -qs '\[confidentiality\]' /sys/kernel/security/lockdown || skip_all "lockdown=confidentiality"
unpriv=$(awk '/^CapEff:/ { print $2 }' /proc/self/status)
# CAP_SYS_ADMIN (21), or CAP_BPF (39) with CAP_PERFMON (38)
(( 0x$unpriv >> 21 & 1 || ( 0x$unpriv >> 39 & 1 && 0x$unpriv >> 38 & 1 ) )) || skip_all "root without CAP_BPF (a container?)"

plan 3
echo "# Linux $(uname -r)"
start_sleeper
pid=$sleeper
trap 'kill $pid' EXIT

out=$("$check" -j --listing none $pid 2>&1)
status=$?
[ $status = 0 ] || echo "# ${out:0:500}"
result $status "all invariants of a process hold"
# Each level's tables and bytes; a deposited table is a PTE table.
bytes=$(grep -oE '"(pte|pmd|pud)":\{"tables":[0-9]+,"bytes":[0-9]+|"deposited_tables":[0-9]+' <<<"$out" | awk -F '[:,}]' '
	/deposited/ { deposited = $2; next }
	/"pte"/ { pte = $5 / $3 }
	{ bytes += $5 }
	END { print bytes + deposited * pte }')
kb=$(awk '/^VmPTE:/ { print $2 }' /proc/$pid/status)
[ "${bytes:-0}" -gt 0 ] && [ $((bytes / 1024)) = "$kb" ]
result $? "its tables take ${bytes:-?} bytes, VmPTE says $kb KiB"
"$check" -q --listing none $$ $PPID 2>/dev/null
status=$?
[ $status = 0 ] || [ $status = 3 ]
result $? "nothing is violated in the shells that run this (exit status $status)"
finish

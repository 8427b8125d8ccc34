#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests dkms.conf with Debian's dkms against the headers of the stock kit, in directories of their own: nothing of this machine
# is touched. Prints KTAP.
# Usage: dkms.sh
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=../qemu/cache.sh
. "$(dirname "$(readlink -f "$0")")/../qemu/cache.sh"
# shellcheck source-path=SCRIPTDIR source=../ktap.bash
. "$tree/selftests/ktap.bash"

command -v dkms >/dev/null || skip_all "no dkms (make setup)"
[ "$(id -u)" = 0 ] || skip_all "not root, which dkms insists on"
kit=$C/kit/stock
[ -s "$kit/release" ] || skip_all "no headers: the stock kit is not there (make demo KERNEL=stock)"
release=$(cat "$kit/release")

out=$(mktemp -d) || exit 1
ktap_log=$out/log
trap 'rm -rf "$out"' EXIT
mkdir -p "$out"/{var,modules/{"$release",too-old}}
# told COMMAND...: dkms, with a say in where things are
told() {
	dkms "$@" --dkmstree "$out/var" --sourcetree "$out/usr/src" --installtree "$out/modules" >"$ktap_log" 2>&1 </dev/null
}
headers=$(readlink -f "$kit/build")
# What 6.1 has without the series, in the two forms that headers come in.
mkdir -p "$out"/old/include/linux "$out/old-build"
grep -v ptdesc "$C/linux-6.1/include/linux/mm_types.h" >"$out/old/include/linux/mm_types.h"
echo "include $out/old/Makefile" >"$out/old-build/Makefile"

plan 9
make -s -C "$tree" dkms DESTDIR="$out" >"$ktap_log" 2>&1 && told add ptdesc/1
result $? "is added"
told build ptdesc/1 -k "$release" --kernelsourcedir "$headers"
result $? "is built for $release"
ko=$out/var/ptdesc/1/$release/$(uname -m)/module/ptdesc.ko
modinfo -F vermagic "$ko" >"$ktap_log" 2>&1 && grep -q "^$release " "$ktap_log"
result $? "... as its module"
told install ptdesc/1 -k "$release" --no-depmod && [ -e "$out/modules/$release/updates/dkms/ptdesc.ko" ]
result $? "... and installed"

for old in old old-build; do
	told build ptdesc/1 -k too-old --kernelsourcedir "$out/$old"
	[ $? = 77 ] && grep -q BUILD_EXCLUSIVE "$ktap_log"
	result $? "is not built for a kernel without struct ptdesc ($old)"
	told autoinstall -k too-old --kernelsourcedir "$out/$old" && ! grep -qvE '^Sign command|not found, modules won.t be signed' "$ktap_log" &&
		[ -z "$(find "$out/modules/too-old" -type f)" ]
	result $? "... which autoinstall passes over in silence"
done

told remove ptdesc/1 --all && [ -z "$(find "$out/var" "$out/modules" -name 'ptdesc*')" ]
result $? "nothing is left when it is removed"
finish

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Unpacks the source of the newest kernel that Debian has, linux-source of sid, as $C/newest/source; nothing is installed. One
# that is there stays (delete $C/newest to follow Debian).
# Usage: newest.sh
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
# shellcheck source-path=SCRIPTDIR source=debian.sh
. "$qemu_dir/debian.sh"
source=$C/newest/source
lock newest-source
[ ! -s "$source/.ptdesc-version" ] || exit 0

new=$C/newest/new
rm -rf "$new"
mkdir -p "$new"
say "fetching the list of Debian's sid"
debian_lists "$new/apt" amd64 sid
package=$(apt-cache -c "$new/apt/conf" depends linux-source | sed -n 's/^ *Depends: \(linux-source-[0-9.]*\)$/\1/p')
[ -n "$package" ] || fail "linux-source: Debian's sid names no package of that"
say "fetching $package"
(cd "$new" && run "$new/apt/log" apt-get -q -c "$new/apt/conf" download "$package")
# Piped from one archive into the other: the disk need not hold both.
dpkg-deb --fsys-tarfile "$new/$package"_*.deb | tar -xO "./usr/src/$package.tar.xz" | tar -C "$new" -xJ
dpkg-deb -f "$new/$package"_*.deb Version >"$new/$package/.ptdesc-version"
rm -rf "$source"
mv "$new/$package" "$source"
rm -rf "$new"

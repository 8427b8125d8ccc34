#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the root file system of the guests of another architecture: Debian packages (those of group "root" in ./packages and
# what they depend on), unpacked in $C/root/ARCH, never installed or configured. Libraries to link ptdesc-check with are in it.
# Usage: root.sh ARCH
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
# shellcheck source-path=SCRIPTDIR source=arch.sh
. "$qemu_dir/arch.sh"
# shellcheck source-path=SCRIPTDIR source=debian.sh
. "$qemu_dir/debian.sh"
arch=$1
arch_table "$arch"
root=$C/root/$arch
mkdir -p "$C/root"
lock "root-$arch"

mapfile -t packages < <(awk '/^[a-z]/ && $2 == "root" { print $1 }' "$qemu_dir/packages")
stamp="$debian $suite ${packages[*]} $(sha256sum <"$0")"
[ "$(cat "$root/.stamp" 2>/dev/null)" != "$stamp" ] || exit 0

new=$root.new apt=$root.apt
rm -rf "$new"
mkdir -p "$new"/usr
say "fetching Debian's $suite for $debian"
debian_lists "$apt" "$debian" "$suite"
run "$apt/log" apt-get -q -y -c "$apt/conf" --download-only install "${packages[@]}"

# Merged /usr, whichever layout a package was built for.
for d in bin sbin lib lib64; do
	mkdir "$new/usr/$d"
	ln -s "usr/$d" "$new/$d"
done
mkdir "$new"/{dev,proc,sys,tmp,run,root,mnt}
for deb in "$apt"/archives/*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -C "$new" -x --keep-directory-symlink --no-same-owner \
		--exclude='./usr/share/'{doc,man,info,locale}'/*'
done
# What packages leave to their scripts, as far as anybody here needs it.
cp "$new/usr/share/base-passwd/passwd.master" "$new/etc/passwd"
cp "$new/usr/share/base-passwd/group.master" "$new/etc/group"
ln -sf mawk "$new/usr/bin/awk"

rm -rf "$apt" "$root"
echo "$stamp" >"$new/.stamp"
mv "$new" "$root"
say "$root: $(du -sh "$root" | cut -f 1)"

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
arch=$1
arch_table "$arch"
root=$C/root/$arch
mkdir -p "$C/root"
lock "root-$arch"

mapfile -t packages < <(awk '/^[a-z]/ && $2 == "root" { print $1 }' "$qemu_dir/packages")
stamp="$debian $suite ${packages[*]} $(sha256sum <"$0")"
[ "$(cat "$root/.stamp" 2>/dev/null)" != "$stamp" ] || exit 0

# Where this machine has its Debian from, without a word of its lists: apt with a state of its own, for the other architecture.
mirror() {
	# shellcheck disable=SC2016 # apt's own words
	apt-get indextargets --format '$(ORIGIN) $(LABEL) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
		sed -n 's/^Debian Debian bookworm //p' | head -n 1
}
uri=$(mirror)
if [ -z "$uri" ]; then
	apt-get -qq update
	uri=$(mirror)
	[ -n "$uri" ] || fail "apt knows no Debian bookworm to take packages of $debian from"
fi
new=$root.new apt=$root.apt
rm -rf "$new" "$apt"
mkdir -p "$apt"/{lists/partial,archives/partial} "$new"/usr
: >"$apt/status"
echo "deb [arch=$debian signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" >"$apt/sources"
cat >"$apt/conf" <<END
APT::Architecture "$debian";
#clear APT::Architectures;
APT::Architectures { "$debian"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
Acquire::Languages "none";
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Etc::sourcelist "$apt/sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
END
say "fetching Debian's $suite for $debian"
run "$apt/log" apt-get -q -c "$apt/conf" update
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

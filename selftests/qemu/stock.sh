#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the kit "stock": Debian's prebuilt 6.12 for bookworm and its headers, unpacked in the cache, never installed.
# Usage: stock.sh
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
meta=linux-image-6.12-amd64
kit=$C/kit/stock

# Prints the release that the metapackage stands for, e.g. 6.12.9+deb12-amd64.
candidate() { apt-cache depends "$meta" 2>/dev/null | sed -n 's/^ *Depends: linux-image-\([0-9].*-amd64\)$/\1/p' | head -n 1; }

fetch() {
	local release=$1 abi=${1%-amd64}
	(cd "$new/debs" && apt-get -qq download "linux-image-$release" "linux-headers-$release" \
		"linux-headers-$abi-common" "linux-kbuild-$abi")
}

lock stock
release=$(candidate)
if [ -z "$release" ] && [ ! -e "$kit/release" ]; then
	apt-get -qq update
	release=$(candidate)
	[ -n "$release" ] || fail "$meta: apt knows no such package (are bookworm and bookworm-security among its sources?)"
fi
current=$(cat "$kit/release" 2>/dev/null || true)

if [ -n "$release" ] && [ "$release" != "$current" ]; then
	say "fetching Debian's $release"
	new=$C/stock.new
	rm -rf "$new"
	mkdir -p "$new/debs" "$new/root"
	log=$C/stock.log
	if ! fetch "$release" >"$log" 2>&1; then
		# The lists may name a version that the registry has replaced.
		apt-get -qq update >>"$log" 2>&1 || true
		release=$(candidate)
		fetch "$release" >>"$log" 2>&1 || { tail -n 5 "$log" >&2; fail "$meta: cannot download $release and its headers"; }
	fi
	for deb in "$new"/debs/*.deb; do
		dpkg -x "$deb" "$new/root"
	done
	rm -rf "$new/debs"
	# The headers say where dpkg would have put them.
	sed -i "s#/usr/src/#$C/stock/root/usr/src/#" "$new/root/usr/src/linux-headers-$release/Makefile"
	rm -f "$new/root/lib/modules/$release"/{build,source}
	depmod -b "$new/root" "$release"
	rm -rf "$C/stock" "$kit"
	mv "$new" "$C/stock"
	mkdir -p "$kit"
	ln -s "$C/stock/root/boot/vmlinuz-$release" "$kit/bzImage"
	ln -s "$C/stock/root/usr/src/linux-headers-$release" "$kit/build"
	ln -s "$C/stock/root/lib/modules/$release" "$kit/modules"
	echo "$release" >"$kit/release.new"
fi
if [ -e "$kit/release.new" ] || [ "$qemu_dir/init.c" -nt "$kit/initrd" ]; then
	"$qemu_dir/initrd.sh" stock "$C/stock/root" "$(cat "$kit"/release* | head -n 1)" 9pnet_virtio 9p
fi
# Last: a kit with a release is a whole one.
[ ! -e "$kit/release.new" ] || mv "$kit/release.new" "$kit/release"

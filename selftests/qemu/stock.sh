#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the kit "stock" of Debian's prebuilt 6.12 for bookworm and its headers, or "stock-ARCH" of trixie's 6.12 for another
# architecture, which bookworm has no 6.12 for; unpacked in the cache, never installed.
# Usage: stock.sh [ARCH]	default: x86_64; s390x
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
# shellcheck source-path=SCRIPTDIR source=arch.sh
. "$qemu_dir/arch.sh"
# shellcheck source-path=SCRIPTDIR source=debian.sh
. "$qemu_dir/debian.sh"
arch=${1:-x86_64}
arch_table "$arch"
case $arch in
x86_64) name=stock meta=linux-image-6.12-amd64 modules=(9pnet_virtio 9p) ;;
s390x) name=stock-s390x meta=linux-image-s390x modules=(virtio_console 9pnet_virtio 9p) ;;
*) fail "there is no stock kernel for $arch" ;;
esac
flavour=${meta##*-} kit=$C/kit/$name dir=$C/$name conf=()

# Prints the release that the metapackage stands for, e.g. 6.12.9+deb12-amd64.
candidate() {
	apt-cache "${conf[@]}" depends "$meta" 2>/dev/null |
		sed -n "s/^ *Depends: linux-image-\([0-9].*-$flavour\)$/\1/p" | head -n 1 || true
}

# Judged by who calls it: set -e does not work in there.
fetch() {
	local release=$1 abi=${1%-"$flavour"} packages
	packages=("linux-image-$release" "linux-headers-$release" "linux-headers-$abi-common")
	# Kbuild's programs run here, so they are always bookworm's.
	[ -n "$cross" ] || packages+=("linux-kbuild-$abi")
	(cd "$new/debs" && apt-get -qq "${conf[@]}" download "${packages[@]}")
}

# Headers of a newer Debian, made to do with bookworm's compiler and its kbuild of the same 6.12.
adapt() {
	local headers=$1 kbuild
	kbuild=$(find "$C/stock/root/usr/lib" -maxdepth 1 -name 'linux-kbuild-6.12*')
	[ -d "$kbuild" ] || fail "no kbuild of 6.12 in $C/stock"
	mkdir -p "$new/root/usr/lib"	# a copy: that kit may be replaced
	cp -r "$kbuild" "$new/root/usr/lib/linux-kbuild-$2"
	sed -i 's/gcc-14/gcc/' "$headers/.kernelvariables"
	# What gcc 14 can and gcc 12 cannot; and BTF that pahole 1.24 has no options for.
	sed -i '/CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT/d' "$headers"/include/config/auto.conf "$headers"/include/generated/autoconf.h
	rm -f "$headers/vmlinux"
}

[ -z "$cross" ] || "$0"	# for its kbuild
lock "$name"
release=''
if [ -z "$cross" ]; then
	release=$(candidate)
elif [ ! -e "$kit/release" ]; then
	debian_lists "$dir.apt" "$debian" trixie
	conf=(-c "$dir.apt/conf")
	release=$(candidate)
fi
if [ -z "$release" ] && [ ! -e "$kit/release" ]; then
	apt-get -qq "${conf[@]}" update
	release=$(candidate)
	[ -n "$release" ] || fail "$meta: apt knows no such package (are bookworm and bookworm-security among its sources?)"
fi
current=$(cat "$kit/release" 2>/dev/null || true)

if [ -n "$release" ] && [ "$release" != "$current" ]; then
	say "fetching Debian's $release"
	new=$dir.new
	rm -rf "$new"
	mkdir -p "$new/debs" "$new/root"
	log=$dir.log
	if ! fetch "$release" >"$log" 2>&1; then
		say "the lists of packages may be older than what is there: fetching them again"
		apt-get -qq "${conf[@]}" update >>"$log" 2>&1 || true
		release=$(candidate)
		fetch "${release:-no-release}" >>"$log" 2>&1 ||
			fail "$meta: cannot download ${release:-it} and its headers for $arch, with lists fetched just now:" \
				"$(grep '^[EW]:' "$log" | tail -n 1) (all of it: $log); if the mirror lacks what it lists, try later or another one"
	fi
	for deb in "$new"/debs/*.deb; do
		dpkg -x "$deb" "$new/root"
	done
	headers=$new/root/usr/src/linux-headers-$release
	rm -rf "$new/debs" "$dir.apt"
	# The headers say where dpkg would have put them.
	sed -i "s#/usr/src/#$dir/root/usr/src/#" "$headers/Makefile"
	[ -z "$cross" ] || adapt "$headers" "${release%-"$flavour"}"
	lib=$new/root/lib
	[ -d "$lib/modules" ] || ln -s usr/lib "$lib"
	rm -f "$lib/modules/$release"/{build,source}
	depmod -b "$new/root" "$release"
	rm -rf "$dir" "$kit"
	mv "$new" "$dir"
	mkdir -p "$kit"
	ln -s "$dir/root/boot/vmlinuz-$release" "$kit/bzImage"
	ln -s "$dir/root/usr/src/linux-headers-$release" "$kit/build"
	ln -s "$dir/root/lib/modules/$release" "$kit/modules"
	echo "$release" >"$kit/release.new"
fi
if [ -e "$kit/release.new" ] || [ "$qemu_dir/init.c" -nt "$kit/initrd" ]; then
	"$qemu_dir/initrd.sh" "$name" "$dir/root" "$(cat "$kit"/release* | head -n 1)" "${modules[@]}"
fi
# Last: a kit with a release is a whole one.
[ ! -e "$kit/release.new" ] || mv "$kit/release.new" "$kit/release"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes a kit of a kernel that is built here, with ccache: "series" (see arch.sh), linux-source-6.1 with patches/6.1, configured
# by ./guest.config and ./ARCH.config; or "newest", Debian's newest kernel, configured by ./newest.config besides.
# Usage: kernel.sh [ARCH|newest]	default: x86_64
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
# shellcheck source-path=SCRIPTDIR source=arch.sh
. "$qemu_dir/arch.sh"
arch=${1:-x86_64}
case $arch in
newest)
	arch=x86_64 name=newest base=$C/newest
	;;
*)
	name=$(arch_kit "$arch") base=$C/series
	;;
esac
arch_table "$arch"
kit=$C/kit/$name
source=$base/source build=$base/build${cross:+-$arch}
configs=("$qemu_dir/guest.config" "$qemu_dir/$arch.config")
if [ "$name" = newest ]; then
	configs+=("$qemu_dir/newest.config") objects=2050
	"$qemu_dir/newest.sh"
	version=$source/.ptdesc-version
else
	"$qemu_dir/source.sh"
	share series
	version=$base/stamp
fi
lock "kit-$name"
stamp=$(cat "$version" "${configs[@]}" | sha256sum)
if [ "$(cat "$kit/stamp" 2>/dev/null)" = "$stamp" ]; then
	[ "$kit/initrd" -nt "$qemu_dir/init.c" ] || "$qemu_dir/initrd.sh" "$name"
	exit 0
fi
# What every make of the kernel is told. Only so: it takes ARCH from the environment, too.
kbuild=(make -C "$source" O="$build" ARCH="$karch" CROSS_COMPILE="$cross" CC="ccache ${cross}gcc")

# allnoconfig leaves out silently what it cannot have: nothing may be missing that was asked for.
configure() {
	local line name config=$build.config asked
	asked=$(basename -a "${configs[@]}" | xargs)
	# "#-" takes back a line of another file.
	cat "${configs[@]}" | grep -vxF -f <(sed -n 's/^#-//p' "${configs[@]}") >"$config"
	if ! cmp -s "$config" "$build/.requested"; then
		run "$build.log" "${kbuild[@]}" -s KCONFIG_ALLCONFIG="$config" allnoconfig
		mv "$config" "$build/.requested"
	else
		run "$build.log" "${kbuild[@]}" -s olddefconfig
	fi
	while read -r line; do
		case $line in
		CONFIG_*)
			grep -qxF "$line" "$build/.config" ||
				fail "$asked ask for $line, but this kernel has no such option or something that it depends on is off"
			;;
		"# CONFIG_"*" is not set")
			name=${line#\# }
			! grep -q "^${name%% *}=" "$build/.config" || fail "$asked ask for no ${name%% *}, but another option selects it"
			;;
		esac
	done <"$build/.requested"
}

# One line every 15 s.
progress() {
	local start=$SECONDS n=0
	while read -rt 15 <>"$build.tick" || true; do
		n=$(grep -cE '^ +(CC|AS|LD|AR|BTF)' "$build.log" || true)
		say "$n objects (a cold build has about $objects), $((SECONDS - start)) s"
	done
}

rm -f "$kit/stamp"
mkdir -p "$kit" "$build"
export KBUILD_BUILD_TIMESTAMP='Thu Jan 1 00:00:00 UTC 1970' KBUILD_BUILD_USER=ptdesc KBUILD_BUILD_HOST=ptdesc
configure
release=$("${kbuild[@]}" -s kernelrelease)
say "building $release for $arch"
start=$SECONDS
rm -f "$build.tick"
mkfifo "$build.tick"
progress 7>&- 9>&- &
ticker=$!
trap 'kill "$ticker" 2>/dev/null || true' EXIT
run "$build.log" nice "${kbuild[@]}" -j"$jobs" "$target" modules
if grep -q 'warning:' "$build.log"; then
	grep -A 5 'warning:' "$build.log" | head -n 40 >&2
	fail "the build warned (all of it: $build.log)"
fi
ln -sfn "$build" "$kit/build"
cp "$build/$image" "$kit/bzImage.new"
mv "$kit/bzImage.new" "$kit/bzImage"
"$qemu_dir/initrd.sh" "$name"
echo "$release" >"$kit/release"
echo "$stamp" >"$kit/stamp"
say "done in $((SECONDS - start)) s"

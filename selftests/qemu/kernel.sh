#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the kit "series": linux-source-6.1 with patches/6.1, configured by ./x86_64.config, built with ccache.
# Usage: kernel.sh
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
[ "${ARCH:-x86_64}" = x86_64 ] || fail "ARCH=$ARCH: only x86_64 so far"
config=$qemu_dir/x86_64.config
kit=$C/kit/series
build=$C/series/build

"$qemu_dir/source.sh"
lock series
stamp=$(cat "$C/series/stamp" "$config" | sha256sum)
if [ "$(cat "$kit/stamp" 2>/dev/null)" = "$stamp" ]; then
	[ "$kit/initrd" -nt "$qemu_dir/init.c" ] || "$qemu_dir/initrd.sh" series
	exit 0
fi

# allnoconfig leaves out silently what it cannot have: nothing may be missing that was asked for.
configure() {
	local line name
	if ! cmp -s "$config" "$build/.requested"; then
		run "$build.log" make -s -C "$C/series/source" O="$build" KCONFIG_ALLCONFIG="$config" allnoconfig
		cp "$config" "$build/.requested"
	else
		run "$build.log" make -s -C "$C/series/source" O="$build" olddefconfig
	fi
	while read -r line; do
		case $line in
		CONFIG_*)
			grep -qxF "$line" "$build/.config" ||
				fail "${config##*/} asks for $line, but 6.1 has no such option or something that it depends on is off"
			;;
		"# CONFIG_"*" is not set")
			name=${line#\# }
			! grep -q "^${name%% *}=" "$build/.config" || fail "${config##*/} asks for no ${name%% *}, but another option selects it"
			;;
		esac
	done <"$config"
}

# One line every 15 s.
progress() {
	local start=$SECONDS n=0
	while read -rt 15 <>"$build.tick" || true; do
		n=$(grep -cE '^ +(CC|AS|LD|AR|BTF)' "$build.log" || true)
		say "$n objects (a cold build has about 1800), $((SECONDS - start)) s"
	done
}

rm -f "$kit/stamp"
mkdir -p "$kit" "$build"
export CCACHE_DIR=$C/ccache CCACHE_MAXSIZE=3G
export KBUILD_BUILD_TIMESTAMP='Thu Jan 1 00:00:00 UTC 1970' KBUILD_BUILD_USER=ptdesc KBUILD_BUILD_HOST=ptdesc
configure
say "building $(make -s -C "$C/series/source" O="$build" kernelrelease)"
start=$SECONDS
rm -f "$build.tick"
mkfifo "$build.tick"
progress 9>&- &
ticker=$!
trap 'kill "$ticker" 2>/dev/null || true' EXIT
run "$build.log" nice make -C "$C/series/source" O="$build" CC="ccache gcc" -j"$jobs" bzImage modules
if grep -q 'warning:' "$build.log"; then
	grep -A 5 'warning:' "$build.log" | head -n 40 >&2
	fail "the build warned (all of it: $build.log)"
fi
ln -sfn "$build" "$kit/build"
cp "$build/arch/x86/boot/bzImage" "$kit/bzImage.new"
mv "$kit/bzImage.new" "$kit/bzImage"
"$qemu_dir/initrd.sh" series
make -s -C "$C/series/source" O="$build" kernelrelease >"$kit/release"
echo "$stamp" >"$kit/stamp"
say "done in $((SECONDS - start)) s"

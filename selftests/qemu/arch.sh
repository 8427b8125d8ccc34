# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
# Sourced behind cache.sh: what differs from one architecture to the next, in one place. The names are those of `make check
# ARCH=`. The series kernel of x86_64 is the kit "series", that of another ARCH is "series-ARCH", and so with "stock"; every other
# kit is for x86_64.
foreign='s390x ppc64le arm64 riscv64'

# kit_arch KIT: prints the architecture that it is for.
kit_arch() {
	if [[ $1 =~ ^(series|stock)- && " $foreign " = *" ${1#*-} "* ]]; then echo "${1#*-}"; else echo x86_64; fi
}

# arch_kit ARCH: prints the name of its series kit.
arch_kit() { if [ "$1" = x86_64 ]; then echo series; else echo "series-$1"; fi; }

# arch_table ARCH: sets
#   karch		ARCH of the kernel's make		cross	prefix of the compiler, empty for this machine's own
#   target image	what make builds, and the file that boots
#   qemu machine cpu extra	QEMU's program, -M, the -cpu of TCG, and more options
#   console bus		console= of the kernel, and the suffix of QEMU's virtio devices
#   debian suite	Debian's name of it, and the first suite that has it (foreign ones only)
#   boots		how to boot it for the tests: "NAME KERNEL-ARGUMENTS" each, - for no name
#   ldflags ldlibs	with which ptdesc-check is linked with these packages, besides
#   triplet		Debian's multiarch directory	objects	how many a cold build of the kernel has, about
arch_table() {
	boots=('-') extra=() ldflags='' ldlibs=''
	case $1 in
	x86_64)
		karch=x86_64 cross='' target=bzImage image=arch/x86/boot/bzImage
		# Emulated, rep movsb and stosb are a round for each byte, and a kernel told that they are fast clears and copies
		# by them. Over a page with code that is translated, each round looks for it: QEMU 7.2 took minutes for a huge page.
		qemu=qemu-system-x86_64 machine=pc cpu=max,-erms,-fsrm console=ttyS0 bus=pci
		triplet=x86_64-linux-gnu objects=1800
		;;
	s390x)
		karch=s390 cross=s390x-linux-gnu- target=bzImage image=arch/s390/boot/bzImage
		qemu=qemu-system-s390x machine=s390-ccw-virtio cpu=max console=ttyS1 bus=ccw
		debian=s390x suite=bookworm triplet=s390x-linux-gnu objects=1100
		;;
	ppc64le)
		karch=powerpc cross=powerpc64le-linux-gnu- target=vmlinux image=vmlinux
		boots=('radix' 'hash disable_radix')
		qemu=qemu-system-ppc64 machine=pseries,x-vof=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off
		# The small firmware, which boots 5 s sooner, leaves the NVRAM unformatted, over which Linux warns: QEMU formats it.
		extra=(-prom-env ptdesc=guest)
		cpu=power9 console=hvc0 bus=pci
		debian=ppc64el suite=bookworm triplet=powerpc64le-linux-gnu objects=1380
		;;
	arm64)
		karch=arm64 cross=aarch64-linux-gnu- target=Image image=arch/arm64/boot/Image
		qemu=qemu-system-aarch64 machine=virt cpu=max console=ttyAMA0 bus=device
		debian=arm64 suite=bookworm triplet=aarch64-linux-gnu objects=1100
		;;
	riscv64)
		karch=riscv cross=riscv64-linux-gnu- target=Image image=arch/riscv/boot/Image
		qemu=qemu-system-riscv64 machine=virt cpu=rv64 console=ttyS0 bus=device
		# Debian has riscv64 since trixie, whose libelf.a cannot be linked. Of forky's libelf.a and libz.a both have crc32(), and
		# neither GNU ld 2.40 nor lld 14 can do with its libc.a.
		ldflags='-B/usr/lib/llvm-19/bin -fuse-ld=lld -Wl,-z,muldefs' ldlibs=-lzstd
		debian=riscv64 suite=forky triplet=riscv64-linux-gnu objects=1260
		;;
	*) fail "ARCH=$1: no such architecture (x86_64 $foreign)" ;;
	esac
}

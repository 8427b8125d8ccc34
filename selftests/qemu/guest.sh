#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Boots a kit in QEMU and runs one command in it, on this machine's own root file system, or on that of another architecture.
#
# Usage: guest.sh KIT [OPTION...] -- COMMAND [ARG...]
#   KIT        series | stock | newest | series-ARCH (arch.sh): a directory $C/kit/KIT with bzImage, initrd, release (see cache.sh)
#   -m MIB     memory, default 1024		-c CPUS   default 2
#   -C MODEL   QEMU cpu, default that of arch.sh (x86_64: of max, which has 5 levels; max,-la57 for 4); means TCG
#   -a ARGS    more kernel arguments		-t SECONDS  kill after, default 600
#   -o DIR     host directory, writable for the guest, there under $PTDESC_OUT
#
# In the guest: root is this machine's /, or with series-ARCH $C/root/ARCH (root.sh), read-only; /tmp /run /var/tmp /var/log /var/lib/redis /root /mnt /dev/shm are
# fresh tmpfs (this tree and the cache stay visible, read-only); proc, sys, debugfs, tracefs, securityfs, cgroup2 and bpf
# are mounted; loopback is up; stdin is empty; cwd is the project's tree. Environment: PATH HOME LANG, every PTDESC_*
# of the caller, and PTDESC_KIT, PTDESC_ARCH, PTDESC_MODULE and PTDESC_INJECT (the kit's modules), PTDESC_TEST_MODULES (directory
# of those that tests of one architecture load), PTDESC_PROGRAMS (directory of the built tests), PTDESC_CHECK (ptdesc-check),
# PTDESC_LINUX (source of 6.1), PTDESC_OUT.
#
# PTDESC_TCG=multi: emulates, though there may be KVM, as is done where KVM is missing or does not work.
# PTDESC_TCG=single: emulates the CPUs in turn, in one thread, which cannot lose a change of code (see boot below).
# PTDESC_TCG=counted: one CPU, of whose clock an executed instruction takes one nanosecond: CPU time is a count of them.
#
# stdout: the command's stdout and stderr, byte for byte. Exit status: the command's; but
#   124 hung: killed after -t SECONDS	125 the kernel panicked, oopsed, warned or stalled (overrides the command's)
#   126 did not boot; wrong usage too.	With each of these the console's tail is on stderr.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$(dirname "$(readlink -f "$0")")/cache.sh"
# shellcheck source-path=SCRIPTDIR source=arch.sh
. "$qemu_dir/arch.sh"

usage() { echo "guest: $* (usage: guest.sh KIT [-m MIB] [-c CPUS] [-C MODEL] [-a ARGS] [-t SECONDS] [-o DIR] -- COMMAND...)" >&2; exit 126; }

[ $# -gt 0 ] || usage "no kit given"
name=$1 kit=$C/kit/$1
arch=$(kit_arch "$name")
arch_table "$arch"
shift
mem=1024 cpus=2 model='' args='' seconds=600 out=''
while getopts m:c:C:a:t:o: o; do
	case $o in
	m) mem=$OPTARG ;; c) cpus=$OPTARG ;; C) model=$OPTARG ;; a) args=$OPTARG ;;
	t) seconds=$OPTARG ;; o) out=$(readlink -f "$OPTARG") ;; *) usage "bad option" ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || usage "no command given"
for n in "$mem" "$cpus" "$seconds"; do
	[[ $n =~ ^[1-9][0-9]*$ ]] || usage "'$n' is not a positive number"
done
[ -s "$tree/selftests/complaints" ] || usage "no $tree/selftests/complaints to judge the guest by"
[ -z "$out" ] || [ -d "$out" ] || usage "-o $out is not a directory"
[[ -s $kit/release && -s $kit/initrd ]] || usage "kit $name is not there (make it: make kernel, or make demo KERNEL=stock, or make check ARCH=)"

# Where things are in the guest. This machine's programs are built beside their source, another's in build/KIT.
if [ -z "$cross" ]; then
	root=/ built=$tree
else
	root=$C/root/$arch built=$tree/build/$name
	[ -d "$root/usr" ] || usage "$root is not there (make it: make check ARCH=$arch)"
fi

# A /dev/kvm that exists may still abort QEMU: believe it only after a virtual CPU has run three instructions
# (mov $16,%al; out %al,$0xf4; hlt at the reset vector) and ended QEMU through the debug port with 16 * 2 + 1; and no
# kernel has failed on it since this machine was started.
kvm_works() {
	[ -w /dev/kvm ] || return 1
	! grep -sqxFf /proc/sys/kernel/random/boot_id "$C/no-kvm" || return 1
	local status=0
	{ head -c 65520 /dev/zero; printf '\xb0\x10\xe6\xf4\xf4\0\0\0\0\0\0\0\0\0\0\0'; } >"$run/rom"
	# In a shell of its own, whose word about an abort nobody needs.
	(timeout -k 1 10 qemu-system-x86_64 -accel kvm -cpu host -m 16 -nodefaults -no-user-config -display none \
		-bios "$run/rom" -device isa-debug-exit,iobase=0xf4; exit $?) </dev/null >"$run/kvm" 2>&1 || status=$?
	[ "$status" = 33 ]
}

# What init.c reads from the share "call".
call() {
	mkdir "$run/call"
	printf '%s\0' "$@" >"$run/call/argv"
	printf '%s\0' "$tree" >"$run/call/cwd"
	: >"$run/call/keep"
	: >"$run/call/mounts"
	if [ "$root" = / ]; then
		printf '%s\0' "$tree" "$C" | awk 'BEGIN { RS = ORS = "\0" } /^\/(tmp|run|var\/tmp|var\/log|root|mnt)(\/|$)/' >"$run/call/keep"
	else
		printf '%s\0' tree "$tree" cache "$C" >"$run/call/mounts"
		mkdir -p "$root$tree" "$root$C"
	fi
	{
		env -0 | awk 'BEGIN { RS = ORS = "\0" } /^PTDESC_[A-Z_]*=/ && !/^PTDESC_(KIT|ARCH|MODULE|INJECT|TEST_MODULES|PROGRAMS|CHECK|LINUX|OUT)=/'
		printf '%s\0' PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
			"PTDESC_KIT=$name" "PTDESC_ARCH=$arch" "PTDESC_LINUX=$C/linux-6.1" \
			"PTDESC_MODULE=$tree/build/$name/module/ptdesc.ko" \
			"PTDESC_INJECT=$tree/build/$name/selftests/inject/ptdesc_inject.ko" \
			"PTDESC_TEST_MODULES=$tree/build/$name/selftests/arch/$arch" \
			"PTDESC_PROGRAMS=$built/selftests" "PTDESC_CHECK=$built/tools/ptdesc-check"
		[ -z "$out" ] || printf '%s\0' PTDESC_OUT=/run/ptdesc-out
	} >"$run/call/env"
}

run=$(mktemp -d)
emulator='' watch=''
# shellcheck disable=SC2317 # reached through the trap
tidy() {
	[ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
	[ -z "$watch" ] || kill "$watch" 2>/dev/null || true
	rm -rf "$run"
}
trap tidy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
call "$@"

emulated=(-accel "tcg,thread=${PTDESC_TCG:-multi}" -cpu "${model:-$cpu}") kvm=''
if [ "${PTDESC_TCG:-}" = counted ]; then
	cpus=1 accel=(-accel "tcg,thread=single" -icount shift=0 -cpu "${model:-$cpu}")
elif [ -z "${PTDESC_TCG:-}" ] && [ -z "$model" ] && [ -z "$cross" ] && kvm_works; then
	kvm=1 accel=(-accel kvm -cpu host)
else
	accel=("${emulated[@]}")
fi
devices=()
# share DIR TAG [,readonly=on]
share() {
	devices+=(-fsdev "local,id=$2,path=${1//,/,,},security_model=none,multidevs=remap${3:-}"
		-device "virtio-9p-$bus,fsdev=$2,mount_tag=$2")
}
# port NAME: a virtio port of that name, into the file of that name in $run
port() {
	devices+=(-chardev "file,id=$1,path=$run/$1" -device "virtserialport,chardev=$1,name=$1")
}
share "$root" root ,readonly=on
share "$run/call" call ,readonly=on
[ "$root" = / ] || { share "$tree" tree ,readonly=on; share "$C" cache ,readonly=on; }
[ -z "$out" ] || share "$out" out
devices+=(-serial "file:$run/console" -device "virtio-serial-$bus")
port output

# Stalls are judged by the console: on a busy machine without KVM 20 seconds can pass in one step of a virtual CPU.
# no_timer_check: whether timer interrupts come in time says nothing on a busy host, and the kernel would panic over it.
append="console=$console panic=-1 panic_on_warn=1 oops=panic rcupdate.rcu_cpu_stall_timeout=120 watchdog_thresh=60 $args"
if [ "$arch" = x86_64 ]; then
	# Through a serial line, which the stock kernel has before it has loaded a module.
	append+=" no_timer_check status=/dev/ttyS1"
	devices+=(-serial "file:$run/status")
else
	port status
fi
# A guest that does not come up ends sooner than one whose command takes long. A kernel that checks itself comes up slowly.
boot=$((seconds / 8 > 180 ? seconds / 8 : 180))
boot=$((seconds < boot ? seconds : boot))

kvm_failed() { [ -n "$kvm" ] && grep -q '^KVM internal error' "$run/qemu"; }

# Boots and waits for the end; leaves console, status and qemu in $run, and QEMU's exit status in $timed.
boot() {
	rm -f "$run"/{console,status,output,never}
	touch "$run/console" "$run/status"
	mkfifo "$run/output" "$run/never"
	# Through cat: our stdout may be what QEMU cannot open. setpriv: QEMU does not outlive this script.
	cat "$run/output" &
	local cat=$!
	setpriv --pdeathsig TERM -- timeout -k 5 "$seconds" \
		"$qemu" -M "$machine" "${extra[@]}" "${accel[@]}" -m "$mem" -smp "$cpus" -nodefaults -no-user-config -display none -no-reboot \
		-kernel "$kit/bzImage" -initrd "$kit/initrd" -append "$append" \
		"${devices[@]}" </dev/null >"$run/qemu" 2>&1 &
	emulator=$!
	{
		# A virtual CPU that KVM gives up only stops, and may do so at any time.
		for ((waited = 1; ; waited++)); do
			# A pipe that nobody writes to: a sleep that leaves no process behind when it is cut short.
			read -rt 1 <>"$run/never" || true
			! kvm_failed || break
			[ "$waited" -ge "$boot" ] || continue
			grep -q '^ready' "$run/status" || break
			[ -n "$kvm" ] || exit 0
		done
		kill "$emulator"
	} >/dev/null 2>&1 &
	watch=$!

	timed=0
	wait "$emulator" || timed=$?
	emulator=''
	kill "$watch" 2>/dev/null || true
	watch=''
	# Had QEMU not come as far as opening the pipe, cat would wait for ever.
	exec 8<>"$run/output" 8>&-
	wait "$cat" || true
}

# QEMU before 8.1 can keep a translation of code that another virtual CPU changes at that moment (its commit "accel/tcg:
# Always lock pages before translation" ended that). Linux patches its own code through int3: a stale one oopses, mostly
# while booting on a busy machine. Nothing of the command has run then: boot again, and say so.
boot
# A KVM that runs a few instructions may still not run a kernel: one within another's that emulates much and not all.
if [ -n "$kvm" ] && ! grep -q '^ready' "$run/status"; then
	echo "guest: $name: it does not boot with this machine's KVM ($(grep -m 1 KVM "$run/qemu" || echo "QEMU does not say why")): emulating" >&2
	cat /proc/sys/kernel/random/boot_id >"$C/no-kvm"
	kvm='' accel=("${emulated[@]}")
	boot
fi
for _ in 1 2; do
	if grep -q '^ready' "$run/status" || ! grep -aq 'int3: 0000' "$run/console"; then
		break
	fi
	echo "guest: $name: QEMU's emulation lost a change of code while booting (an oops by int3): booting again" >&2
	boot
done

tail_of_console() {
	{
		echo "guest: $name: $*; the console's end:"
		tail -n "${PTDESC_CONSOLE_LINES:-40}" "$run/console" | tr -d '\r'
		cat "$run/qemu"
	} >&2
}

# What a kernel says of itself when something is wrong: extended regular expressions.
if found=$(grep -aEm 1 -f "$tree/selftests/complaints" "$run/console"); then
	tail_of_console "the kernel complained: ${found//$'\r'/}"
	! grep -aq 'int3: 0000' "$run/console" || echo "guest: $name: an emulator's fault, most likely: PTDESC_TCG=single avoids it" >&2
	exit 125
elif ! grep -q '^ready' "$run/status"; then
	tail_of_console "did not boot: $(grep '^failed' "$run/status" || echo "no sign of life from PID 1 in $boot s")"
	exit 126
elif ! status=$(sed -n 's/^exit \([0-9]*\)$/\1/p' "$run/status") || [ -z "$status" ]; then
	if kvm_failed; then
		tail_of_console "KVM gave up a virtual CPU"
		echo "guest: $name: KVM's fault: PTDESC_TCG=multi avoids it" >&2
		exit 125
	elif [ "$timed" = 124 ]; then
		tail_of_console "hung: killed after $seconds s"
		exit 124
	fi
	tail_of_console "ended without a word from PID 1 (QEMU status $timed)"
	exit 125
fi
exit "$status"

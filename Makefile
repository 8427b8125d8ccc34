# SPDX-License-Identifier: GPL-2.0-only
# ptdesc. What a user types; the work is done by the scripts and Makefiles of each part. V=1 shows commands.
#
# Everything built here is in build/ and beside its source; kernels, their sources and ccache are in a cache outside of
# the tree, ${XDG_CACHE_HOME:-~/.cache}/ptdesc (PTDESC_CACHE=DIR for another place): delete it at any time.

KERNEL	?= series
ARCH	?= x86_64
KDIR	?= /lib/modules/$(shell uname -r)/build
V	?= 0
export V

qemu	:= selftests/qemu
Q	:= $(if $(filter 1,$(V)),,@)
MAKEFLAGS += --no-print-directory

# $(call step,what,command): says how long it took.
step	= @start=$$(date +%s); $(2) && echo "== $(1): $$(($$(date +%s) - start)) s"

kit-series := $(qemu)/kernel.sh
kit-stock  := $(qemu)/stock.sh
kit-newest := $(qemu)/kernel.sh newest
kit-debug-whole := selftests/mm/kit.sh whole debug
guest	= $(qemu)/guest.sh $(KERNEL)

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup kernel module drop-in dkms tools demo check check-series check-arch check-cost check-icount check-mm check-debug bench bench-native soak storm fuzz clean

help:
	@echo "make demo [KERNEL=NAME]   the main job, from nothing: a kernel boots in QEMU, ptdesc.ko lists its page tables,"
	@echo "                          ptdesc-check verifies real processes (stock: Debian's 6.12, no kernel to build; newest:"
	@echo "                          the newest kernel source in Debian, built with our options)"
	@echo "make check                all tests; the last line counts them"
	@echo "make check ARCH=NAME      the same on the series kernel of s390x, ppc64le, arm64 or riscv64, built and emulated here"
	@echo "       TESTS=\"NAME...\"   only these guest tests; KITS=series, stock or newest: only on this kernel"
	@echo "make bench [KERNEL=NAME]  what the listing and the walk cost, as ratios within one run"
	@echo "make bench-native         what the checker costs on this machine, as root, without a module: takes two CPUs for minutes"
	@echo "make soak [KERNEL=NAME]   10 minutes of readers against churn and memory hotplug, 500 loads; debug-whole: on the debug kernel"
	@echo "       SOAK_SECONDS=N SOAK_CYCLES=N: so many seconds (600) and loads (500); SOAK_LIMIT=N: gives up after N seconds (9000)"
	@echo "make storm [KERNEL=NAME]  10 million table checks while real load runs; what a run found is kept in build/storm-NAME"
	@echo "make fuzz [SECONDS=N]     fuzzes what the checker parses: libFuzzer with sanitizers, N seconds each (1800)"
	@echo "make check-series         each patch applies with git am, passes checkpatch, builds"
	@echo "make check-arch           the series compiles on every architecture of 6.1, without a new warning"
	@echo "make check-cost           its first part compiles to the same machine code (x86_64, arm64, s390x, ppc64le)"
	@echo "make check-icount         what it costs in executed instructions, by operation"
	@echo "make check-mm             the kernel's own mm selftests say of it what they say of the unpatched kernel"
	@echo "make check-debug          ... and its own checkers (KASAN, lockdep, ...) report nothing meanwhile"
	@echo "make kernel               linux-source-6.1 with patches/6.1"
	@echo "make module KDIR=DIR      module/ptdesc.ko for the kernel built in DIR"
	@echo "make drop-in KSRC=DIR     puts inspector and tests into the kernel source in DIR (REMOVE=1 takes them away again)"
	@echo "make dkms [DESTDIR=DIR]   /usr/src/ptdesc-1, from which dkms install ptdesc/1 builds it for each kernel of this machine"
	@echo "make tools                tools/ptdesc-check, static"
	@echo "make setup                install the Debian packages that all of this needs"
	@echo "make clean                V=1 shows commands"

setup:
	$(Q)$(qemu)/setup.sh

kernel:
	$(Q)$(qemu)/setup.sh build guest kernel
	$(Q)$(qemu)/kernel.sh

module:
	$(Q)$(qemu)/setup.sh build
	$(Q)$(qemu)/module.sh for $(KDIR)

drop-in:
	$(Q)module/drop-in.sh $(if $(REMOVE),-r) "$(KSRC)"

dkms_src := $(DESTDIR)/usr/src/ptdesc-1
dkms:
	$(Q)rm -rf $(dkms_src)
	$(Q)install -d $(dkms_src)/module $(dkms_src)/include
	$(Q)install -m 644 module/dkms.conf $(dkms_src)
	$(Q)install -m 644 module/Kbuild $(filter-out %.mod.c,$(wildcard module/*.[ch])) $(dkms_src)/module
	$(Q)install -m 644 include/ptdesc.h $(dkms_src)/include

tools:
	$(Q)$(qemu)/setup.sh build
	$(Q)$(MAKE) -C tools

.PHONY: subject
subject:
	$(if $(kit-$(KERNEL)),,$(error KERNEL=$(KERNEL): no such kit (series, stock, newest or debug-whole)))
	$(call step,packages,$(qemu)/setup.sh build guest $(if $(filter-out stock,$(KERNEL)),kernel) $(if $(filter debug-%,$(KERNEL)),mm))
	$(call step,$(KERNEL) kernel,$(kit-$(KERNEL)))
	$(call step,ptdesc.ko,$(qemu)/module.sh $(KERNEL))
	$(call step,ptdesc-check,$(MAKE) -s -C tools)

demo: subject
	$(call step,demo on $(KERNEL),$(guest) -m 2048 -t 900 -- selftests/demo.sh)

check:
	$(Q)$(qemu)/setup.sh $(if $(filter x86_64,$(ARCH)),,build guest kernel check $(ARCH))
	$(Q)ARCH=$(ARCH) selftests/check.sh $(TESTS)

# The long proofs of the series; none is part of make check.
check-series:
	$(Q)$(qemu)/setup.sh build kernel check series
	$(call step,check-series,patches/check.sh -b patches/check.config)

check-arch:
	$(Q)$(qemu)/setup.sh build kernel arch
	$(call step,check-arch,patches/arch.sh)

check-cost:
	$(Q)$(qemu)/setup.sh build kernel cost
	$(call step,check-cost,patches/cost.sh)

check-icount:
	$(Q)$(qemu)/setup.sh build guest kernel
	$(call step,check-icount,selftests/icount/check.sh)

check-mm check-debug:
	$(Q)$(qemu)/setup.sh build guest kernel mm
	$(call step,$@,selftests/mm/check.sh $(filter debug,$(@:check-%=%)))

bench: subject
	$(Q)$(qemu)/setup.sh kernel
	$(Q)$(qemu)/source.sh pristine
	$(Q)$(qemu)/module.sh $(KERNEL) selftests/bench
	$(call step,bench on $(KERNEL),$(guest) -m 2048 -t 1800 -- selftests/bench.sh)
	$(call step,bench on $(KERNEL) in instructions,PTDESC_TCG=counted $(guest) -m 2048 -t 1800 -- selftests/bench.sh counted)
	$(call step,bench on $(KERNEL) with 16 GiB,$(guest) -m 16384 -t 1800 -- selftests/bench.sh listing)

bench-native:
	$(Q)$(qemu)/setup.sh build kernel
	$(Q)$(qemu)/source.sh pristine
	$(call step,ptdesc-check,$(MAKE) -s -C tools)
	$(call step,bench on this machine,selftests/bench.sh native)

soak: subject
	$(call step,soak on $(KERNEL),$(guest) -m 2048 -t $(or $(SOAK_LIMIT),9000) $(if $(filter debug-%,$(KERNEL)),-a acpi=noirq) \
		-- env SOAK_SECONDS=$(or $(SOAK_SECONDS),600) SOAK_CYCLES=$(or $(SOAK_CYCLES),500) selftests/soak.sh)

# STORM_CHECKS, STORM_SECONDS, STORM_LOADS, PHASES: see there
storm: subject
	$(call step,packages,$(qemu)/setup.sh kernel storm)
	$(Q)$(qemu)/source.sh pristine
	$(call step,load,$(MAKE) -s -C selftests/storm)
	$(Q)rm -rf build/storm-$(KERNEL) && mkdir -p build/storm-$(KERNEL)
	$(call step,storm on $(KERNEL),$(guest) -m 4096 -t 10800 -a numa=fake=2 -o build/storm-$(KERNEL) -- \
		env $(foreach v,STORM_CHECKS STORM_SECONDS STORM_LOADS,$(if $($v),$v="$($v)")) selftests/storm.sh $(PHASES))

# bash has a SECONDS of its own, but exports it to nobody
fuzz:
	$(Q)$(qemu)/setup.sh build check
	$(call step,fuzz,$(MAKE) -C selftests/fuzz fuzz TIME=$(or $(SECONDS),1800))

clean:
	$(Q)rm -rf build module/ptdesc.ko
	$(Q)$(MAKE) -C tools clean
	$(Q)$(MAKE) -C selftests clean

# SPDX-License-Identifier: GPL-2.0-only
# ptdesc. What a user types; the work is done by the scripts and Makefiles of each part. V=1 shows commands.
#
# Everything built here is in build/ and beside its source; kernels, their sources and ccache are in a cache outside of
# the tree, ${XDG_CACHE_HOME:-~/.cache}/ptdesc (PTDESC_CACHE=DIR for another place): delete it at any time.

KERNEL	?= series
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
guest	= $(qemu)/guest.sh $(KERNEL)

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup kernel module tools demo check bench clean

help:
	@echo "make demo [KERNEL=stock]  the main job, from nothing: a kernel boots in QEMU, ptdesc.ko lists its page tables,"
	@echo "                          ptdesc-check verifies real processes (stock: Debian's 6.12, no kernel to build)"
	@echo "make check                all tests; the last line counts them"
	@echo "make bench [KERNEL=stock] what the listing and the walk cost, as ratios within one run"
	@echo "make kernel               linux-source-6.1 with patches/6.1"
	@echo "make module KDIR=DIR      module/ptdesc.ko for the kernel built in DIR"
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

tools:
	$(Q)$(qemu)/setup.sh build
	$(Q)$(MAKE) -C tools

.PHONY: subject
subject:
	$(if $(kit-$(KERNEL)),,$(error KERNEL=$(KERNEL): no such kit (series or stock)))
	$(call step,packages,$(qemu)/setup.sh build guest $(if $(filter series,$(KERNEL)),kernel))
	$(call step,$(KERNEL) kernel,$(kit-$(KERNEL)))
	$(call step,ptdesc.ko,$(qemu)/module.sh $(KERNEL))
	$(call step,ptdesc-check,$(MAKE) -s -C tools)

demo: subject
	$(call step,demo on $(KERNEL),$(guest) -m 2048 -t 900 -- selftests/demo.sh)

check:
	$(Q)$(qemu)/setup.sh
	$(Q)selftests/check.sh $(TESTS)

bench: subject
	$(Q)$(qemu)/setup.sh kernel
	$(Q)$(qemu)/source.sh pristine
	$(call step,bench on $(KERNEL),$(guest) -m 2048 -t 1800 -- selftests/bench.sh)

clean:
	$(Q)rm -rf build module/ptdesc.ko
	$(Q)$(MAKE) -C tools clean
	$(Q)$(MAKE) -C selftests clean

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an architecture's page tables look like: one header each, all with the
 * same functions, pure, usable from C and from BPF. Adding an architecture is
 * adding a header and a line here. A BPF program is told by __TARGET_ARCH_*
 * for which one it is built.
 */
#ifndef ARCH_H
#define ARCH_H

#if defined(__TARGET_ARCH_x86)
#include "x86_64.h"
#elif defined(__TARGET_ARCH_arm64)
#include "arm64.h"
#elif defined(__TARGET_ARCH_riscv)
#include "riscv64.h"
#elif defined(__x86_64__)
#include "x86_64.h"
#elif defined(__aarch64__)
#include "arm64.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "riscv64.h"
#else
#error "ptdesc-check: no arch/*.h for this architecture yet"
#endif

#endif /* ARCH_H */

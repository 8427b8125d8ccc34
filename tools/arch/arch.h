/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an architecture's page tables look like: one header each, all with the
 * same functions, pure, usable from C and from BPF. Adding an architecture is
 * adding a header and a line here.
 */
#ifndef ARCH_H
#define ARCH_H

#if defined(__x86_64__) || defined(__TARGET_ARCH_x86)
#include "x86_64.h"
#else
#error "ptdesc-check: no arch/*.h for this architecture yet"
#endif

#endif /* ARCH_H */

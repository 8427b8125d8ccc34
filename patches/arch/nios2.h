/* SPDX-License-Identifier: GPL-2.0-only */
/* The builtins of a Nios II compiler that the kernel uses, for a type check without one. */
#ifndef __ASSEMBLY__
static inline __attribute__((unused)) int __builtin_rdctl(int reg)
{
	return reg;
}

static inline __attribute__((unused)) void __builtin_wrctl(int reg, int value)
{
	(void)reg;
	(void)value;
}
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The builtins of a Nios II compiler that the kernel uses, for a type check without one.
 * Macros, since this must not add lines to what scripts/cc-version.sh preprocesses.
 */
#ifndef __ASSEMBLY__
#define __builtin_rdctl(reg)		((void)(reg), 0)
#define __builtin_wrctl(reg, value)	((void)(reg), (void)(value))
#endif

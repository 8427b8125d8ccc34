/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clang's LoongArch builtins for control registers want a constant register number,
 * which Linux 6.1 passes through inline functions that nobody calls.  These stand in
 * for them: what is compiled with this is to be checked, never to be run.
 */
#ifndef __ASSEMBLY__
#define __builtin_loongarch_csrrd_w(reg)		((void)(reg), 0U)
#define __builtin_loongarch_csrrd_d(reg)		((void)(reg), 0UL)
#define __builtin_loongarch_csrwr_w(val, reg)		((void)(reg), (unsigned int)(val))
#define __builtin_loongarch_csrwr_d(val, reg)		((void)(reg), (unsigned long)(val))
#define __builtin_loongarch_csrxchg_w(val, mask, reg)	\
	((void)(reg), (void)(mask), (unsigned int)(val))
#define __builtin_loongarch_csrxchg_d(val, mask, reg)	\
	((void)(reg), (void)(mask), (unsigned long)(val))
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that the injector builds for, by feature.
 * The rest is written for 6.12; 6.1 needs the series (struct ptdesc and the
 * pagetable_*() functions, v6.6).
 */
#ifndef INJECT_COMPAT_H
#define INJECT_COMPAT_H

#include <linux/mm.h>

/* "mm: pgtable: introduce pagetable_dtor()", v6.14: one for all levels. */
#ifdef HAVE_PAGETABLE_DTOR
#define inject_pte_dtor(ptdesc)		pagetable_dtor(ptdesc)
#else
#define inject_pte_dtor(ptdesc)		pagetable_pte_dtor(ptdesc)
#endif

/*
 * "mm: pass mm down to pagetable_{pte,pmd}_ctor", v6.16: the inline function
 * compares it with init_mm, which is not exported. This is the rest of it, for
 * any other mm.
 */
static inline bool inject_pte_ctor(struct ptdesc *ptdesc)
{
#ifdef HAVE_PAGETABLE_CTOR_MM
	if (!ptlock_init(ptdesc))
		return false;
	__pagetable_ctor(ptdesc);
	return true;
#else
	return pagetable_pte_ctor(ptdesc);
#endif
}

/*
 * Is the lock of a PTE or PMD table a plain spinlock in its descriptor?
 * USE_SPLIT_PTE_PTLOCKS became a Kconfig symbol with 394290cba966 (v6.12).
 */
#ifdef USE_SPLIT_PTE_PTLOCKS
#define INJECT_PTL_EMBEDDED	(USE_SPLIT_PTE_PTLOCKS && !ALLOC_SPLIT_PTLOCKS)
#elif defined(CONFIG_SPLIT_PTE_PTLOCKS)
#define INJECT_PTL_EMBEDDED	(!ALLOC_SPLIT_PTLOCKS)
#else
#define INJECT_PTL_EMBEDDED	0
#endif

/*
 * Is there a pt_share_count? 59d9094df3d7, v6.14 and stable kernels; its guard
 * was renamed.
 */
#if defined(HAVE_SHARE_COUNT) && defined(CONFIG_HUGETLB_PAGE) && \
	(defined(CONFIG_HUGETLB_PMD_PAGE_TABLE_SHARING) || \
	 defined(CONFIG_ARCH_WANT_HUGE_PMD_SHARE))
#define INJECT_SHARE_COUNT	1
#else
#define INJECT_SHARE_COUNT	0
#endif

/* "x86/bugs: Rename CONFIG_PAGE_TABLE_ISOLATION", v6.9 */
#if defined(CONFIG_PAGE_TABLE_ISOLATION) || \
	defined(CONFIG_MITIGATION_PAGE_TABLE_ISOLATION)
#define INJECT_PTI	1
#else
#define INJECT_PTI	0
#endif

/*
 * No function that flushes another mm's TLB is exported. Moving its TLB
 * generation on makes each CPU flush when it next switches to this mm, which
 * is before a sleeping victim runs again. A running victim does not touch the
 * address, and flushes at its next own munmap().
 */
static inline void inject_stale_tlb(struct mm_struct *mm)
{
#ifdef CONFIG_X86
	atomic64_inc(&mm->context.tlb_gen);
#endif
}

#endif /* INJECT_COMPAT_H */

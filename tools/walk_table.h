/* SPDX-License-Identifier: GPL-2.0-only */
/* One page table as the walk saw it; shared by the BPF program and user space. */
#ifndef WALK_TABLE_H
#define WALK_TABLE_H

#include <linux/types.h>

#include "arch/arch.h"

enum walk_level {	/* as the kernel counts: pte is 1 */
	WALK_PTE = 1, WALK_PMD, WALK_PUD, WALK_P4D, WALK_PGD, WALK_LEVELS
};

/* walk_table.flags */
#define WALK_BAD_PFN	(1 << 0)	/* pfn is not below max_pfn: nothing was read */
#define WALK_NO_PAGE	(1 << 1)	/* struct page could not be read */
#define WALK_NO_TABLE	(1 << 2)	/* the table could not be read: entries are 0 */
#define WALK_MOVED	(1 << 3)	/* some entry on the path from the pgd to here changed meanwhile */
#define WALK_CHAIN_LONG	(1 << 4)	/* deposited chain longer than any can be, or circular */
#define WALK_CHAIN_BAD	(1 << 5)	/* deposited chain leaves memory or meets a page that is no table */

/*
 * One table and its descriptor as read by BPF. Fields that this kernel or this
 * configuration does not have are 0 and their bit in walk_kernel.fields is clear.
 */
struct walk_table {
	__u64 va;		/* first address that the table maps */
	__u64 pfn;		/* of the page that it is in, or of its first */
	__u64 entry;		/* of the parent that led here; 0 for the pgd */
	__u64 page_flags;	/* struct page flags word */
	__u64 pmd_huge_pte;	/* raw pointer word (meaning only at WALK_PMD) */
	__u64 mapping;
	__u64 pt_mm;		/* raw word that holds pt_mm, pt_share_count or fragment counts */
	__u64 ptl;		/* the ptl word: the lock, or a pointer to it (WALK_PTL_POINTER) */
	__u64 memcg_data;
	__u32 page_type;
	__s32 refcount;
	__u32 deposited;	/* tables in the chain at pmd_huge_pte, WALK_PMD only */
	__u32 level;		/* enum walk_level; with 4 levels there is no WALK_P4D */
	__u32 flags;		/* WALK_* */
	__u16 order;		/* compound order, 0 if not a head page */
	__u16 offset;		/* bytes, in its page: where several tables share one, a table is pfn and offset */
};

#define WALK_ENTRIES_MAX	ARCH_ENTRIES

/* walk_kernel.fields */
#define WALK_HAS_PTL		(1 << 0)	/* ptl is in the descriptor */
#define WALK_PTL_POINTER	(1 << 1)	/* ... as a pointer to an allocation */
#define WALK_HAS_SHARE_COUNT	(1 << 2)
#define WALK_HAS_PMD_HUGE_PTE	(1 << 3)
#define WALK_HAS_MEMCG		(1 << 4)
#define WALK_HAS_PTDESC		(1 << 5)	/* struct ptdesc is in BTF */
#define WALK_MM_PMD_HUGE_PTE	(1 << 7)	/* tables are deposited at the mm instead, and not counted */
#define WALK_HAS_FRAGMENTS	(1 << 8)	/* what the descriptor says of tables that share a page */
#define WALK_HAS_GADDR		(1 << 9)	/* s390: the guest address of a gmap's table, 0 in others */
#define WALK_PTL_DEBUG		(1 << 6)	/* spinlock_t is larger than 4 bytes (debug or RT): word layout unknown */

#endif /* WALK_TABLE_H */

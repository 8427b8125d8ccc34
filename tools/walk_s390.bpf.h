/* SPDX-License-Identifier: GPL-2.0-only */
/* What only s390 has. The series for 6.1 keeps the bits of page table fragments in the descriptor. */
#ifndef WALK_S390_BPF_H
#define WALK_S390_BPF_H

struct ptdesc___s390 {
	unsigned long _pt_s390_gaddr;
} RELOCATED;

#define MM_S390	((struct mm_struct___s390 *)0)

/* Who has that member has the bits, too; other kernels for s390 keep them elsewhere. */
static __always_inline void facts_s390(struct walk_facts *f)
{
	if (HAS(((struct ptdesc___s390 *)0)->_pt_s390_gaddr))
		f->fields |= WALK_HAS_FRAGMENTS;
}

/* Are its page tables whole pages, with PGSTEs? */
static __always_inline __u32 mm_has_pgstes(const struct mm_struct___s390 *mm)
{
	if (!HAS(MM_S390->context.alloc_pgste))
		return 0;
	return BPF_CORE_READ_BITFIELD_PROBED(mm, context.alloc_pgste);
}

#endif /* WALK_S390_BPF_H */

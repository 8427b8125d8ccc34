/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only s390 has: where an mm's guest address spaces are, whose tables user
 * space follows (walk_gmaps.c). The series for 6.1 keeps the guest address of
 * such a table in its descriptor, and the bits of page table fragments.
 */
#ifndef WALK_S390_BPF_H
#define WALK_S390_BPF_H

struct ptdesc___s390 {
	unsigned long _pt_s390_gaddr;
} RELOCATED;

struct gmap {
	struct word64 list;
	unsigned long asce;
	struct word64 children;
	unsigned long orig_asce;
	int edat_level;
} RELOCATED;

#define PGSTES(what)	__CORE_RELO((struct mm_struct___s390 *)0, context.alloc_pgste, what)

static __always_inline void btf_s390(struct walk_btf *b)
{
	b->asce = OFFSET(mm_struct___s390, context.asce);
	if (HAS(mm_struct___s390, context.alloc_pgste)) {
		b->pgstes.offset = PGSTES(BYTE_OFFSET);
		b->pgstes.size = PGSTES(BYTE_SIZE);
		b->pgstes.left = PGSTES(LSHIFT_U64);
		b->pgstes.right = PGSTES(RSHIFT_U64);
	}
	/* who has that member has the bits, too; other kernels for s390 keep them elsewhere */
	if (!HAS(ptdesc___s390, _pt_s390_gaddr))
		return;
	b->fragment_bits = 1;
	if (!HAS(mm_struct___s390, context.gmap_list) || !HAS(gmap, list) || !HAS(gmap, asce) ||
	    !HAS(gmap, children) || !HAS(gmap, orig_asce) || !HAS(gmap, edat_level))
		return;
	b->gmap.gaddr = OFFSET(ptdesc___s390, _pt_s390_gaddr);
	b->gmap.gmaps = OFFSET(mm_struct___s390, context.gmap_list);
	b->gmap.list = OFFSET(gmap, list);
	b->gmap.asce = OFFSET(gmap, asce);
	b->gmap.children = OFFSET(gmap, children);
	b->gmap.orig_asce = OFFSET(gmap, orig_asce);
	b->gmap.edat_level = OFFSET(gmap, edat_level);
}

#endif /* WALK_S390_BPF_H */

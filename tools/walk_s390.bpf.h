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

#define GMAP	((struct gmap *)0)
#define MM_S390	((struct mm_struct___s390 *)0)

static __always_inline void facts_s390(struct walk_facts *f)
{
	/* who has that member has the bits, too; other kernels for s390 keep them elsewhere */
	if (!HAS(((struct ptdesc___s390 *)0)->_pt_s390_gaddr))
		return;
	f->fields |= WALK_HAS_FRAGMENTS;
	if (!HAS(MM_S390->context.gmap_list) || !HAS(GMAP->list) || !HAS(GMAP->asce) ||
	    !HAS(GMAP->children) || !HAS(GMAP->orig_asce) || !HAS(GMAP->edat_level))
		return;
	f->fields |= WALK_HAS_GADDR;
	f->gmap.gaddr = bpf_core_field_offset(((struct ptdesc___s390 *)0)->_pt_s390_gaddr);
	f->gmap.gmaps = bpf_core_field_offset(MM_S390->context.gmap_list);
	f->gmap.list = bpf_core_field_offset(GMAP->list);
	f->gmap.asce = bpf_core_field_offset(GMAP->asce);
	f->gmap.children = bpf_core_field_offset(GMAP->children);
	f->gmap.orig_asce = bpf_core_field_offset(GMAP->orig_asce);
	f->gmap.edat_level = bpf_core_field_offset(GMAP->edat_level);
}

/* Are its page tables whole pages, with PGSTEs? */
static __always_inline __u32 mm_has_pgstes(const struct mm_struct___s390 *mm)
{
	if (!HAS(MM_S390->context.alloc_pgste))
		return 0;
	return BPF_CORE_READ_BITFIELD_PROBED(mm, context.alloc_pgste);
}

#endif /* WALK_S390_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's structures, as far as the walk reads them, and everything in
 * which kernels differ. Offsets come from the running kernel's BTF (CO-RE).
 * A name after "___" marks another kernel's form of the same type. CO-RE
 * takes a field for absent when its kind differs: what is a structure there
 * must be one here.
 */
#ifndef WALK_KERNEL_BPF_H
#define WALK_KERNEL_BPF_H

#include <bpf/bpf_core_read.h>

#define RELOCATED __attribute__((preserve_access_index))

struct word32 { __s32 any; };		/* atomic_t, spinlock_t without debugging, ... */
struct word64 { __s64 any; };		/* atomic_long_t, ... */

struct mm_struct {
	void *pgd;
	struct word32 mm_users;
	struct word64 pgtables_bytes;
} RELOCATED;

struct mm_context_s390 {	/* mm_context_t */
	struct word64 gmap_list;
	unsigned long asce;
	unsigned int alloc_pgste:1;
} RELOCATED;

struct mm_struct___s390 {
	struct mm_context_s390 context;
} RELOCATED;

struct mm_struct___list {	/* NR_CPUS < 4: locks are not split, one list per mm */
	struct page *pmd_huge_pte;
} RELOCATED;

struct xarray {
	void *xa_head;
} RELOCATED;

struct address_space {
	struct xarray i_pages;
} RELOCATED;

struct file {
	void *private_data;
	struct address_space *f_mapping;
} RELOCATED;

struct page {
	unsigned long flags;
	void *mapping;
	struct word64 lru;	/* a list_head: next comes first */
	unsigned long compound_head;
	unsigned int page_type;
	struct word32 _refcount;
	unsigned long memcg_data;
	unsigned long private;
	/* until struct ptdesc took them */
	struct page *pmd_huge_pte;
	void *pt_mm;
	struct word32 pt_frag_refcount;
	struct word32 pt_share_count;
	struct word32 ptl;
	unsigned char compound_order;	/* in the first tail page, until 6.2 */
} RELOCATED;

struct page___memdesc {		/* 6.18: 53fbef56e07d, memdesc_flags_t */
	struct word64 flags;
} RELOCATED;

struct page___info {		/* 7.x, "rename the 'compound_head' field in the 'struct page' to 'compound_info'" */
	unsigned long compound_info;
} RELOCATED;

struct page___lock {		/* ALLOC_SPLIT_PTLOCKS: spinlock_t too big for the word */
	void *ptl;
} RELOCATED;

/* 6.6, "pgtable: create struct ptdesc". Overlays struct page; page_type and refcount are read there. */
struct ptdesc {
	struct page *pmd_huge_pte;
	void *pt_mm;
	struct word32 pt_frag_refcount;
	struct word32 pt_share_count;	/* 6.14, and stable: 59d9094df3d7 */
	struct word32 ptl;
	unsigned long pt_memcg_data;
} RELOCATED;

struct ptdesc___lock {
	void *ptl;
} RELOCATED;

struct spinlock {
	int any;
};

struct slab {		/* 5.17: d122019bf061 */
	unsigned int active;	/* CONFIG_SLAB, until 6.8: where the page type is */
} RELOCATED;

struct mmu_table_batch {	/* rcu: CONFIG_MMU_GATHER_RCU_TABLE_FREE */
	struct word64 rcu;
} RELOCATED;

struct pv_mmu_ops {		/* x86, until 6.15 (f2c5c2105827): may free tables without RCU after all */
	void *tlb_remove_table;
} RELOCATED;

/* Each kernel has one of these or neither: walk_facts.c. */
enum pagetype {
	PGTY_buddy = 1, PGTY_slab, PGTY_table,
};

enum pagetype___bit {
	PG_buddy = 1, PG_slab, PG_table,
};

enum pageflags___slab {
	PG_slab___flag = 1,
};

enum pageflags {
	PG_head = 1, PG_lru, PG_reserved,
};

enum special_kfunc_type {
	KF_bpf_rdonly_cast = 1,
};

#define HAS(type, field)		bpf_core_field_exists(((struct type *)0)->field)
#define OFFSET(type, field)		bpf_core_field_offset(((struct type *)0)->field)
#define HAS_ENUM(type, name)		bpf_core_enum_value_exists(enum type, name)
#define ENUM(type, name)		bpf_core_enum_value(enum type, name)

/* A field that may not be there leaves its place 0. */
#define MAY_HAVE(place, type, field)	do { if (HAS(type, field)) (place) = OFFSET(type, field); } while (0)

static __always_inline void btf_types(struct walk_btf *b)
{
	if (HAS_ENUM(pagetype, PGTY_table)) {
		b->table_byte = ENUM(pagetype, PGTY_table);
		b->buddy_byte = ENUM(pagetype, PGTY_buddy);
	} else if (HAS_ENUM(pagetype___bit, PG_table)) {
		b->table_bit = ENUM(pagetype___bit, PG_table);
		b->buddy_bit = ENUM(pagetype___bit, PG_buddy);
	}
	if (HAS_ENUM(pageflags___slab, PG_slab___flag))
		b->slab_flag = ENUM(pageflags___slab, PG_slab___flag);
	else if (HAS_ENUM(pagetype, PGTY_slab))
		b->slab_byte = ENUM(pagetype, PGTY_slab);
	else if (HAS_ENUM(pagetype___bit, PG_slab))
		b->slab_bit = ENUM(pagetype___bit, PG_slab);
	b->slab_type = bpf_core_type_exists(struct slab) && !HAS(slab, active);
	b->head_flag = ENUM(pageflags, PG_head);
	b->lru_flag = ENUM(pageflags, PG_lru);
	b->reserved_flag = ENUM(pageflags, PG_reserved);
}

/* What struct ptdesc took from struct page. */
#define DESCRIPTOR_FIELDS(type, lock, memcg)					\
	do {									\
		MAY_HAVE(b->pt_mm, type, pt_mm);				\
		MAY_HAVE(b->pmd_huge_pte, type, pmd_huge_pte);			\
		MAY_HAVE(b->memcg_data, type, memcg);				\
		MAY_HAVE(b->ptl, type, ptl);					\
		MAY_HAVE(b->ptl_pointer, lock, ptl);				\
		b->share_count = HAS(type, pt_share_count);			\
		b->fragments = HAS(type, pt_frag_refcount);			\
	} while (0)

static __always_inline void btf_fields(struct walk_btf *b)
{
	b->page_size = bpf_core_type_size(struct page);
	b->mapping = OFFSET(page, mapping);
	b->type = OFFSET(page, page_type);
	b->private = OFFSET(page, private);
	b->refcount = OFFSET(page, _refcount);
	b->list = OFFSET(page, lru);
	b->pgd = OFFSET(mm_struct, pgd);
	b->mm_users = OFFSET(mm_struct, mm_users);
	b->pgtables_bytes = OFFSET(mm_struct, pgtables_bytes);
	b->private_data = OFFSET(file, private_data);
	b->f_mapping = OFFSET(file, f_mapping);
	b->xa_head = OFFSET(address_space, i_pages.xa_head);
	if (HAS(page, compound_head))
		b->compound_head = OFFSET(page, compound_head);
	else
		b->compound_head = OFFSET(page___info, compound_info);
	MAY_HAVE(b->order, page, compound_order);
	if (bpf_core_type_exists(struct ptdesc)) {
		b->ptdesc = 1;
		DESCRIPTOR_FIELDS(ptdesc, ptdesc___lock, pt_memcg_data);
	} else {
		DESCRIPTOR_FIELDS(page, page___lock, memcg_data);
	}
	b->mm_pmd_huge_pte = HAS(mm_struct___list, pmd_huge_pte);
	b->lock_size = bpf_core_type_size(struct spinlock);
	b->rcu_tables = HAS(mmu_table_batch, rcu);
	b->paravirt_free = HAS(pv_mmu_ops, tlb_remove_table);
	b->rdonly_cast = HAS_ENUM(special_kfunc_type, KF_bpf_rdonly_cast);
}

#endif /* WALK_KERNEL_BPF_H */

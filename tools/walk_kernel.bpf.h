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

struct mmu_table_batch {	/* rcu: CONFIG_MMU_GATHER_RCU_TABLE_FREE */
	struct word64 rcu;
} RELOCATED;

struct pv_mmu_ops {		/* x86, until 6.15 (f2c5c2105827): may free tables without RCU after all */
	void *tlb_remove_table;
} RELOCATED;

/*
 * Page types. 6.12 (4ffca5a96678): the top byte is one of enum pagetype's
 * PGTY_*. Before: one bit for each, clear when the type is set, below a base
 * of bits that stay set. These bits are in enum pagetype since 6.10
 * (ff202303c398), and in the upper half of the word in 6.11 (8db00ad56461);
 * before they are preprocessor constants, of which BTF knows nothing
 * (include/linux/page-flags.h). Slab is a page flag until 6.10 (46df8e73a4a3).
 */
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

#define TYPE_BASE_HIGH	0x80000000u	/* of bits in the upper half */
#define TYPE_BASE_LOW	0xf0000000u
#define PG_BUDDY_OLD	0x00000080u
#define PG_TABLE_OLD	0x00000200u

#define TOP_BYTE(type)		((struct walk_type){ 0xff000000u, (__u32)(type) << 24 })

#define HAS_ENUM(type, name)	bpf_core_enum_value_exists(enum type, name)
#define ENUM(type, name)	((__u64)bpf_core_enum_value(enum type, name))

static __always_inline struct walk_type clear_bit(__u32 bit)
{
	__u32 base = bit >> 16 ? TYPE_BASE_HIGH : TYPE_BASE_LOW;

	return (struct walk_type){ base | bit, base };
}

static __always_inline void facts_types(struct walk_facts *f)
{
	if (HAS_ENUM(pagetype, PGTY_table)) {
		f->table = TOP_BYTE(ENUM(pagetype, PGTY_table));
		f->buddy = TOP_BYTE(ENUM(pagetype, PGTY_buddy));
	} else if (HAS_ENUM(pagetype___bit, PG_table)) {
		f->table = clear_bit(ENUM(pagetype___bit, PG_table));
		f->buddy = clear_bit(ENUM(pagetype___bit, PG_buddy));
	} else {
		f->table = clear_bit(PG_TABLE_OLD);
		f->buddy = clear_bit(PG_BUDDY_OLD);
	}

	/* a word of bits has all of them set but its type's */
	f->only_table = f->table;
	if (!HAS_ENUM(pagetype, PGTY_table))
		f->only_table = (struct walk_type){ ~0u, ~(f->table.mask ^ f->table.value) };

	if (HAS_ENUM(pageflags___slab, PG_slab___flag))
		f->slab_flag = 1ULL << ENUM(pageflags___slab, PG_slab___flag);
	else if (HAS_ENUM(pagetype, PGTY_slab))
		f->slab = TOP_BYTE(ENUM(pagetype, PGTY_slab));
	else if (HAS_ENUM(pagetype___bit, PG_slab))
		f->slab = clear_bit(ENUM(pagetype___bit, PG_slab));
	f->head_flag = 1ULL << ENUM(pageflags, PG_head);
	f->foreign_flags = 1ULL << ENUM(pageflags, PG_lru) | 1ULL << ENUM(pageflags, PG_reserved) | f->slab_flag;
}

#define PAGE	((struct page *)0)
#define PTDESC	((struct ptdesc *)0)
#define HAS(field)	bpf_core_field_exists(field)

/*
 * Can a program load from any address by itself? 6.2, a35b9af4ec2c, has
 * bpf_rdonly_cast(). (The mere call is refused where the architecture's
 * compiler cannot do it: ARCH_KFUNC.) And does one word of a struct page tell its type and its
 * references? Not as long as slab is a flag.
 */
#define CAN_GLANCE							\
	(ARCH_KFUNC && HAS_ENUM(special_kfunc_type, KF_bpf_rdonly_cast) &&		\
	 !HAS_ENUM(pageflags___slab, PG_slab___flag) &&			\
	 bpf_core_field_offset(PAGE->_refcount) == bpf_core_field_offset(PAGE->page_type) + 4)

/* Where a field is, or otherwise where one of the same sense is. */
#define OFFSET(type, field, otherwise)					\
	(HAS(((struct type *)0)->field) ? (__s32)bpf_core_field_offset(((struct type *)0)->field) : (otherwise))
#define DESCRIPTOR(pt_field, page_field)	OFFSET(ptdesc, pt_field, OFFSET(page, page_field, -1))

/*
 * log2 of the pages of a compound page: a byte of its own, or since 6.6 and
 * ebc1baf5c9b4 the low one of flags. Kernels from 6.2 to 6.5 keep it elsewhere,
 * but have no compound tables.
 */
#define LOW_BYTE	(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 7)

static __always_inline void facts_fields(struct walk_facts *f)
{
	f->page_size = bpf_core_type_size(struct page);
	f->flags = 0;		/* the first word, whatever its type */
	f->mapping = bpf_core_field_offset(PAGE->mapping);
	f->type = bpf_core_field_offset(PAGE->page_type);
	f->private = bpf_core_field_offset(PAGE->private);
	f->refcount = bpf_core_field_offset(PAGE->_refcount);
	f->list = bpf_core_field_offset(PAGE->lru);
	f->pt_mm = DESCRIPTOR(pt_mm, pt_mm);
	f->pmd_huge_pte = DESCRIPTOR(pmd_huge_pte, pmd_huge_pte);
	f->memcg_data = DESCRIPTOR(pt_memcg_data, memcg_data);
	f->order = HAS(PAGE->compound_order) ? bpf_core_field_offset(PAGE->compound_order) :
		   bpf_core_type_exists(struct ptdesc) ? LOW_BYTE : -1;
	f->mm_users = bpf_core_field_offset(((struct mm_struct *)0)->mm_users);
	if (HAS(PAGE->compound_head))
		f->compound_head = bpf_core_field_offset(PAGE->compound_head);
	else
		f->compound_head = bpf_core_field_offset(((struct page___info *)0)->compound_info);

	f->can_glance = CAN_GLANCE;
	if (bpf_core_type_exists(struct ptdesc))
		f->fields |= WALK_HAS_PTDESC;
	f->ptl = DESCRIPTOR(ptl, ptl);
	if (f->ptl >= 0) {
		f->fields |= WALK_HAS_PTL;
	} else {
		f->ptl = OFFSET(ptdesc___lock, ptl, OFFSET(page___lock, ptl, -1));
		if (f->ptl >= 0)
			f->fields |= WALK_HAS_PTL | WALK_PTL_POINTER;
	}
	if (bpf_core_type_size(struct spinlock) > 4)
		f->fields |= WALK_PTL_DEBUG;
	if (!bpf_core_type_size(struct spinlock))	/* one CPU: nothing to lock */
		f->fields &= ~WALK_HAS_PTL;
	if (HAS(PTDESC->pt_share_count) || HAS(PAGE->pt_share_count))
		f->fields |= WALK_HAS_SHARE_COUNT;
	if (HAS(((struct mm_struct___list *)0)->pmd_huge_pte))
		f->fields |= WALK_MM_PMD_HUGE_PTE;
	else if (HAS(PTDESC->pmd_huge_pte) || HAS(PAGE->pmd_huge_pte))
		f->fields |= WALK_HAS_PMD_HUGE_PTE;
	if (HAS(PTDESC->pt_memcg_data) || HAS(PAGE->memcg_data))
		f->fields |= WALK_HAS_MEMCG;
#if ARCH_FRAGMENTS && !ARCH_FRAGMENT_BITS
	if (HAS(PTDESC->pt_frag_refcount) || HAS(PAGE->pt_frag_refcount))
		f->fields |= WALK_HAS_FRAGMENTS;
#endif
}

/*
 * Are tables freed after an RCU grace period? Yes if the mmu_gather can and
 * x86's paravirt hook that may bypass it is gone; no if it cannot; unknown if
 * the hook is there (its target is no fact of BTF).
 */
static __always_inline void facts_rcu(struct walk_facts *f)
{
	int can = HAS(((struct mmu_table_batch *)0)->rcu);

	f->rcu_known = !can || !HAS(((struct pv_mmu_ops *)0)->tlb_remove_table);
	f->rcu_freed = can && f->rcu_known;
}

#endif /* WALK_KERNEL_BPF_H */

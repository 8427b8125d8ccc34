/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF program and walk*.c share, apart from the records. Private to the walker. */
#ifndef WALK_STATE_H
#define WALK_STATE_H

#include <linux/types.h>

#include "walk_table.h"

/*
 * The most tables, or pieces of memory as large, of one call into the kernel,
 * which has preemption off and an RCU section open for so long; fewer where there
 * are large tables. Words, and deposited tables, are as many as there are requests.
 */
#define WALK_TABLE_SIZE		(ARCH_ENTRIES * 8)
#define WALK_BATCH		(WALK_TABLE_SIZE > 4096 ? 16 : 32)
#define WALK_REQUESTS		512	/* for each table of a batch: itself, two of its page, the entry that leads there */
/* Tables deposited at a page: one for each entry of the pmd table in it, or of all of them (powerpc). */
#define WALK_CHAIN_MAX		ARCH_ENTRIES
/* Each has room for any table: the batch's, and those of the path by their height, from 2 on. */
#define WALK_SLOTS		(WALK_BATCH + 8)
#define WALK_SPARE_SLOT		WALK_BATCH
#define WALK_NO_SLOT		(~0U)
/* One request may fill several slots in a row. */
#define WALK_COPY_MAX		32768
#define WALK_SLOTS_SIZE		(WALK_SLOTS * WALK_TABLE_SIZE + WALK_COPY_MAX)

/* With WALK_HAS_GADDR, byte offsets: in a descriptor, in an mm_struct, and in a struct gmap. */
struct walk_gmap_facts {
	__s32 gaddr;
	__s32 gmaps;		/* head of the list of gmaps */
	__s32 list, asce, children, orig_asce, edat_level;
};

/* A bit-field: size bytes at offset, of which the bits are left after shifting; size 0: none. */
struct walk_bits {
	__u32 offset, size, left, right;
};

/*
 * What the kernel's BTF says, written by the describe program: one store for each,
 * as all that it does is relocated, verified and compiled each time. 0: there is
 * no such thing. What follows from it is for user space (walk_facts.c).
 */
struct walk_btf {
	__u32 page_size, lock_size;	/* bytes, of a struct page and of a spinlock */
	/* byte offsets in struct page */
	__u32 mapping, compound_head, private, type, refcount;
	__u32 list;		/* lru, or which word takes its place */
	__u32 order;		/* in the first tail */
	__u32 pt_mm, pmd_huge_pte, memcg_data;	/* in struct ptdesc, where there is one */
	__u32 ptl, ptl_pointer;	/* the same: the lock, or a pointer to it */
	__u32 pgd, mm_users, pgtables_bytes;	/* in mm_struct */
	__u32 private_data, f_mapping;		/* in struct file */
	__u32 xa_head;		/* in struct address_space: of i_pages */
	__u32 asce;		/* in mm_struct, s390: of context */
	struct walk_bits pgstes;	/* the same: alloc_pgste */
	/* is there such a type, field or function? */
	__u32 ptdesc, share_count, fragments, fragment_bits, mm_pmd_huge_pte, rdonly_cast;
	__u32 rcu_tables, paravirt_free;	/* mmu_gather's RCU; x86's hook that may do without */
	/* values of page types: of the top byte, or bits */
	__u32 table_byte, buddy_byte, slab_byte;
	__u32 table_bit, buddy_bit, slab_bit;
	__u32 slab_type;	/* a slab page's word of the type is that of no count */
	__u32 slab_flag, head_flag, lru_flag, reserved_flag;	/* numbers of bits in flags */
	struct walk_gmap_facts gmap;
};

#define WALK_GLANCES	WALK_BATCH	/* in one call */

/* 64 page frames from first on. */
struct walk_glance {
	__u64 first;
	__u64 pages;		/* bits: to look at */
	__u64 doubt;		/* bits, set by the program: of these and others, those next to one that is not simply a page in use */
};

/* For the seek program. */
struct walk_search {
	__u32 fd;		/* of the caller */
	__u32 pad;
	__u64 file;		/* out: address of its struct file */
};

/* Where a pointer may lead that was read from memory and is followed by the same call. */
struct walk_bounds {
	__u64 low, span;
};

/* A piece of kernel memory to copy. */
struct walk_request {
	__u64 address;		/* with from: on top of what that one read */
	__u32 size;		/* bytes, at most WALK_COPY_MAX or what data has room for */
	__u32 slot;		/* to copy it to, and those behind it; WALK_NO_SLOT: to data */
	__s32 error;		/* out: 0 or -errno, the copy is zeroes then */
	__u32 from;		/* 1 + index of an earlier request, which reads a pointer; 0: none */
	__u64 data[8];
};

#endif /* WALK_STATE_H */

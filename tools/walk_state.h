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

/* How this kernel says "page of this kind" in a page_type word: (word & mask) == value. */
struct walk_type {
	__u32 mask, value;	/* mask 0: not said in the page_type */
};

/* With WALK_HAS_GADDR, byte offsets: in a descriptor, in an mm_struct, and in a struct gmap. */
struct walk_gmap_facts {
	__s32 gaddr;
	__s32 gmaps;		/* head of the list of gmaps */
	__s32 list, asce, children, orig_asce, edat_level;
};

/* Facts from BTF, written by the describe program. */
struct walk_facts {
	__u32 fields;		/* WALK_HAS_* */
	__u32 page_size;
	struct walk_type table, buddy, slab;
	struct walk_type only_table;	/* a table and nothing else */
	__u64 slab_flag;	/* mask in the flags word; 0: slab is a page type */
	__u64 head_flag;	/* PG_head */
	__u64 foreign_flags;	/* what no page has that is a table: PG_lru, PG_reserved, slab_flag */
	__u32 rcu_freed, rcu_known;
	__u32 can_glance;	/* the glance program can be loaded */
	/* byte offsets in struct page */
	__s32 flags, mapping, compound_head, private, type, refcount;
	__s32 list;		/* lru, by which deposited tables and x86's PGDs are linked */
	/* -1: not known */
	__s32 pt_mm, pmd_huge_pte, ptl, memcg_data;
	__s32 order;		/* in the first tail, a byte */
	__s32 mm_users;		/* in the mm */
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

struct walk_mm_state {
	__u64 mm, pgd;
	__u64 asce;		/* where the CPU is given that instead, with the number of levels */
	__u64 pgtables_bytes;
	__s32 mm_users;
	__u32 pgstes;		/* page tables are whole pages (s390) */
};

/* What the follow program is given, and how far it came. */
struct walk_chain {
	__u64 first, at;	/* addresses; at first again: the list is circular */
	__u64 low, span;	/* where they may be */
	__s64 link;		/* in each, the address of the next one's link */
	__u64 length;		/* of what was followed in this call */
};

/* A piece of kernel memory to copy. */
struct walk_request {
	__u64 address;
	__u32 size;		/* bytes, at most WALK_TABLE_SIZE or what data has room for */
	__u32 slot;		/* to copy it to; WALK_NO_SLOT: to data */
	__s32 error;		/* out: 0 or -errno, the copy is zeroes then */
	__u32 pad;
	__u64 data[8];
};

#endif /* WALK_STATE_H */

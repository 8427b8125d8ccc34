/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF program and walk*.c share, apart from the records. Private to the walker. */
#ifndef WALK_STATE_H
#define WALK_STATE_H

#include <linux/types.h>

#include "walk_table.h"

/*
 * Slots of the maps: the most tables, or pieces of memory, of one call into the
 * kernel, which has preemption off and an RCU section open for so long. A slot has
 * room for any table: fewer where there are large ones.
 */
#define WALK_TABLE_SIZE		(ARCH_ENTRIES * 8)
#define WALK_BATCH		(WALK_TABLE_SIZE > 4096 ? 16 : 32)
/* Tables deposited at a page: one for each entry of the pmd table in it, or of all of them (powerpc). */
#define WALK_CHAIN_MAX		ARCH_ENTRIES

/*
 * Tables may be few and slow to follow, with hardly an entry in them or with many
 * deposited tables: a call also ends when it has done so much. In units of what
 * it takes to pass by one entry, about 10 ns.
 */
#define WALK_WORK		4096
#define WALK_WORK_TABLE		128
#define WALK_WORK_DEPOSITED	8

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
	__u32 can_glance;	/* the glance program does something */
	/* byte offsets in struct page */
	__s32 flags, mapping, compound_head, private, type, refcount;
	__s32 list;		/* lru, by which deposited tables and x86's PGDs are linked */
	__s32 pt_mm;		/* -1: not known */
	struct walk_gmap_facts gmap;
};

/* 64 page frames from first on. */
struct walk_glance {
	__u64 first;
	__u64 pages;		/* bits: to look at */
	__u64 doubt;		/* bits, set by the program: of these, and of others, those that are not simply pages in use */
};

/* For the find program: not the mm that the file is about, but its first page. */
#define WALK_FIND_PAGE		(1ULL << 32)

/* What user space found and gives to the walk. */
struct walk_base {
	__u64 vmemmap;
	__u64 page_offset;
	__u64 max_pfn;
	__u64 crypt;
	__u32 levels;
	__u32 page_size;
	__u64 head_flag;
	struct walk_type table;
	__u64 deposits;		/* pmd_huge_pte is in use */
	/* of the tables by height: log2 of the bytes that an entry maps, and how many there are */
	__u32 shift[8], entries[8];
};

struct walk_mm_state {
	__u64 mm, pgd;
	__u64 asce;		/* where the CPU is given that instead, with the number of levels */
	__u64 pgtables_bytes;
	__s32 mm_users;
	__u32 pgstes;		/* page tables are whole pages (s390) */
};

/*
 * The depth first walk between two calls. Arrays are indexed by height: 1 is
 * the pte table, levels the pgd.
 */
struct walk_cursor {
	__u64 low, last;		/* range, last address included */
	__u64 base;			/* address of the pgd's entry 0, as if all entries were of one half */
	__u64 va[8], table[8];		/* tables on the path: what they map from, where they are (physical) */
	__u64 entry[8];			/* the entry followed in each */
	__u32 index[8], end[8];		/* its index; where to stop */
	__u32 height;			/* 0: not begun */
	__u32 records;			/* filled in this batch */
	__u32 work;			/* done in this batch */
	__u32 done, dead;
	__u32 changed;
	__u32 levels;
	__u32 limit;			/* entries of the pgd: where to stop */
	__u64 vanished;
	__u64 root;			/* the pgd (physical) */
};

/* One piece of kernel memory to copy into the table slot of the same index. */
struct walk_request {
	__u64 address;
	__u32 size;		/* in: bytes, at most WALK_TABLE_SIZE */
	__s32 error;		/* out: 0 or -errno, the slot is zeroed then */
};

#endif /* WALK_STATE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* What follows from what the kernel's BTF says. Private to the walker. */
#ifndef WALK_FACTS_H
#define WALK_FACTS_H

#include <stdbool.h>

#include "walk_state.h"

/* How this kernel says "page of this kind" in a page_type word: (word & mask) == value. */
struct walk_type {
	__u32 mask, value;	/* mask 0: not said in the page_type */
};

/* What the walk needs to know of this kernel's structures. */
struct walk_facts {
	__u32 fields;		/* WALK_HAS_* */
	__u32 page_size;
	struct walk_type table, buddy, slab;
	struct walk_type only_table;	/* a table and nothing else */
	__u64 slab_flag;	/* mask in the flags word; 0: slab is a page type */
	bool slab_counted;	/* by the flag alone, its type looks like a count of mappings */
	__u64 head_flag;	/* PG_head */
	__u64 foreign_flags;	/* what no page has that is a table: PG_lru, PG_reserved, slab_flag */
	bool rcu_freed, rcu_known;
	bool can_glance;	/* the glance program can be loaded */
	/* byte offsets in struct page */
	__s32 flags, mapping, compound_head, private, type, refcount;
	__s32 list;		/* lru, by which deposited tables and x86's PGDs are linked */
	/* -1: not known */
	__s32 pt_mm, pmd_huge_pte, ptl, memcg_data;
	__s32 order;		/* in the first tail, a byte */
	__u32 mm_users, pgtables_bytes;	/* in the mm */
	struct walk_gmap_facts gmap;
};

struct walk_facts walk_facts(const struct walk_btf *btf);

static inline bool walk_type_is(struct walk_type type, __u32 page_type)
{
	return type.mask && (page_type & type.mask) == type.value;
}

#endif /* WALK_FACTS_H */

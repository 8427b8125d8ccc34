/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept of one walk: each table with its descriptor and what its
 * entries were, counted. The entries themselves are not kept: at most 128
 * bytes per table.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <linux/types.h>
#include <stddef.h>
#include "walk.h"

#define SNAP_NONE	(~0U)

struct snap_table {
	__u64 va, pfn, entry;		/* as in struct walk_table, offset and order too */
	__u64 page_flags, mapping, pmd_huge_pte, pt_mm, ptl, memcg_data;
	__u32 page_type;
	__s32 refcount;
	__u32 deposited;
	__u32 parent;			/* index of the table above, SNAP_NONE for the pgd */
	/* Entries by kind; what is left of snap_slots() is empty. */
	__u16 tables;			/* point to a table */
	__u16 leaves;			/* map memory */
	__u16 swapped;			/* neither: swap, migration, ... */
	/* Leaves of a pmd table by kind; the others are file THPs. */
	__u16 anon;			/* anonymous THP */
	__u16 zero;			/* huge zero page */
	__u16 hugetlb;
	__u8 level;			/* enum walk_level */
	__u8 flags;			/* WALK_* */
	__u8 order;
	__u16 offset;
};

struct snapshot {
	struct snap_table **chunk;	/* SNAP_CHUNK tables each, in walk order */
	size_t nr_chunks;
	__u32 nr;
	__u32 *hash;			/* by pfn and offset: index + 1 of the first table there, 0 free */
	__u32 hash_bits;
	__u32 path[WALK_LEVELS];	/* the last table of each level */
	unsigned int levels;
};

#define SNAP_CHUNK	1024

void snapshot_init(struct snapshot *snap, unsigned int levels);
void snapshot_free(struct snapshot *snap);

/*
 * Append a table; its entry counts are 0. In walk order: parents before
 * children, depth first. NULL: out of memory, or 2^32 tables.
 */
struct snap_table *snapshot_add(struct snapshot *snap, const struct walk_table *table);

static inline struct snap_table *snapshot_table(const struct snapshot *snap, __u32 i)
{
	return &snap->chunk[i / SNAP_CHUNK][i % SNAP_CHUNK];
}

/* Index of the first table in walk order at this place, or SNAP_NONE. */
__u32 snapshot_find(const struct snapshot *snap, __u64 pfn, unsigned int offset);

/* The same of any table in this page. */
__u32 snapshot_find_in_page(const struct snapshot *snap, __u64 pfn);

/* One past the last address that a table maps. */
__u64 snapshot_end(const struct snapshot *snap, const struct snap_table *table);

/* Entries that a table of this level has for user space. */
unsigned int snapshot_slots(unsigned int level);

/* "pte" to "pgd"; "mm" for 0. */
const char *walk_level_name(unsigned int level);

#endif /* SNAPSHOT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the page tables of an mm take, and what of it is worth its room. */
#ifndef COST_H
#define COST_H

#include "mm_vmas.h"
#include "snapshot.h"

/* A pte table with at most so many entries in use is nearly empty. */
#define COST_FEW	8

struct cost_level {
	__u64 tables, bytes;
	__u64 leaves, links, swapped, none;	/* entries: map, lead to a table, neither, empty */
	__u64 empty;	/* tables without an entry in use */
	__u64 few;	/* tables with 1 to COST_FEW of them */
};

#define COST_VMAS	5

struct cost_vma {
	const struct mm_vma *vma;	/* as long as the VMAs live */
	__u64 tables;			/* pte tables that begin in it, or before it and meet it first */
	__u64 empty, few;		/* of these */
};

struct cost {
	struct cost_level level[WALK_LEVELS];	/* [0] is the sum */
	__u64 deposited;			/* tables that wait at a pmd table, in no sum above */
	__u64 anon, zero, hugetlb, file;	/* huge leaves of pmd tables */
	__u64 mapped;				/* bytes that leaves map */
	struct cost_vma top[COST_VMAS];		/* by tables, most first */
	unsigned int nr_top;
};

void cost_count(struct cost *cost, const struct snapshot *snap, const struct mm_vmas *vmas);

/* Bytes of all tables, deposited ones included. */
__u64 cost_bytes(const struct cost *cost);

/* Bytes of tables per GiB mapped; 0 when nothing is mapped. */
__u64 cost_per_gib(const struct cost *cost);

#endif /* COST_H */

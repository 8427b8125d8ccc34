/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The predicates of the invariant table that judge a finished look: one per
 * invariant, pure. Each adds findings and counts what it judged in
 * look->checked[]; 0, or -ENOMEM.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include <string.h>
#include "look.h"

/* The descriptor could be read, and is the table's own: there is something to judge. */
static inline bool judge_readable(const struct look *look, const struct snap_table *table)
{
	return !(table->flags & (WALK_BAD_PFN | WALK_NO_PAGE)) &&
	       !(look->subject->kernel->slab & 1 << table->level);
}

/* A finding about a table, to be filled. */
static inline struct finding judge_about(enum invariant_id id, const struct snap_table *table)
{
	return (struct finding){
		.invariant = id, .level = table->level, .index = FINDING_NO_INDEX,
		.va = table->va, .pfn = table->pfn, .moving = table->flags & WALK_MOVED,
	};
}

/* An atomic_t in the word of pt_mm comes first there, whatever the byte order. */
static inline __u32 judge_first_half(const __u64 *word)
{
	__u32 half;

	memcpy(&half, word, sizeof(half));
	return half;
}

int judge_table_typed(struct look *look);
int judge_only_table(struct look *look);
int judge_unmovable(struct look *look);
int judge_refcount_one(struct look *look);
int judge_single_parent(struct look *look);
int judge_pgd_owner(struct look *look);
int judge_counts_agree(struct look *look);
int judge_table_in_vma(struct look *look);
int judge_ptl_sane(struct look *look);
int judge_deposit_matches(struct look *look);
int judge_listed(struct look *look);
int judge_kernel_half(struct look *look);
int judge_pti_copy(struct look *look);
int judge_charge_sane(struct look *look);
int judge_deposit_unused(struct look *look);
int judge_shared_hugetlb(struct look *look);
int judge_fragments_agree(struct look *look);
int judge_gaddr_matches(struct look *look);

/*
 * Drop the findings about leaves, made while walking, of VMAs that may map what
 * is no ordinary memory: as maps shows, and in later looks, where it is worth
 * its cost, as the VMAs' flags say. Where these may not be asked for, a leaf of
 * a VMA stays undecided.
 */
int judge_foreign_leaves(struct look *look);

/* Did this look find an entry that may lead to what is no table? */
bool judge_astray(const struct look *look);

/* Is the table a hugetlb pmd table that several puds may point to? */
bool judge_may_be_shared(const struct look *look, const struct snap_table *table);

/* pt_share_count of a pmd table: sharers beside the first. */
__u32 judge_share_count(const struct snap_table *table);

/* finding.found of DEPOSIT_MATCHES beside the length: what is wrong with the chain. */
#define DEPOSIT_CHAIN_LONG	(1ULL << 32)
#define DEPOSIT_CHAIN_BAD	(1ULL << 33)

#endif /* JUDGE_H */

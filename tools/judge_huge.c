// SPDX-License-Identifier: GPL-2.0-only
/* What pmd tables of huge pages need: tables deposited for the day of a split; an mm to share them with. */
#include <string.h>
#include "arch/arch.h"
#include "judge.h"

/* Is the huge zero page at home here? A DAX hole maps it too and deposits nothing. */
static bool anonymous(const struct look *look, const struct snap_table *table)
{
	__u64 end = snapshot_end(&look->snap, table);
	const struct mm_vma *vma = mm_vmas_from(&look->vmas, table->va);
	const struct mm_vma *last = look->vmas.vma + look->vmas.nr;

	for (; vma && vma < last && vma->start < end; vma++)
		if (vma->kind != MM_VMA_ANON)
			return false;
	return true;
}

/*
 * How many tables may be deposited at a pmd table: what its own entries ask
 * for, and those of the other tables in its page, where these have one list.
 */
static void count_deposits(const struct look *look, __u32 at, unsigned int *least, unsigned int *most)
{
	__u64 pfn = snapshot_table(&look->snap, at)->pfn;
	__u32 end = ARCH_PMD_FRAGMENTS ? look->snap.nr : at + 1;

	*least = *most = 0;
	for (__u32 i = at; i < end; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);

		if (table->level != WALK_PMD || table->pfn != pfn)
			continue;
		*least += table->anon + (anonymous(look, table) ? table->zero : 0);
		*most += table->anon + table->zero + table->swapped;
	}
}

/* Another table of its page was there before: its deposits are counted with that one. */
static bool counted_before(const struct look *look, __u32 at)
{
	__u64 pfn = snapshot_table(&look->snap, at)->pfn;

	for (__u32 i = 0; ARCH_PMD_FRAGMENTS && i < at; i++)
		if (snapshot_table(&look->snap, i)->level == WALK_PMD &&
		    snapshot_table(&look->snap, i)->pfn == pfn)
			return true;
	return false;
}

int judge_deposit_matches(struct look *look)
{
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		struct finding finding = judge_about(DEPOSIT_MATCHES, table);
		unsigned int least, most;

		if (table->level != WALK_PMD || table->flags & (WALK_BAD_PFN | WALK_NO_PAGE | WALK_NO_TABLE))
			continue;
		look->checked[DEPOSIT_MATCHES]++;
		/* A table shared by several mms: whose the entries are is not known. */
		if (judge_may_be_shared(look, table) && table->leaves && table->hugetlb == table->leaves)
			continue;
		if (counted_before(look, i))
			continue;
		count_deposits(look, i, &least, &most);
		if (table->deposited >= least && table->deposited <= most &&
		    !(table->flags & (WALK_CHAIN_LONG | WALK_CHAIN_BAD)))
			continue;
		finding.expected = least;
		finding.other = most;
		finding.found = table->deposited;
		if (table->flags & WALK_CHAIN_LONG)
			finding.found |= DEPOSIT_CHAIN_LONG;
		if (table->flags & WALK_CHAIN_BAD)
			finding.found |= DEPOSIT_CHAIN_BAD;
		finding.raw = table->pmd_huge_pte;
		err = look_report(look, &finding);
	}
	return err;
}

static unsigned int used_entries(const __u64 *entries, __u64 *first)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < arch_entries(WALK_PTE); i++) {
		if (arch_none(entries[i], WALK_PTE))
			continue;
		*first = used++ ? *first : entries[i];
	}
	return used;
}

/* The first table deposited here that is in use already: true, and what is wrong with it. */
static bool find_used(const struct look *look, const __u64 *pfns, size_t n, struct finding *finding)
{
	__u64 entries[WALK_ENTRIES_MAX];

	for (size_t i = 0; i < n; i++) {
		__u32 linked = snapshot_find_in_page(&look->snap, pfns[i]);

		finding->pfn = pfns[i];
		finding->found = walk_read_table(look->subject->walk, pfns[i], entries) ? 0 :
				 used_entries(entries, &finding->raw);
		finding->other = linked == SNAP_NONE ? finding->va : snapshot_table(&look->snap, linked)->va;
		finding->expected = linked != SNAP_NONE;
		if (finding->found || finding->expected)
			return true;
	}
	return false;
}

/*
 * A deposited table is put to use by a split, which takes it from the list
 * first: what is in use counts only if the list is the same after it was read.
 */
int judge_deposit_unused(struct look *look)
{
	__u64 before[512], after[512];	/* the walk counts no further */
	struct walk *walk = look->subject->walk;
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		struct finding finding = judge_about(DEPOSIT_UNUSED, table);
		size_t n = table->deposited < 512 ? table->deposited : 512;

		if (table->level != WALK_PMD || !judge_readable(look, table) || !n)
			continue;
		look->checked[DEPOSIT_UNUSED] += n;
		n = walk_deposits(walk, table->pmd_huge_pte, n, before);
		if (!find_used(look, before, n, &finding))
			continue;
		finding.moving |= walk_deposits(walk, table->pmd_huge_pte, n, after) != n ||
				  memcmp(before, after, n * sizeof(*after));
		err = look_report(look, &finding);
	}
	return err;
}

/* VMAs of a table that may be shared: one of hugetlb pages, shared, as large as the table. */
static bool shareable(const struct look *look, const struct snap_table *table)
{
	const struct mm_vma *vma = mm_vmas_from(&look->vmas, table->va);

	return vma && vma->start <= table->va && vma->end >= snapshot_end(&look->snap, table) &&
	       vma->kind == MM_VMA_HUGETLB && vma->flags & MM_VMA_SHARED;
}

int judge_shared_hugetlb(struct look *look)
{
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		struct finding finding = judge_about(SHARED_HUGETLB, table);

		if (table->level != WALK_PMD || !judge_readable(look, table))
			continue;
		look->checked[SHARED_HUGETLB]++;
		if (!judge_share_count(table) || (!table->tables && table->leaves == table->hugetlb &&
						  shareable(look, table)))
			continue;
		finding.found = (__s32)judge_share_count(table);
		finding.raw = judge_share_count(table);
		finding.expected = table->hugetlb;
		finding.other = table->tables + table->leaves - table->hugetlb;
		err = look_report(look, &finding);
	}
	return err;
}

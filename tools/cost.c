// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "arch/arch.h"
#include "cost.h"

static void count_table(struct cost_level *level, const struct snap_table *table)
{
	unsigned int used = table->leaves + table->tables + table->swapped;

	level->tables++;
	level->bytes += arch_table_bytes(table->level);
	level->leaves += table->leaves;
	level->links += table->tables;
	level->swapped += table->swapped;
	level->none += snapshot_slots(table->level) - used;
	level->empty += !used;
	level->few += used && used <= COST_FEW;
}

static void keep_top(struct cost *cost, const struct cost_vma *vma)
{
	unsigned int at = cost->nr_top;

	if (!vma->tables)
		return;
	while (at && cost->top[at - 1].tables < vma->tables)
		at--;
	if (at == COST_VMAS)
		return;
	if (cost->nr_top < COST_VMAS)
		cost->nr_top++;
	memmove(&cost->top[at + 1], &cost->top[at], (cost->nr_top - 1 - at) * sizeof(*vma));
	cost->top[at] = *vma;
}

/* Tables and VMAs both rise in address: one pass. */
static void count_vmas(struct cost *cost, const struct snapshot *snap, const struct mm_vmas *vmas)
{
	struct cost_vma now = { 0 };
	size_t v = 0;

	for (__u32 i = 0; i < snap->nr && vmas->nr; i++) {
		const struct snap_table *table = snapshot_table(snap, i);
		unsigned int used = table->leaves + table->swapped;

		if (table->level != WALK_PTE)
			continue;
		while (v < vmas->nr && vmas->vma[v].end <= table->va)
			v++;
		if (v == vmas->nr)
			break;
		if (vmas->vma[v].start >= snapshot_end(snap, table))
			continue;
		if (now.vma != &vmas->vma[v]) {
			keep_top(cost, &now);
			now = (struct cost_vma){ .vma = &vmas->vma[v] };
		}
		now.tables++;
		now.empty += !used;
		now.few += used && used <= COST_FEW;
	}
	keep_top(cost, &now);
}

void cost_count(struct cost *cost, const struct snapshot *snap, const struct mm_vmas *vmas)
{
	memset(cost, 0, sizeof(*cost));
	for (__u32 i = 0; i < snap->nr; i++) {
		const struct snap_table *table = snapshot_table(snap, i);

		count_table(&cost->level[0], table);
		count_table(&cost->level[table->level], table);
		if (table->leaves)
			cost->mapped += table->leaves * arch_entry_span(table->level, snap->levels);
		if (table->level != WALK_PMD)
			continue;
		cost->deposited += table->deposited;
		cost->anon += table->anon;
		cost->zero += table->zero;
		cost->hugetlb += table->hugetlb;
		cost->file += table->leaves - table->anon - table->zero - table->hugetlb;
	}
	count_vmas(cost, snap, vmas);
}

__u64 cost_bytes(const struct cost *cost)
{
	return cost->level[0].bytes + cost->deposited * arch_table_bytes(WALK_PTE);
}

__u64 cost_per_gib(const struct cost *cost)
{
	return cost->mapped ? (__u64)((double)cost_bytes(cost) * (1ULL << 30) / cost->mapped) : 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Tables that share a page, against what its descriptor says of them: which are in use (s390), or how many (powerpc). */
#include "arch/arch.h"
#include "judge.h"

static int judge_bits(struct look *look, const struct snap_table *table)
{
	struct finding finding = judge_about(FRAGMENTS_AGREE, table);
	__u32 bits = judge_first_half(&table->pt_mm);

	/* what the other table of the page does meanwhile is not evidence of this one */
	finding.raw = finding.found = bits & arch_fragment_mask(bits, table->offset, look->mm.pgstes);
	finding.expected = arch_fragment_value(table->offset, look->mm.pgstes);
	finding.other = look->mm.pgstes ? 2 : table->offset != 0;
	return finding.found == finding.expected ? 0 : look_report(look, &finding);
}

/* The tables of a page are judged with the one that comes first in it. */
static bool first_in_page(const struct look *look, const struct snap_table *table, unsigned int size)
{
	/* nearly always the one at its start */
	for (unsigned int at = 0; at < table->offset; at += size)
		if (snapshot_find(&look->snap, table->pfn, at) != SNAP_NONE)
			return false;
	return true;
}

static int judge_count(struct look *look, const struct snap_table *table)
{
	unsigned int size = arch_table_bytes(table->level), reached = 0;
	struct finding finding = judge_about(FRAGMENTS_AGREE, table);
	__s32 count = judge_first_half(&table->pt_mm);

	if (!first_in_page(look, table, size))
		return 0;
	for (unsigned int at = table->offset; at < ARCH_PAGE_SIZE; at += size) {
		__u32 i = snapshot_find(&look->snap, table->pfn, at);

		reached += i != SNAP_NONE && !(snapshot_table(&look->snap, i)->flags & WALK_MOVED);
	}
	finding.expected = reached;
	finding.other = ARCH_PAGE_SIZE / size;
	finding.found = (__s64)count;
	finding.raw = (__u32)count;
	/* at least 1, since this table is one of them */
	if (count >= (__s32)reached && count <= (__s32)finding.other)
		return 0;
	return look_report(look, &finding);
}

int judge_fragments_agree(struct look *look)
{
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);

		if (!(ARCH_FRAGMENTS & 1 << table->level) || !judge_readable(look, table))
			continue;
		look->checked[FRAGMENTS_AGREE]++;
		err = ARCH_FRAGMENT_BITS ? judge_bits(look, table) : judge_count(look, table);
	}
	return err;
}

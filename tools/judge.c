// SPDX-License-Identifier: GPL-2.0-only
#include "arch/arch.h"
#include "entry_sane.h"
#include "judge.h"

int judge_table_typed(struct look *look)
{
	const struct walk_kernel *kernel = look->subject->kernel;
	unsigned int levels = kernel->typed | 1 << WALK_PTE | 1 << WALK_PMD;
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		struct finding finding = judge_about(TABLE_TYPED, table);

		if (!judge_readable(look, table) || !(levels & 1 << table->level))
			continue;
		look->checked[TABLE_TYPED]++;
		if (walk_type_is_table(look->subject->walk, table->page_type))
			continue;
		finding.found = finding.raw = table->page_type;
		err = look_report(look, &finding);
	}
	return err;
}

/* A table that is not typed as one is table-typed's; what other types say of it is said there. */
int judge_only_table(struct look *look)
{
	__u64 foreign = look->subject->kernel->foreign_flags;
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		bool typed = walk_type_is_table(look->subject->walk, table->page_type);
		struct finding finding = judge_about(ONLY_TABLE, table);

		if (!judge_readable(look, table))
			continue;
		look->checked[ONLY_TABLE]++;
		if (!(table->page_flags & foreign) && !table->mapping &&
		    (!typed || walk_type_is_only_table(look->subject->walk, table->page_type)))
			continue;
		finding.expected = foreign;
		finding.found = table->page_flags & foreign;
		finding.other = table->mapping;
		finding.raw = table->page_type;
		err = look_report(look, &finding);
	}
	return err;
}

int judge_unmovable(struct look *look)
{
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		struct finding finding = judge_about(UNMOVABLE, table);

		if (table->flags & (WALK_BAD_PFN | WALK_NO_PAGE))
			continue;
		look->checked[UNMOVABLE]++;
		if (machine_is_movable(look->subject->machine, table->pfn))
			err = look_report(look, &finding);
	}
	return err;
}

__u32 judge_share_count(const struct snap_table *table)
{
	return judge_first_half(&table->pt_mm);
}

/*
 * Sharing is of pmd tables of hugetlb mappings only. Before pt_share_count
 * (59d9094df3d7, 6.13 and stable kernels) sharers held references instead.
 */
bool judge_may_be_shared(const struct look *look, const struct snap_table *table)
{
	if (table->level != WALK_PMD || table->tables)
		return false;
	if (look->subject->kernel->fields & WALK_HAS_SHARE_COUNT)
		return judge_share_count(table) > 0;
	return table->leaves == table->hugetlb;
}

int judge_refcount_one(struct look *look)
{
	bool counted = look->subject->kernel->fields & WALK_HAS_SHARE_COUNT;
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		struct finding finding = judge_about(REFCOUNT_ONE, table);

		if (!judge_readable(look, table))
			continue;
		look->checked[REFCOUNT_ONE]++;
		if (table->refcount == 1 ||
		    (table->refcount > 1 && !counted && judge_may_be_shared(look, table)))
			continue;
		finding.expected = 1;
		finding.found = (__s64)table->refcount;
		finding.raw = (__u32)table->refcount;
		err = look_report(look, &finding);
	}
	return err;
}

int judge_single_parent(struct look *look)
{
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		__u32 first = snapshot_find(&look->snap, table->pfn, table->offset);
		struct finding finding = judge_about(SINGLE_PARENT, table);

		look->checked[SINGLE_PARENT]++;
		if (first == i || (table->flags & WALK_BAD_PFN) || judge_may_be_shared(look, table))
			continue;
		finding.other = snapshot_table(&look->snap, first)->va;
		finding.found = snapshot_table(&look->snap, first)->level;
		finding.raw = table->entry & ~ARCH_VOLATILE;
		if (snapshot_table(&look->snap, first)->flags & WALK_MOVED)
			finding.moving = true;
		err = look_report(look, &finding);
	}
	return err;
}

int judge_pgd_owner(struct look *look)
{
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		struct finding finding = judge_about(PGD_OWNER, table);

		if (table->level != WALK_PGD || !judge_readable(look, table))
			continue;
		look->checked[PGD_OWNER]++;
		if (table->pt_mm == look->mm.mm)
			continue;
		finding.expected = look->mm.mm;
		finding.found = finding.raw = table->pt_mm;
		err = look_report(look, &finding);
	}
	return err;
}

/*
 * Bytes that the mm must be charged for what the walk reached: pte, pmd and
 * pud tables, deposited ones included; a shared pmd table once per entry. They
 * are counted by the entries that lead to them: the pte tables need not be read.
 */
static __u64 reached_bytes(const struct look *look, __u64 *deposited)
{
	__u64 bytes = 0;

	*deposited = 0;
	for (__u32 i = 0; i < look->snap.nr; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		unsigned int below = table->level == WALK_PTE ? 0 : arch_below(table->level, look->snap.levels);

		if (below && below <= WALK_PUD)
			bytes += table->tables * arch_table_bytes(below);
		if (table->level == WALK_PMD)
			*deposited += table->deposited;
	}
	return bytes + *deposited * arch_table_bytes(WALK_PTE);
}

/*
 * With page table isolation an LDT is mapped in the kernel's half by a pud, a
 * pmd and a pte table that are charged to the mm (arch/x86/kernel/ldt.c).
 */
#define LDT_BYTES	(3 * ARCH_PAGE_SIZE)

int judge_counts_agree(struct look *look)
{
	struct finding finding = { .invariant = COUNTS_AGREE, .index = FINDING_NO_INDEX };
	__u64 reached, deposited;

	reached = reached_bytes(look, &deposited);
	look->checked[COUNTS_AGREE]++;
	finding.vote = true;
	if (look->mm.bytes_moved)
		finding.moving = true;
	else if (reached == look->mm.pgtables_bytes[0] ||
		 (look->subject->machine->pti &&
		  reached + LDT_BYTES == look->mm.pgtables_bytes[0]))
		finding.doubt = true;
	/* A table seen twice, or not at all, may hide a difference as well as make one. */
	if (look->mm.moved || look->mm.vanished)
		finding.moving = true;
	if (finding.doubt && !finding.moving)
		return 0;
	finding.expected = reached;
	finding.found = look->mm.pgtables_bytes[1];
	finding.raw = finding.found;
	finding.other = deposited;
	finding.gist = finding.found - finding.expected;
	return look_report(look, &finding);
}

static bool about_leaf(const struct finding *finding)
{
	return finding->invariant == LEAF_NOT_TABLE ||
	       (finding->invariant == ENTRY_SANE && finding->expected == ENTRY_LEAF_BEYOND);
}

bool judge_astray(const struct look *look)
{
	for (size_t i = 0; i < look->findings.nr; i++) {
		const struct finding *finding = &look->findings.finding[i];

		if (finding->invariant == TABLE_TYPED ||
		    (finding->invariant == ENTRY_SANE && !about_leaf(finding)))
			return true;
	}
	return false;
}

int judge_foreign_leaves(struct look *look)
{
	const struct look_sources *sources = look->subject->sources;
	struct mm_vmas raw = { 0 };
	bool any = false, have_raw = false;
	size_t kept = 0;

	for (size_t i = 0; i < look->findings.nr && !any; i++)
		any = about_leaf(&look->findings.finding[i]);
	if (!any)
		return 0;
	if (look->wanted && sources->raw_vmas && !look->subject->astray)
		have_raw = !sources->raw_vmas(sources->arg, &raw);
	for (size_t i = 0; i < look->findings.nr; i++) {
		struct finding *finding = &look->findings.finding[i];
		const struct mm_vma *vma = mm_vmas_from(&look->vmas, finding->va);

		if (about_leaf(finding) && vma && vma->start <= finding->va &&
		    (vma->kind == MM_VMA_DEVICE || vma->kind == MM_VMA_SPECIAL))
			continue;
		if (about_leaf(finding) && have_raw &&
		    mm_vmas_meet(&raw, finding->va, finding->va + 1))
			continue;
		if (about_leaf(finding) && look->subject->astray && vma && vma->start <= finding->va)
			finding->moving = true;
		look->findings.finding[kept++] = *finding;
	}
	look->findings.nr = kept;
	mm_vmas_free(&raw);
	return 0;
}

/* Tables in one gap between VMAs. */
struct gap {
	__u64 end;		/* where the gap ends */
	__u64 tables, entries;
};

/*
 * An munmap() takes the VMAs out first and works on the tables for as long as
 * it needs: its findings differ from look to look, because each finding
 * carries what all tables of the gap still hold.
 */
static void survey_gap(const struct look *look, const struct mm_vma *next, __u32 from,
		       struct gap *gap)
{
	*gap = (struct gap){ .end = next ? next->start : ~0ULL };
	for (__u32 i = from; i < look->snap.nr; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		__u64 end = snapshot_end(&look->snap, table);

		if (table->va >= gap->end)
			break;
		if (mm_vmas_meet(&look->vmas, table->va, end))
			continue;
		gap->tables++;
		gap->entries += table->leaves + table->swapped + table->tables;
	}
}

int judge_table_in_vma(struct look *look)
{
	struct gap gap = { 0 };
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		__u64 end = snapshot_end(&look->snap, table);
		struct finding finding = judge_about(TABLE_IN_VMA, table);

		if (table->level == WALK_PGD)
			continue;
		look->checked[TABLE_IN_VMA]++;
		if (mm_vmas_meet(&look->vmas, table->va, end))
			continue;
		if (!gap.tables || table->va >= gap.end)
			survey_gap(look, mm_vmas_from(&look->vmas, table->va), i, &gap);
		finding.expected = gap.tables;
		finding.found = gap.entries;
		finding.other = end;
		finding.raw = table->entry & ~ARCH_VOLATILE;
		err = look_report(look, &finding);
	}
	return err;
}

/*
 * A queued spinlock (include/asm-generic/qspinlock_types.h): locked byte 0, 1
 * or 3 (paravirtual slow path), pending byte 0 or 1, tail CPU + 1 in the upper
 * 14 bits. What lies above the 4 bytes is not the lock's.
 */
static bool possible_lock(__u32 word, unsigned int cpus)
{
	__u32 locked = word & 0xff, pending = word >> 8 & 0xff, tail = word >> 18;

	return (locked <= 1 || locked == 3) && pending <= 1 && (!cpus || tail <= cpus);
}

int judge_ptl_sane(struct look *look)
{
	unsigned int cpus = look->subject->machine->cpus;
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		struct finding finding = judge_about(PTL_SANE, table);
		__u32 word = table->ptl;

		if (table->level > WALK_P4D || !judge_readable(look, table))
			continue;
		look->checked[PTL_SANE]++;
		if (table->level > WALK_PMD ? !word : possible_lock(word, cpus))
			continue;
		finding.found = finding.raw = word;
		err = look_report(look, &finding);
	}
	return err;
}

int judge_listed(struct look *look)
{
	const struct walk_kernel *kernel = look->subject->kernel;
	unsigned int levels = kernel->typed | 1 << WALK_PTE | 1 << WALK_PMD;
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		struct finding finding = judge_about(LISTED, table);

		if (!judge_readable(look, table) || !(levels & 1 << table->level))
			continue;
		look->checked[LISTED]++;
		if (pfnset_has(&look->listed, table->pfn))
			continue;
		finding.raw = finding.found = table->page_type;
		err = look_report(look, &finding);
	}
	return err;
}

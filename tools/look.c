// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "ingest.h"
#include "judge.h"
#include "look.h"

int look_report(struct look *look, const struct finding *finding)
{
	return findings_add(&look->findings, finding);
}

/*
 * What is not in the tables is read after them: a table seen has then had time
 * to get its VMA. A process that exits takes its VMAs and tables with it. A first
 * look goes on without what cannot be read and says so; a later one would take its
 * absence for an answer.
 */
static int read_sources(struct look *look)
{
	const struct look_sources *sources = look->subject->sources;
	bool vmas = look_wants(look, TABLE_IN_VMA) || look_wants(look, DEPOSIT_MATCHES) ||
		    look_wants(look, LEAF_NOT_TABLE) || look_wants(look, ENTRY_SANE) ||
		    look_wants(look, SHARED_HUGETLB);

	if (vmas)
		look->vmas_error = sources->vmas ? sources->vmas(sources->arg, &look->vmas) : -ENOSYS;
	if (sources->listing && !look->subject->joined && look_wants(look, LISTED))
		look->listing_error = sources->listing(sources->arg, &look->listed);
	look->gone = !walk_used(look->subject->walk);
	if (!look->wanted)
		return 0;
	if (look->gone)
		return -EOWNERDEAD;
	if (look->vmas_error)
		return look->vmas_error;
	return look->listing_error ? look->listing_error : look->kinds_unknown ? -EIO : 0;
}

/*
 * A thread that was taken off its CPU half-way through a change of the tables
 * leaves them as they are for as long as it waits: then nothing that this look
 * found says anything. An munmap() takes the VMAs away first and may wait for
 * locks before it comes to the tables.
 */
static void discount(struct look *look)
{
	const struct look_sources *sources = look->subject->sources;
	unsigned int threads;

	if (!look->findings.nr || !sources->threads)
		return;
	threads = sources->threads(sources->arg);
	for (size_t i = 0; i < look->findings.nr; i++) {
		struct finding *finding = &look->findings.finding[i];

		if (threads & LOOK_STALLED)
			finding->moving = true;
		if (threads & LOOK_BLOCKED &&
		    (finding->invariant == TABLE_IN_VMA || finding->invariant == SHARED_HUGETLB))
			finding->moving = true;
	}
}

/* Of these what the pte tables hold says nothing: where they hang is in the tables above. */
#define ABOVE_PTE	(1U << COUNTS_AGREE | 1U << PGD_OWNER | 1U << DEPOSIT_MATCHES | 1U << KERNEL_HALF | \
			 1U << PTI_COPY | 1U << SHARED_HUGETLB)

int look_run(struct look *look, struct look_subject *subject, const struct walk_range *range,
	     unsigned int wanted)
{
	struct walk_range part = range ? *range : subject->range;
	int err;

	memset(look, 0, sizeof(*look));
	look->subject = subject;
	look->wanted = wanted;
	look->whole = !part.low && !part.high;
	part.least = wanted && !(wanted & ~ABOVE_PTE) ? WALK_PMD : WALK_PTE;
	snapshot_init(&look->snap, subject->kernel->levels);
	if (wanted & 1U << ENTRY_SANE && subject->sources->refresh)
		subject->sources->refresh(subject->sources->arg);
	if (wanted & 1U << COUNTS_AGREE && subject->sources->barrier && !subject->astray)
		subject->sources->barrier(subject->sources->arg);
	err = walk_run(subject->walk, &part, ingest_table, look, &look->mm);
	if (err)
		return err;
	err = read_sources(look);
	if (!err)
		err = ingest_pages(look);
	if (!err)
		err = judge_foreign_leaves(look);
	for (unsigned int i = 0; i < INVARIANTS && !err; i++) {
		const struct invariant *inv = &invariants[i];

		if (inv->judge && look_wants(look, inv->id) && !(inv->unavailable && inv->unavailable(look)))
			err = inv->judge(look);
	}
	if (!wanted)
		subject->astray = judge_astray(look);
	discount(look);
	findings_sort(&look->findings);
	return err;
}

void look_free(struct look *look)
{
	snapshot_free(&look->snap);
	findings_free(&look->findings);
	mm_vmas_free(&look->vmas);
	pfnset_free(&look->listed);
	pfnset_free(&look->pages);
	pfnset_free(&look->huge);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A look: one walk over an mm, judged by every invariant. Pure but for the
 * walk and the sources, which are functions so that tests need no kernel.
 */
#ifndef LOOK_H
#define LOOK_H

#include "finding.h"
#include "invariant.h"
#include "machine.h"
#include "mm_vmas.h"
#include "pfnset.h"
#include "snapshot.h"
#include "walk.h"

/* What a huge leaf maps. */
enum page_kind {
	PAGE_KIND_UNKNOWN,	/* could not be read */
	PAGE_KIND_ANON,		/* anonymous THP */
	PAGE_KIND_ZERO,		/* the huge zero page */
	PAGE_KIND_HUGETLB,
	PAGE_KIND_OTHER,	/* file or shmem THP, device memory */
};

/*
 * What a thread may be in the middle of, since the call before; at the first
 * call every thread that is not asleep counts as stalled.
 */
#define LOOK_STALLED	(1 << 0)	/* it wants to run and had no CPU: anywhere in the kernel */
#define LOOK_BLOCKED	(1 << 1)	/* it waits uninterruptibly: perhaps inside an munmap() */

/*
 * Where a look gets what is not in the page tables. Each function returns 0 or
 * a negative errno unless said otherwise; each may be NULL: not to be had.
 */
struct look_sources {
	void *arg;
	/* The VMAs now; the look frees them. */
	int (*vmas)(void *arg, struct mm_vmas *vmas);
	/*
	 * Of these, the ranges that may map what is no ordinary memory (VM_PFNMAP,
	 * VM_MIXEDMAP, VM_IO). The kernel walks the tables for the answer.
	 */
	int (*raw_vmas)(void *arg, struct mm_vmas *vmas);
	/* pfns in the inspector's listing now; on failure listing_why says which listing and why. */
	int (*listing)(void *arg, struct pfnset *listed);
	const char *listing_why;
	enum page_kind (*kind)(void *arg, __u64 pfn);
	/* What the process' threads may be in the middle of, LOOK_STALLED or LOOK_BLOCKED. */
	unsigned int (*threads)(void *arg);
	/* Read the machine's facts again: memory may have been added. */
	void (*refresh)(void *arg);
	/* Return when whoever held mmap_lock for writing has let go of it. */
	void (*barrier)(void *arg);
};

/* The same for every look at one mm. */
struct look_subject {
	struct walk *walk;
	const struct walk_kernel *kernel;
	const struct machine *machine;
	const struct look_sources *sources;
	struct walk_range range;	/* {0, 0}: everything */
	bool joined;		/* all processes are checked, and joined with the listing after that */
	bool saved_listing;	/* the listing is a file that does not follow the kernel */
	/*
	 * pfns that are no memory for user space and that some leaf mapped.
	 * A look only counts which pages leaves map; the next one finds the leaves.
	 */
	struct pfnset suspects;
	/*
	 * The first look saw an entry lead to what may be no table. Then nothing
	 * is asked for that makes the kernel follow the tables: it would oops.
	 */
	bool astray;
};

struct look {
	struct look_subject *subject;
	/*
	 * Bits (1 << id) of the invariants that this look is about; 0: the first
	 * look, all. A later one reads no more than these need, and of pages only
	 * the suspects.
	 */
	unsigned int wanted;
	bool whole;		/* the walk covered the whole address space */
	struct walk_mm mm;
	struct snapshot snap;
	struct findings findings;
	bool gone;		/* nobody used the mm any more when VMAs and listing had been read */
	struct mm_vmas vmas;
	int vmas_error;
	struct pfnset listed;
	int listing_error;
	struct pfnset pages;	/* that leaves map, huge ones by their first page */
	struct pfnset huge;	/* pfn >> 9 of what huge leaves map */
	unsigned int kinds_unknown;	/* huge leaves whose kind could not be read */
	__u64 leaves;		/* present leaf entries seen */
	__u64 checked[INVARIANTS + 1];	/* by id: things judged */
};

/*
 * Walk the attached mm within range (NULL: the subject's) and judge it.
 * 0, -EOWNERDEAD, -ENOMEM or what the walker returned. The look must be freed
 * either way; findings are sorted.
 */
int look_run(struct look *look, struct look_subject *subject, const struct walk_range *range,
	     unsigned int wanted);
void look_free(struct look *look);

/* Is the look about this invariant? */
static inline bool look_wants(const struct look *look, enum invariant_id id)
{
	return !look->wanted || look->wanted & 1U << id;
}

/* Add a finding about a table; -ENOMEM is kept by the caller. */
int look_report(struct look *look, const struct finding *finding);

#endif /* LOOK_H */

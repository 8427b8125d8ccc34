/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One address of one mm: the path from the pgd to what is there. Says what the
 * tables hold and judges nothing. No output.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include "check.h"
#include "entry_flags.h"

/* An entry of the path, and the table that holds it. */
struct lookup_step {
	struct walk_table table;
	unsigned int index;
	__u64 entry;
	enum entry_kind kind;
};

#define LOOKUP_TRIES	50	/* until tables that ever move are shown as they are */

struct lookup {
	pid_t pid;
	__u64 address;
	enum check_status status;	/* CHECK_HOLDS, CHECK_FAILED, CHECK_INCOMPLETE */
	char error[CHECK_ERROR];	/* of the latter two */
	struct mm_status process;	/* has_status */
	bool has_status;
	const struct walk_kernel *kernel;
	bool in_kernel;			/* the address is in the kernel's half */
	struct walk_mm mm;
	struct lookup_step step[WALK_LEVELS];	/* pgd first */
	unsigned int nr;		/* 0: nothing was read */
	bool moved;			/* the path changed while it was read, each time */
	struct mm_vmas vmas;
	const struct mm_vma *vma;	/* that has the address, or NULL */
	/* The last step's kind is ENTRY_LEAF: */
	__u64 pfn;			/* of the page that the address is in */
	bool has_page;
	struct walk_page page;		/* its struct page */
};

/* Is there an address like this on the running kernel? */
bool lookup_canonical(__u64 address, unsigned int levels);

/* Follow address in process pid; free it either way. walk is attached and detached again. */
void lookup_run(struct lookup *lookup, struct walk *walk, const struct look_sources *sources, pid_t pid,
		__u64 address);
void lookup_free(struct lookup *lookup);

/* The step that ends the path; only if nr is not 0. */
static inline const struct lookup_step *lookup_last(const struct lookup *lookup)
{
	return &lookup->step[lookup->nr - 1];
}

/* pfn of what the entry leads to or maps. */
__u64 lookup_pfn(const struct lookup *lookup, const struct lookup_step *step);

#endif /* LOOKUP_H */

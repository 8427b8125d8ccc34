/* SPDX-License-Identifier: GPL-2.0-only */
/* Checking one process: look, confirm, count. No output. */
#ifndef CHECK_H
#define CHECK_H

#include "confirm.h"
#include "cost.h"
#include "look.h"
#include "mm_status.h"

/* What the program exits with; also what one process was found to be. */
enum check_status {
	CHECK_HOLDS = 0,
	CHECK_VIOLATED = 1,
	CHECK_FAILED = 2,	/* could not be checked */
	CHECK_INCOMPLETE = 3,	/* not all could be settled, nothing violated */
};

#define CHECK_ERROR	320

struct check_tally {
	const char *unchecked;	/* why it was not checked, or NULL */
	__u64 checked;		/* things judged in the first look */
	__u64 violated, settled, unsettled;
};

struct check {
	pid_t pid;
	enum check_status status;
	char error[CHECK_ERROR];	/* of CHECK_FAILED, and of CHECK_INCOMPLETE when it exited */
	struct mm_status process;	/* has_status */
	bool has_status;
	bool looked;			/* first, confirm, cost and tally are filled */
	struct look first;
	struct confirm confirm;
	unsigned int extra_looks;	/* to find the leaves that map suspect pages */
	struct cost cost;
	struct check_tally tally[INVARIANTS + 1];	/* by id; [0] is the sum */
	__u64 nsec;			/* from attaching to the last verdict ... */
	__u64 ran;			/* ... and CPU nsec that the process used meanwhile */
};

/* How time passes; tests have their own. */
struct check_time {
	__u64 (*clock)(void *arg);
	void (*pause)(void *arg, __u64 nsec);
	void (*grace)(void *arg);	/* NULL: cannot be had */
	__u64 (*used)(void *arg, pid_t pid);	/* CPU nsec that the process has used; 0: unknown */
	void *arg;
};

/* Monotonic clock, nanosleep, membarrier, the process' CPU clock. */
extern const struct check_time check_real_time;

/*
 * Check the process pid. The subject's walk is attached to it and detached
 * again; its suspects are emptied. check must be freed with check_free().
 */
void check_run(struct check *check, pid_t pid, struct look_subject *subject,
	       const struct check_time *time);
void check_free(struct check *check);

/*
 * Wait until a process that runs has got over having been checked, 100 ms at
 * most. With up to 14,000 pages, for which that is enough, whoever checks it in a
 * loop slows it down by 2 percent at most.
 */
void check_pace(const struct check *check, const struct check_time *time);

/* How often the mm was walked in all. */
static inline unsigned int check_looks(const struct check *check)
{
	return 1 + check->extra_looks + check->confirm.looks;
}

/*
 * Of two processes the worse decides: violated, then could not check, then
 * incomplete, then holds.
 */
enum check_status check_worse(enum check_status a, enum check_status b);

#endif /* CHECK_H */

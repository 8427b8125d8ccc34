// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/membarrier.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

static __u64 real_clock(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void real_pause(void *arg, __u64 nsec)
{
	struct timespec ts = { .tv_sec = nsec / 1000000000, .tv_nsec = nsec % 1000000000 };

	(void)arg;
	nanosleep(&ts, NULL);
}

/* membarrier() returns after a grace period of RCU; where it is missing, wait long. */
static void real_grace(void *arg)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		real_pause(arg, 500000000);
}

static __u64 real_used(void *arg, pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	(void)arg;
	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &ts))
		return 0;
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

const struct check_time check_real_time = {
	.clock = real_clock, .pause = real_pause, .grace = real_grace, .used = real_used,
};

__attribute__((format(printf, 3, 4)))
static void fail(struct check *check, enum check_status status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(check->error, sizeof(check->error), format, ap);
	va_end(ap);
	check->status = status;
}

/* For confirm_run(): looks of the same subject. */
struct again {
	struct look_subject *subject;
	const struct check_time *time;
};

static int look_again(void *arg, const struct walk_range *range, unsigned int wanted,
		      struct findings *now)
{
	struct again *again = arg;
	struct walk_range all = again->subject->range;
	struct look look;
	int err = look_run(&look, again->subject, range->high ? range : &all, wanted);

	*now = look.findings;
	memset(&look.findings, 0, sizeof(look.findings));
	look_free(&look);
	return err;
}

static __u64 clock_again(void *arg)
{
	const struct again *again = arg;

	return again->time->clock(again->time->arg);
}

static void pause_again(void *arg, __u64 nsec)
{
	const struct again *again = arg;

	again->time->pause(again->time->arg, nsec);
}

static void grace_again(void *arg)
{
	const struct again *again = arg;

	again->time->grace(again->time->arg);
}

/*
 * The first look says which pages are wrong, not which leaves map them: look
 * again for those. A leaf that is gone by then was a race.
 */
static int find_leaves(struct check *check, struct look_subject *subject)
{
	struct check_tally *tally = &check->tally[LEAF_NOT_TABLE];
	struct look look;
	__u64 found = 0;
	int err;

	if (!subject->suspects.nr)
		return 0;
	err = look_run(&look, subject, NULL, 1U << LEAF_NOT_TABLE);
	for (size_t i = 0; i < look.findings.nr && !err; i++) {
		if (look.findings.finding[i].invariant != LEAF_NOT_TABLE)
			continue;
		err = look_report(&check->first, &look.findings.finding[i]);
		found++;
	}
	tally->settled += found ? 0 : subject->suspects.nr;
	check->extra_looks++;
	look_free(&look);
	findings_sort(&check->first.findings);
	return err;
}

/* A listing that was saved is older than the walk: what it lacks may be newer. */
static void put_off_saved(struct check *check, const struct look_subject *subject)
{
	struct findings *list = &check->first.findings;
	size_t kept = 0;

	for (size_t i = 0; i < list->nr; i++) {
		if (subject->saved_listing && list->finding[i].invariant == LISTED)
			check->tally[LISTED].unsettled++;
		else
			list->finding[kept++] = list->finding[i];
	}
	list->nr = kept;
}

static void add_up(struct check *check)
{
	struct check_tally *sum = &check->tally[0];

	for (size_t i = 0; i < check->confirm.nr; i++) {
		const struct confirm_case *c = &check->confirm.cases[i];
		struct check_tally *tally = &check->tally[c->finding.invariant];

		tally->violated += c->verdict == VERDICT_VIOLATED;
		tally->settled += c->verdict == VERDICT_SETTLED && !c->finding.doubt;
		tally->unsettled += c->verdict == VERDICT_UNSETTLED;
	}
	for (unsigned int id = 1; id <= INVARIANTS; id++) {
		const struct invariant *inv = invariant_by_id(id);
		struct check_tally *tally = &check->tally[id];

		if (!invariant_of_process(inv))
			continue;
		tally->unchecked = inv->unavailable ? inv->unavailable(&check->first) : NULL;
		tally->checked = tally->unchecked ? 0 : check->first.checked[id];
		sum->checked += tally->checked;
		sum->violated += tally->violated;
		sum->settled += tally->settled;
		sum->unsettled += tally->unsettled;
	}
	sum->unsettled += check->confirm.lost;
	check->status = sum->violated ? CHECK_VIOLATED :
			sum->unsettled ? CHECK_INCOMPLETE : CHECK_HOLDS;
}

static void explain(struct check *check, const struct look_subject *subject, int err)
{
	if (err == -EOWNERDEAD)
		fail(check, CHECK_INCOMPLETE,
		     "check: process %d: it exited, or ran another program, meanwhile", check->pid);
	else if (err == -ENOMEM)
		fail(check, CHECK_FAILED, "check: process %d: out of memory", check->pid);
	else
		fail(check, CHECK_FAILED, "%s", walk_error(subject->walk));
}

static void check_attached(struct check *check, struct look_subject *subject,
			   const struct check_time *time)
{
	struct again again = { subject, time };
	struct confirm_ops ops = {
		.arg = &again, .look = look_again, .clock = clock_again, .pause = pause_again,
		.grace = time->grace ? grace_again : NULL,
	};
	__u64 taken;
	int err, look_error = 0;

	err = look_run(&check->first, subject, NULL, 0);
	taken = time->clock(time->arg);
	if (!err && check->first.listing_error) {
		fail(check, CHECK_FAILED, "%s", subject->sources->listing_why);
		return;
	}
	if (!err)
		err = find_leaves(check, subject);
	if (err) {
		explain(check, subject, err);
		return;
	}
	put_off_saved(check, subject);
	err = confirm_run(&check->confirm, &check->first.findings, taken, &ops, &look_error);
	if (err) {
		explain(check, subject, err);
		return;
	}
	cost_count(&check->cost, &check->first.snap, &check->first.vmas);
	check->looked = true;
	add_up(check);
	if (look_error == -EOWNERDEAD && check->status == CHECK_INCOMPLETE)
		explain(check, subject, look_error);
}

void check_run(struct check *check, pid_t pid, struct look_subject *subject,
	       const struct check_time *time)
{
	__u64 start = time->clock(time->arg), used = time->used(time->arg, pid);
	int err;

	memset(check, 0, sizeof(*check));
	check->pid = pid;
	err = walk_attach(subject->walk, pid);
	check->has_status = !mm_status_read(&check->process, pid);
	if (err)
		fail(check, CHECK_FAILED, "%s", walk_error(subject->walk));
	else
		check_attached(check, subject, time);
	walk_detach(subject->walk);
	pfnset_free(&subject->suspects);
	check->nsec = time->clock(time->arg) - start;
	check->ran = time->used(time->arg, pid);
	check->ran = check->ran > used ? check->ran - used : 0;
}

/*
 * To look at a struct page takes its cache line from the CPU on which the process
 * runs; writing to it the next time, in fork() or at a fault, is slower by what it
 * takes to get it back: 36 ns measured where CPUs share a cache, 140 ns where not.
 */
#define PACE		(140 * 100 / 2)		/* nsec for each page: 2 percent */
#define PACE_MOST	(100 * 1000000ULL)	/* nsec: more would be noticed by who checks once */

void check_pace(const struct check *check, const struct check_time *time)
{
	__u64 least = check->first.pages.nr * PACE;

	if (least > PACE_MOST)
		least = PACE_MOST;
	if (check->ran && check->nsec < least)
		time->pause(time->arg, least - check->nsec);
}

void check_free(struct check *check)
{
	look_free(&check->first);
	confirm_free(&check->confirm);
}

enum check_status check_worse(enum check_status a, enum check_status b)
{
	static const int rank[] = {
		[CHECK_HOLDS] = 0, [CHECK_INCOMPLETE] = 1, [CHECK_FAILED] = 2, [CHECK_VIOLATED] = 3,
	};

	return rank[a] >= rank[b] ? a : b;
}

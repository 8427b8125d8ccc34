// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "arch/arch.h"
#include "confirm.h"

#define MSEC	1000000ULL

/* The last one repeats: short enough for CONFIRM_VOTES looks within CONFIRM_LIMIT. */
static const __u64 intervals[] = {
	1 * MSEC, 5 * MSEC, 20 * MSEC, 50 * MSEC, 100 * MSEC, 200 * MSEC, 30 * MSEC,
};

#define NR_INTERVALS	(sizeof(intervals) / sizeof(*intervals))
#define GRACE_AFTER	2	/* agreeing looks after the first: most races are over by then */

/* The least range that holds all open cases and what their evidence rests on. */
static struct walk_range range_of(const struct confirm *confirm)
{
	struct walk_range range = { .low = ~0ULL };

	for (size_t i = 0; i < confirm->nr; i++) {
		const struct finding *f = &confirm->cases[i].finding;

		if (confirm->cases[i].verdict != VERDICT_OPEN)
			continue;
		/* a whole mm, a whole gap, all tables of a page, another address space */
		if (!f->level || f->invariant == TABLE_IN_VMA || f->invariant == GADDR_MATCHES ||
		    (f->invariant == FRAGMENTS_AGREE && !ARCH_FRAGMENT_BITS) ||
		    (ARCH_PMD_FRAGMENTS && f->invariant == DEPOSIT_MATCHES))
			return (struct walk_range){ .low = 0 };
		if (f->va < range.low)
			range.low = f->va;
		if (f->va >= range.high)
			range.high = f->va + 1;
		if (f->invariant != SINGLE_PARENT && f->invariant != DEPOSIT_UNUSED)
			continue;
		if (f->other < range.low)
			range.low = f->other;
		if (f->other >= range.high)
			range.high = f->other + 1;
	}
	return range;
}

static unsigned int wanted_of(const struct confirm *confirm)
{
	unsigned int wanted = 0;

	for (size_t i = 0; i < confirm->nr; i++)
		if (confirm->cases[i].verdict == VERDICT_OPEN)
			wanted |= 1U << confirm->cases[i].finding.invariant;
	return wanted;
}

static void close_case(struct confirm *confirm, struct confirm_case *c, enum verdict verdict,
		       enum unsettled_why why)
{
	c->verdict = verdict;
	c->why = why;
	confirm->tally[VERDICT_OPEN]--;
	confirm->tally[verdict]++;
}

static void close_all(struct confirm *confirm, enum unsettled_why why)
{
	for (size_t i = 0; i < confirm->nr; i++) {
		struct confirm_case *c = &confirm->cases[i];

		if (c->verdict != VERDICT_OPEN)
			continue;
		close_case(confirm, c, VERDICT_UNSETTLED,
			   why ? why : c->agreed || c->nothings ? WHY_CHANGING : WHY_MOVING);
	}
}

/*
 * Has a case agreed that often, and no grace period has passed in that time?
 * graced is when the last one began that is over.
 */
static bool grace_due(const struct confirm *confirm, __u64 graced)
{
	for (size_t i = 0; i < confirm->nr; i++) {
		const struct confirm_case *c = &confirm->cases[i];

		if (c->verdict == VERDICT_OPEN && c->agreed > GRACE_AFTER && graced <= c->since)
			return true;
	}
	return false;
}

/* Nothing is found any more. */
static void weigh_nothing(struct confirm *confirm, struct confirm_case *c)
{
	bool whole_machine = invariant_by_id(c->finding.invariant)->scope == SCOPE_MACHINE;
	unsigned int enough = whole_machine ? 2 * CONFIRM_NOTHINGS : CONFIRM_NOTHINGS;

	c->votes -= CONFIRM_VETO;
	if (!c->finding.vote || (++c->nothings >= enough && c->nothings >= 2 * c->founds))
		close_case(confirm, c, VERDICT_SETTLED, WHY_NONE);
}

/* The same as in the look before that counted? */
static bool same(const struct finding *a, const struct finding *b)
{
	return a->vote ? a->gist == b->gist : finding_same_evidence(a, b);
}

/* Have enough looks agreed, over a time that is long enough? */
static bool proved(const struct confirm_case *c)
{
	const struct invariant *inv = invariant_by_id(c->finding.invariant);
	__u64 span = inv->msec ? inv->msec * MSEC : CONFIRM_SPAN;

	if (c->finding.vote)
		return c->votes >= CONFIRM_VOTES && c->until - c->since >= CONFIRM_GIST_SPAN;
	return c->agreed >= inv->reads && c->until - c->since >= span;
}

/* True: this look counted for the case. */
static bool weigh(struct confirm *confirm, struct confirm_case *c, const struct finding *now,
		  __u64 clock, __u64 graced)
{
	if (!now) {
		weigh_nothing(confirm, c);
		return true;
	}
	if (now->moving) {
		c->moving++;
		return false;
	}
	c->founds++;
	if (!c->agreed || !same(now, &c->finding)) {
		c->restarts += c->agreed != 0;
		c->agreed = c->votes = 0;
		c->since = clock;
	}
	c->finding = *now;
	c->agreed++;
	c->votes++;
	c->until = clock;
	if (proved(c) && graced > c->since)
		close_case(confirm, c, VERDICT_VIOLATED, WHY_NONE);
	return true;
}

/*
 * The tables moved during the last look, and so many before: try to hit a moment
 * when they rest. CONFIRM_LOOKS take about CONFIRM_LIMIT.
 */
static __u64 soon(unsigned int moved)
{
	return 6 * MSEC + moved * MSEC / 2;
}

/*
 * What comes before the next look, half of it to half as much again, and up to
 * twice what a look takes: a process that does something at the pace of the
 * looks, or of what one look reads, is not to be met at the same moment each time.
 */
static __u64 uneven(__u64 *random, __u64 nsec, __u64 look)
{
	/* Knuth's linear congruential generator, whose upper half is the better one */
	*random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
	return nsec / 2 + (*random >> 32) % (nsec + 2 * look);
}

static int open_cases(struct confirm *confirm, const struct findings *first, __u64 taken)
{
	memset(confirm, 0, sizeof(*confirm));
	confirm->lost = first->lost;
	confirm->tally[VERDICT_UNSETTLED] = first->lost;
	if (!first->nr)
		return 0;
	confirm->cases = calloc(first->nr, sizeof(*confirm->cases));
	if (!confirm->cases)
		return -ENOMEM;
	confirm->nr = first->nr;
	confirm->tally[VERDICT_OPEN] = first->nr;
	for (size_t i = 0; i < first->nr; i++) {
		struct confirm_case *c = &confirm->cases[i];

		c->finding = first->finding[i];
		c->agreed = c->founds = c->votes = !c->finding.moving;
		c->moving = c->finding.moving;
		c->since = c->until = taken;
	}
	return 0;
}

int confirm_run(struct confirm *confirm, const struct findings *first, __u64 taken,
		const struct confirm_ops *ops, int *look_error)
{
	__u64 graced = ops->grace ? 0 : ~0ULL;
	__u64 random = taken, took = 0;
	bool counted = true;
	unsigned int step = 0, moved = 0;
	int err = open_cases(confirm, first, taken);

	*look_error = 0;
	while (!err && confirm->tally[VERDICT_OPEN]) {
		struct walk_range range;
		struct findings now = { 0 };
		__u64 clock;

		ops->pause(ops->arg, uneven(&random, counted ? intervals[step] : soon(moved), took));
		moved += !counted;
		step += counted && step < NR_INTERVALS - 1;
		confirm->looks++;
		if (grace_due(confirm, graced)) {
			graced = ops->clock(ops->arg);
			ops->grace(ops->arg);
		}
		range = range_of(confirm);
		took = ops->clock(ops->arg);
		*look_error = ops->look(ops->arg, &range, wanted_of(confirm), &now);
		clock = ops->clock(ops->arg);
		took = clock - took;
		if (*look_error)
			close_all(confirm, *look_error == -EOWNERDEAD ? WHY_EXITED : WHY_FAILED);
		counted = false;
		for (size_t i = 0; i < confirm->nr; i++) {
			struct confirm_case *c = &confirm->cases[i];

			if (c->verdict == VERDICT_OPEN)
				counted |= weigh(confirm, c, findings_find(&now, &c->finding),
						 clock, graced);
		}
		findings_free(&now);
		if ((clock - taken >= CONFIRM_LIMIT && confirm->looks >= CONFIRM_LOOKS) ||
		    (clock - taken >= CONFIRM_PATIENCE && confirm->looks >= INVARIANT_APART))
			close_all(confirm, WHY_NONE);
	}
	return err;
}

void confirm_free(struct confirm *confirm)
{
	free(confirm->cases);
	memset(confirm, 0, sizeof(*confirm));
}

const char *unsettled_text(enum unsettled_why why)
{
	static const char *const text[WHY_REASONS] = {
		[WHY_NONE] = "",
		[WHY_MOVING] = "its tables changed during each look",
		[WHY_CHANGING] = "not every look found the same there",
		[WHY_EXITED] = "the process exited meanwhile",
		[WHY_FAILED] = "it could not be looked at again",
		[WHY_SAVED] = "a saved listing cannot be read again",
		[WHY_LIMIT] = "more candidates than are kept",
	};

	return why < WHY_REASONS ? text[why] : "";
}

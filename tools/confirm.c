// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "arch/arch.h"
#include "confirm.h"
#include "invariant.h"

#define MSEC	1000000ULL

/* The last one repeats: short enough for CONFIRM_GISTS looks within CONFIRM_LIMIT. */
static const __u64 intervals[] = {
	1 * MSEC, 5 * MSEC, 20 * MSEC, 50 * MSEC, 100 * MSEC, 200 * MSEC, 30 * MSEC,
};

#define NR_INTERVALS	(sizeof(intervals) / sizeof(*intervals))
#define GRACE_AFTER	2	/* agreeing looks after the first: most races are over by then */

/* The least range that holds all open cases and what their evidence rests on. */
static struct walk_range range_of(const struct confirm *confirm)
{
	struct walk_range range = { ~0ULL, 0 };

	for (size_t i = 0; i < confirm->nr; i++) {
		const struct finding *f = &confirm->cases[i].finding;

		if (confirm->cases[i].verdict != VERDICT_OPEN)
			continue;
		/* a whole mm, a whole gap, all tables of a page, another address space */
		if (!f->level || f->invariant == TABLE_IN_VMA || f->invariant == GADDR_MATCHES ||
		    (f->invariant == FRAGMENTS_AGREE && !ARCH_FRAGMENT_BITS) ||
		    (ARCH_PMD_FRAGMENTS && f->invariant == DEPOSIT_MATCHES))
			return (struct walk_range){ 0, 0 };
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

		if (c->verdict != VERDICT_OPEN)
			continue;
		if ((c->agreed > GRACE_AFTER && graced <= c->since) ||
		    (c->gists > GRACE_AFTER && graced <= c->gist_since))
			return true;
	}
	return false;
}

/* The process never rests: the same fault shows through ever other evidence. */
static void weigh_gist(struct confirm *confirm, struct confirm_case *c, const struct finding *now,
		       __u64 clock, __u64 graced)
{
	if (!now->gist || now->gist != c->finding.gist || !c->gists) {
		c->gists = 0;
		c->gist_since = clock;
	}
	if (!now->gist || ++c->gists < CONFIRM_GISTS * (1 + c->nothings) ||
	    clock - c->gist_since < CONFIRM_GIST_SPAN || graced <= c->gist_since)
		return;
	c->finding = *now;
	c->agreed = c->gists;
	c->since = c->gist_since;
	c->until = clock;
	close_case(confirm, c, VERDICT_VIOLATED, WHY_NONE);
}

/* Nothing is found any more. */
static void weigh_nothing(struct confirm *confirm, struct confirm_case *c)
{
	if (!c->finding.vote || (++c->nothings >= CONFIRM_VOTES && c->nothings >= 2 * c->founds))
		close_case(confirm, c, VERDICT_SETTLED, WHY_NONE);
	else
		c->agreed = 0;
}

/* True: this look counted for the case. */
static bool weigh(struct confirm *confirm, struct confirm_case *c, const struct finding *now,
		  __u64 clock, __u64 graced)
{
	const struct invariant *inv = invariant_by_id(c->finding.invariant);
	__u64 span = inv->msec ? inv->msec * MSEC : CONFIRM_SPAN;

	if (!now) {
		weigh_nothing(confirm, c);
		return true;
	}
	if (now->moving) {
		c->moving++;
		return false;
	}
	c->founds++;
	weigh_gist(confirm, c, now, clock, graced);
	if (c->verdict != VERDICT_OPEN)
		return true;
	if (!c->agreed || !finding_same_evidence(now, &c->finding)) {
		c->restarts += c->agreed != 0;
		c->finding = *now;
		c->agreed = 0;
		c->since = clock;
	}
	c->agreed++;
	c->until = clock;
	if (graced > c->since && c->agreed >= inv->reads && c->until - c->since >= span)
		close_case(confirm, c, VERDICT_VIOLATED, WHY_NONE);
	return true;
}

/*
 * The tables moved during the last look: try to hit a moment when they rest,
 * at uneven intervals so as not to keep step with what the process does.
 */
static __u64 soon(unsigned int look)
{
	return (1 + look * 7 % 11) * MSEC;
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
		c->agreed = c->founds = !c->finding.moving;
		c->moving = c->finding.moving;
		c->since = c->until = taken;
	}
	return 0;
}

int confirm_run(struct confirm *confirm, const struct findings *first, __u64 taken,
		const struct confirm_ops *ops, int *look_error)
{
	__u64 graced = ops->grace ? 0 : ~0ULL;
	bool counted = true;
	unsigned int step = 0;
	int err = open_cases(confirm, first, taken);

	*look_error = 0;
	while (!err && confirm->tally[VERDICT_OPEN]) {
		struct walk_range range;
		struct findings now = { 0 };
		__u64 clock;

		ops->pause(ops->arg, counted ? intervals[step] : soon(confirm->looks));
		step += counted && step < NR_INTERVALS - 1;
		confirm->looks++;
		if (grace_due(confirm, graced)) {
			graced = ops->clock(ops->arg);
			ops->grace(ops->arg);
		}
		range = range_of(confirm);
		*look_error = ops->look(ops->arg, &range, wanted_of(confirm), &now);
		clock = ops->clock(ops->arg);
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
		    clock - taken >= CONFIRM_PATIENCE)
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

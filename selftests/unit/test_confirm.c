// SPDX-License-Identifier: GPL-2.0-only
/* The way from candidate to verdict, over scripted looks. */
#include <errno.h>
#include <stdlib.h>
#include "confirm.h"
#include "invariant.h"
#include "ktap.h"

/* Looks as a test scripts them: look n sees what see(n) leaves in *finding. */
static struct script {
	bool (*see)(unsigned int look, struct finding *finding);
	int error_at;		/* look that fails with error */
	int error;
	unsigned int looks, graces;
	__u64 now, slow;
	__u64 takes;			/* a look */
	__u64 began[CONFIRM_LOOKS * 10];	/* clock of each look */
	__u64 graced;		/* clock of the last grace period */
	struct walk_range range;	/* of the last look */
	unsigned int wanted;
	unsigned int invariant;		/* of what the looks find ... */
	bool vote;			/* ... and whether they vote on it */
} script;

#define MSEC	1000000ULL

static const struct finding candidate = {
	.invariant = TABLE_TYPED, .level = WALK_PTE, .index = FINDING_NO_INDEX,
	.va = 0x7f0000200000, .pfn = 77, .found = 1, .raw = 1,
};

static int scripted_look(void *arg, const struct walk_range *range, unsigned int wanted,
			 struct findings *now)
{
	struct finding finding = candidate;

	(void)arg;
	finding.invariant = script.invariant;
	finding.vote = script.vote;
	script.range = *range;
	script.wanted = wanted;
	script.looks++;
	if (script.looks < sizeof(script.began) / sizeof(*script.began))
		script.began[script.looks] = script.now;
	script.now += script.takes;
	if (script.error && (int)script.looks == script.error_at)
		return script.error;
	return script.see(script.looks, &finding) ? findings_add(now, &finding) : 0;
}

static __u64 scripted_clock(void *arg)
{
	(void)arg;
	return script.now;
}

static void scripted_pause(void *arg, __u64 nsec)
{
	(void)arg;
	script.now += nsec + script.slow;
}

static void scripted_grace(void *arg)
{
	(void)arg;
	script.graces++;
	script.graced = script.now;
}

static struct confirm_case run(bool (*see)(unsigned int, struct finding *),
			       const struct finding *first)
{
	struct confirm_ops ops = { .look = scripted_look, .clock = scripted_clock,
				   .pause = scripted_pause, .grace = scripted_grace };
	struct findings findings = { 0 };
	struct confirm confirm;
	struct confirm_case result;
	int look_error;

	script.see = see;
	script.invariant = first->invariant;
	script.vote = first->vote;
	script.looks = script.graces = 0;
	script.now = 5000;
	CHECK_EQ(findings_add(&findings, first), 0);
	CHECK_EQ(confirm_run(&confirm, &findings, script.now, &ops, &look_error), 0);
	CHECK(look_error == ((int)script.looks >= script.error_at ? script.error : 0));
	CHECK_EQ(confirm.nr, 1);
	CHECK_EQ(confirm.looks, script.looks);
	CHECK_EQ(confirm.tally[VERDICT_OPEN], 0);
	CHECK_EQ(confirm.tally[confirm.cases[0].verdict], 1);
	result = confirm.cases[0];
	confirm_free(&confirm);
	findings_free(&findings);
	return result;
}

static bool always(unsigned int look, struct finding *finding)
{
	(void)look;
	(void)finding;
	return true;
}

static bool never(unsigned int look, struct finding *finding)
{
	(void)look;
	(void)finding;
	return false;
}

static bool gone_in_fourth(unsigned int look, struct finding *finding)
{
	(void)finding;
	return look != 4;
}

static bool moving(unsigned int look, struct finding *finding)
{
	(void)look;
	finding->moving = true;
	return true;
}

static bool moving_at_first(unsigned int look, struct finding *finding)
{
	finding->moving = look < 4;
	return true;
}

static bool flapping(unsigned int look, struct finding *finding)
{
	finding->found = look & 1;
	return true;
}

static bool changed_once(unsigned int look, struct finding *finding)
{
	finding->found = look < 3 ? 1 : 9;
	return true;
}

static bool elsewhere(unsigned int look, struct finding *finding)
{
	(void)look;
	finding->va += 0x200000;
	return true;
}

static void persistent(void)
{
	struct confirm_case c = run(always, &candidate);

	CHECK_EQ(c.verdict, VERDICT_VIOLATED);
	CHECK(c.agreed >= 5);
	CHECK(c.until - c.since >= CONFIRM_SPAN);
	CHECK_EQ(script.graces, 1);
	CHECK_EQ(script.range.low, candidate.va);
	CHECK_EQ(script.range.high, candidate.va + 1);
	CHECK_EQ(script.wanted, 1 << TABLE_TYPED);
}

/* A process that is met, at random, in one of two states. */
static bool in_half_of_them(unsigned int look, struct finding *finding)
{
	static unsigned int random = 1;

	(void)look;
	(void)finding;
	random = random * 1664525 + 1013904223;
	return random >> 31;
}

#define CHANCES	20000

/* What is read at two moments: by chance many looks agree, but never as many as make a violation. */
static void by_chance(void)
{
	for (unsigned int id = 1; id <= INVARIANTS; id++) {
		struct finding first = candidate;
		unsigned int violated = 0, agreed = 0;

		first.invariant = id;
		first.vote = id == COUNTS_AGREE;
		if (invariant_by_id(id)->reads < INVARIANT_APART)
			continue;
		for (unsigned int i = 0; i < CHANCES; i++) {
			struct confirm_case c = run(in_half_of_them, &first);

			violated += c.verdict == VERDICT_VIOLATED;
			agreed = c.agreed > agreed ? c.agreed : agreed;
		}
		CHECK_EQ(violated, 0);
		CHECK(agreed > INVARIANT_AT_ONCE);
	}
}

/*
 * Between looks that do not count: each pause is longer than the one before by the
 * same, but for what is left to chance, of which the least and the most, nsec.
 */
static void pauses(__s64 *least, __s64 *most)
{
	(void)run(moving, &candidate);
	*least = *most = 0;
	for (unsigned int i = 2; i <= script.looks; i++) {
		__s64 pause = script.began[i] - script.began[i - 1] - script.takes;
		__s64 chance = pause - (12 + i - 2) * MSEC / 2;

		*least = chance < *least ? chance : *least;
		*most = chance > *most ? chance : *most;
	}
}

/* By so much that no process keeps step, also where a look takes long. */
static void uneven_pauses(void)
{
	__s64 least, most;

	pauses(&least, &most);
	CHECK(script.looks >= CONFIRM_LOOKS && script.looks < CONFIRM_LOOKS * 5 / 4);
	CHECK(least < -20 * (__s64)MSEC && most > 20 * (__s64)MSEC);
	script.takes = 30 * MSEC;
	pauses(&least, &most);
	CHECK(least < -20 * (__s64)MSEC && most > 60 * (__s64)MSEC);
	script.takes = 0;
}

/* Each look that counts makes the next pause longer, one that is a vote for nothing too. */
static void growing_pauses(void)
{
	struct finding vote = candidate;

	vote.vote = true;
	CHECK_EQ(run(never, &vote).verdict, VERDICT_SETTLED);
	CHECK_EQ(script.looks, CONFIRM_NOTHINGS);
	for (unsigned int i = 3; i <= script.looks; i++)
		CHECK(script.began[i] - script.began[i - 1] > script.began[i - 1] - script.began[i - 2]);
}

/* A sum of the machine agrees by chance more often than one of an mm, and takes longer to be believed. */
static void settles_late(void)
{
	struct finding vote = candidate;

	vote.vote = true;
	vote.invariant = POPULATION;
	CHECK_EQ(run(never, &vote).verdict, VERDICT_SETTLED);
	CHECK_EQ(script.looks, 2 * CONFIRM_NOTHINGS);
}

/* The same through ever other evidence, from the fifth look on. */
static bool gist_from_fifth(unsigned int look, struct finding *finding)
{
	finding->found = look;
	finding->vote = true;
	finding->gist = look < 5 ? 1 + look : 99;
	return true;
}

/* The grace period is one of the looks that agree, not of others before. */
static void grace_between(void)
{
	struct confirm_case c = run(changed_once, &candidate);

	CHECK_EQ(c.verdict, VERDICT_VIOLATED);
	CHECK_EQ(script.graces, 2);
	CHECK(script.graced > c.since && script.graced < c.until);
	c = run(gist_from_fifth, &candidate);
	CHECK_EQ(c.verdict, VERDICT_VIOLATED);
	CHECK(c.agreed >= CONFIRM_VOTES);
	CHECK(script.graced > c.since && script.graced < c.until);
	(void)run(gone_in_fourth, &candidate);
	CHECK_EQ(script.graces, 1);
	(void)run(moving, &candidate);	/* nothing agrees, nothing is waited for */
	CHECK_EQ(script.graces, 0);
}

static void transient(void)
{
	CHECK_EQ(run(never, &candidate).verdict, VERDICT_SETTLED);
	CHECK_EQ(script.looks, 1);
	CHECK_EQ(run(gone_in_fourth, &candidate).verdict, VERDICT_SETTLED);
	CHECK_EQ(script.looks, 4);
	CHECK_EQ(run(elsewhere, &candidate).verdict, VERDICT_SETTLED);
}

static void keeps_moving(void)
{
	struct confirm_case c = run(moving, &candidate);
	struct finding first = candidate;

	CHECK_EQ(c.verdict, VERDICT_UNSETTLED);
	CHECK_EQ(c.agreed, 1);
	CHECK_EQ(c.moving, script.looks);
	CHECK(script.now - 5000 >= CONFIRM_LIMIT);
	CHECK(script.now - 5000 < 2 * CONFIRM_LIMIT);
	CHECK(script.looks >= CONFIRM_LOOKS);
	script.slow = 1000 * 1000 * 1000;	/* a slow machine: looks decide, then patience ends */
	c = run(moving, &candidate);
	CHECK_EQ(c.verdict, VERDICT_UNSETTLED);
	CHECK(script.now - 5000 >= CONFIRM_PATIENCE && script.looks < CONFIRM_LOOKS);
	script.slow = 0;
	first.moving = true;		/* from the start: nothing ever agreed */
	c = run(moving, &first);
	CHECK_EQ(c.verdict, VERDICT_UNSETTLED);
	CHECK_EQ(c.why, WHY_MOVING);
	CHECK_EQ(c.agreed, 0);
}

static void comes_to_rest(void)
{
	struct confirm_case c = run(moving_at_first, &candidate);

	CHECK_EQ(c.verdict, VERDICT_VIOLATED);
	CHECK_EQ(c.moving, 3);
	CHECK(c.agreed >= 5);
}

static void flaps(void)
{
	struct confirm_case c = run(flapping, &candidate);

	CHECK_EQ(c.verdict, VERDICT_UNSETTLED);
	CHECK_EQ(c.why, WHY_CHANGING);
	CHECK(c.restarts > 5);
	c = run(changed_once, &candidate);
	CHECK_EQ(c.verdict, VERDICT_VIOLATED);
	CHECK_EQ(c.restarts, 1);
	CHECK_EQ(c.finding.found, 9);
	CHECK(c.agreed >= 5);
}

static void exits(void)
{
	script.error = -EOWNERDEAD;
	script.error_at = 3;
	CHECK_EQ(run(always, &candidate).verdict, VERDICT_UNSETTLED);
	CHECK_EQ(run(always, &candidate).why, WHY_EXITED);
	script.error = -ENOMEM;
	CHECK_EQ(run(always, &candidate).why, WHY_FAILED);
	script.error = 0;
}

static void whole_range(void)
{
	struct finding first = candidate;

	first.invariant = TABLE_IN_VMA;
	(void)run(never, &first);
	CHECK_EQ(script.range.high, 0);
	first.invariant = SINGLE_PARENT;	/* both parents are read again */
	first.other = 0x1000;
	(void)run(never, &first);
	CHECK_EQ(script.range.low, 0x1000);
	CHECK_EQ(script.range.high, candidate.va + 1);
}

static void too_many(void)
{
	struct confirm_ops ops = { .look = scripted_look, .clock = scripted_clock,
				   .pause = scripted_pause };
	struct findings findings = { 0 };
	struct confirm confirm;
	int look_error;

	for (unsigned int i = 0; i < FINDINGS_MAX + 3; i++) {
		struct finding finding = candidate;

		finding.va += (__u64)i << 21;
		CHECK_EQ(findings_add(&findings, &finding), 0);
	}
	script.see = never;
	script.looks = 0;
	CHECK_EQ(confirm_run(&confirm, &findings, script.now, &ops, &look_error), 0);
	CHECK_EQ(confirm.lost, 3);
	CHECK_EQ(confirm.tally[VERDICT_SETTLED], FINDINGS_MAX);
	CHECK_EQ(confirm.tally[VERDICT_UNSETTLED], 3);
	confirm_free(&confirm);
	findings_free(&findings);
}

static const struct ktap_test tests[] = {
	{ "persistent: violated", persistent },
	{ "in step by chance: never violated", by_chance },
	{ "pauses are uneven", uneven_pauses },
	{ "pauses grow", growing_pauses },
	{ "a sum of the machine settles late", settles_late },
	{ "a grace period between looks that agree", grace_between },
	{ "gone once: settled", transient },
	{ "always moving: unsettled", keeps_moving },
	{ "moving, then at rest: violated", comes_to_rest },
	{ "evidence that changes", flaps },
	{ "the process exits, or cannot be read: unsettled", exits },
	{ "range of the re-reads", whole_range },
	{ "more candidates than are kept are counted", too_many },
};

int main(void)
{
	return KTAP_RUN(tests);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The way from candidate to verdict: alone over scripted looks, and with a whole check around it. */
#include <errno.h>
#include <stdlib.h>
#include "arch/arch.h"
#include "fake_walk.h"
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

/* The same with a whole check: what the fake memory does between walks. */

static void check_with(void (*before)(struct fake *, unsigned int), enum check_status status)
{
	struct check check;

	fake.before_walk = before;
	fake_check(&check);
	CHECK_EQ(check.status, status);
	CHECK_EQ(fake.subject.suspects.nr, 0);
	check_free(&check);
}

static void untype_first(struct fake *f, unsigned int walk)
{
	f->page[f->pte].table.page_type = walk ? FAKE_TYPE_TABLE : FAKE_TYPE_NONE;
}

static void unlink_second(struct fake *f, unsigned int walk)
{
	f->page[f->pte].table.page_type = FAKE_TYPE_NONE;
	if (walk == 1) {
		fake_entries(f->pmd)[arch_index(FAKE_VA, WALK_PMD, 4)] = 0;
		f->pgtables_bytes[0] = f->pgtables_bytes[1] -= ARCH_PAGE_SIZE;
	}
}

/* A page is freed, and its leaf is gone by the next look. */
static void leaf_goes(struct fake *f, unsigned int walk)
{
	f->page[1030].table.page_type = FAKE_TYPE_BUDDY;
	if (walk)
		fake_entries(f->pte)[6] = 0;
}

static void die_in_second(struct fake *f, unsigned int walk)
{
	f->page[f->pte].table.page_type = FAKE_TYPE_NONE;
	f->walk_error = walk == 2 ? -EOWNERDEAD : 0;
}

static void die_in_first(struct fake *f, unsigned int walk)
{
	(void)walk;
	f->walk_error = -EOWNERDEAD;
}

static void fail_in_first(struct fake *f, unsigned int walk)
{
	(void)walk;
	f->walk_error = -EIO;
}

/* Tables come and go: the counter is never the same twice. */
static void count_moves(struct fake *f, unsigned int walk)
{
	f->pgtables_bytes[1] = f->pgtables_bytes[0] + ARCH_PAGE_SIZE * (1 + walk % 2);
}

static void count_rests(struct fake *f, unsigned int walk)
{
	count_moves(f, walk);
	if (walk >= 4)
		f->pgtables_bytes[1] = f->pgtables_bytes[0];
}

/* khugepaged: one table at a time is unlinked, then deposited. */
static void collapse(struct fake *f, unsigned int walk)
{
	f->pgtables_bytes[0] = f->pgtables_bytes[1] += walk % 3 ? 0 : ARCH_PAGE_SIZE;
	if (walk == 0)
		f->pgtables_bytes[0] = f->pgtables_bytes[1] += ARCH_PAGE_SIZE;
}

static void whole_check(void)
{
	fake_mm_build(4);
	check_with(untype_first, CHECK_HOLDS);
	CHECK_EQ(fake.walks, 2);
	fake_mm_build(4);
	check_with(unlink_second, CHECK_HOLDS);
	fake_mm_build(4);
	check_with(leaf_goes, CHECK_HOLDS);
	CHECK_EQ(fake.walks, 2);
	fake_mm_build(4);
	check_with(die_in_second, CHECK_INCOMPLETE);
	fake_mm_build(4);
	check_with(die_in_first, CHECK_INCOMPLETE);
	fake_mm_build(4);
	check_with(fail_in_first, CHECK_FAILED);
	fake_mm_build(4);
	check_with(count_moves, CHECK_INCOMPLETE);
	fake_mm_build(4);
	check_with(count_rests, CHECK_HOLDS);
	fake_mm_build(4);
	check_with(collapse, CHECK_INCOMPLETE);
}

/* As above, but pgtables_bytes is one table off all the time. */
static void off_in_churn(struct fake *f, unsigned int walk)
{
	static __u64 pte;

	if (!walk) {
		pte = fake_table(WALK_PTE, true);
		f->pgtables_bytes[0] = f->pgtables_bytes[1] -= 2 * ARCH_PAGE_SIZE;
	}
	f->pgtables_bytes[0] = f->pgtables_bytes[1] += walk & 1 ? -ARCH_PAGE_SIZE : ARCH_PAGE_SIZE;
	fake_entries(f->pmd)[300] = walk & 1 ? 0 : fake_entry(pte, 0);
	f->vma[0].end = FAKE_VA + (1 << 30);
}

/* A table comes and goes as often as the mm is walked: each walk meets it, or misses it, in the same way. */
static void in_step(struct fake *f, unsigned int walk)
{
	if (!walk)
		f->pgtables_bytes[0] = f->pgtables_bytes[1] -= ARCH_PAGE_SIZE;
	f->bytes_moved = true;
}

static void keeps_step(void)
{
	struct check check;

	fake_mm_build(4);
	fake.before_walk = in_step;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_INCOMPLETE);
	CHECK_EQ(check.tally[COUNTS_AGREE].unsettled, 1);
	check_free(&check);
}

static void never_rests(void)
{
	struct check check;

	fake_mm_build(4);
	fake.before_walk = off_in_churn;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_VIOLATED);
	CHECK_EQ(fake_violated(&check), COUNTS_AGREE);
	CHECK(check.confirm.cases[0].agreed >= CONFIRM_VOTES);
	CHECK(check.confirm.cases[0].until - check.confirm.cases[0].since >= CONFIRM_GIST_SPAN);
	check_free(&check);
}

static void moves_once(struct fake *f, unsigned int walk)
{
	f->moved_level = walk ? 0 : WALK_PTE;
}

static unsigned int hidden_every;

/* One table too few is charged all the time, but some walks miss one, which hides it. */
static void hidden_in_churn(struct fake *f, unsigned int walk)
{
	off_in_churn(f, walk);
	fake_entries(f->pmd)[0] = walk % hidden_every == 1 ? 0 : fake_entry(f->pte, 0);
}

/* One table too few is charged; each other walk misses one, and knows that tables moved. */
static void hidden_in_motion(struct fake *f, unsigned int walk)
{
	if (!walk)
		f->pgtables_bytes[0] = f->pgtables_bytes[1] -= ARCH_PAGE_SIZE;
	f->moved_level = walk & 1 ? WALK_PMD : 0;
	fake_entries(f->pmd)[0] = walk & 1 ? 0 : fake_entry(f->pte, 0);
}

/* The counter is right; some walks miss a table or see one twice. */
static void skewed(struct fake *f, unsigned int walk)
{
	static __u64 right;

	right = walk ? right : f->pgtables_bytes[0];
	f->pgtables_bytes[0] = f->pgtables_bytes[1] = right + (walk % 3 ? 0 : ARCH_PAGE_SIZE);
}

/* The counter is wrong, and no two walks see the same of it: one in so many by chance nothing. */
static unsigned int chance_every;

static void wrong_differently(struct fake *f, unsigned int walk)
{
	static __u64 right;

	right = walk ? right : f->pgtables_bytes[0];
	f->pgtables_bytes[0] = f->pgtables_bytes[1] = right + (walk % chance_every ? 1 + walk % 7 : 0) * ARCH_PAGE_SIZE;
	moves_once(f, walk);
}

/* One look proves nothing either way in an mm that does not rest. */
static void votes(void)
{
	struct check check;

	fake_mm_build(4);		/* right, and quiet: one look */
	fake_check(&check);
	CHECK_EQ(fake.walks, 1);
	check_free(&check);
	fake_mm_build(4);		/* right, but something moved in the first: no race is counted */
	fake.before_walk = moves_once;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_HOLDS);
	CHECK(fake.walks > CONFIRM_NOTHINGS);
	CHECK_EQ(fake.least, WALK_PMD);	/* only what leads to pte tables counts */
	CHECK_EQ(check.tally[COUNTS_AGREE].settled, 0);
	check_free(&check);
	fake_mm_build(4);		/* right, a third of the walks are not */
	fake.before_walk = skewed;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_HOLDS);
	CHECK_EQ(check.tally[COUNTS_AGREE].settled, 1);
	check_free(&check);
	for (chance_every = 2; chance_every <= 12; chance_every++) {
		fake_mm_build(4);
		fake.before_walk = wrong_differently;
		fake_check(&check);
		CHECK_EQ(check.status, CHECK_INCOMPLETE);
		check_free(&check);
	}
	fake_mm_build(4);		/* wrong, and sums agree only while tables move */
	fake.before_walk = hidden_in_motion;
	fake_check(&check);
	CHECK_EQ(fake_violated(&check), COUNTS_AGREE);
	check_free(&check);
	for (hidden_every = 5; hidden_every <= 90; hidden_every += 17) {
		fake_mm_build(4);	/* wrong, some walks do not show it */
		fake.before_walk = hidden_in_churn;
		fake_check(&check);
		if (check.status != CHECK_VIOLATED)
			printf("# every %u: status %d\n", hidden_every, check.status);
		CHECK(check.status == CHECK_VIOLATED || check.status == CHECK_INCOMPLETE);
		CHECK(hidden_every < 20 || check.status == CHECK_VIOLATED);
		check_free(&check);
	}
}

/* A thread without a CPU may be half-way through anything. */
static void stalled_thread(void)
{
	struct check check;

	fake_mm_build(4);
	fake.page[fake.pte].table.page_type = FAKE_TYPE_NONE;
	fake.threads = LOOK_STALLED;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_INCOMPLETE);
	CHECK_EQ(check.confirm.cases[0].why, WHY_MOVING);
	check_free(&check);
	fake.threads = LOOK_BLOCKED;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_VIOLATED);
	check_free(&check);
}

static void moving_tables(void)
{
	struct check check;

	fake_mm_build(4);
	fake.page[fake.pte].table.page_type = FAKE_TYPE_NONE;
	fake.moved_level = WALK_PTE;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_INCOMPLETE);
	CHECK_EQ(check.tally[TABLE_TYPED].unsettled, 1);
	CHECK_EQ(check.tally[TABLE_TYPED].violated, 0);
	check_free(&check);
}

static unsigned int barriers;

static void count_barrier(void *arg)
{
	(void)arg;
	barriers++;
}

/*
 * What makes the kernel follow the tables is asked for in looks again at the
 * counts, but not where an entry was seen to lead to what may be no table.
 */
static void no_barrier_astray(void)
{
	for (unsigned int astray = 0; astray < 2; astray++) {
		struct check check;

		fake_mm_build(4);
		fake.sources.barrier = count_barrier;
		fake.pgtables_bytes[0] = fake.pgtables_bytes[1] -= ARCH_PAGE_SIZE;
		if (astray)
			fake.page[fake.pte].table.page_type = FAKE_TYPE_NONE;
		barriers = 0;
		fake_check(&check);
		CHECK_EQ(check.status, CHECK_VIOLATED);
		CHECK_EQ(check.tally[COUNTS_AGREE].violated, 1);
		CHECK_EQ(check.tally[TABLE_TYPED].violated, astray);
		CHECK(astray ? !barriers : barriers >= CONFIRM_VOTES - 1);
		check_free(&check);
	}
}

/* Violated outweighs what exits or is unsettled beside it. */
static void worst(void)
{
	CHECK_EQ(check_worse(CHECK_HOLDS, CHECK_INCOMPLETE), CHECK_INCOMPLETE);
	CHECK_EQ(check_worse(CHECK_INCOMPLETE, CHECK_FAILED), CHECK_FAILED);
	CHECK_EQ(check_worse(CHECK_FAILED, CHECK_INCOMPLETE), CHECK_FAILED);
	CHECK_EQ(check_worse(CHECK_VIOLATED, CHECK_FAILED), CHECK_VIOLATED);
	CHECK_EQ(check_worse(CHECK_HOLDS, CHECK_VIOLATED), CHECK_VIOLATED);
	CHECK_EQ(check_worse(CHECK_HOLDS, CHECK_HOLDS), CHECK_HOLDS);
}

static const struct ktap_test tests[] = {
	{ "persistent: violated", persistent },
	{ "in step by chance: never violated", by_chance },
	{ "pauses are uneven", uneven_pauses },
	{ "pauses grow", growing_pauses },
	{ "a grace period between looks that agree", grace_between },
	{ "gone once: settled", transient },
	{ "always moving: unsettled", keeps_moving },
	{ "moving, then at rest: violated", comes_to_rest },
	{ "evidence that changes", flaps },
	{ "the process exits, or cannot be read: unsettled", exits },
	{ "range of the re-reads", whole_range },
	{ "more candidates than are kept are counted", too_many },
	{ "whole checks of an mm that changes", whole_check },
	{ "whole check of a table that moves", moving_tables },
	{ "whole check of an mm that never rests", never_rests },
	{ "whole checks in step with what the process does", keeps_step },
	{ "votes on an mm that does not rest", votes },
	{ "whole check while a thread has no CPU", stalled_thread },
	{ "nothing that follows the tables, where they lead astray", no_barrier_astray },
	{ "the worse of two statuses", worst },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	fake_mm_free();
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Whole checks of an mm that changes: what the fake memory does between walks. */
#include <errno.h>
#include <unistd.h>
#include "arch/arch.h"
#include "fake_walk.h"
#include "invariant.h"
#include "ktap.h"

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

static void gone_after_first(struct fake *f, unsigned int walk)
{
	(void)walk;
	f->gone = true;
	f->nr_vmas = 0;
	pfnset_free(&f->listed);
}

static void gone_after_second(struct fake *f, unsigned int walk)
{
	f->page[f->pte].table.page_type = FAKE_TYPE_NONE;
	f->gone = walk == 2;
}

/* It takes its VMAs, and its tables out of the listing, before those are read. */
static void exits_after_the_walk(void)
{
	struct check check;

	fake_mm_build(4);
	fake.before_walk = gone_after_first;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_HOLDS);
	CHECK(check.tally[LISTED].unchecked && check.tally[TABLE_IN_VMA].unchecked);
	CHECK(check.tally[TABLE_TYPED].checked && !check.tally[TABLE_TYPED].unchecked);
	CHECK_EQ(check.confirm.looks, 0);
	check_free(&check);
	fake_mm_build(4);
	fake.before_walk = gone_after_second;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_INCOMPLETE);
	CHECK_EQ(check.tally[TABLE_TYPED].unsettled, 1);
	CHECK_EQ(check.confirm.cases[0].why, WHY_EXITED);
	check_free(&check);
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

static __u64 pause_after(const struct check *check)
{
	__u64 before = fake.now;

	check_pace(check, &fake.time);
	return fake.now - before;
}

/* Of a process that runs, and by how much it was looked at. */
static void pace(void)
{
	struct check check;
	__u64 pages;

	fake_mm_build(4);
	fake_check(&check);
	pages = check.first.pages.nr;
	CHECK(pages > 500);
	CHECK_EQ(pause_after(&check), 0);
	check_free(&check);
	fake.runs = true;
	fake_check(&check);
	CHECK_EQ(check.first.pages.nr, pages);
	CHECK_EQ(pause_after(&check), pages * 7000 - check.nsec);
	check.nsec = pages * 7000;
	CHECK_EQ(pause_after(&check), 0);
	check.first.pages.nr = 1 << 20;
	CHECK_EQ(pause_after(&check), 100000000 - check.nsec);
	check_free(&check);
	fake.runs = false;
	CHECK(check_real_time.used(NULL, getpid()) > 0);
	CHECK_EQ(check_real_time.used(NULL, (4 << 20) + 1), 0);	/* beyond any pid */
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
	{ "an mm that changes", whole_check },
	{ "a table that moves", moving_tables },
	{ "an mm that never rests", never_rests },
	{ "in step with what the process does", keeps_step },
	{ "votes on an mm that does not rest", votes },
	{ "an exit between the tables and what is read after them", exits_after_the_walk },
	{ "a thread that has no CPU", stalled_thread },
	{ "nothing that follows the tables, where they lead astray", no_barrier_astray },
	{ "a pause after a check of a process that runs", pace },
	{ "the worse of two statuses", worst },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	fake_mm_free();
	return status;
}

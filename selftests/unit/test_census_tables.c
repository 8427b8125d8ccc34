// SPDX-License-Identifier: GPL-2.0-only
/* The machine as a whole: which tables are reached, by whom, and which are listed. */
#include <errno.h>
#include <string.h>
#include "arch/arch.h"
#include "fake_census.h"
#include "ktap.h"

static __u64 lost;

static void lose(unsigned int round)
{
	if (round == 2)
		pfnset_free(&fake.listed);
}

static void leaks(void)
{
	fake_census_build();
	lost = fake_table(WALK_PTE, false);
	fake_census_run();
	CHECK_EQ(census.status, CHECK_VIOLATED);
	CHECK_EQ(fake_census_violated(), REACHED);
	CHECK_EQ(census.tally[REACHED].violated, 1);
	CHECK_EQ(census.confirm.cases[0].finding.pfn, lost);
	CHECK(census.confirm.cases[0].until - census.confirm.cases[0].since >= 1000000000);
	CHECK(fake.graces);
	/* one thread inside a page fault may have it in its hands */
	now.faulting = 1;
	fake_census_run();
	CHECK_EQ(census.status, CHECK_INCOMPLETE);
	CHECK_EQ(census.tally[REACHED].unsettled, 1);
	/* but not two */
	fake_table(WALK_PTE, false);
	fake_census_run();
	CHECK_EQ(census.tally[REACHED].violated, 2);
	/* it was on its way out */
	fake_census_build();
	fake_table(WALK_PTE, false);
	now.before = lose;
	fake.kernel.typed = 0;
	fake_census_run();
	CHECK_EQ(census.tally[REACHED].violated, 0);
	CHECK_EQ(census.tally[REACHED].settled, 1);
}

static unsigned int pauses;

static void freed_while_watched(void *arg, __u64 nsec)
{
	(void)arg;
	fake.now += nsec;
	fake.page[lost].table.page_type = ++pauses % 19 ? FAKE_TYPE_TABLE : FAKE_TYPE_NONE;
}

static void used_while_watched(void *arg, __u64 nsec)
{
	(void)arg;
	fake.now += nsec;
	fake_entries(lost)[7] = ++pauses % 19 ? 0 : fake_entry(1030, 0);
}

/* Whenever the listing is read it is there, and nothing leads to it: but it is another table each time. */
static void recycled(void)
{
	static void (*const pause[])(void *arg, __u64 nsec) = { freed_while_watched, used_while_watched };

	for (unsigned int i = 0; i < 2; i++) {
		fake_census_build();
		pauses = 0;
		lost = fake_table(WALK_PTE, false);
		fake.time.pause = pause[i];
		fake_census_run();
		CHECK_EQ(census.status, CHECK_HOLDS);
		CHECK_EQ(census.tally[REACHED].violated, 0);
	}
}

static void owners(void)
{
	/* mms without a process that cannot be found make no leaks */
	fake_census_build();
	fake.pgds_error = -EAGAIN;
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK(census.tally[REACHED].unchecked);
	fake_census_build();
	now.hidden = "somebody else";
	fake_table(WALK_PTE, false);
	fake_census_run();
	CHECK_STR(census.tally[REACHED].unchecked, "somebody else");
	CHECK_EQ(fake_census_violated(), 0);
	/* a process that may not be looked at is known by its pgd */
	fake_census_build();
	fake.mm[1].attach_error = fake.mm[2].attach_error = -EPERM;
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.first.refused, 2);
	CHECK_EQ(census.first.idle_mms, 2);
	/* deposited tables on a kernel that does not say where */
	fake_census_build();
	fake.kernel.fields |= WALK_MM_PMD_HUGE_PTE;
	fake_census_run();
	CHECK(census.tally[REACHED].unchecked);
	/* one that ended */
	fake_census_build();
	now.pids[now.nr_pids++] = 12;
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.first.gone, 1);
}

static void unlisted(void)
{
	__typeof__(fake_sources.listing) with;
	__u64 *word;

	fake_census_build();
	word = pfnset_word(&fake.listed, fake.pte);
	*word &= ~(1ULL << fake.pte % 64);
	fake.listed.nr--;
	fake_census_run();
	CHECK_EQ(fake_census_violated(), LISTED);
	CHECK_EQ(census.confirm.cases[0].finding.pfn, fake.pte);
	CHECK_EQ(census.confirm.cases[0].finding.other, FAKE_VA);
	CHECK_EQ(census.confirm.cases[0].finding.expected, 1);
	/* without a listing, or with an old one, none of this can be said */
	fake.subject.saved_listing = true;
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK(census.tally[LISTED].unchecked && census.tally[POPULATION].unchecked);
	fake.subject.saved_listing = false;
	with = fake_sources.listing;
	fake_sources.listing = NULL;
	fake_census_run();
	fake_sources.listing = with;
	CHECK(census.tally[LISTED].unchecked && census.tally[REACHED].unchecked);
	CHECK_EQ(census.status, CHECK_HOLDS);
}

/* Process 1's table is gone by the time that the listing is read, and back for the next walk. */
static void come_and_go(struct fake *fake, unsigned int walk)
{
	fake_entries(fake->pmd)[arch_index(FAKE_VA, WALK_PMD, 4)] = walk % 4 ? 0 : fake_entry(fake->pte, 0);
}

/* Another one is there instead, which the process has elsewhere, too. */
static void replace(struct fake *fake, unsigned int walk)
{
	__u64 *entries = &fake_entries(fake->pmd)[arch_index(FAKE_VA, WALK_PMD, 4)];

	if (!walk)
		entries[20] = fake_entry(fake_table(WALK_PTE, false), 0);
	entries[0] = walk % 4 == 3 ? entries[20] : fake_entry(fake->pte, 0);
}

/* It is a table of another level now. */
static void raise_level(struct fake *fake, unsigned int walk)
{
	fake_entries(fake->pud)[arch_index(FAKE_VA, WALK_PUD, 4)] = fake_entry(walk % 4 == 3 ? fake->pte : fake->pmd, 0);
}

/* An entry that leads there changes. */
static void move(struct fake *fake, unsigned int walk)
{
	fake->moved_level = walk % 4 == 3 ? WALK_PTE : 0;
}

static void unlinked_before_listing(void)
{
	static void (*const changes[])(struct fake *fake, unsigned int walk) = { come_and_go, replace, raise_level, move };

	for (unsigned int i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		__u64 *word;

		fake_census_build();
		word = pfnset_word(&fake.listed, fake.pte);
		*word &= ~(1ULL << fake.pte % 64);
		fake.listed.nr--;
		fake.before_walk = changes[i];
		fake_census_run();
		CHECK_EQ(census.status, CHECK_HOLDS);
		CHECK_EQ(census.confirm.nr, 0);
		CHECK_EQ(fake.walks, 4);
	}
}

/* A hugetlb pmd table that two mms share, the mm of no process among them. */
static void sharing(void)
{
	__u64 pud, pmd;

	fake_census_build();
	pud = arch_pfn(fake_entries(fake.mm[3].pgd)[arch_index(FAKE_VA, WALK_PGD, 4)], WALK_PGD);
	pmd = fake_table(WALK_PMD, false);
	fake_entries(fake.pud)[9] = fake_entry(pmd, 0);
	fake_entries(pud)[9] = fake_entry(pmd, 0);
	fake.page[pmd].table.pt_mm = 0xdeadbeef00000001;	/* the count is the lower half */
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	fake.page[pmd].table.pt_mm = 0;
	fake_census_run();
	CHECK_EQ(fake_census_violated(), SHARE_COUNT);
	CHECK_EQ(census.confirm.cases[0].finding.expected, 1);
	fake.page[pmd].table.pt_mm = 1;
	fake_entries(pud)[9] = 0;
	fake_census_run();
	CHECK_EQ(fake_census_violated(), SHARE_COUNT);
	fake.moved_level = WALK_PMD;	/* an entry that leads there changes all the time */
	fake_census_run();
	CHECK_EQ(fake_census_violated(), 0);
	CHECK_EQ(census.tally[SHARE_COUNT].unsettled, 1);
	fake.moved_level = 0;
	fake.kernel.fields &= ~WALK_HAS_SHARE_COUNT;
	fake_census_run();
	CHECK_EQ(fake_census_violated(), 0);
	CHECK(strstr(census.tally[SHARE_COUNT].unchecked, "pt_share_count"));
}

static __u64 passed_on;

/* When process 10 is walked, it has the pmd table that process 1 had. */
static void pass_on(struct fake *fake, unsigned int walk)
{
	__u64 pud = arch_pfn(fake_entries(fake->mm[1].pgd)[arch_index(FAKE_VA, WALK_PGD, 4)], WALK_PGD);

	fake_entries(fake->pud)[9] = walk % 2 ? 0 : fake_entry(passed_on, 0);
	fake_entries(pud)[9] = walk % 2 ? fake_entry(passed_on, 0) : 0;
}

static void recycled_pmd(void)
{
	fake_census_build();
	passed_on = fake_table(WALK_PMD, false);
	fake.before_walk = pass_on;
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.confirm.nr, 0);
	CHECK(fake.walks > 3);
}

static void unlinked(void)
{
	fake_census_build();
	fake.unlinked_pgd = fake.mm[1].pgd;
	fake_census_run();
	CHECK_EQ(fake_census_violated(), PGD_LINKED);
	CHECK_EQ(census.confirm.cases[0].finding.pfn, fake.mm[1].pgd);
	CHECK_EQ(census.confirm.cases[0].finding.expected, 10);
	fake.pgds_error = -EOPNOTSUPP;
	fake_census_run();
	CHECK(census.tally[PGD_LINKED].unchecked);
}

/* The pte table of process 1, in process 10 too. */
static __u64 *second_parent(void)
{
	__u64 table = fake.mm[1].pgd;

	for (unsigned int level = WALK_PGD; level > WALK_PMD; level = arch_below(level, 4))
		table = arch_pfn(fake_entries(table)[arch_index(FAKE_VA, level, 4)], level);
	return &fake_entries(table)[arch_index(FAKE_VA, WALK_PMD, 4) + 9];
}

/* When process 10 is walked, process 1 has the table no more. */
static void hand_over(struct fake *fake, unsigned int walk)
{
	__u64 *from = &fake_entries(fake->pmd)[arch_index(FAKE_VA, WALK_PMD, 4)];

	if (walk % 2 == 0) {
		*second_parent() = 0;
		*from = fake_entry(fake->pte, 0);
	} else {
		*from = 0;
		*second_parent() = fake_entry(fake->pte, 0);
	}
}

static void in_two_mms(void)
{
	fake_census_build();
	*second_parent() = fake_entry(fake.pte, 0);
	fake_census_run();
	CHECK_EQ(fake_census_violated(), ONE_MM);
	CHECK_EQ(census.confirm.cases[0].finding.pfn, fake.pte);
	CHECK_EQ(census.confirm.cases[0].finding.expected, 1);
	CHECK_EQ(census.confirm.cases[0].finding.found, 10);
	CHECK_EQ(census.confirm.cases[0].finding.raw, FAKE_VA);
	/* first in the one, then in the other */
	fake_census_build();
	fake.before_walk = hand_over;
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.confirm.nr, 0);
	/* of a process that may not be looked at again nothing is said */
	fake_census_build();
	*second_parent() = fake_entry(fake.pte, 0);
	fake.mm[1].attach_error = fake.mm[2].attach_error = -EPERM;
	fake_census_run();
	CHECK_EQ(fake_census_violated(), 0);
}

static void charged(void)
{
	fake_census_build();
	fake.page[fake.kernel_pfn].table.memcg_data = 0xffff888000012300 | 2;
	fake_census_run();
	CHECK_EQ(fake_census_violated(), KERNEL_UNCHARGED);
	CHECK_EQ(census.tally[KERNEL_UNCHARGED].violated, 1);
	CHECK_EQ(census.confirm.cases[0].finding.pfn, fake.kernel_pfn);
	fake.kernel.fields &= ~WALK_HAS_MEMCG;
	fake.page[fake.kernel_pfn].table.memcg_data = 0;
	fake_census_run();
	CHECK(census.tally[KERNEL_UNCHARGED].unchecked);
}

static const struct ktap_test tests[] = {
	{ "tables that nothing reaches", leaks },
	{ "a table that is freed and had again all the time", recycled },
	{ "other owners", owners },
	{ "tables that are not listed", unlisted },
	{ "a table that is unlinked before the listing is read", unlinked_before_listing },
	{ "pt_share_count", sharing },
	{ "a pmd table that one mm had, and another got", recycled_pmd },
	{ "a pgd that is not in the list", unlinked },
	{ "a table in two mms", in_two_mms },
	{ "a table of the kernel that is charged", charged },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	fake_census_free();
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only
/* The machine as a whole: what is reached, by whom, against what is listed and counted. */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "arch/arch.h"
#include "census.h"
#include "fake_walk.h"
#include "json.h"
#include "ktap.h"
#include "text.h"

static struct machine_state {
	pid_t pids[8];
	size_t nr_pids;
	__u64 counted;		/* nr_page_table_pages; 0: as many as are listed */
	__u64 skew;		/* more of them at each second reading */
	unsigned int readings;
	__u64 allocated;	/* more pages at each reading; 0: cannot be read */
	unsigned int faulting;
	const char *hidden;
	struct pfnset order1;	/* listed with two pages */
	void (*before)(unsigned int round);
	unsigned int rounds;
	bool begun;		/* this round asked for the processes */
	__u64 border, node_skew;
	__u64 memcg_charged;	/* pages listed as charged to the lower of two cgroups, 0: none are there */
	__u64 memcg_says[2];	/* what the lower one says, before and after */
} now;

/* Of two nodes: the pages below and from now.border on. */
static int node_pages(void *arg, unsigned int node, __u64 *pages)
{
	(void)arg;
	*pages = node == 1 ? now.node_skew : 0;
	for (__u64 pfn = 0; (pfn = pfnset_next(&fake.listed, pfn)) != PFNSET_END; pfn++)
		if ((pfn >= now.border) == node)
			*pages += 1 + pfnset_has(&now.order1, pfn);
	return 0;
}

static void begin_round(void)
{
	if (now.before)
		now.before(now.rounds);
	now.rounds++;
}

static int procs(void *arg, struct procs *procs)
{
	(void)arg;
	begin_round();
	now.begun = true;
	*procs = (struct procs){ .nr = now.nr_pids, .kernel = 7, .dead = 2 };
	procs->pid = calloc(8, sizeof(*procs->pid));
	memcpy(procs->pid, now.pids, sizeof(now.pids));
	return 0;
}

static int listing(void *arg, listing_fn fn, void *fn_arg)
{
	__u64 charged = 0;
	int err = 0;

	(void)arg;
	if (!now.begun)
		begin_round();
	now.begun = false;
	for (__u64 pfn = 0; !err && (pfn = pfnset_next(&fake.listed, pfn)) != PFNSET_END; pfn++) {
		struct listing_row row = { .pfn = pfn, .order = pfnset_has(&now.order1, pfn) };

		if (charged < now.memcg_charged)
			row.memcg = 12;
		charged += 1ULL << row.order;

		err = fn(&row, fn_arg);
	}
	return err;
}

static int table_pages(void *arg, __u64 *pages)
{
	(void)arg;
	*pages = now.counted ? now.counted : fake.listed.nr + now.order1.nr;
	*pages += now.readings++ & 1 ? now.skew : 0;
	return 0;
}

static int allocated(void *arg, __u64 *pages)
{
	static __u64 all;

	(void)arg;
	*pages = all += now.allocated;
	return now.allocated ? 0 : -ENOENT;
}

/* A root, inode 1, and one below it, inode 12. */
static int memcgs(void *arg, struct memcgs *memcgs)
{
	(void)arg;
	memset(memcgs, 0, sizeof(*memcgs));
	if (!now.memcg_charged)
		return -ENOENT;
	memcgs->memcg = calloc(2, sizeof(*memcgs->memcg));
	memcgs->nr = memcgs->room = 2;
	memcgs->memcg[0] = (struct memcg){ .ino = 1, .parent = MEMCG_NONE };
	memcgs->memcg[1] = (struct memcg){ .ino = 12 };
	return 0;
}

static void memcg_pages(void *arg, struct memcgs *memcgs, unsigned int which)
{
	(void)arg;
	for (size_t i = 0; i < memcgs->nr; i++)
		memcgs->memcg[i].pages[which] = now.memcg_says[which];
}

static unsigned int faulting(void *arg, const struct procs *procs)
{
	(void)arg;
	(void)procs;
	return now.faulting;
}

static const char *hidden(void *arg)
{
	(void)arg;
	return now.hidden;
}

static struct census_sources sources = {
	.procs = procs, .listing = listing, .table_pages = table_pages, .allocated = allocated,
	.faulting = faulting, .hidden = hidden, .node_pages = node_pages, .memcgs = memcgs, .memcg_pages = memcg_pages,
};

static struct census census;

/* Processes 1 and 10 with an mm each, 11 that shares 10's, and an mm of no process. */
static void build(void)
{
	fake_mm_build(4);
	pfnset_free(&now.order1);
	now = (struct machine_state){ .pids = { 1, 10, 11 }, .nr_pids = 3 };
	fake_another_mm(1, 10);
	fake.mm[fake.nr_mms] = fake.mm[fake.nr_mms - 1];
	fake.mm[fake.nr_mms++].pid = 11;
	fake_another_mm(1, 0);
	fake.kernel_pfn = fake_table(WALK_PUD, false);
}

static void run(void)
{
	census_free(&census);
	census = (struct census){ .subject = &fake.subject, .time = &fake.time, .sources = &sources };
	census_run(&census);
}

/* The only invariant that is violated, 0 for none. */
static unsigned int violated(void)
{
	unsigned int which = 0;

	for (unsigned int id = 1; id <= INVARIANTS; id++)
		if (census.tally[id].violated)
			which = which ? INVARIANTS + 1 : id;
	return which;
}

static void correct(void)
{
	build();
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.rounds, 1);
	CHECK_EQ(census.first.mms, 2);
	CHECK_EQ(census.first.sharers, 1);
	CHECK_EQ(census.first.idle_mms, 1);
	CHECK_EQ(census.first.kernel_threads, 7);
	CHECK_EQ(census.first.zombies, 2);
	CHECK_EQ(census.first.all[CENSUS_PROCESS], 8);
	CHECK_EQ(census.first.all[CENSUS_DEPOSITED], FAKE_THPS);
	CHECK_EQ(census.first.all[CENSUS_IDLE], 4);
	CHECK_EQ(census.first.all[CENSUS_KERNEL], 1);
	CHECK_EQ(census.first.described, 4 + FAKE_THPS + 4 + 4 + 1);
	CHECK_EQ(census.tally[REACHED].checked, census.first.described);
	CHECK(census.tally[POPULATION].checked && census.tally[LISTED].checked);
}

/* The slack of four CPUs is 64 * (4 + 2 * 5) = 896 pages. */
static void cgroups(void)
{
	build();
	CHECK_EQ(memcg_slack(4), 896);
	now.memcg_charged = 8;
	now.memcg_says[0] = now.memcg_says[1] = 8 + 896;
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.tally[MEMCG_POPULATION].checked, 2);

	build();
	now.memcg_charged = 8;
	now.memcg_says[0] = now.memcg_says[1] = 8 + 897;
	run();
	CHECK_EQ(violated(), MEMCG_POPULATION);
	CHECK_EQ(census.tally[MEMCG_POPULATION].violated, 2);	/* and the root above it */

	build();	/* it changes while the listing is read, and never comes near */
	now.memcg_charged = 8;
	now.memcg_says[0] = 8 + 897;
	now.memcg_says[1] = 8 + 1000;
	run();
	CHECK_EQ(census.status, CHECK_INCOMPLETE);
	CHECK_EQ(census.tally[MEMCG_POPULATION].unsettled, 2);

	build();	/* gone before it could be asked again */
	now.memcg_charged = 8;
	now.memcg_says[0] = 8;
	now.memcg_says[1] = MEMCG_UNKNOWN;
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.tally[MEMCG_POPULATION].checked, 0);
}

static __u64 lost;

static void lose(unsigned int round)
{
	if (round == 2)
		pfnset_free(&fake.listed);
}

static void leaks(void)
{
	build();
	lost = fake_table(WALK_PTE, false);
	run();
	CHECK_EQ(census.status, CHECK_VIOLATED);
	CHECK_EQ(violated(), REACHED);
	CHECK_EQ(census.tally[REACHED].violated, 1);
	CHECK_EQ(census.confirm.cases[0].finding.pfn, lost);
	CHECK(census.confirm.cases[0].until - census.confirm.cases[0].since >= 1000000000);
	CHECK(fake.graces);
	/* one thread inside a page fault may have it in its hands */
	now.faulting = 1;
	run();
	CHECK_EQ(census.status, CHECK_INCOMPLETE);
	CHECK_EQ(census.tally[REACHED].unsettled, 1);
	/* but not two */
	fake_table(WALK_PTE, false);
	run();
	CHECK_EQ(census.tally[REACHED].violated, 2);
	/* it was on its way out */
	build();
	fake_table(WALK_PTE, false);
	now.before = lose;
	fake.kernel.typed = 0;
	run();
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
		build();
		pauses = 0;
		lost = fake_table(WALK_PTE, false);
		fake.time.pause = pause[i];
		run();
		CHECK_EQ(census.status, CHECK_HOLDS);
		CHECK_EQ(census.tally[REACHED].violated, 0);
	}
}

static void owners(void)
{
	/* mms without a process that cannot be found make no leaks */
	build();
	fake.pgds_error = -EAGAIN;
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK(census.tally[REACHED].unchecked);
	build();
	now.hidden = "somebody else";
	fake_table(WALK_PTE, false);
	run();
	CHECK_STR(census.tally[REACHED].unchecked, "somebody else");
	CHECK_EQ(violated(), 0);
	/* a process that may not be looked at is known by its pgd */
	build();
	fake.mm[1].attach_error = fake.mm[2].attach_error = -EPERM;
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.first.refused, 2);
	CHECK_EQ(census.first.idle_mms, 2);
	/* deposited tables on a kernel that does not say where */
	build();
	fake.kernel.fields |= WALK_MM_PMD_HUGE_PTE;
	run();
	CHECK(census.tally[REACHED].unchecked);
	/* one that ended */
	build();
	now.pids[now.nr_pids++] = 12;
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.first.gone, 1);
}

static void unlisted(void)
{
	__u64 *word;

	build();
	word = pfnset_word(&fake.listed, fake.pte);
	*word &= ~(1ULL << fake.pte % 64);
	fake.listed.nr--;
	run();
	CHECK_EQ(violated(), LISTED);
	CHECK_EQ(census.confirm.cases[0].finding.pfn, fake.pte);
	CHECK_EQ(census.confirm.cases[0].finding.other, FAKE_VA);
	CHECK_EQ(census.confirm.cases[0].finding.expected, 1);
	/* without a listing, or with an old one, none of this can be said */
	fake.subject.saved_listing = true;
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK(census.tally[LISTED].unchecked && census.tally[POPULATION].unchecked);
	fake.subject.saved_listing = false;
	sources.listing = NULL;
	run();
	sources.listing = listing;
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

		build();
		word = pfnset_word(&fake.listed, fake.pte);
		*word &= ~(1ULL << fake.pte % 64);
		fake.listed.nr--;
		fake.before_walk = changes[i];
		run();
		CHECK_EQ(census.status, CHECK_HOLDS);
		CHECK_EQ(census.confirm.nr, 0);
		CHECK_EQ(fake.walks, 4);
	}
}

static void more_counted(unsigned int round)
{
	now.counted = round < 1 ? fake.listed.nr + 3 : 0;
}

static void population(void)
{
	unsigned int walks;

	build();
	now.counted = fake.listed.nr + 1;
	run();
	CHECK_EQ(violated(), POPULATION);
	build();
	(void)pfnset_add(&now.order1, fake.pgd);
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.first.described_pages, census.first.described + 1);
	build();
	now.before = more_counted;
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.tally[POPULATION].settled, 1);
	/* what is left to be settled needs no walk, of which there were some in the first round */
	CHECK(census.rounds >= 1 + CONFIRM_VOTES);
	build();
	run();
	walks = fake.walks;
	build();
	now.before = more_counted;
	run();
	CHECK_EQ(fake.walks, walks);
	/* it never rests */
	build();
	now.skew = 1;
	run();
	CHECK_EQ(census.status, CHECK_INCOMPLETE);
	CHECK_EQ(census.tally[POPULATION].unsettled, 1);
}

/* While tables come and go, at most as many as pages were allocated, and one for each of the four CPUs. */
static void never_at_rest(void)
{
	static const struct {
		int more;		/* counted before than are listed */
		__u64 skew;		/* counted more after than before */
		__u64 allocated;
		enum check_status status;
	} cases[] = {
		{ 0, 5, 1, CHECK_INCOMPLETE },		/* five came, all of them after the listing */
		{ 1, 5, 1, CHECK_VIOLATED },		/* six of five */
		{ -5, 3, 1, CHECK_INCOMPLETE },		/* five came, all of them listed, two went */
		{ -6, 3, 1, CHECK_VIOLATED },
		{ 100, 1, 100, CHECK_INCOMPLETE },
		{ 100, 1, 0, CHECK_INCOMPLETE },	/* who knows */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		build();
		now.counted = fake.listed.nr + cases[i].more;
		now.skew = cases[i].skew;
		now.allocated = cases[i].allocated;
		run();
		CHECK_EQ(census.status, cases[i].status);
		CHECK_EQ(violated(), cases[i].status == CHECK_VIOLATED ? POPULATION : 0);
		CHECK_EQ(census.tally[POPULATION].unsettled, cases[i].status == CHECK_INCOMPLETE);
	}
}

/* A hugetlb pmd table that two mms share, the mm of no process among them. */
static void sharing(void)
{
	__u64 pud, pmd;

	build();
	pud = arch_pfn(fake_entries(fake.mm[3].pgd)[arch_index(FAKE_VA, WALK_PGD, 4)], WALK_PGD);
	pmd = fake_table(WALK_PMD, false);
	fake_entries(fake.pud)[9] = fake_entry(pmd, 0);
	fake_entries(pud)[9] = fake_entry(pmd, 0);
	fake.page[pmd].table.pt_mm = 0xdeadbeef00000001;	/* the count is the lower half */
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	fake.page[pmd].table.pt_mm = 0;
	run();
	CHECK_EQ(violated(), SHARE_COUNT);
	CHECK_EQ(census.confirm.cases[0].finding.expected, 1);
	fake.page[pmd].table.pt_mm = 1;
	fake_entries(pud)[9] = 0;
	run();
	CHECK_EQ(violated(), SHARE_COUNT);
	fake.moved_level = WALK_PMD;	/* an entry that leads there changes all the time */
	run();
	CHECK_EQ(violated(), 0);
	CHECK_EQ(census.tally[SHARE_COUNT].unsettled, 1);
	fake.moved_level = 0;
	fake.kernel.fields &= ~WALK_HAS_SHARE_COUNT;
	run();
	CHECK_EQ(violated(), 0);
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
	build();
	passed_on = fake_table(WALK_PMD, false);
	fake.before_walk = pass_on;
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.confirm.nr, 0);
	CHECK(fake.walks > 3);
}

static void unlinked(void)
{
	build();
	fake.unlinked_pgd = fake.mm[1].pgd;
	run();
	CHECK_EQ(violated(), PGD_LINKED);
	CHECK_EQ(census.confirm.cases[0].finding.pfn, fake.mm[1].pgd);
	CHECK_EQ(census.confirm.cases[0].finding.expected, 10);
	fake.pgds_error = -EOPNOTSUPP;
	run();
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
	build();
	*second_parent() = fake_entry(fake.pte, 0);
	run();
	CHECK_EQ(violated(), ONE_MM);
	CHECK_EQ(census.confirm.cases[0].finding.pfn, fake.pte);
	CHECK_EQ(census.confirm.cases[0].finding.expected, 1);
	CHECK_EQ(census.confirm.cases[0].finding.found, 10);
	CHECK_EQ(census.confirm.cases[0].finding.raw, FAKE_VA);
	/* first in the one, then in the other */
	build();
	fake.before_walk = hand_over;
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.confirm.nr, 0);
	/* of a process that may not be looked at again nothing is said */
	build();
	*second_parent() = fake_entry(fake.pte, 0);
	fake.mm[1].attach_error = fake.mm[2].attach_error = -EPERM;
	run();
	CHECK_EQ(violated(), 0);
}

static void charged(void)
{
	build();
	fake.page[fake.kernel_pfn].table.memcg_data = 0xffff888000012300 | 2;
	run();
	CHECK_EQ(violated(), KERNEL_UNCHARGED);
	CHECK_EQ(census.tally[KERNEL_UNCHARGED].violated, 1);
	CHECK_EQ(census.confirm.cases[0].finding.pfn, fake.kernel_pfn);
	fake.kernel.fields &= ~WALK_HAS_MEMCG;
	fake.page[fake.kernel_pfn].table.memcg_data = 0;
	run();
	CHECK(census.tally[KERNEL_UNCHARGED].unchecked);
}

static unsigned int of_machine(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < INVARIANTS; i++)
		n += census_judges(&invariants[i]);
	return n;
}

static void nodes(void)
{
	static struct machine_zone zones[] = {
		{ .first = 0, .last = 23, .node = 0 }, { .first = 24, .last = FAKE_PAGES, .node = 1 },
	};

	build();
	fake.machine.zone = zones;
	now.border = 24;
	(void)pfnset_add(&now.order1, fake.pgd);
	run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.tally[NODE_POPULATION].checked, 2);
	now.node_skew = 1;
	run();
	CHECK_EQ(violated(), NODE_POPULATION);
	CHECK_EQ(census.confirm.cases[0].finding.va, 1);
	/* among each other: nobody can tell */
	zones[0].last = 30;
	run();
	zones[0].last = 23;
	CHECK_EQ(violated(), 0);
	CHECK(strstr(census.tally[NODE_POPULATION].unchecked, "not known"));
	fake.machine.nr_zones = 1;
	zones[0].last = FAKE_PAGES;
	run();
	zones[0].last = 23;
	CHECK_STR(census.tally[NODE_POPULATION].unchecked, "there is only one node");
}

static void printed(void)
{
	struct json_object *root, *machine, *value;
	char *text;
	size_t size;
	FILE *file;

	build();
	fake_table(WALK_PTE, false);
	now.counted = fake.listed.nr + 1;
	run();
	file = open_memstream(&text, &size);
	text_processes(file, &fake.kernel);
	text_census(file, &census);
	fclose(file);
	CHECK(strstr(text, "VIOLATED reached") && strstr(text, "VIOLATED population"));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		CHECK(strlen(line) <= 80);
	free(text);
	file = open_memstream(&text, &size);
	json_begin(file, &fake.kernel, "processes", false);
	json_end(file, &census, 0, census.status);
	fclose(file);
	root = json_tokener_parse(text);
	CHECK(root && json_object_object_get_ex(root, "machine", &machine));
	CHECK(json_object_object_get_ex(machine, "violations", &value));
	CHECK_EQ(json_object_array_length(value), 2);
	CHECK(json_object_object_get_ex(machine, "invariants", &value));
	CHECK_EQ(json_object_array_length(value), of_machine());
	json_object_put(root);
	free(text);
}

static const struct ktap_test tests[] = {
	{ "a correct machine", correct },
	{ "tables that nothing reaches", leaks },
	{ "a table that is freed and had again all the time", recycled },
	{ "memory cgroups", cgroups },
	{ "other owners", owners },
	{ "tables that are not listed", unlisted },
	{ "a table that is unlinked before the listing is read", unlinked_before_listing },
	{ "nr_page_table_pages", population },
	{ "nr_page_table_pages while tables come and go", never_at_rest },
	{ "pt_share_count", sharing },
	{ "a pmd table that one mm had, and another got", recycled_pmd },
	{ "a pgd that is not in the list", unlinked },
	{ "a table in two mms", in_two_mms },
	{ "a table of the kernel that is charged", charged },
	{ "nr_page_table_pages of nodes", nodes },
	{ "text and JSON", printed },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	census_free(&census);
	pfnset_free(&now.order1);
	fake_mm_free();
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only
/* The machine as a whole: what is counted of it, and what is printed. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include "fake_census.h"
#include "json.h"
#include "ktap.h"
#include "text.h"

static void correct(void)
{
	fake_census_build();
	fake_census_run();
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
	fake_census_build();
	CHECK_EQ(memcg_slack(4), 896);
	now.memcg_charged = 8;
	now.memcg_says[0] = now.memcg_says[1] = 8 + 896;
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.tally[MEMCG_POPULATION].checked, 2);

	fake_census_build();
	now.memcg_charged = 8;
	now.memcg_says[0] = now.memcg_says[1] = 8 + 897;
	fake_census_run();
	CHECK_EQ(fake_census_violated(), MEMCG_POPULATION);
	CHECK_EQ(census.tally[MEMCG_POPULATION].violated, 2);	/* and the root above it */

	fake_census_build();	/* it changes while the listing is read, and never comes near */
	now.memcg_charged = 8;
	now.memcg_says[0] = 8 + 897;
	now.memcg_says[1] = 8 + 1000;
	fake_census_run();
	CHECK_EQ(census.status, CHECK_INCOMPLETE);
	CHECK_EQ(census.tally[MEMCG_POPULATION].unsettled, 2);

	fake_census_build();	/* gone before it could be asked again */
	now.memcg_charged = 8;
	now.memcg_says[0] = 8;
	now.memcg_says[1] = MEMCG_UNKNOWN;
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.tally[MEMCG_POPULATION].checked, 0);
}

static void more_counted(unsigned int round)
{
	now.counted = round < 1 ? fake.listed.nr + 3 : 0;
}

static void population(void)
{
	unsigned int walks;

	fake_census_build();
	now.counted = fake.listed.nr + 1;
	fake_census_run();
	CHECK_EQ(fake_census_violated(), POPULATION);
	fake_census_build();
	(void)pfnset_add(&now.order1, fake.pgd);
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.first.described_pages, census.first.described + 1);
	fake_census_build();
	now.before = more_counted;
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.tally[POPULATION].settled, 1);
	/* what is left to be settled needs no walk, of which there were some in the first round */
	CHECK(census.rounds >= 1 + CONFIRM_NOTHINGS);
	fake_census_build();
	fake_census_run();
	walks = fake.walks;
	fake_census_build();
	now.before = more_counted;
	fake_census_run();
	CHECK_EQ(fake.walks, walks);
	/* it never rests */
	fake_census_build();
	now.skew = 1;
	fake_census_run();
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
		fake_census_build();
		now.counted = fake.listed.nr + cases[i].more;
		now.skew = cases[i].skew;
		now.allocated = cases[i].allocated;
		fake_census_run();
		CHECK_EQ(census.status, cases[i].status);
		CHECK_EQ(fake_census_violated(), cases[i].status == CHECK_VIOLATED ? POPULATION : 0);
		CHECK_EQ(census.tally[POPULATION].unsettled, cases[i].status == CHECK_INCOMPLETE);
	}
}

static void nodes(void)
{
	static struct machine_zone zones[] = {
		{ .first = 0, .last = 23, .node = 0 }, { .first = 24, .last = FAKE_PAGES, .node = 1 },
	};

	fake_census_build();
	fake.machine.zone = zones;
	now.border = 24;
	(void)pfnset_add(&now.order1, fake.pgd);
	fake_census_run();
	CHECK_EQ(census.status, CHECK_HOLDS);
	CHECK_EQ(census.tally[NODE_POPULATION].checked, 2);
	now.node_skew = 1;
	fake_census_run();
	CHECK_EQ(fake_census_violated(), NODE_POPULATION);
	CHECK_EQ(census.confirm.cases[0].finding.va, 1);
	/* among each other: nobody can tell */
	zones[0].last = 30;
	fake_census_run();
	zones[0].last = 23;
	CHECK_EQ(fake_census_violated(), 0);
	CHECK(strstr(census.tally[NODE_POPULATION].unchecked, "not known"));
	fake.machine.nr_zones = 1;
	zones[0].last = FAKE_PAGES;
	fake_census_run();
	zones[0].last = 23;
	CHECK_STR(census.tally[NODE_POPULATION].unchecked, "there is only one node");
}

static unsigned int of_machine(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < INVARIANTS; i++)
		n += census_judges(&invariants[i]);
	return n;
}

static void printed(void)
{
	struct json_object *root, *machine, *value;
	char *text;
	size_t size;
	FILE *file;

	fake_census_build();
	fake_table(WALK_PTE, false);
	now.counted = fake.listed.nr + 1;
	fake_census_run();
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
	{ "memory cgroups", cgroups },
	{ "nr_page_table_pages", population },
	{ "nr_page_table_pages while tables come and go", never_at_rest },
	{ "nr_page_table_pages of nodes", nodes },
	{ "text and JSON", printed },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	fake_census_free();
	return status;
}

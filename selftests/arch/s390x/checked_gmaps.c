// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptdesc-check follows the gmaps of a process and their shadows, which exist here
 * without a guest that runs: the guest address in each of their tables is right, is
 * missed where it is wrong, and no other table has one.
 */
#define _GNU_SOURCE
#include "guest.h"
#include "checked.h"

#define MAIN	5	/* tables of the gmap: the highest, and two at each of the levels to segments */

static struct gmapper_tables tables;

/* Nothing is wrong, and as many tables of gmaps were judged, besides our own. */
static bool holds(int gmaps)
{
	long long judged;
	char pid[16];
	struct tool t;
	bool ok;

	snprintf(pid, sizeof(pid), "%d", getpid());
	t = tool_run("-j", "--listing", "none", pid);
	judged = tool_number(&t, "\"gaddr-matches\"", "\"checked\":") -
		 tool_number(&t, "\"summary\":", "\"tables\":");
	ok = t.status == TOOL_HOLDS && tool_state(&t, "gaddr-matches", "holds") &&
	     tool_state(&t, "fragments-agree", "holds") && judged == gmaps;
	if (!ok) {
		ksft_print_msg("%lld tables of gmaps, not %d\n", judged, gmaps);
		checked_print(&t);
	}
	tool_free(&t);
	return ok;
}

/* Where a walk of the kernel's own finds it, to know it by another way than the tool does; 0 if not. */
static uint64_t find(const char *command, const char *level, unsigned long at)
{
	const struct gmapper_table *t;

	if (!gmapper_tables(command, &tables))
		return 0;
	t = gmapper_table_at(&tables, level, at);
	return t ? t->pfn : 0;
}

static const struct corruption {
	const char *of;		/* command that finds it, its level, where it begins */
	const char *level;
	int shift;		/* log2 of what the table maps, for SADDR; 0: at start */
	unsigned long start, bits;
	const char *what;
} in_gmap[] = {
	{ "main", "r2t", 0, 0, 1UL << 42, "the highest table of a gmap has an address" },
	{ "main", "r3t", 0, HIGH, 1UL << 42, "a region table has another's" },
	{ "main", "sgt", 0, LOW, 0x1000, "a segment table has one that is a page off" },
	{ "main", "sgt", 0, HIGH, 0x8, "a segment table is said to be of no gmap" },
	{ "mm", "pte", 0, HOST, LOW | 0x8, "one of our page tables is said to be of a gmap" },
}, in_shadow[] = {
	{ "shadowed", "r1t", 0, 0, TOP | 0x10, "the highest table has the address that it shadows" },
	{ "shadowed", "r2t", 53, 0, 0x1000, "a region table shadows a page further" },
	{ "shadowed", "r3t", 42, 0, 0x10, "a region table is said to be no shadow" },
	{ "shadowed", "sgt", 31, 0, 0x4, "a segment table is said to shadow memory" },
	{ "shadowed", "pgt", 20, 0, 0x800, "a page table shadows the half page before" },
}, in_fake[] = {
	{ "shadowed", "sgt", 31, 0, 0x80000000, "a segment table stands for memory elsewhere" },
	{ "shadowed", "pgt", 20, 0, 0x4, "a page table is said to shadow a table" },
};

/* Changes the bits, asks, and changes them back. */
static bool corrupt(const char *word, uint64_t pfn, unsigned long bits, const char *invariant,
		    const char *also)
{
	bool found;

	if (!pfn || gmapper("%s %lx %lx", word, (unsigned long)pfn, bits))
		return false;
	found = checked_violated(getpid(), invariant, also, pfn, 1, NULL);
	if (gmapper("%s %lx %lx", word, (unsigned long)pfn, bits))
		ksft_exit_fail_msg("the corruption remains\n");
	return found;
}

static void test_corrupt(const struct corruption *c)
{
	uint64_t pfn = find(c->of, c->level, c->shift ? SADDR >> c->shift << c->shift : c->start);

	/* the word is that of a mapping, which a table of the process itself has not either */
	ksft_test_result(corrupt("gaddr", pfn, c->bits, "gaddr-matches",
				 strcmp(c->of, "mm") ? NULL : "only-table"), "%s\n", c->what);
}

static void run(void)
{
	ksft_set_plan(6 + ARRAY_SIZE(in_gmap) + ARRAY_SIZE(in_shadow) + ARRAY_SIZE(in_fake) + 4);
	ksft_test_result(holds(0), "without a gmap all is right\n");
	ksft_test_result(!gmapper("create %lx", LIMIT) && holds(1), "a gmap: its highest table is found\n");
	ksft_test_result(guest_map() && holds(MAIN), "with memory: %d tables\n", MAIN);
	for (size_t i = 0; i < ARRAY_SIZE(in_gmap); i++)
		test_corrupt(&in_gmap[i]);
	ksft_test_result(corrupt("frag", find("mm", "pte", HOST), 2, "fragments-agree", NULL),
			 "a page table with PGSTEs has half a page\n");
	ksft_test_result(!gmapper("replace") && holds(MAIN), "the highest table is replaced\n");
	ksft_test_result(!gmapper("shadow %lx", ASCE) && holds(MAIN + 1), "a shadow: its highest table is found\n");
	ksft_test_result(guest_shadow(REAL) && holds(MAIN + 1 + SHADOWS), "of all levels of the guest's tables\n");
	for (size_t i = 0; i < ARRAY_SIZE(in_shadow); i++)
		test_corrupt(&in_shadow[i]);
	ksft_test_result(!gmapper("forget") && !gmapper("shadow %lx", TOP | REAL_SPACE) && guest_shadow(FAKE) &&
			 holds(MAIN + 2 * (1 + SHADOWS)), "a second shadow, of memory without tables\n");
	for (size_t i = 0; i < ARRAY_SIZE(in_fake); i++)
		test_corrupt(&in_fake[i]);
	ksft_test_result(!gmapper("forget") && holds(MAIN + 2 * (1 + SHADOWS)), "let go of, they remain\n");
	ksft_test_result(!gmapper("remove") && holds(0), "the gmap is removed and nothing is left\n");
	ksft_finished();
}

int main(int argc, char **argv)
{
	tool_require();
	return guest_main(argc, argv, run);
}

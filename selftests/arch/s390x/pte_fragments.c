// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page holds two PTE tables of 2 KiB. Which halves are allocated and which wait to
 * be freed is in the listing's column frag, and follows what the process does.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "listing.h"
#include "gmapper.h"

#define MIB	(1UL << 20)
#define PLACE	0x200000000UL	/* one PTE table for each MiB from here on */
#define COUNT	64

static struct gmapper_tables tables;
static struct listing l;

static int half(const struct gmapper_table *t)
{
	return t->offset / 2048;
}

static const struct gmapper_table *pte_table(unsigned long addr)
{
	return gmapper_table_at(&tables, "pte", addr);
}

/* The column of a page as a number; -1 for none. */
static int frag(uint64_t pfn)
{
	const struct listing_row *row = listing_find(&l, pfn);
	unsigned int value;

	if (!row || sscanf(row->field[LISTING_FRAG], "0x%x", &value) != 1)
		return -1;
	return value;
}

static bool look(void)
{
	return gmapper_look(&tables, &l);
}

/* Each page of PTE tables says just those that a walk of our memory finds in it. */
static bool all_as_walked(void)
{
	bool same = true;

	for (int i = 0; i < tables.count; i++) {
		const struct gmapper_table *t = &tables.table[i];
		int halves = 0;

		if (strcmp(t->level, "pte")) {
			const struct listing_row *row = listing_find(&l, t->pfn);

			if (!row || !listing_absent(row->field[LISTING_FRAG])) {
				ksft_print_msg("%s at %lx: %s\n", t->level, t->start,
					       row ? row->field[LISTING_FRAG] : "not listed");
				same = false;
			}
			continue;
		}
		for (int j = 0; j < tables.count; j++)
			if (tables.table[j].pfn == t->pfn)
				halves |= 1 << half(&tables.table[j]);
		if (frag(t->pfn) != halves) {
			ksft_print_msg("pte at %lx, half %d of pfn %llu: frag 0x%x, walked 0x%x\n",
				       t->start, half(t), (unsigned long long)t->pfn,
				       frag(t->pfn), halves);
			same = false;
		}
	}
	return same;
}

static bool one_reference(void)
{
	for (int i = 0; i < tables.count; i++) {
		const struct listing_row *row = listing_find(&l, tables.table[i].pfn);

		if (!row || strcmp(row->field[LISTING_REFCOUNT], "1"))
			return false;
	}
	return tables.count;
}

static bool populate(unsigned long addr)
{
	char *at = mmap((void *)addr, 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED)
		return false;
	*at = 1;
	return true;
}

/* Pages of which we have one half only. */
static int half_pages(void)
{
	int n = 0;

	for (int i = 0; i < tables.count; i++) {
		bool whole = strcmp(tables.table[i].level, "pte");

		for (int j = 0; j < tables.count; j++)
			whole |= j != i && tables.table[j].pfn == tables.table[i].pfn;
		n += !whole;
	}
	return n;
}

/* The tables of our range that share a page, as the addresses that they are for. */
static int full_pages(unsigned long *lower, unsigned long *upper)
{
	int n = 0;

	for (int i = 0; i < COUNT; i++) {
		for (int j = 0; j < COUNT; j++) {
			const struct gmapper_table *a = pte_table(PLACE + i * MIB);
			const struct gmapper_table *b = pte_table(PLACE + j * MIB);

			if (!a || !b || a->pfn != b->pfn || half(a) || !half(b))
				continue;
			lower[n] = a->start;
			upper[n++] = b->start;
		}
	}
	return n;
}

static void test_freed(unsigned long addr)
{
	struct gmapper_table t = *pte_table(addr);
	int mine = 1 << half(&t), other = 3 ^ mine;
	int error;

	munmap((void *)addr, 4096);
	ksft_test_result(!gmapper("barrier") && look() && frag(t.pfn) == other,
			 "half %d of a page is freed, the other one remains\n", half(&t));
	ksft_test_result(all_as_walked(), "all others are as they were\n");
	populate(addr);
	ksft_test_result(look() && pte_table(addr) && frag(pte_table(addr)->pfn) & mine &&
			 all_as_walked(), "a table is there again\n");

	if (!look() || frag(t.pfn) != 3) {
		ksft_test_result_fail("the page is not full again\n");
		ksft_test_result_fail("so nothing can be pending in it\n");
		return;
	}
	/* now keep the freed half from being taken out of the page */
	error = gmapper("hold");
	if (error == ENODEV) {
		ksft_test_result_skip("pending halves need a second CPU\n");
		ksft_test_result_skip("pending halves need a second CPU\n");
		return;
	}
	munmap((void *)addr, 4096);
	look();
	other = frag(t.pfn);
	error |= gmapper("release");
	ksft_test_result(!error && other == ((3 ^ mine) | mine << 4),
			 "half %d waits for a grace period: frag 0x%x\n", half(&t), other);
	ksft_test_result(!gmapper("barrier") && look() && frag(t.pfn) == (3 ^ mine),
			 "and is free after it\n");
	populate(addr);
	look();
}

static void test_gone(void)
{
	static struct gmapper_tables before;
	int left = 0;

	before = tables;
	munmap((void *)PLACE, 2 * COUNT * MIB);
	if (gmapper("barrier") || !look()) {
		ksft_test_result_fail("barrier\n");
		return;
	}
	for (int i = 0; i < before.count; i++) {
		const struct gmapper_table *t = &before.table[i];
		bool used = false;

		if (strcmp(t->level, "pte") || t->start < PLACE || t->start >= PLACE + 2 * COUNT * MIB)
			continue;
		for (int j = 0; j < tables.count; j++)
			used |= tables.table[j].pfn == t->pfn;
		left += !used && frag(t->pfn) != -1;
	}
	ksft_test_result(!left && all_as_walked(), "all unmapped: no page of these is left\n");
}

int main(void)
{
	unsigned long lower[COUNT], upper[COUNT], more = PLACE + COUNT * MIB;
	cpu_set_t cpu;
	const char *why;
	int n = 0;

	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	why = gmapper_open();
	if (why)
		ksft_exit_skip("%s\n", why);
	ksft_set_plan(3 + 10 + 1 + 1);
	CPU_ZERO(&cpu);
	CPU_SET(sched_getcpu(), &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	listing_keep_memory();

	for (int i = 0; i < COUNT; i++)
		n += populate(PLACE + i * MIB);
	look();
	ksft_test_result(n == COUNT && !gmapper("barrier") && look() && all_as_walked(),
			 "all pages say which halves are PTE tables\n");
	ksft_test_result(one_reference(), "fragments are no references to the page\n");
	n = full_pages(lower, upper);
	ksft_test_result(n >= COUNT / 2 - 2, "%d of %d tables share %d pages\n", 2 * n, COUNT, n);
	if (n < 2)
		ksft_exit_fail_msg("too few pages with two tables\n");
	/* a new table goes where there is half a page: there shall be none but the one freed */
	for (; look() && half_pages() && more < PLACE + 2 * COUNT * MIB; more += MIB)
		populate(more);
	test_freed(lower[0]);
	test_freed(upper[n - 1]);
	test_gone();
	ksft_test_result(!gmapper_close(), "the module goes\n");
	ksft_finished();
}

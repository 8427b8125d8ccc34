// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of gmaps in the listing: a gmap of this process' memory and shadows of
 * it have exactly the tables that a walk finds, each with the guest address that it
 * was made for, whichever way they come and go.
 */
#define _GNU_SOURCE
#include "guest.h"

static struct gmapper_tables tables;
static struct listing l;
static int described;	/* tables of gmaps that were found so far */
static bool exact;

static void wrong(const struct gmapper_table *t, const char *what)
{
	const struct listing_row *row = listing_find(&l, t->pfn);

	ksft_print_msg("%s at %lx, pfn %llu: %s (order %s, frag %s, gaddr %s, flags %s)\n",
		       t->level, t->start, (unsigned long long)t->pfn, what,
		       row ? row->field[LISTING_ORDER] : "none",
		       row ? row->field[LISTING_FRAG] : "none",
		       row ? row->field[LISTING_GADDR] : "none",
		       row ? row->field[LISTING_FLAGS] : "none");
	exact = false;
}

/* Is this table listed with these values? */
static void expect(const struct gmapper_table *t, const char *order, const char *frag,
		   const char *gaddr, const char *flags)
{
	const struct listing_row *row = listing_find(&l, t->pfn);

	if (!row)
		wrong(t, "not listed");
	else if (strcmp(row->field[LISTING_ORDER], order))
		wrong(t, "not the order");
	else if (strcmp(row->field[LISTING_REFCOUNT], "1"))
		wrong(t, "not one reference");
	else if (strcmp(row->field[LISTING_FRAG], frag))
		wrong(t, "not the fragments");
	else if (strcmp(row->field[LISTING_GADDR], gaddr))
		wrong(t, "not the guest address");
	else if (strcmp(row->field[LISTING_FLAGS], flags))
		wrong(t, "not the flags");
	if (!listing_absent(gaddr))
		described++;
}

static void expect_main(void)
{
	for (int i = 0; i < tables.count; i++) {
		char gaddr[24];

		snprintf(gaddr, sizeof(gaddr), "0x%lx", tables.table[i].start);
		/* the gmap ends in the page tables of our own mm */
		if (!strcmp(tables.table[i].level, "pgt"))
			expect(&tables.table[i], "0", "0x3", "-", "-");
		else
			expect(&tables.table[i], "2", "-", gaddr, "C");
	}
}

static void expect_shadow(bool fake)
{
	for (int i = 0; i < tables.count; i++) {
		const struct gmapper_table *t = &tables.table[i];
		bool pgt = !strcmp(t->level, "pgt");
		char gaddr[24], flags[8];
		int s = 0;

		while (s < SHADOWS && strcmp(shadows[s].level, t->level))
			s++;
		if (s == SHADOWS) {
			expect(t, "2", "-", "0x0", "C");
			continue;
		}
		snprintf(gaddr, sizeof(gaddr), "0x%lx", guest_origin(s, fake ? FAKE : REAL));
		snprintf(flags, sizeof(flags), "%sS%s", pgt ? "" : "C", fake ? "F" : "");
		expect(t, pgt ? "0" : "2", "-", gaddr, flags);
	}
}

/*
 * The listing and the walks agree, and there are as many tables of gmaps as we think:
 * main for the gmap, shadow for its shadow.
 */
static bool agree(int main, int shadow, int kind)
{
	int listed = 0;

	described = 0;
	exact = true;
	listing_free(&l);
	if (!gmapper_tables("main", &tables) && main) {
		ksft_print_msg("cannot walk the gmap\n");
		return false;
	}
	l = listing_read(0);
	if (l.error) {
		ksft_print_msg("listing: %s\n", l.error);
		return false;
	}
	if (main)
		expect_main();
	if (described != main) {
		ksft_print_msg("%d tables of the gmap, not %d\n", described, main);
		return false;
	}
	if (kind != NO_SHADOW) {
		if (!gmapper_tables("shadowed", &tables)) {
			ksft_print_msg("cannot walk the shadow\n");
			return false;
		}
		expect_shadow(kind == FAKE);
	}
	if (described != main + shadow) {
		ksft_print_msg("%d tables of the shadow, not %d\n", described - main, shadow);
		return false;
	}
	for (size_t i = 0; i < l.rows; i++)
		listed += !listing_absent(l.row[i].field[LISTING_GADDR]);
	if (listed != described) {
		ksft_print_msg("%d tables with a guest address, not %d\n", listed, described);
		return false;
	}
	return exact;
}

static bool looks_up(int kind)
{
	unsigned long origin;
	int fake;

	return !gmapper("lookup %lx", SADDR) &&
	       sscanf(gmapper_answer(), "%lx %x", &origin, &fake) == 2 &&
	       origin == guest_origin(SHADOWS - 1, kind) && fake == (kind == FAKE);
}

static void write_guest(unsigned long gaddr)
{
	*(volatile char *)guest_word(gaddr) = 1;
}

/* A gmap without shadows. */
static void test_main(void)
{
	long pages;

	agree(0, 0, NO_SHADOW);	/* so that our own tables are all there */
	pages = vmstat_table_pages();
	pages = vmstat_table_pages();
	ksft_test_result(!gmapper("create %lx", LIMIT) && pages + 4 == vmstat_table_pages(),
			 "a new gmap is accounted as four pages\n");
	ksft_test_result(agree(1, 0, NO_SHADOW), "its top table is listed\n");
	ksft_test_result(guest_map() && agree(5, 0, NO_SHADOW),
			 "memory in two places: five tables with their addresses\n");
	ksft_test_result(!gmapper("replace") && agree(5, 0, NO_SHADOW),
			 "the top table is replaced\n");
}

/* Shadows of tables, which go when the guest writes to these. */
static void test_shadow(void)
{
	ksft_test_result(!gmapper("shadow %lx", ASCE) && agree(5, 1, REAL),
			 "a shadow has a top table\n");
	ksft_test_result(gmapper("pgt %lx %lx 0", SADDR, shadows[SHADOWS - 1].origin) == EAGAIN &&
			 agree(5, 1, REAL), "no shadow of a page table without the levels above\n");
	for (int s = SHADOWS - 1; s >= 0; s--) {
		ksft_test_result(guest_shadow(REAL) && looks_up(REAL) && agree(5, 5, REAL),
				 "all levels are shadowed\n");
		write_guest(shadows[s].origin);
		ksft_test_result(agree(5, 1 + s, REAL), "the guest writes to its %s: it and the levels below go\n",
				 shadows[s].level);
	}
	ksft_test_result(guest_shadow(REAL) && agree(5, 5, REAL), "all levels again\n");
	write_guest(TOP);
	ksft_test_result(agree(5, 1, REAL), "the guest writes to its top table: all levels go\n");
	ksft_test_result(!gmapper("forget") && agree(5, 0, NO_SHADOW),
			 "the shadow is let go of and its top table goes\n");
}

static void test_fake(void)
{
	ksft_test_result(!gmapper("shadow %lx", TOP | REAL_SPACE) && guest_shadow(FAKE) &&
			 agree(5, 5, FAKE), "a shadow of memory without tables\n");
	ksft_test_result(looks_up(FAKE), "what it shadows is known\n");
	ksft_test_result(guest_shadow(FAKE) && agree(5, 5, FAKE), "it is not shadowed twice\n");
	ksft_test_result(!gmapper("forget"), "the gmap keeps it\n");
	ksft_test_result(!gmapper("shadow %lx", (TOP + 0x100000) | REAL_SPACE) &&
			 agree(5, 1, FAKE), "another shadow takes its place\n");
	ksft_test_result(guest_shadow(FAKE) && agree(5, 5, FAKE), "and has all levels, too\n");
}

static void test_end(void)
{
	bool reached = false;

	ksft_test_result(!gmapper("unmap %lx %lx", LOW, 4 * MIB) && agree(5, 5, FAKE),
			 "memory is unmapped and all tables remain\n");
	gmapper_tables("main", &tables);
	for (int i = 0; i < tables.count; i++)
		reached |= !strcmp(tables.table[i].level, "pgt") && tables.table[i].start < HIGH;
	ksft_test_result(!reached, "no page table is reached there\n");
	ksft_test_result(!gmapper("remove") && agree(0, 0, NO_SHADOW),
			 "the gmap is removed and nothing is left\n");
}

/* The kernel's complaints since its log was opened. */
static int complaints(int log)
{
	char line[8192];
	int found = 0;
	ssize_t n;

	while ((n = read(log, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		if (strstr(line, "Bad page") || strstr(line, "BUG") || strstr(line, "WARNING")) {
			ksft_print_msg("%s", line);
			found++;
		}
	}
	return found;
}

static void run(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (log < 0 || lseek(log, 0, SEEK_END) < 0)
		ksft_exit_fail_msg("/dev/kmsg: %s\n", strerror(errno));
	listing_keep_memory();
	ksft_set_plan(4 + 13 + 6 + 3 + 1);
	test_main();
	test_shadow();
	test_fake();
	test_end();
	ksft_test_result(!complaints(log), "the kernel has nothing to complain of\n");
	ksft_finished();
}

int main(int argc, char **argv)
{
	return guest_main(argc, argv, run);
}

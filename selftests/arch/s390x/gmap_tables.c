// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of gmaps in the listing: a gmap of this process' memory and shadows of
 * it have exactly the tables that a walk finds, each with the guest address that it
 * was made for, whichever way they come and go.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "listing.h"
#include "procfs.h"
#include "gmapper.h"

#define PGSTE_SYSCTL	"/proc/sys/vm/allocate_pgste"
#define MIB		(1UL << 20)

#define HOST		0x100000000UL	/* our memory, 6 MiB of it ... */
#define LOW		0x80000000UL	/* ... the first 4 are here in the guest */
#define HIGH		(1UL << 42)	/* ... and the other 2 here */
#define LIMIT		((1UL << 53) - 1)	/* four levels */
#define SADDR		0x123456700000UL	/* an address in the shadows */

/* Guest addresses of the guest's own tables, which are shadowed. */
#define TOP		LOW
#define ASCE		(TOP | 0xc | 3)	/* region-first, all four pages */
#define REAL_SPACE	0x20

static const struct shadow {
	const char *level;
	unsigned long origin;
} shadows[] = {
	{ "r2t", LOW + 0x10000 }, { "r3t", LOW + 0x20000 },
	{ "sgt", LOW + 0x30000 }, { "pgt", LOW + 0x40800 },
};

#define SHADOWS	((int)(sizeof(shadows) / sizeof(shadows[0])))

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
		snprintf(gaddr, sizeof(gaddr), "0x%lx", shadows[s].origin &
			 (pgt ? ~0x7ffUL : ~0xfffUL));
		snprintf(flags, sizeof(flags), "%sS%s", pgt ? "" : "C", fake ? "F" : "");
		expect(t, pgt ? "0" : "2", "-", gaddr, flags);
	}
}

enum { NO_SHADOW, REAL, FAKE };

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

static bool all_fault(void)
{
	for (unsigned long at = 0; at < 4; at++)
		if (gmapper("fault %lx", LOW + at * MIB))
			return false;
	return !gmapper("fault %lx", HIGH) && !gmapper("fault %lx", HIGH + MIB);
}

static bool shadow_all(int kind)
{
	for (int s = 0; s < SHADOWS; s++) {
		int error = gmapper("%s %lx %lx %x", shadows[s].level, SADDR,
				    shadows[s].origin | (strcmp(shadows[s].level, "pgt") ? 3 : 0),
				    kind == FAKE);

		if (error) {
			ksft_print_msg("%s: %s\n", shadows[s].level, strerror(error));
			return false;
		}
	}
	return true;
}

static bool looks_up(int kind)
{
	unsigned long origin;
	int fake;

	return !gmapper("lookup %lx", SADDR) &&
	       sscanf(gmapper_answer(), "%lx %x", &origin, &fake) == 2 &&
	       origin == shadows[SHADOWS - 1].origin && fake == (kind == FAKE);
}

static void write_guest(unsigned long gaddr)
{
	*(volatile char *)(HOST + gaddr - LOW) = 1;
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
	ksft_test_result(!gmapper("map %lx %lx %lx", HOST, LOW, 4 * MIB) &&
			 !gmapper("map %lx %lx %lx", HOST + 4 * MIB, HIGH, 2 * MIB) &&
			 all_fault() && agree(5, 0, NO_SHADOW),
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
		ksft_test_result(shadow_all(REAL) && looks_up(REAL) && agree(5, 5, REAL),
				 "all levels are shadowed\n");
		write_guest(shadows[s].origin);
		ksft_test_result(agree(5, 1 + s, REAL), "the guest writes to its %s: it and the levels below go\n",
				 shadows[s].level);
	}
	ksft_test_result(shadow_all(REAL) && agree(5, 5, REAL), "all levels again\n");
	write_guest(TOP);
	ksft_test_result(agree(5, 1, REAL), "the guest writes to its top table: all levels go\n");
	ksft_test_result(!gmapper("forget") && agree(5, 0, NO_SHADOW),
			 "the shadow is let go of and its top table goes\n");
}

static void test_fake(void)
{
	ksft_test_result(!gmapper("shadow %lx", TOP | REAL_SPACE) && shadow_all(FAKE) &&
			 agree(5, 5, FAKE), "a shadow of memory without tables\n");
	ksft_test_result(looks_up(FAKE), "what it shadows is known\n");
	ksft_test_result(shadow_all(FAKE) && agree(5, 5, FAKE), "it is not shadowed twice\n");
	ksft_test_result(!gmapper("forget"), "the gmap keeps it\n");
	ksft_test_result(!gmapper("shadow %lx", (TOP + 0x100000) | REAL_SPACE) &&
			 agree(5, 1, FAKE), "another shadow takes its place\n");
	ksft_test_result(shadow_all(FAKE) && agree(5, 5, FAKE), "and has all levels, too\n");
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

static void run_with_pgste(void)
{
	char *memory = mmap((void *)HOST, 6 * MIB, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (memory == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	if (log < 0 || lseek(log, 0, SEEK_END) < 0)
		ksft_exit_fail_msg("/dev/kmsg: %s\n", strerror(errno));
	memset(memory, 0, 6 * MIB);
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
	const char *why;
	char old = '0';
	int status;
	pid_t pid;

	if (argc > 1) {
		gmapper_fd = atoi(argv[1]);
		run_with_pgste();
		return KSFT_FAIL;
	}
	ksft_print_header();
	if (access(PGSTE_SYSCTL, W_OK))
		ksft_exit_skip("no " PGSTE_SYSCTL " (no PGSTE kernel, or not root)\n");
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	why = gmapper_open();
	if (why)
		ksft_exit_skip("%s\n", why);

	/* an mm has PGSTEs from its first page table on, so that takes an exec */
	if (!sysctl_set(PGSTE_SYSCTL, "1", &old))
		ksft_exit_fail_msg("cannot set " PGSTE_SYSCTL "\n");
	pid = fork();
	if (!pid) {
		char fd[12];

		snprintf(fd, sizeof(fd), "%d", gmapper_fd);
		fcntl(gmapper_fd, F_SETFD, 0);
		execl("/proc/self/exe", argv[0], fd, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = 127 << 8;
	sysctl_set(PGSTE_SYSCTL, (char[]){ old, 0 }, NULL);
	if (gmapper_close())
		ksft_print_msg("cannot unload " GMAPPER_MODULE ": %s\n", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : KSFT_FAIL;
}

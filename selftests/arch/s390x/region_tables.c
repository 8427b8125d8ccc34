// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables above the PTE tables: four pages each, listed, typed and accounted as
 * such at each level, also when a process gets a further level on top and its PGD
 * becomes a table of a lower one.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "listing.h"
#include "procfs.h"
#include "gmapper.h"

#define KPF_PGTABLE	26

static struct gmapper_tables tables;
static struct listing l;

static bool typed(uint64_t pfn)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	uint64_t flags = 0;

	if (fd < 0 || pread(fd, &flags, sizeof(flags), pfn * sizeof(flags)) != sizeof(flags))
		flags = 0;
	if (fd >= 0)
		close(fd);
	return flags >> KPF_PGTABLE & 1;
}

static const struct gmapper_table *table_at(const char *level, unsigned long start)
{
	return gmapper_table_at(&tables, level, start);
}

/* Pages of all tables of this process. */
static long pages(void)
{
	long n = 0;

	for (int i = 0; i < tables.count; i++) {
		bool again = false;

		for (int j = 0; j < i; j++)
			again |= tables.table[j].pfn == tables.table[i].pfn;
		if (!again)
			n += strcmp(tables.table[i].level, "pte") ? 4 : 1;
	}
	return n;
}

static bool look(void)
{
	return gmapper_look(&tables, &l);
}

static bool all_listed(void)
{
	bool good = true;

	if (!look())
		return false;
	for (int i = 0; i < tables.count; i++) {
		const struct gmapper_table *t = &tables.table[i];
		const struct listing_row *row = listing_find(&l, t->pfn);
		int marked = 0;

		if (!strcmp(t->level, "pte"))
			continue;
		for (int page = 0; page < 4; page++)
			marked += typed(t->pfn + page);
		if (row && row->order == 2 && marked == 4 &&
		    !strcmp(row->field[LISTING_FLAGS], "C") &&
		    !strcmp(row->field[LISTING_REFCOUNT], "1") &&
		    listing_absent(row->field[LISTING_FRAG]) &&
		    listing_absent(row->field[LISTING_GADDR]))
			continue;
		ksft_print_msg("%s at %lx, pfn %llu: %d pages typed, order %s, flags %s\n",
			       t->level, t->start, (unsigned long long)t->pfn, marked,
			       row ? row->field[LISTING_ORDER] : "none",
			       row ? row->field[LISTING_FLAGS] : "none");
		good = false;
	}
	return good;
}

static bool populate(unsigned long addr)
{
	char *at = mmap((void *)addr, 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED) {
		ksft_print_msg("mmap at %lx: %s\n", addr, strerror(errno));
		return false;
	}
	*at = 1;
	return true;
}

/* A mapping at addr makes the PGD a table of this level. */
static void test_upgrade(unsigned long addr, const char *level)
{
	uint64_t pgd;
	long before, after;

	look();
	pgd = table_at("pgd", 0)->pfn;
	before = vmstat_table_pages() - pages();
	ksft_test_result(populate(addr) && all_listed(), "a mapping at %lx: all tables are listed\n",
			 addr);
	ksft_test_result(table_at(level, 0) && table_at(level, 0)->pfn == pgd &&
			 table_at("pgd", 0)->pfn != pgd, "the PGD is a %s now\n", level);
	after = vmstat_table_pages() - pages();
	ksft_test_result(before == after, "new tables are accounted by their size\n");
	if (before != after)
		ksft_print_msg("off by %ld pages\n", after - before);
}

int main(void)
{
	long before, after;
	const char *why;
	int status;
	pid_t pid;

	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	why = gmapper_open();
	if (why)
		ksft_exit_skip("%s\n", why);
	ksft_set_plan(1 + 3 + 3 + 1);
	listing_keep_memory();
	all_listed();
	vmstat_table_pages();
	gmapper_settle();
	before = vmstat_table_pages();

	fflush(stdout);
	pid = fork();
	if (!pid) {
		ksft_test_result(all_listed() && !table_at("pud", 0), "three levels, all listed\n");
		test_upgrade(1UL << 43, "pud");
		test_upgrade(1UL << 54, "p4d");
		fflush(stdout);
		_exit(ksft_get_pass_cnt() == 7 ? 0 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		ksft_exit_fail_msg("no child\n");
	ksft_cnt.ksft_pass += WEXITSTATUS(status) ? 0 : 7;
	ksft_cnt.ksft_fail += WEXITSTATUS(status) ? 7 : 0;
	gmapper_settle();
	after = vmstat_table_pages();
	ksft_test_result(before == after, "the process is gone and all is accounted as before\n");
	if (before != after)
		ksft_print_msg("off by %ld pages\n", after - before);
	if (gmapper_close())
		ksft_exit_fail_msg("cannot unload " GMAPPER_MODULE ": %s\n", strerror(errno));
	ksft_finished();
}

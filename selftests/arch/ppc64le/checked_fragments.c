// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptdesc-check counts the tables that it reaches in each page of fragments: it finds
 * a descriptor that says fewer, or more than fit. Fewer would free the page too early.
 *
 * How many there are it cannot know: the count has in it what the mm keeps to give
 * out, and tables that were unlinked and are not free yet.
 */
#define _GNU_SOURCE
#include "checked.h"
#include "listing.h"
#include "procfs.h"
#include "subject.h"
#include "test_module.h"

#define MODULE	"ptdesc_fragments"
#define MODULE_PATH	"/sys/kernel/debug/" MODULE

/* Tables that the space takes, and what fits in a page of 64K. */
#define TABLES	((int)(SUBJECT_SPACE / SUBJECT_TABLE))
#define PTES	256
#define PMDS	16

#define TRIES	400

static struct subject subject;
static char pid[16];

/*
 * Two pages' worth of PTE tables, so that one page at least has no other ones. They
 * are given out in the order of addresses: wherever in its page the first one is,
 * the table that is freed again is in such a page. All others there are reached,
 * and one is not in use.
 */
static const char *fill(char *space)
{
	if (mprotect(space, SUBJECT_SPACE, PROT_READ | PROT_WRITE) ||
	    madvise(space, SUBJECT_SPACE, MADV_NOHUGEPAGE))
		return "mprotect";
	for (int i = 0; i < TABLES; i++)
		*(volatile char *)(space + i * SUBJECT_TABLE) = 1;
	return munmap(space + (PTES - 1) * SUBJECT_TABLE, SUBJECT_TABLE) ? "munmap" : NULL;
}

static bool count_in(const struct listing *l, uint64_t pfn, int *count)
{
	const struct listing_row *row = listing_find(l, pfn);

	return row && sscanf(row->field[LISTING_FRAG], "%d", count) == 1;
}

static bool read_count(uint64_t pfn, int *count)
{
	struct listing l = listing_read(pfn);
	bool ok = !l.error && count_in(&l, pfn, count);

	listing_free(&l);
	return ok;
}

/* The next PTE table in the tool's list, which is in the order of addresses. */
static const char *next_pte_table(const char *at, uint64_t *pfn)
{
	at = strstr(at, "\"level\":\"pte\",\"address\":");
	at = at ? strstr(at, "\"pfn\":") : NULL;
	if (!at)
		return NULL;
	at += strlen("\"pfn\":");
	*pfn = strtoull(at, NULL, 10);
	return at;
}

/* The page from which one table was freed, after a grace period, and all others are reached. */
static uint64_t find_page(const struct tool *t)
{
	struct timespec pause = { .tv_nsec = 25 * 1000000L };
	uint64_t found = 0;

	for (int i = 0; i < TRIES && !found; i++) {
		struct listing l;
		uint64_t pfn, last = 0;
		int n = 0, count;

		run_on_each_cpu();
		nanosleep(&pause, NULL);
		l = listing_read(0);
		for (const char *at = t->out; (at = next_pte_table(at, &pfn)); last = pfn) {
			n = pfn == last ? n + 1 : 1;
			if (n == PTES - 1 && count_in(&l, pfn, &count) && count == n)
				found = pfn;
		}
		listing_free(&l);
	}
	return found;
}

static uint64_t find_pmd_page(const struct tool *t)
{
	char text[64];
	long long pfn;

	snprintf(text, sizeof(text), "\"level\":\"pmd\",\"address\":\"0x%lx\"", (unsigned long)subject.space);
	pfn = tool_number(t, text, "\"pfn\":");
	return pfn > 0 ? pfn : 0;
}

static bool holds(void)
{
	struct tool t = tool_run("-j", pid);
	long long checked = tool_number(&t, "\"fragments-agree\"", "\"checked\":");
	bool ok = t.status == TOOL_HOLDS && tool_state(&t, "fragments-agree", "holds") && checked >= TABLES &&
		  checked == tool_number(&t, "\"levels\":", "\"pte\":", "\"tables\":") +
			     tool_number(&t, "\"levels\":", "\"pmd\":", "\"tables\":");

	if (!ok)
		checked_print(&t);
	tool_free(&t);
	return ok;
}

/* The file that keeps the count so much higher; -1. */
static int change(uint64_t pfn, int delta)
{
	int fd = open(MODULE_PATH, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && dprintf(fd, "%s %llu %d", pid, (unsigned long long)pfn, delta) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A page of which so many are reached and so many fit is said to have this count. */
static void test_count(uint64_t pfn, int reached, int fit, int count, const char *what)
{
	bool ok, may = count >= reached && count <= fit;
	int was, now, fd;
	char says[128];

	if (!read_count(pfn, &was))
		ksft_exit_fail_msg("the page of pfn %llu is not listed\n", (unsigned long long)pfn);
	snprintf(says, sizeof(says),
		 "\"expected\":\"%d to %d tables in the page, since %d are reached\",\"found\":\"%d\"",
		 reached, fit, reached, count);
	fd = change(pfn, count - was);
	/* one that cannot be is "-" in the listing */
	ok = fd >= 0 && (may ? read_count(pfn, &now) && now == count && holds() :
			       checked_violated(subject.pid, "fragments-agree", NULL, pfn, 1, says));
	close(fd);
	/* here, before anything can free a table by a wrong count */
	if (!read_count(pfn, &now) || now != was)
		ksft_exit_fail_msg("the corruption remains\n");
	ksft_test_result(ok, "%s: %d of %d to %d\n", what, count, reached, fit);
}

/* The module keeps the mm: else its page would be freed with a table left in it. */
static void test_killed(uint64_t pfn)
{
	int fd = change(pfn, -1), now;
	bool ok;

	subject_stop(&subject);
	ok = fd >= 0 && read_count(pfn, &now) && now == PTES - 2;
	close(fd);
	ksft_test_result(ok, "killed meanwhile, a process keeps its page tables until the count is right\n");
}

int main(void)
{
	uint64_t page, pmd_page;
	int error, reached;
	struct tool t;

	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	tool_require();
	if (sysconf(_SC_PAGESIZE) != SUBJECT_PAGE)
		ksft_exit_skip("pages of %ld bytes: table sizes not known here\n", sysconf(_SC_PAGESIZE));
	error = test_module_load(MODULE, "");
	if (error < 0)
		ksft_exit_skip("no " MODULE ".ko in PTDESC_TEST_MODULES\n");
	ksft_set_plan(13);
	ksft_test_result(error == EPERM, "the module that corrupts is not loaded by mistake\n");
	error = test_module_load(MODULE, "allow_corruption=1");
	if (error)
		ksft_exit_fail_msg(MODULE ".ko: %s\n", strerror(error));

	listing_keep_memory();
	subject = subject_start(fill);
	if (subject.skip)
		ksft_exit_fail_msg("%s\n", subject.skip);
	snprintf(pid, sizeof(pid), "%d", subject.pid);
	t = tool_run("-j", "-l", "--listing", "none", pid);
	page = find_page(&t);
	pmd_page = find_pmd_page(&t);
	reached = tool_number(&t, "\"levels\":", "\"pmd\":", "\"tables\":");
	tool_free(&t);
	if (!page || !pmd_page)
		ksft_exit_fail_msg("no page with %d page tables, or none of PMD tables\n", PTES - 1);

	ksft_test_result(holds(), "at first all page tables agree with their descriptors\n");
	test_count(page, PTES - 1, PTES, PTES - 2, "one less than is reached");
	test_count(page, PTES - 1, PTES, 1, "the next table freed would be the last");
	test_count(page, PTES - 1, PTES, 0, "none is in use");
	test_count(page, PTES - 1, PTES, -1, "less than none");
	test_count(page, PTES - 1, PTES, PTES + 1, "more than fit");
	/* wrong, but the mm could have kept the last one */
	test_count(page, PTES - 1, PTES, PTES, "all that fit, which may be");
	test_count(pmd_page, reached, PMDS, reached - 1, "PMD tables, one less than is reached");
	test_count(pmd_page, reached, PMDS, PMDS + 1, "PMD tables, more than fit");
	ksft_test_result(holds(), "put right all agree again\n");
	test_killed(page);
	ksft_test_result(!test_module_unload(MODULE), "the module goes\n");
	ksft_finished();
}

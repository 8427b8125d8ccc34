// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the listing have all page tables and nothing else? Two independent
 * witnesses of the kernel's own: /proc/kpageflags page by page, and the count
 * nr_page_table_pages. Neither can be read at one instant with the listing, so
 * each is read between two listings, and the comparison is made, exactly, when
 * these two are equal.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "kselftest.h"
#include "listing.h"
#include "procfs.h"

#define KPF_PGTABLE	26
#define TRIES		100
#define MAX_PFN		(1UL << 22)	/* 16 GiB: more than any guest has */

static uint64_t *flags;		/* /proc/kpageflags */
static size_t pfns;

static bool same_tables(const struct listing *a, const struct listing *b)
{
	bool same = !a->error && !b->error && a->rows == b->rows;

	for (size_t i = 0; same && i < a->rows; i++)
		same = a->row[i].pfn == b->row[i].pfn &&
		       a->row[i].order == b->row[i].order;
	return same;
}

static bool read_flags(void)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = -1;

	while (fd >= 0 && len < MAX_PFN * sizeof(*flags)) {
		n = read(fd, (char *)flags + len, 1 << 20);
		if (n <= 0)
			break;
		len += n;
	}
	if (fd >= 0)
		close(fd);
	pfns = len / sizeof(*flags);
	return pfns && !n;
}

static bool flagged(uint64_t pfn)
{
	return pfn < pfns && flags[pfn] >> KPF_PGTABLE & 1;
}

/*
 * First pages must agree one by one. What a kernel says of the other pages of
 * a table it must say of all tables: flagged, or not.
 */
static bool compare_flags(const struct listing *l)
{
	size_t tails = 0, tails_flagged = 0, missing = 0, extra = 0;
	uint64_t next = 0;	/* first pfn not yet accounted for */

	for (size_t i = 0; i <= l->rows; i++) {
		uint64_t pfn = i < l->rows ? l->row[i].pfn : pfns;

		for (; next < pfn; next++) {
			if (!flagged(next))
				continue;
			if (!extra++)
				ksft_print_msg("pfn %llu: a page table, not listed\n",
					       (unsigned long long)next);
		}
		if (i == l->rows)
			break;
		if (!flagged(pfn) && !missing++)
			ksft_print_msg("pfn %llu: listed, no page table\n",
				       (unsigned long long)pfn);
		for (next++; next < pfn + (1UL << l->row[i].order); next++) {
			tails++;
			tails_flagged += flagged(next);
		}
	}
	ksft_print_msg("%zu tables listed, %zu pages behind a first page, %zu of these flagged\n",
		       l->rows, tails, tails_flagged);
	return l->rows && !missing && !extra &&
	       (!tails_flagged || tails_flagged == tails);
}

static void test_kpageflags(void)
{
	bool quiet = false, equal = false;

	for (int i = 0; i < TRIES && !quiet; i++) {
		struct listing before = listing_read(0);
		bool read = read_flags();
		struct listing after = listing_read(0);

		quiet = read && same_tables(&before, &after);
		if (quiet)
			equal = compare_flags(&after);
		listing_free(&before);
		listing_free(&after);
	}
	if (!quiet)
		ksft_print_msg("tables came and went in all of %d tries\n",
			       TRIES);
	ksft_test_result(quiet && equal,
			 "the tables are those that /proc/kpageflags knows\n");
}

static void test_vmstat(void)
{
	bool quiet = false;
	long pages = -1, sum = 0;

	for (int i = 0; i < TRIES && !quiet; i++) {
		struct listing before = listing_read(0);
		long first = vmstat_table_pages();
		struct listing after = listing_read(0);

		pages = vmstat_table_pages();
		quiet = pages >= 0 && pages == first &&
			same_tables(&before, &after);
		sum = 0;
		for (size_t r = 0; r < after.rows; r++)
			sum += 1L << after.row[r].order;
		listing_free(&before);
		listing_free(&after);
	}
	if (!quiet)
		ksft_print_msg("tables came and went in all of %d tries\n",
			       TRIES);
	if (sum != pages)
		ksft_print_msg("listed %ld pages, nr_page_table_pages %ld\n",
			       sum, pages);
	ksft_test_result(quiet && sum && sum == pages,
			 "their pages add up to nr_page_table_pages\n");
}

/* 512 PTE tables with a page each, so that there is something to count. */
static void make_tables(void)
{
	size_t size = 1UL << 30, step = 2UL << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		ksft_exit_fail_msg("no memory\n");
	madvise(p, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += step)
		((volatile char *)p)[at] = 1;
}

int main(void)
{
	listing_keep_memory();
	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	flags = mmap(NULL, MAX_PFN * sizeof(*flags), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (flags == MAP_FAILED)
		ksft_exit_fail_msg("no memory\n");
	ksft_set_plan(2);
	make_tables();
	test_kpageflags();
	test_vmstat();
	ksft_finished();
}

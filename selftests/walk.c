// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does ptdesc-check see what is there? Processes with known memory: in a
 * gigabyte of their own the tables and leaves of each level are known, and the
 * whole process is compared with the kernel's own figures, VmPTE and pagemap.
 */
#define _GNU_SOURCE
#include <stdint.h>

#include "kselftest.h"
#include "procfs.h"
#include "space.h"
#include "subject.h"
#include "tool.h"

#define PAGE		SUBJECT_PAGE
#define HUGE		SUBJECT_TABLE
#define ALL		(HUGE / PAGE)	/* pages that a PTE table maps */
#define MOST		(ALL - 2)
#define SOME		(ALL / 2)

struct layout {
	const char *name;
	/* Fills the space; NULL, or why this kernel cannot. */
	const char *(*fill)(char *space);
	struct expect expect;
};

static char *map(char *at, size_t size, int flags, int advice)
{
	char *p = mmap(at, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS |
		       MAP_NORESERVE | MAP_FIXED | flags, -1, 0);

	if (p != MAP_FAILED && advice >= 0 && madvise(p, size, advice))
		return NULL;
	return p == MAP_FAILED ? NULL : p;
}

static void touch(char *p, size_t n, size_t step)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)p)[i * step] = 1;
}

static const char *fill_small(char *space)
{
	if (!map(space, 64 * HUGE, MAP_PRIVATE, MADV_NOHUGEPAGE))
		return strerror(errno);
	touch(space, MOST, PAGE);
	touch(space + HUGE, 40, HUGE);
	return NULL;
}

static const char *fill_shared(char *space)
{
	if (!map(space, 4 * HUGE, MAP_SHARED, MADV_NOHUGEPAGE))
		return strerror(errno);
	touch(space, SOME, PAGE);
	return NULL;
}

/* Huge pages here, or just the hope for them? */
static bool all_huge(const char *space, size_t bytes)
{
	return smaps_huge_kb((unsigned long)space) == (long)(bytes / 1024);
}

static const char *fill_thp(char *space)
{
	if (!map(space, 4 * HUGE, MAP_PRIVATE, MADV_HUGEPAGE))
		return "no transparent huge pages";
	touch(space, 4, HUGE);
	return all_huge(space, 4 * HUGE) ? NULL :
	       "no four huge pages could be had";
}

/* One huge page of three split: its table is no longer deposited. */
static const char *fill_split(char *space)
{
	if (!map(space, 3 * HUGE, MAP_PRIVATE, MADV_HUGEPAGE))
		return "no transparent huge pages";
	touch(space, 3, HUGE);
	if (!all_huge(space, 3 * HUGE))
		return "no three huge pages could be had";
	if (mprotect(space + HUGE, PAGE, PROT_READ))
		return strerror(errno);
	return NULL;
}

static const char *fill_hugetlb(char *space)
{
	if (!map(space, 3 * HUGE, MAP_PRIVATE | MAP_HUGETLB, -1))
		return "no hugetlb pages";
	touch(space, 3, HUGE);
	return NULL;
}

static const char *fill_protected(char *space)
{
	const char *why = fill_small(space);

	if (!why && mprotect(space, 64 * HUGE, PROT_NONE))
		why = strerror(errno);
	return why;
}

/* Tables outlive their pages when only part of their span is dropped. */
static const char *fill_emptied(char *space)
{
	if (!map(space, HUGE, MAP_PRIVATE, MADV_NOHUGEPAGE))
		return strerror(errno);
	touch(space, SOME, PAGE);
	if (madvise(space, SOME * PAGE, MADV_DONTNEED))
		return strerror(errno);
	return NULL;
}

static const char *fill_read(char *space)
{
	char c = 0;

	if (!map(space, HUGE, MAP_PRIVATE, MADV_NOHUGEPAGE))
		return strerror(errno);
	for (size_t i = 0; i < MOST; i++)
		c |= ((volatile char *)space)[i * PAGE];
	return c ? "a zero page is not zero" : NULL;
}

/* The one huge zero page all over, for each of which a table is deposited. */
static const char *fill_huge_zero(char *space)
{
	char c = 0;

	if (access("/sys/kernel/mm/transparent_hugepage/use_zero_page", F_OK) ||
	    !map(space, SUBJECT_SPACE, MAP_PRIVATE, MADV_HUGEPAGE))
		return "no transparent huge pages";
	for (size_t i = 0; i < SUBJECT_SPACE; i += HUGE)
		c |= ((volatile char *)space)[i];
	return c ? "a zero page is not zero" : NULL;
}

static const char *fill_far(char *space)
{
	if (!map(space, SUBJECT_SPACE, MAP_PRIVATE, MADV_NOHUGEPAGE))
		return strerror(errno);
	touch(space, SUBJECT_SPACE / HUGE, HUGE);
	return NULL;
}

static const struct layout layouts[] = {
	{ "small pages", fill_small,
	  { .pte_tables = 41, .pte_leaves = MOST + 40, .pmd_tables = 1 } },
	{ "shared memory", fill_shared,
	  { .pte_tables = 1, .pte_leaves = SOME, .pmd_tables = 1 } },
	{ "the zero page", fill_read,
	  { .pte_tables = 1, .pte_leaves = MOST, .pmd_tables = 1 } },
	{ "transparent huge pages", fill_thp,
	  { .pmd_tables = 1, .pmd_leaves = 4, .deposited = 4, .anon = 4 } },
	{ "a split huge page", fill_split,
	  { .pte_tables = 1, .pte_leaves = ALL, .pmd_tables = 1,
	    .pmd_leaves = 2, .deposited = 2, .anon = 2 } },
	{ "hugetlb pages", fill_hugetlb,
	  { .pmd_tables = 1, .pmd_leaves = 3, .hugetlb = 3 } },
	{ "PROT_NONE", fill_protected,
	  { .pte_tables = 41, .pte_leaves = MOST + 40, .pmd_tables = 1 } },
	{ "an emptied table", fill_emptied,
	  { .pte_tables = 1, .pmd_tables = 1, .empty = 1 } },
	{ "the huge zero page", fill_huge_zero,
	  { .pmd_tables = 1, .pmd_leaves = SUBJECT_SPACE / HUGE,
	    .deposited = SUBJECT_SPACE / HUGE, .zero = SUBJECT_SPACE / HUGE,
	    .calls = 2 } },
	{ "a page in each table", fill_far,
	  { .pte_tables = SUBJECT_SPACE / HUGE,
	    .pte_leaves = SUBJECT_SPACE / HUGE, .pmd_tables = 1,
	    .calls = SUBJECT_SPACE / HUGE / 32 } },
};

static void test_space(const struct subject *s, const struct layout *layout)
{
	unsigned long space = (unsigned long)s->space;

	ksft_test_result(space_holds(s->pid, space, space + SUBJECT_SPACE, &layout->expect),
			 "%s: each level\n", layout->name);
}

/* Bytes of all pages that pagemap calls present. */
static long long present(pid_t pid)
{
	char path[64], line[4096];
	unsigned long start, end;
	long long pages = 0;
	uint64_t entry[512];
	FILE *maps;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (maps && fd >= 0 && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2 ||
		    strstr(line, "[vsyscall]"))	/* not the process' tables */
			continue;
		while (start < end) {
			size_t n = (end - start) / PAGE;
			ssize_t got;

			if (n > 512)
				n = 512;
			got = pread(fd, entry, n * 8, start / PAGE * 8);
			if (got <= 0)
				break;
			for (ssize_t i = 0; i < got / 8; i++)
				pages += entry[i] >> 63;
			start += got / 8 * PAGE;
		}
	}
	if (maps)
		fclose(maps);
	close(fd);
	return pages * PAGE;
}

static void test_whole(const struct subject *s, const struct layout *layout)
{
	long long tables, bytes = status_kb(s->pid, "VmPTE") * 1024, pages = present(s->pid);
	char pid[16];
	struct tool t;

	snprintf(pid, sizeof(pid), "%d", s->pid);
	t = tool_run("-j", pid);
	/* VmPTE is not of these two levels, and in whole KiB */
	tables = tool_number(&t, "\"table_bytes\":") -
		 level_number(&t, "p4d\":{", "\"bytes\":") -
		 level_number(&t, "pgd\":{", "\"bytes\":");
	ksft_test_result(agree("exit status", t.status, TOOL_HOLDS) &
			 agree("table bytes", tables & -1024, bytes),
			 "%s: VmPTE of the whole process\n", layout->name);
	ksft_test_result(agree("mapped bytes",
			       tool_number(&t, "\"mapped_bytes\":"), pages) &&
			 pages, "%s: pagemap of the whole process\n",
			 layout->name);
	if (t.status != TOOL_HOLDS)
		ksft_print_msg("%.300s", t.err);
	tool_free(&t);
}

static void test_layout(const struct layout *layout)
{
	struct subject s = subject_start(layout->fill);

	if (s.skip) {
		for (int i = 0; i < 3; i++)
			ksft_test_result_skip("%s: %s\n", layout->name, s.skip);
	} else {
		test_space(&s, layout);
		test_whole(&s, layout);
	}
	subject_stop(&s);
}

int main(void)
{
	long huge_pages;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	ksft_set_plan(3 * ARRAY_SIZE(layouts));
	huge_pages = set_huge_pages(8);
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		test_layout(&layouts[i]);
	set_huge_pages(huge_pages);
	ksft_finished();
}

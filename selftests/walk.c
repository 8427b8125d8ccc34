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
#include "subject.h"
#include "tool.h"

#define PAGE		SUBJECT_PAGE
#define HUGE		SUBJECT_TABLE
#define ALL		(HUGE / PAGE)	/* pages that a PTE table maps */
#define MOST		(ALL - 2)
#define SOME		(ALL / 2)
#define NR_HUGEPAGES	"/proc/sys/vm/nr_hugepages"

/* What the tool must say of the space. */
struct expect {
	long long pte_tables, pte_leaves, pmd_tables, pmd_leaves, deposited;
	long long empty;	/* PTE tables without an entry */
	long long calls;	/* at least so many calls into the kernel */
};

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
	{ "small pages", fill_small, { 41, MOST + 40, 1, 0, 0, 0, 1 } },
	{ "shared memory", fill_shared, { 1, SOME, 1, 0, 0, 0, 1 } },
	{ "the zero page", fill_read, { 1, MOST, 1, 0, 0, 0, 1 } },
	{ "transparent huge pages", fill_thp, { 0, 0, 1, 4, 4, 0, 1 } },
	{ "a split huge page", fill_split, { 1, ALL, 1, 2, 2, 0, 1 } },
	{ "hugetlb pages", fill_hugetlb, { 0, 0, 1, 3, 0, 0, 1 } },
	{ "PROT_NONE", fill_protected, { 41, MOST + 40, 1, 0, 0, 0, 1 } },
	{ "an emptied table", fill_emptied, { 1, 0, 1, 0, 0, 1, 1 } },
	{ "the huge zero page", fill_huge_zero,
	  { 0, 0, 1, SUBJECT_SPACE / HUGE, SUBJECT_SPACE / HUGE, 0, 2 } },
	{ "a page in each table", fill_far,
	  { SUBJECT_SPACE / HUGE, SUBJECT_SPACE / HUGE, 1, 0, 0, 0,
	    SUBJECT_SPACE / HUGE / 32 } },
};

/* -1 said of a level without tables is none. */
static long long level_number(const struct tool *t, const char *level,
			      const char *key)
{
	long long n = tool_number(t, "\"levels\":{\"", level, key);

	return n < 0 ? 0 : n;
}

static bool agree(const char *what, long long got, long long want)
{
	if (got != want)
		ksft_print_msg("%s: %lld, not %lld\n", what, got, want);
	return got == want;
}

static void test_space(const struct subject *s, const struct layout *layout)
{
	const struct expect *e = &layout->expect;
	char pid[16], range[64];
	long long calls;
	struct tool t;
	bool ok;

	snprintf(pid, sizeof(pid), "%d", s->pid);
	snprintf(range, sizeof(range), "%lx,%lx", (unsigned long)s->space,
		 (unsigned long)s->space + SUBJECT_SPACE);
	t = tool_run("-j", "-A", range, pid);
	ok = agree("exit status", t.status, TOOL_HOLDS) &
	     agree("pte tables", level_number(&t, "pte\":{", "\"tables\":"),
		   e->pte_tables) &
	     agree("pte leaves",
		   level_number(&t, "pte\":{", "\"leaf_entries\":"),
		   e->pte_leaves) &
	     agree("empty pte tables",
		   level_number(&t, "pte\":{", "\"empty_tables\":"),
		   e->empty) &
	     agree("pmd tables", level_number(&t, "pmd\":{", "\"tables\":"),
		   e->pmd_tables) &
	     agree("pmd leaves",
		   level_number(&t, "pmd\":{", "\"leaf_entries\":"),
		   e->pmd_leaves) &
	     agree("deposited", tool_number(&t, "\"deposited_tables\":"),
		   e->deposited);
	calls = tool_number(&t, "\"walk_calls\":");
	if (calls < e->calls) {
		ksft_print_msg("calls into the kernel: %lld, not %lld or more\n",
			       calls, e->calls);
		ok = false;
	}
	if (!ok && *t.err)
		ksft_print_msg("%.300s", t.err);
	ksft_test_result(ok, "%s: each level\n", layout->name);
	tool_free(&t);
}

/* VmPTE in bytes. */
static long long vm_pte(pid_t pid)
{
	char path[64], line[256];
	long long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmPTE: %lld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb * 1024;
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
	long long tables, bytes = vm_pte(s->pid), pages = present(s->pid);
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

/* Room for the hugetlb layout; returns what there was before. */
static long set_huge_pages(long n)
{
	FILE *f = fopen(NR_HUGEPAGES, "r+");
	long old = -1;

	if (f && fscanf(f, "%ld", &old) == 1 && n >= 0) {
		rewind(f);
		fprintf(f, "%ld", n);
	}
	if (f)
		fclose(f);
	return old;
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

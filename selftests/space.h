/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ptdesc-check says of a range of a process, entry by entry counted; and
 * what the kernel's own files say of a page there, that it is what the test
 * meant it to be.
 */
#ifndef SPACE_H
#define SPACE_H

#include <linux/kernel-page-flags.h>
#include <stdint.h>

#include "kselftest.h"
#include "tool.h"

/* What the tool must say; what is not named must be 0. */
struct expect {
	long long pte_tables, pte_leaves, pmd_tables, pmd_leaves, deposited;
	long long empty;	/* PTE tables without an entry */
	long long swapped;	/* entries of PTE tables */
	long long anon, zero, hugetlb, file;	/* PMD leaves by kind; all those of a PUD are hugetlb */
	long long pud_leaves;
	long long calls;	/* into the kernel: at least so many */
};

/* -1 said of a level without tables is none. */
static inline long long level_number(const struct tool *t, const char *level, const char *key)
{
	long long n = tool_number(t, "\"levels\":{\"", level, key);

	return n < 0 ? 0 : n;
}

static inline bool agree(const char *what, long long got, long long want)
{
	if (got != want)
		ksft_print_msg("%s: %lld, not %lld\n", what, got, want);
	return got == want;
}

static inline struct tool space_run(pid_t pid, unsigned long low, unsigned long high)
{
	char text[16], range[64];

	snprintf(text, sizeof(text), "%d", pid);
	snprintf(range, sizeof(range), "%lx,%lx", low, high);
	return tool_run("-j", "-A", range, text);
}

/* Do all invariants hold there, and is everything there that must be? */
static inline bool space_holds(pid_t pid, unsigned long low, unsigned long high, const struct expect *e)
{
	struct tool t = space_run(pid, low, high);
	bool ok = agree("exit status", t.status, TOOL_HOLDS) &
		  agree("pte tables", level_number(&t, "pte\":{", "\"tables\":"), e->pte_tables) &
		  agree("pte leaves", level_number(&t, "pte\":{", "\"leaf_entries\":"), e->pte_leaves) &
		  agree("empty pte tables", level_number(&t, "pte\":{", "\"empty_tables\":"), e->empty) &
		  agree("swapped", level_number(&t, "pte\":{", "\"swapped_entries\":"), e->swapped) &
		  agree("pmd tables", level_number(&t, "pmd\":{", "\"tables\":"), e->pmd_tables) &
		  agree("pmd leaves", level_number(&t, "pmd\":{", "\"leaf_entries\":"), e->pmd_leaves) &
		  agree("pud leaves", level_number(&t, "pud\":{", "\"leaf_entries\":"), e->pud_leaves) &
		  agree("deposited", tool_number(&t, "\"deposited_tables\":"), e->deposited) &
		  agree("anonymous THPs", tool_number(&t, "\"anon_thp_leaves\":"), e->anon) &
		  agree("huge zero pages", tool_number(&t, "\"huge_zero_leaves\":"), e->zero) &
		  agree("hugetlb pages", tool_number(&t, "\"hugetlb_leaves\":"), e->hugetlb) &
		  agree("file THPs", tool_number(&t, "\"file_thp_leaves\":"), e->file);
	long long calls = tool_number(&t, "\"walk_calls\":");

	if (calls < e->calls) {
		ksft_print_msg("calls into the kernel: %lld, not %lld or more\n", calls, e->calls);
		ok = false;
	}
	if (!ok && *t.err)
		ksft_print_msg("%.300s", t.err);
	tool_free(&t);
	return ok;
}

#define PAGEMAP_PFN	((1ULL << 55) - 1)
#define PAGEMAP_UFFD_WP	(1ULL << 57)
#define PAGEMAP_SWAPPED	(1ULL << 62)
#define PAGEMAP_PRESENT	(1ULL << 63)

/* Entry of this address in our pagemap. */
static inline uint64_t space_pagemap(const char *at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (fd < 0 || pread(fd, &entry, 8, (unsigned long)at / sysconf(_SC_PAGESIZE) * 8) != 8)
		entry = 0;
	if (fd >= 0)
		close(fd);
	return entry;
}

/* Is the page at this address of ours of this kind (KPF_*)? */
static inline bool space_page_is(const char *at, unsigned int flag)
{
	uint64_t entry = space_pagemap(at), flags = 0;
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || !(entry & PAGEMAP_PRESENT) ||
	    pread(fd, &flags, 8, (entry & PAGEMAP_PFN) * 8) != 8)
		flags = 0;
	if (fd >= 0)
		close(fd);
	return flags >> flag & 1;
}

/* A line of smaps about the mapping of ours that has this address: what is behind its key, "" if there is none. */
static inline const char *space_smaps(const char *at, const char *key)
{
	unsigned long start, end, addr = (unsigned long)at;
	FILE *f = fopen("/proc/self/smaps", "re");
	static char line[512];
	bool here = false, found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start <= addr && addr < end;
		found = here && !strncmp(line, key, strlen(key)) && line[strlen(key)] == ':';
	}
	if (f)
		fclose(f);
	return found ? line + strlen(key) + 1 : "";
}

#endif /* SPACE_H */

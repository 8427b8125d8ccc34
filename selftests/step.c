// SPDX-License-Identifier: GPL-2.0-only
/*
 * No false alarm in step: a process that is in one state for as long as in another,
 * and goes from one to the other at about the pace at which it is walked. What
 * the checker reads at two moments it may meet the same way in many looks, though
 * nothing is ever wrong: a table that is there at the first and not at the second
 * (listed, table-in-vma, counts-agree), that moves meanwhile (single-parent), that is
 * a page of memory in the other state (leaf-not-table), that waits for the split of
 * a huge page (deposit-matches).
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "child.h"
#include "kselftest.h"
#include "tool.h"

#define HUGE		(2UL << 20)
#define SPACE		(64UL << 20)
#define CHECKS		10		/* at each pace */

static const unsigned int paces[] = { 30, 200, 800 };	/* percent of a walk's time */

#define PACES		(sizeof(paces) / sizeof(*paces))

/* Parts of the address space, each with tables of its own; other stays mapped. */
struct places {
	char *at, *to, *other;
	long page;
};

/* From one state to the other, and back. */
struct dance {
	const char *name;
	bool (*there)(const struct places *places);
	bool (*back)(const struct places *places);
};

static bool map(char *at, size_t size)
{
	return mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at;
}

static bool table_comes(const struct places *p)
{
	if (!map(p->at, p->page))
		return false;
	*(volatile char *)p->at = 1;
	return true;
}

static bool table_goes(const struct places *p)
{
	return !munmap(p->at, p->page);
}

/* The whole of what a table maps, so that the table is moved and not its entries. */
static bool move(char *from, char *to)
{
	return mremap(from, SPACE / 8, SPACE / 8, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to;
}

static bool table_moves(const struct places *p)
{
	if (!*(volatile char *)p->other) {	/* the first time */
		if (!map(p->at, SPACE / 8))
			return false;
		*(volatile char *)p->at = 1;
		*(volatile char *)p->other = 1;
	}
	return move(p->at, p->to);
}

static bool table_moves_back(const struct places *p)
{
	return move(p->to, p->at);
}

/* What was a table is had again first, and as memory. */
static bool trade(const struct places *p)
{
	if (madvise(p->other, p->page, MADV_DONTNEED))
		return false;
	munmap(p->at, p->page);
	*(volatile char *)p->other = 1;
	return table_comes(p);
}

static bool huge_comes(const struct places *p)
{
	if (!map(p->at, HUGE))
		return false;
	madvise(p->at, HUGE, MADV_HUGEPAGE);	/* where there are such pages */
	*(volatile char *)p->at = 1;
	return true;
}

static bool huge_goes(const struct places *p)
{
	return !munmap(p->at, HUGE);
}

static const struct dance dances[] = {
	{ "comes and goes", table_comes, table_goes },
	{ "moves", table_moves, table_moves_back },
	{ "and a page trade places", trade, trade },
	{ "is deposited", huge_comes, huge_goes },
};

#define DANCES		(sizeof(dances) / sizeof(*dances))

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void until(long long time)
{
	while (now() < time)
		;
}

struct beat {
	const struct dance *dance;
	long long half;		/* nsec in each state */
};

static int beat(void *arg)
{
	const struct beat *beat = arg;
	char *space = mmap(NULL, SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *first = (char *)(((uintptr_t)space + SPACE / 8) & -(SPACE / 8));
	const struct places places = {
		.at = first + SPACE / 8, .to = first + 3 * (SPACE / 8), .other = first + 5 * (SPACE / 8),
		.page = sysconf(_SC_PAGESIZE),
	};
	long long next = now();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (space == MAP_FAILED || munmap(space, SPACE) || !map(places.other, places.page))
		return 1;
	for (;;) {
		if (!beat->dance->there(&places))
			return 1;
		until(next += beat->half);
		if (!beat->dance->back(&places))
			return 1;
		until(next += beat->half);
		if (now() > next + 2 * beat->half)	/* it had no CPU for a while */
			next = now();
	}
}

/* The shortest of some: the first ones of a test find nothing in any cache. */
static long long walk_time(const struct dance *dance)
{
	struct beat slow = { dance, 1000000 };
	pid_t pid = child(beat, &slow, 0);
	long long least = 0;
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	for (int i = 0; i < 5; i++) {
		struct tool t = tool_run("-j", text);
		long long nsec = tool_number(&t, "\"walk_nsec\":");

		if (nsec > 0 && (!least || nsec < least))
			least = nsec;
		tool_free(&t);
	}
	end(pid);
	return least;
}

/* How many of the checks ended as they may: nothing is wrong, but perhaps not all could be settled. */
static int check(const struct dance *dance, long long half, int *settled)
{
	struct beat beats = { dance, half };
	pid_t pid = child(beat, &beats, 0);
	char text[16];
	int good = 0;

	snprintf(text, sizeof(text), "%d", pid);
	for (int i = 0; i < CHECKS; i++) {
		struct tool t = tool_run("-j", text);
		const char *found = strstr(t.out, "\"violations\":[{");

		if (t.status == TOOL_HOLDS || t.status == TOOL_INCOMPLETE)
			good++;
		else
			ksft_print_msg("exit status %d, %.200s%.400s\n", t.status, t.err, found ? found : "");
		*settled += t.status == TOOL_HOLDS;
		tool_free(&t);
	}
	end(pid);
	return good;
}

static void perform(const struct dance *dance)
{
	long long walk = walk_time(dance);

	ksft_print_msg("a walk takes %lld us\n", walk / 1000);
	for (size_t i = 0; i < PACES; i++) {
		int settled = 0, good = walk > 0 ? check(dance, walk * paces[i] / 100, &settled) : 0;

		ksft_test_result(good == CHECKS, "a table %s each %u percent of that: %d checks, %d hold\n", dance->name,
				 paces[i], good, settled);
	}
}

int main(void)
{
	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	ksft_set_plan(DANCES * PACES);
	for (size_t i = 0; i < DANCES; i++)
		perform(&dances[i]);
	ksft_finished();
}

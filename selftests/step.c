// SPDX-License-Identifier: GPL-2.0-only
/*
 * No false alarm in step: a process that has a page table for as long as it has
 * none, and changes that at about the pace at which it is walked. Whatever the
 * walk meets, it may meet the same way each time. Without the listing, which is
 * not in step with the walk: see README on listed.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <time.h>

#include "child.h"
#include "kselftest.h"
#include "tool.h"

#define SPACE		(64UL << 20)
#define CHECKS		15	/* at each pace */

static const unsigned int paces[] = { 5, 10, 20, 30, 50, 100 };	/* percent of a walk's time */

#define PACES		(sizeof(paces) / sizeof(*paces))

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

/* arg: for how many nsec there is a table, and then none. Its part of the address space is its own. */
static int beat(void *arg)
{
	const long long half = *(long long *)arg;
	char *space = mmap(NULL, SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *at = (char *)(((uintptr_t)space + SPACE / 2) & -(SPACE / 8));
	long long next = now();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (space == MAP_FAILED || munmap(space, SPACE))
		return 1;
	for (;;) {
		if (mmap(at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at)
			return 1;
		*(volatile char *)at = 1;
		until(next += half);
		munmap(at, 4096);
		until(next += half);
		if (now() > next + 2 * half)	/* it had no CPU for a while */
			next = now();
	}
}

static long long walk_time(long long half)
{
	pid_t pid = child(beat, &half, 0);
	long long nsec;
	char text[16];
	struct tool t;

	snprintf(text, sizeof(text), "%d", pid);
	t = tool_run("-j", text);
	nsec = tool_number(&t, "\"walk_nsec\":");
	tool_free(&t);
	end(pid);
	return nsec;
}

/* How many of the checks ended as they may: nothing is wrong, but perhaps not all could be settled. */
static int check(long long half, int *settled)
{
	pid_t pid = child(beat, &half, 0);
	char text[16];
	int good = 0;

	snprintf(text, sizeof(text), "%d", pid);
	for (int i = 0; i < CHECKS; i++) {
		struct tool t = tool_run("-j", "--listing", "none", text);
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

int main(void)
{
	long long walk;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	ksft_set_plan(PACES);
	walk = walk_time(1000000);
	ksft_print_msg("a walk takes %lld us\n", walk / 1000);
	for (size_t i = 0; i < PACES; i++) {
		int settled = 0, good = walk > 0 ? check(walk * paces[i] / 100, &settled) : 0;

		ksft_test_result(good == CHECKS, "a table each other %u percent of that: %d checks, %d hold\n", paces[i],
				 good, settled);
	}
	ksft_finished();
}

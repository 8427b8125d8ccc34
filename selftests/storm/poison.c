// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory failures: by turns a private page, one of a huge page, and a shared
 * one is declared broken while it is mapped, here and in a fork, or is
 * migrated away as about to break. Who touches a broken page must get SIGBUS.
 *
 * Prints the number of SIGBUS so far after each. Each takes a page away from
 * the machine until it boots again.
 */
#include "space.h"
#include <linux/mman.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEP	(16 * SPACE_PAGE)

static sigjmp_buf back;

static void on_bus(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

static char *memory(unsigned int kind)
{
	char *space = space_map(SPACE_TABLE, kind == 2 ? MAP_SHARED : MAP_PRIVATE);

	if (kind == 1)
		madvise(space, SPACE_TABLE, MADV_HUGEPAGE);
	space_touch(space, SPACE_TABLE, STEP);
	return space;
}

/* 1: SIGBUS came, be it at once or when the page was touched. */
static unsigned int fail(char *page, bool soft)
{
	if (sigsetjmp(back, 1))
		return 1;
	if (madvise(page, SPACE_PAGE, soft ? MADV_SOFT_OFFLINE : MADV_HWPOISON))
		perror(soft ? "MADV_SOFT_OFFLINE" : "MADV_HWPOISON");
	else if (!soft)
		(void)*(volatile char *)page;
	return 0;
}

int main(void)
{
	/* each is a line on the console, too */
	const struct timespec wait = { .tv_nsec = 300000000 };
	struct sigaction action = { .sa_handler = on_bus };
	unsigned int errors = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGBUS, &action, NULL);
	for (unsigned int round = 0;; round++) {
		char *space = memory(round % 3);
		pid_t pid = fork();

		if (!pid) {
			signal(SIGBUS, SIG_DFL);	/* it has nowhere to go back to */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
			_exit(0);
		}
		errors += fail(space + round % 32 * STEP, round % 4 == 3);
		printf("%u\n", errors);
		nanosleep(&wait, NULL);
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		munmap(space, SPACE_TABLE);
	}
}

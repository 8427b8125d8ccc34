// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work for khugepaged: memory in small pages that may be huge ones from now
 * on, private and shared, the latter mapped by a second process, too, whose
 * tables are taken away when it is collapsed. Then huge pages are split again.
 */
#include "space.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIZE	(8 * SPACE_TABLE)

static void drop(char *space, unsigned int round)
{
	/* splits the first, zaps the second, leaves the others whole */
	mprotect(space + SPACE_PAGE * (round % 500), SPACE_PAGE, PROT_READ);
	madvise(space + SPACE_TABLE, SPACE_TABLE, MADV_DONTNEED);
	munmap(space, SIZE);
}

int main(void)
{
	const struct timespec wait = { .tv_sec = 2 };

	for (unsigned int round = 0;; round++) {
		char *own = space_map(SIZE, MAP_PRIVATE), *shared = space_map(SIZE, MAP_SHARED);
		pid_t pid;

		space_touch(shared, SIZE, SPACE_PAGE);
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			space_touch(shared, SIZE, SPACE_PAGE);
			pause();
			_exit(0);
		}
		/* only now: khugepaged leaves alone what a fork shares */
		space_touch(own, SIZE, SPACE_PAGE);
		madvise(own, SIZE, MADV_HUGEPAGE);
		madvise(shared, SIZE, MADV_HUGEPAGE);
		nanosleep(&wait, NULL);
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		drop(own, round);
		drop(shared, round);
	}
}

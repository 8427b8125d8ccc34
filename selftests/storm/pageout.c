// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work for swap: memory, private and shared, that is written, paged out and
 * in part written again, so that there are always swap entries in its tables.
 * Now and then a fork copies them, and reads all.
 */
#include "space.h"
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIZE	(4 * SPACE_TABLE)

static void read_all(const char *space)
{
	for (size_t at = 0; at < SIZE; at += SPACE_PAGE)
		(void)((const volatile char *)space)[at];
}

int main(void)
{
	const struct timespec wait = { .tv_nsec = 100000000 };
	char *own = space_map(SIZE, MAP_PRIVATE), *shared = space_map(SIZE, MAP_SHARED);

	space_touch(own, SIZE, SPACE_PAGE);
	space_touch(shared, SIZE, SPACE_PAGE);
	for (unsigned int round = 0;; round++) {
		madvise(own, SIZE, MADV_PAGEOUT);
		madvise(shared, SIZE, MADV_PAGEOUT);
		space_touch(own, SIZE, 3 * SPACE_PAGE);
		space_touch(shared, SIZE, 3 * SPACE_PAGE);
		if (round % 8 == 0) {
			pid_t pid = fork();

			if (!pid) {
				read_all(own);
				read_all(shared);
				_exit(0);
			}
			waitpid(pid, NULL, 0);
		}
		nanosleep(&wait, NULL);
	}
}

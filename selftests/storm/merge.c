// SPDX-License-Identifier: GPL-2.0-only
/* Work for KSM: pages of a few kinds, which ksmd merges, and writes that take them apart again; now and then in a fork. */
#include "space.h"
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGES	8192UL
#define KINDS	7

static void write_page(char *space, size_t page)
{
	memset(space + page * SPACE_PAGE, 1 + page % KINDS, SPACE_PAGE);
}

int main(void)
{
	const struct timespec wait = { .tv_nsec = 20000000 };
	char *space = space_map(PAGES * SPACE_PAGE, MAP_PRIVATE);

	if (madvise(space, PAGES * SPACE_PAGE, MADV_MERGEABLE))
		return 1;
	for (size_t page = 0; page < PAGES; page++)
		write_page(space, page);
	for (unsigned int round = 0;; round++) {
		for (int i = 0; i < 16; i++) {
			space[random() % PAGES * SPACE_PAGE] = round;	/* apart ... */
			write_page(space, random() % PAGES);		/* ... and alike again */
		}
		if (round % 64 == 0) {
			pid_t pid = fork();

			if (!pid) {
				space_touch(space, PAGES * SPACE_PAGE, 64 * SPACE_PAGE);
				_exit(0);
			}
			waitpid(pid, NULL, 0);
		}
		nanosleep(&wait, NULL);
	}
}

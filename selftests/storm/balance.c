// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work for NUMA balancing: memory that is put on the second node and left to
 * the default policy, with which its user, on the first one, draws it to
 * itself. The user is a thread that never rests, since the kernel looks only
 * at those that have run for a second.
 */
#include "space.h"
#include <linux/mempolicy.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SIZE	(8 * SPACE_TABLE)
#define ROUND	4	/* seconds: its memory is looked at once in one */

static char *space;

/* nodes: a bit each; 0 with MPOL_DEFAULT */
static void bind_to(int policy, unsigned long nodes)
{
	if (syscall(SYS_mbind, space, SIZE, policy, nodes ? &nodes : NULL, nodes ? 8 * sizeof(nodes) : 0UL,
		    nodes ? MPOL_MF_MOVE : 0))
		exit(1);
}

static void *use(void *arg)
{
	for (;;)
		space_touch(space, SIZE, SPACE_PAGE);
	return arg;
}

int main(void)
{
	const struct timespec round = { .tv_sec = ROUND };
	pthread_t thread;

	space = space_map(SIZE, MAP_PRIVATE);
	if (pthread_create(&thread, NULL, use, NULL))
		return 1;
	for (;;) {
		bind_to(MPOL_BIND, 1UL << 1);
		bind_to(MPOL_DEFAULT, 0);
		nanosleep(&round, NULL);
	}
}

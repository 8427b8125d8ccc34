/* SPDX-License-Identifier: GPL-2.0-only */
/* The processes of the machine, as /proc of the caller's PID namespace has them. */
#ifndef PROCS_H
#define PROCS_H

#include <stddef.h>
#include <sys/types.h>

struct procs {
	pid_t *pid;		/* with memory of their own, ascending */
	size_t nr;
	unsigned int kernel;	/* kernel threads, not in pid */
	unsigned int dead;	/* zombies, not in pid */
};

/* 0 or a negative errno; processes that come and go meanwhile may be missing. */
int procs_read(struct procs *procs);
void procs_free(struct procs *procs);

/*
 * How many threads are in the middle of a page fault, as their stacks say?
 * Each may hold a page table that it has not linked yet, for as long as a
 * disk, a server or a debugger keeps it waiting. Without stacks: all that
 * wait uninterruptibly.
 */
unsigned int procs_faulting(const struct procs *procs);

#endif /* PROCS_H */

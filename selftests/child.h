/* SPDX-License-Identifier: GPL-2.0-only */
/* Child processes of a test, with whatever clone() may share. */
#ifndef CHILD_H
#define CHILD_H

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_STACK	(64 << 10)

static inline pid_t child(int (*run)(void *), void *arg, int flags)
{
	char *stack = mmap(NULL, CHILD_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return clone(run, stack + CHILD_STACK, flags | SIGCHLD, arg);
}

/* For child(); until the test ends, at the latest. */
static inline int sleep_for_ever(void *arg)
{
	(void)arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
	return 0;
}

static inline void end(pid_t pid)
{
	if (pid <= 0)	/* none was started; kill() would take it for all */
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#endif

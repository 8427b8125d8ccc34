// SPDX-License-Identifier: GPL-2.0-only
/* From a process id to a pinned mm. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mm_task.h"
#include "walk_private.h"

#define EXECS	5	/* in a row, until we give up */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void walk_detach(struct walk *walk)
{
	walk->attached = false;
	close_fd(&walk->pagemap);
	close_fd(&walk->maps);
}

int walk_maps(const struct walk *walk)
{
	return walk->maps;
}

int walk_pagemap(const struct walk *walk)
{
	return walk->pagemap;
}

static int open_file(pid_t pid, pid_t task, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, task, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Opening pagemap checks ptrace permission and pins the mm_struct and its pgd
 * (not the process' memory) as the file's private data. Without an mm it fails
 * with ESRCH; up to 6.11 it succeeds and there is no private data.
 */
static int open_pagemap(struct walk *walk, pid_t pid, pid_t task, int *out)
{
	int fd = open_file(pid, task, "pagemap");
	__u64 file;

	if (fd < 0)
		return fd;
	file = walk_file(walk, fd);
	if (!file || walk_find_mm(walk, file)) {
		close(fd);
		return -ESRCH;
	}
	*out = fd;
	return walk_mm_state(walk)->mm_users <= 0 ? -EOWNERDEAD : 0;
}

/*
 * Between two opens a process may change its mm. The pagemap opened before
 * and after maps being of one mm, maps is of that mm too: a pinned mm's
 * address is not used again, and no process goes back to an old one.
 */
static int open_both(struct walk *walk, pid_t pid, pid_t task)
{
	int error, again = -1;
	__u64 mm;

	error = open_pagemap(walk, pid, task, &walk->pagemap);
	if (error)
		return error;
	mm = walk_mm_state(walk)->mm;
	walk->maps = open_file(pid, task, "maps");
	if (walk->maps < 0)
		return walk->maps;
	error = open_pagemap(walk, pid, task, &again);
	close_fd(&again);
	if (!error && walk_mm_state(walk)->mm != mm)
		error = -EAGAIN;
	return error;
}

static int gone(struct walk *walk)
{
	walk_detach(walk);
	return walk_fail(walk, EOWNERDEAD, "attach: process %d: it has exited", walk->pid);
}

/* The task to ask for the process' memory; seen: the process was there a moment ago. */
static int find_task(struct walk *walk, bool seen, pid_t *task)
{
	pid_t pid = walk->pid;
	int kind = mm_task_find(pid, task);

	if (kind == -ESRCH && access("/proc/self/pagemap", F_OK))
		return walk_fail(walk, ENOENT,
				 "attach: /proc/self/pagemap: %s (mount /proc; the kernel needs CONFIG_PROC_PAGE_MONITOR)",
				 strerror(errno));
	if (kind == MM_TASK_DEAD || (kind == -ESRCH && seen))
		return gone(walk);
	if (kind == -ESRCH)
		return walk_fail(walk, ESRCH, "attach: process %d: no such process", pid);
	if (kind < 0)
		return walk_fail(walk, -kind, "attach: process %d: %s", pid, strerror(-kind));
	if (kind == MM_TASK_KERNEL)
		return walk_fail(walk, ENXIO, "attach: process %d: a kernel thread has no memory of its own", pid);
	return 0;
}

/* So ends an attempt during which the process exits, or becomes another program: the mm, or a thread, is gone. */
static bool vanished(int error)
{
	return error == -EAGAIN || error == -ESRCH || error == -ENOENT || error == -EOWNERDEAD;
}

int walk_attach(struct walk *walk, pid_t pid)
{
	int error = 0, try;
	pid_t task;

	walk_detach(walk);
	walk->pid = pid;
	walk->runs = 0;
	if (pid <= 0)
		return walk_fail(walk, ESRCH, "attach: process %d: not a process id", pid);
	for (try = 0; try < EXECS; try++) {
		error = find_task(walk, try, &task);
		if (error)
			return error;
		error = open_both(walk, pid, task);
		walk->attached = !error;
		if (!error)
			return 0;
		walk_detach(walk);
		if (!vanished(error))
			break;
	}
	if (error == -EPERM || error == -EACCES)
		return walk_fail(walk, -error,
				 "attach: process %d: %s (it takes root in its user namespace, or CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH)",
				 pid, strerror(-error));
	if (vanished(error) && error != -EAGAIN)
		return gone(walk);
	return walk_fail(walk, -error, "attach: process %d: %s", pid, strerror(-error));
}

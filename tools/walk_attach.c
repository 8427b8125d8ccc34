// SPDX-License-Identifier: GPL-2.0-only
/* From a process id to a pinned mm. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mm_task.h"
#include "walk_private.h"

void walk_detach(struct walk *walk)
{
	if (walk->pagemap >= 0)
		close(walk->pagemap);
	walk->pagemap = -1;
}

/*
 * Opening pagemap checks ptrace permission and pins the mm_struct and its pgd
 * (not the process' memory) as the file's private data. Without an mm it fails
 * with ESRCH; up to 6.11 it succeeds and there is no private data.
 */
static int attach_file(struct walk *walk, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (walk_call(walk, WALK_FIND_MM, fd)) {
		close(fd);
		return -ESRCH;
	}
	walk->pagemap = fd;
	return walk_mm_state(walk)->mm_users <= 0 ? -EOWNERDEAD : 0;
}

static int gone(struct walk *walk)
{
	walk_detach(walk);
	return walk_fail(walk, EOWNERDEAD, "attach: process %d: it has exited", walk->pid);
}

int walk_attach(struct walk *walk, pid_t pid)
{
	char path[64];
	pid_t task;
	int error, kind;

	walk_detach(walk);
	walk->pid = pid;
	if (pid <= 0)
		return walk_fail(walk, ESRCH, "attach: process %d: not a process id", pid);
	kind = mm_task_find(pid, &task);
	if (kind == -ESRCH && access("/proc/self/pagemap", F_OK))
		return walk_fail(walk, ENOENT,
				 "attach: /proc/self/pagemap: %s (mount /proc; the kernel needs CONFIG_PROC_PAGE_MONITOR)",
				 strerror(errno));
	if (kind == -ESRCH)
		return walk_fail(walk, ESRCH, "attach: process %d: no such process", pid);
	if (kind < 0)
		return walk_fail(walk, -kind, "attach: process %d: %s", pid, strerror(-kind));
	if (kind == MM_TASK_KERNEL)
		return walk_fail(walk, ENXIO, "attach: process %d: a kernel thread has no memory of its own", pid);
	if (kind == MM_TASK_DEAD)
		return gone(walk);

	snprintf(path, sizeof(path), "/proc/%d/task/%d/pagemap", pid, task);
	error = attach_file(walk, path);
	if (error == -EPERM || error == -EACCES)
		return walk_fail(walk, -error,
				 "attach: process %d: %s (it takes root in its user namespace, or CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH)",
				 pid, strerror(-error));
	/* it was there a moment ago */
	if (error == -ESRCH || error == -ENOENT || error == -EOWNERDEAD)
		return gone(walk);
	if (error)
		return walk_fail(walk, -error, "attach: process %d: %s", pid, strerror(-error));
	return 0;
}

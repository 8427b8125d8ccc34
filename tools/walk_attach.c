// SPDX-License-Identifier: GPL-2.0-only
/* From a process id to a pinned mm. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mm_status.h"
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

/* The leader may have exited while other threads still run with the mm. */
static int attach_thread(struct walk *walk, pid_t pid)
{
	struct dirent *entry;
	int error = -ESRCH;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (error == -ESRCH && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%d/pagemap", pid, atoi(entry->d_name));
		error = attach_file(walk, path);
		if (error == -ENOENT)
			error = -ESRCH;
	}
	closedir(dir);
	return error;
}

static int gone(struct walk *walk, pid_t pid)
{
	walk_detach(walk);
	return walk_fail(walk, EOWNERDEAD, "attach: process %d: it has exited", pid);
}

int walk_attach(struct walk *walk, pid_t pid)
{
	struct mm_status status;
	char path[64];
	int error;

	walk_detach(walk);
	walk->pid = pid;
	if (pid <= 0)
		return walk_fail(walk, ESRCH, "attach: process %d: not a process id", pid);
	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	error = attach_file(walk, path);
	if (!error)
		return 0;
	if (error == -EOWNERDEAD)
		return gone(walk, pid);
	if (error == -EPERM || error == -EACCES)
		return walk_fail(walk, -error, "attach: process %d: %s (it takes ptrace access: root or CAP_SYS_PTRACE in its user namespace)",
				 pid, strerror(-error));

	/* no mm, or no process? */
	if (mm_status_read(&status, pid)) {
		if (access("/proc/self/pagemap", F_OK))
			return walk_fail(walk, ENOENT, "attach: /proc/self/pagemap: %s (mount /proc; the kernel needs CONFIG_PROC_PAGE_MONITOR)",
					 strerror(errno));
		return walk_fail(walk, ESRCH, "attach: process %d: no such process", pid);
	}
	if (status.state == 'Z' || status.state == 'X') {
		error = attach_thread(walk, pid);
		return error ? gone(walk, pid) : 0;
	}
	if (error == -ESRCH && !status.has_mm)
		return walk_fail(walk, ENXIO, "attach: process %d: %s is a kernel thread, it has no memory of its own",
				 pid, status.name);
	if (error == -ESRCH || error == -ENOENT)
		return gone(walk, pid);
	return walk_fail(walk, -error, "attach: process %d: %s", pid, strerror(-error));
}

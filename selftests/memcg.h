/* SPDX-License-Identifier: GPL-2.0-only */
/* A memory cgroup of the test's own, so that its page tables are charged to somebody. */
#ifndef MEMCG_H
#define MEMCG_H

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMCG_ROOT	"/sys/fs/cgroup"
#define MEMCG_OWN	MEMCG_ROOT "/ptdesc-selftest"

static inline bool memcg_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* This process and those that it forks from now on. False: there is no such thing here. */
static inline bool memcg_enter(void)
{
	if (!memcg_write(MEMCG_ROOT "/cgroup.subtree_control", "+memory"))
		return false;
	mkdir(MEMCG_OWN, 0755);
	return !access(MEMCG_OWN "/memory.stat", R_OK) &&
	       memcg_write(MEMCG_OWN "/cgroup.procs", "0");
}

static inline void memcg_leave(void)
{
	if (memcg_write(MEMCG_ROOT "/cgroup.procs", "0"))
		rmdir(MEMCG_OWN);
}

#endif

// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm_task.h"

#define FLAG_KTHREAD	0x00200000	/* PF_KTHREAD of include/linux/sched.h, field 9 of stat */

/* State and flags out of a stat file. The name between the brackets may hold anything, brackets too. */
static int read_stat(const char *path, char *state, unsigned int *flags)
{
	char line[1024], *after;
	size_t n;
	FILE *f = fopen(path, "re");

	if (!f)
		return errno == ENOENT ? -ESRCH : -errno;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = '\0';
	after = strrchr(line, ')');
	if (!after || sscanf(after + 1, " %c %*d %*d %*d %*d %*d %u", state, flags) != 2)
		return -ESRCH;	/* reaped meanwhile */
	return 0;
}

static bool dead(char state)
{
	return state == 'Z' || state == 'X';
}

int mm_task_find(pid_t pid, pid_t *task)
{
	unsigned int flags;
	struct dirent *entry;
	char path[64], state;
	bool found = false;
	int error;
	DIR *dir;

	*task = pid;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	error = read_stat(path, &state, &flags);
	if (error)
		return error;
	if (flags & FLAG_KTHREAD)
		return MM_TASK_KERNEL;
	if (!dead(state))
		return MM_TASK_USER;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		*task = atoi(entry->d_name);
		snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, *task);
		found = !read_stat(path, &state, &flags) && !dead(state);
	}
	if (dir)
		closedir(dir);
	return found ? MM_TASK_USER : MM_TASK_DEAD;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "threads.h"

#define PROC_PATH	80

static int read_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n <= 0)
		return -1;
	buf[n] = '\0';
	return 0;
}

/* The state letter; comm may hold anything, so look behind its last ")". 0: gone. */
static char thread_state(pid_t pid, pid_t tid)
{
	char path[PROC_PATH], text[512], *end;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	if (read_text(path, text, sizeof(text)))
		return 0;
	end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : 0;
}

/* nsec on a CPU; 0 where the kernel keeps no schedstat: then nothing got on. */
static unsigned long long thread_ran(pid_t pid, pid_t tid)
{
	char path[PROC_PATH], text[128];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, tid);
	if (read_text(path, text, sizeof(text)))
		return 0;
	return strtoull(text, NULL, 10);
}

static bool got_on(const struct sources_thread *thread, const struct sources_thread *before,
		   size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (before[i].tid == thread->tid)
			return thread->ran > before[i].ran;
	return false;
}

bool threads_quiet(pid_t pid, struct sources_thread **threads, size_t *nr)
{
	struct sources_thread *now = NULL;
	char path[PROC_PATH];
	struct dirent *entry;
	bool quiet = true;
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		pid_t tid = atoi(entry->d_name);
		struct sources_thread *new;
		char state;

		if (tid <= 0)
			continue;
		state = thread_state(pid, tid);
		if (!state || strchr("SITtXZ", state))
			continue;
		new = reallocarray(now, n + 1, sizeof(*new));
		if (!new) {
			quiet = false;
			break;
		}
		now = new;
		now[n] = (struct sources_thread){ .tid = tid, .ran = thread_ran(pid, tid) };
		if (state != 'R' || !got_on(&now[n], *threads, *nr))
			quiet = false;
		n++;
	}
	closedir(dir);
	free(*threads);
	*threads = now;
	*nr = n;
	return quiet;
}

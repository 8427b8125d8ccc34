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

/*
 * The state letter and, in *ran, time on a CPU: nsec, or ticks on kernels
 * without schedstat. comm may hold anything, so look behind its last ")".
 * 0: the thread is gone.
 */
static char read_thread(pid_t pid, pid_t tid, unsigned long long *ran)
{
	unsigned long long user, system;
	char path[PROC_PATH], text[512], *end, state;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	if (read_text(path, text, sizeof(text)))
		return 0;
	end = strrchr(text, ')');
	if (!end || sscanf(end, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &state,
			   &user, &system) != 3)
		return 0;
	*ran = user + system;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, tid);
	if (!read_text(path, text, sizeof(text)))
		*ran = strtoull(text, NULL, 10);
	return state;
}

static bool got_on(const struct sources_thread *thread, const struct sources_thread *before,
		   size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (before[i].tid == thread->tid)
			return thread->ran > before[i].ran;
	return false;
}

/* Those not known yet, as they are now; the others as they were. */
static void remember(struct sources_thread **threads, size_t *nr,
		     const struct sources_thread *now, size_t n)
{
	struct sources_thread *all = reallocarray(*threads, *nr + n, sizeof(*all));
	size_t known = *nr;

	if (!all)
		return;
	*threads = all;
	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < known && all[j].tid != now[i].tid)
			j++;
		if (j == known)
			all[(*nr)++] = now[i];
	}
}

unsigned int threads_busy(pid_t pid, struct sources_thread **threads, size_t *nr)
{
	struct sources_thread *now = NULL;
	char path[PROC_PATH];
	struct dirent *entry;
	unsigned int busy = 0;
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return LOOK_STALLED | LOOK_BLOCKED;
	while ((entry = readdir(dir))) {
		struct sources_thread *new, thread = { .tid = atoi(entry->d_name) };
		char state = thread.tid > 0 ? read_thread(pid, thread.tid, &thread.ran) : 0;

		if (state == 'D')
			busy |= LOOK_BLOCKED;
		if (state != 'R')
			continue;
		new = reallocarray(now, n + 1, sizeof(*new));
		if (!new) {
			busy |= LOOK_STALLED;
			break;
		}
		now = new;
		now[n++] = thread;
		if (!got_on(&thread, *threads, *nr))
			busy |= LOOK_STALLED;
	}
	closedir(dir);
	if (busy & LOOK_STALLED && *threads)
		remember(threads, nr, now, n);
	if (busy & LOOK_STALLED && *threads) {
		free(now);
		return busy;
	}
	free(*threads);
	*threads = now;
	*nr = n;
	return busy;
}

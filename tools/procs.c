// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mm_task.h"
#include "procs.h"

#define PROC_PATH	80

static int by_number(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

static int add(struct procs *procs, pid_t pid, size_t *room)
{
	if (procs->nr == *room) {
		pid_t *new;

		*room = *room ? *room * 2 : 256;
		new = reallocarray(procs->pid, *room, sizeof(*new));
		if (!new)
			return -ENOMEM;
		procs->pid = new;
	}
	procs->pid[procs->nr++] = pid;
	return 0;
}

int procs_read(struct procs *procs)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	size_t room = 0;
	int err = 0;

	memset(procs, 0, sizeof(*procs));
	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir))) {
		pid_t pid = atoi(entry->d_name), task;

		if (pid <= 0)
			continue;
		switch (mm_task_find(pid, &task)) {
		case MM_TASK_USER:
			err = add(procs, pid, &room);
			break;
		case MM_TASK_KERNEL:
			procs->kernel++;
			break;
		case MM_TASK_DEAD:
			procs->dead++;
			break;
		}
	}
	closedir(dir);
	if (procs->nr)
		qsort(procs->pid, procs->nr, sizeof(*procs->pid), by_number);
	if (err)
		procs_free(procs);
	return err;
}

void procs_free(struct procs *procs)
{
	free(procs->pid);
	memset(procs, 0, sizeof(*procs));
}

static size_t read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t n = 0;

	if (file) {
		n = fread(text, 1, size - 1, file);
		fclose(file);
	}
	text[n] = '\0';
	return n;
}

static bool faulting(pid_t pid, const char *task)
{
	char path[PROC_PATH], text[4096], *end;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/stack", pid, task);
	if (read_file(path, text, sizeof(text)))
		return strstr(text, "_fault");
	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/stat", pid, task);
	if (!read_file(path, text, sizeof(text)))
		return false;
	end = strrchr(text, ')');
	return end && !strncmp(end, ") D", 3);
}

unsigned int procs_faulting(const struct procs *procs)
{
	unsigned int n = 0;

	for (size_t i = 0; i < procs->nr; i++) {
		char path[PROC_PATH];
		struct dirent *entry;
		DIR *dir;

		snprintf(path, sizeof(path), "/proc/%d/task", procs->pid[i]);
		dir = opendir(path);
		while (dir && (entry = readdir(dir)))
			n += atoi(entry->d_name) > 0 && faulting(procs->pid[i], entry->d_name);
		if (dir)
			closedir(dir);
	}
	return n;
}

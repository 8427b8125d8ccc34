// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm_status.h"
#include "mm_task.h"

/* "VmPTE:	    2088 kB" */
static __u64 kilobytes(const char *value)
{
	return strtoull(value, NULL, 10) * 1024;
}

static void parse_nspids(struct mm_status *status, const char *value)
{
	char *end;
	long pid;

	for (;;) {
		pid = strtol(value, &end, 10);
		if (end == value || status->nspids == MM_STATUS_NS_MAX)
			return;
		status->nspid[status->nspids++] = pid;
		value = end;
	}
}

static void parse_line(struct mm_status *status, const char *key, char *value)
{
	if (!strcmp(key, "Name")) {
		value[strcspn(value, "\n")] = '\0';
		snprintf(status->name, sizeof(status->name), "%s", value);
	} else if (!strcmp(key, "State")) {
		status->state = value[0];
	} else if (!strcmp(key, "Tgid")) {
		status->tgid = atoi(value);
	} else if (!strcmp(key, "Pid")) {
		status->pid = atoi(value);
	} else if (!strcmp(key, "PPid")) {
		status->ppid = atoi(value);
	} else if (!strcmp(key, "Uid")) {
		status->uid = strtoul(value, NULL, 10);
	} else if (!strcmp(key, "VmSize")) {
		status->has_mm = true;
		status->vm_size = kilobytes(value);
	} else if (!strcmp(key, "VmRSS")) {
		status->vm_rss = kilobytes(value);
	} else if (!strcmp(key, "VmPTE")) {
		status->vm_pte = kilobytes(value);
	} else if (!strcmp(key, "VmSwap")) {
		status->vm_swap = kilobytes(value);
	} else if (!strcmp(key, "Threads")) {
		status->threads = strtoul(value, NULL, 10);
	} else if (!strcmp(key, "NSpid")) {
		parse_nspids(status, value);
	}
}

static int read_status(struct mm_status *status, const char *path)
{
	char *line = NULL, *colon;
	size_t size = 0;
	FILE *f;
	int error = 0;

	memset(status, 0, sizeof(*status));
	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? -ESRCH : -errno;
	while (getline(&line, &size, f) > 0) {
		colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon = '\0';
		parse_line(status, line, colon + 1 + strspn(colon + 1, "\t "));
	}
	/* a process that is reaped meanwhile reads as ESRCH */
	if (ferror(f) || !status->state)
		error = -ESRCH;
	free(line);
	fclose(f);
	return error;
}

int mm_status_read(struct mm_status *status, pid_t pid)
{
	struct mm_status other;
	char path[64];
	pid_t task;
	int error;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	error = read_status(status, path);
	if (error || status->has_mm || mm_task_find(pid, &task) != MM_TASK_USER || task == pid)
		return error;
	/* a zombie leader: its threads still have the memory */
	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, task);
	if (!read_status(&other, path)) {
		status->has_mm = other.has_mm;
		status->vm_size = other.vm_size;
		status->vm_rss = other.vm_rss;
		status->vm_pte = other.vm_pte;
		status->vm_swap = other.vm_swap;
	}
	return 0;
}

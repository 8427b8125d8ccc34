/* SPDX-License-Identifier: GPL-2.0-only */
/* What several tests read from and write to /proc. */
#ifndef PROCFS_H
#define PROCFS_H

#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KPTR_RESTRICT	"/proc/sys/kernel/kptr_restrict"

/* Sets a one-digit sysctl; the digit that was there in *old, if not NULL. */
static inline bool sysctl_set(const char *path, const char *value, char *old)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool ok = fd >= 0 && (!old || pread(fd, old, 1, 0) == 1) &&
		  pwrite(fd, value, 1, 0) == 1;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* nr_page_table_pages with every CPU's share added in; -1 if unknown. */
static inline long vmstat_table_pages(void)
{
	static const char name[] = "\nnr_page_table_pages ";
	static char text[16384];
	int fd = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, "1", 1);
	char *at;

	if (fd >= 0)
		close(fd);
	if (n != 1)
		return -1;
	fd = open("/proc/vmstat", O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	at = strstr(text, name);
	return at ? atol(at + strlen(name)) : -1;
}

/*
 * An idle CPU keeps the mm of the process that it ran last, also a dead one's,
 * and the PGD with it, until it runs another: runs on each CPU.
 */
static inline void run_on_each_cpu(void)
{
	cpu_set_t all, one;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
	}
	sched_setaffinity(0, sizeof(all), &all);
}

/*
 * nr_page_table_pages once all that was freed is gone, after an RCU grace period:
 * when it has been the same in half a second of readings. -1 if it never is.
 */
static inline long vmstat_table_pages_at_rest(void)
{
	struct timespec pause = { .tv_nsec = 25 * 1000000L };
	long pages = -1, last;
	int same = 0;

	for (int i = 0; i < 800 && same < 20; i++) {
		last = pages;
		run_on_each_cpu();
		pages = vmstat_table_pages();
		if (pages < 0)
			return -1;
		same = pages == last ? same + 1 : 0;
		nanosleep(&pause, NULL);
	}
	return same == 20 ? pages : -1;
}

/* A line of a process' status in kB, as VmPTE; -1 if it is not there. */
static inline long status_kb(pid_t pid, const char *key)
{
	char path[32], line[256];
	size_t n = strlen(key);
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && kb < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, n) && line[n] == ':')
			kb = atol(line + n + 1);
	if (f)
		fclose(f);
	return kb;
}

/* Sets hugetlb pages aside; returns how many were before. */
static inline long set_huge_pages(long n)
{
	FILE *f = fopen("/proc/sys/vm/nr_hugepages", "r+");
	long old = -1;

	if (f && fscanf(f, "%ld", &old) == 1 && n >= 0) {
		rewind(f);
		fprintf(f, "%ld", n);
	}
	if (f)
		fclose(f);
	return old;
}

/* AnonHugePages of our mapping that starts at addr, kB; -1 if not found. */
static inline long smaps_huge_kb(unsigned long addr)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	char line[512], start[32];
	bool here = false;
	long kb = -1;

	snprintf(start, sizeof(start), "%lx-", addr);
	while (f && fgets(line, sizeof(line), f)) {
		if (strstr(line, start) == line)
			here = true;
		if (here && sscanf(line, "AnonHugePages: %ld", &kb) == 1)
			break;
	}
	if (f)
		fclose(f);
	return kb;
}

#endif /* PROCFS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Times what the benchmarks run, in ms, and prints it; where they run, and what the checker tells them. */
#ifndef TIMING_H
#define TIMING_H

#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline double clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static inline double now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* CPU time of this process: what else the machine does is not in it. */
static inline double cpu_ms(void)
{
	return clock_ms(CLOCK_PROCESS_CPUTIME_ID);
}

static inline double timeval_ms(struct timeval tv)
{
	return tv.tv_sec * 1e3 + tv.tv_usec / 1e3;
}

/* CPU time that the last command took. */
static double command_cpu_ms;

static inline void fail(const char *what)
{
	perror(what);
	exit(1);
}

static inline void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("two CPUs");
}

/* A command with its output dropped, or the first bytes of it in out. */
static inline double command(char *const argv[], char *out, size_t room)
{
	int fd = out ? memfd_create("out", MFD_CLOEXEC) : open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct rusage usage;
	int status;
	double begin = now_ms(), ms;
	pid_t pid = fork();
	ssize_t n;

	if (!pid) {
		dup2(fd, 1);
		execv(argv[0], argv);
		_exit(127);
	}
	wait4(pid, &status, 0, &usage);
	ms = now_ms() - begin;
	command_cpu_ms = timeval_ms(usage.ru_utime) + timeval_ms(usage.ru_stime);
	if (status) {
		fprintf(stderr, "%s: wait status 0x%x\n", argv[0], status);
		exit(1);
	}
	if (out) {
		n = pread(fd, out, room - 1, 0);
		out[n > 0 ? n : 0] = '\0';
	}
	close(fd);
	return ms;
}

/* A number in the checker's JSON. */
static inline double member(const char *json, const char *name)
{
	const char *at = strstr(json, name);

	if (!at)
		fail(name);
	return strtod(at + strlen(name), NULL);
}

static inline double best(double a, double b)
{
	return a && a < b ? a : b;
}

static inline void row(const char *what, double ms, double base)
{
	printf("%-52s %10.2f ms %8.2f\n", what, ms, ms / base);
}

#endif /* TIMING_H */

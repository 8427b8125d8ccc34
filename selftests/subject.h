/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process with known memory: a gigabyte of its own, aligned to one, that a
 * function of the test fills. It sleeps then until it is stopped.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SUBJECT_SPACE	(1UL << 30)

/* The kernel's pages, and what one PTE table maps. */
#if defined(__powerpc64__)
#define SUBJECT_PAGE	65536UL
#else
#define SUBJECT_PAGE	4096UL
#endif
#if defined(__s390x__)
#define SUBJECT_TABLE	(1UL << 20)
#else
#define SUBJECT_TABLE	(2UL << 20)
#endif

struct subject {
	pid_t pid;
	char *space;
	const char *skip;	/* a string constant: the child is a fork */
};

/* In pause(): on its way there it may still fault in code that a test would miss. */
static inline bool subject_sleeps(pid_t pid)
{
	char path[32], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		fclose(f);
	}
	return state == 'S';
}

/*
 * Unmaps [vvar], which pagemap calls a hole as it is VM_PFNMAP. Whether this
 * process has touched it depends on the boot: malloc() asks the clock as long
 * as the random generator is not ready.
 */
static inline void subject_forget_vvar(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end, low = 0, high = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "[vvar") && sscanf(line, "%lx-%lx", &start, &end) == 2) {
			low = low ? low : start;
			high = end;
		}
	if (maps)
		fclose(maps);
	munmap((void *)low, high - low);
}

/* fill returns NULL, or why this kernel cannot, which is in .skip then. To be stopped in any case. */
static inline struct subject subject_start(const char *(*fill)(char *space))
{
	struct subject s = { .skip = "fork" };
	int ready[2];

	if (pipe(ready))
		return s;
	s.pid = fork();
	if (!s.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		s.space = mmap(NULL, 2 * SUBJECT_SPACE, PROT_NONE, MAP_PRIVATE |
			       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (s.space == MAP_FAILED)
			_exit(1);
		s.space += -(size_t)s.space & (SUBJECT_SPACE - 1);
		subject_forget_vvar();
		s.skip = fill(s.space);
		if (write(ready[1], &s, sizeof(s)) == sizeof(s))
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);

	pid_t pid = s.pid;

	if (read(ready[0], &s, sizeof(s)) != sizeof(s))
		s.skip = "the subject died";
	else
		while (!subject_sleeps(pid))
			sched_yield();
	s.pid = pid;
	close(ready[0]);
	return s;
}

static inline void subject_stop(const struct subject *s)
{
	if (s->pid <= 0)	/* none was started; kill() would take it for all */
		return;
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
}

#endif

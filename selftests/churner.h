/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process whose page tables come and go without end: each thread has its own
 * way of making and dropping them, in a gigabyte of its own and in what the
 * kernel gives it.
 */
#ifndef CHURNER_H
#define CHURNER_H

#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHURN_HUGE	(2UL << 20)
#define CHURN_SPACE	(1UL << 30)

static inline char *churn_map(char *at, size_t size, int advice)
{
	char *p = mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_NORESERVE | (at ? MAP_FIXED : 0),
		       -1, 0);

	if (p == MAP_FAILED)
		_exit(1);
	madvise(p, size, advice);
	return p;
}

static inline void churn_touch(char *p, size_t size, size_t step)
{
	for (size_t at = 0; at < size; at += step)
		((volatile char *)p)[at] = 1;
}

/* PTE tables: mapped, filled, dropped in part, protected, unmapped. */
static inline void *churn_small(void *space)
{
	for (unsigned int i = 0;; i++) {
		size_t size = (1 + i % 13) * CHURN_HUGE;
		char *p = churn_map(space, size, MADV_NOHUGEPAGE);

		churn_touch(p, size, CHURN_HUGE / 4);
		madvise(p, size / 2, MADV_DONTNEED);
		mprotect(p, size, PROT_NONE);
		mprotect(p, size, PROT_READ);
		munmap(p, size);
	}
	return NULL;
}

/* Huge pages: tables deposited, split off again, withdrawn. */
static inline void *churn_huge(void *space)
{
	for (unsigned int i = 0;; i++) {
		char *p = churn_map(space, 4 * CHURN_HUGE, MADV_HUGEPAGE);

		churn_touch(p, 4 * CHURN_HUGE, CHURN_HUGE);
		/* splits the first, zaps the second, leaves the others whole */
		mprotect(p + 4096 * (i % 500), 4096, PROT_READ);
		madvise(p + CHURN_HUGE, CHURN_HUGE, MADV_DONTNEED);
		if (i & 1)
			madvise(p, 4 * CHURN_HUGE, MADV_NOHUGEPAGE);
		munmap(p, 4 * CHURN_HUGE);
	}
	return NULL;
}

/* Whole PTE and PMD tables change their parents. */
static inline void *churn_move(void *space)
{
	char *from = space, *to = from + CHURN_SPACE / 2;

	churn_map(from, 8 * CHURN_HUGE, MADV_NOHUGEPAGE);
	churn_touch(from, 8 * CHURN_HUGE, CHURN_HUGE / 8);
	for (;;) {
		char *p = mremap(from, 8 * CHURN_HUGE, 8 * CHURN_HUGE,
				 MREMAP_MAYMOVE | MREMAP_FIXED, to);

		if (p != to)
			_exit(1);
		to = from;
		from = p;
	}
	return NULL;
}

/* All tables of the process, copied, written to and dropped. */
static inline void *churn_fork(void *space)
{
	churn_touch(churn_map(space, 4 * CHURN_HUGE, MADV_NOHUGEPAGE),
		    4 * CHURN_HUGE, 4096 * 16);
	for (unsigned int i = 0;; i++) {
		pid_t pid = fork();

		if (!pid) {
			churn_touch(space, 4 * CHURN_HUGE, CHURN_HUGE);
			if (i & 1)
				execl("/bin/true", "true", NULL);
			_exit(0);
		}
		churn_touch(space, 4 * CHURN_HUGE, CHURN_HUGE / 2);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	return NULL;
}

/* New tables at every level: one page in each of many gigabytes. */
static inline void *churn_far(void *space)
{
	(void)space;
	for (;;) {
		char *p = churn_map(NULL, 8 * CHURN_SPACE, MADV_NOHUGEPAGE);

		churn_touch(p, 8 * CHURN_SPACE, CHURN_SPACE);
		munmap(p, 8 * CHURN_SPACE);
	}
	return NULL;
}

struct churn_way {
	void *(*way)(void *space);
	void *space;
	pthread_barrier_t *start;
};

static inline void *churn_thread(void *arg)
{
	struct churn_way *way = arg;

	/* until all have their stacks: one would come into another's space */
	pthread_barrier_wait(way->start);
	return way->way(way->space);
}

/* Never returns. */
static inline void churn(void)
{
	static struct churn_way ways[] = {
		{ .way = churn_small }, { .way = churn_huge },
		{ .way = churn_move }, { .way = churn_fork },
		{ .way = churn_far },
	};
	const size_t nr = sizeof(ways) / sizeof(ways[0]);
	static pthread_barrier_t start;
	pthread_t thread;

	/* tables that stay, among those that do not */
	churn_touch(churn_map(NULL, CHURN_SPACE, MADV_NOHUGEPAGE), CHURN_SPACE,
		    2 * CHURN_HUGE);
	pthread_barrier_init(&start, NULL, nr);
	for (size_t i = 0; i < nr; i++) {
		char *space = mmap(NULL, 2 * CHURN_SPACE, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
				   -1, 0);

		space += -(size_t)space & (CHURN_SPACE - 1);
		ways[i].space = space;
		ways[i].start = &start;
		if (pthread_create(&thread, NULL, churn_thread, &ways[i]))
			_exit(1);
	}
	for (;;)
		pause();
}

/* Starts one; it dies with its parent. */
static inline pid_t churner_start(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		churn();
	}
	return pid;
}

#endif /* CHURNER_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process whose page tables are known: it has, each at an address of its
 * own, everything that a corruption of ptdesc_inject may need. It touches none
 * of it once it is ready. Either it sleeps, or it churns elsewhere: a gigabyte
 * of its own, so in PTE and PMD tables that no corruption is about.
 */
#ifndef VICTIM_H
#define VICTIM_H

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "procfs.h"

#define KIB	(1UL << 10)
#define MIB	(1UL << 20)
#define GIB	(1UL << 30)

struct victim {
	pid_t pid;
	unsigned long page;		/* a mapped 4 KiB page */
	unsigned long gap;		/* in the same table, no VMA */
	unsigned long no_pte_table;	/* in the same VMA, no PTE table */
	unsigned long no_pmd_table;	/* in a VMA without a PMD table */
	unsigned long hole;		/* no VMA; the PMD table is there */
	unsigned long thp;		/* a huge page, 0 if none could be had */
};

static inline bool victim_map(unsigned long addr, size_t size, int advice)
{
	void *p = mmap((void *)addr, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
		       MAP_FIXED, -1, 0);

	return p != MAP_FAILED && !madvise(p, size, advice);
}

static inline void victim_touch(unsigned long addr)
{
	*(volatile char *)addr = 1;
}

/* Lays the memory out; runs in the victim. */
static inline bool victim_lay_out(struct victim *v)
{
	void *p = mmap(NULL, 5 * GIB, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	unsigned long base = ((unsigned long)p + GIB - 1) & ~(GIB - 1);

	if (p == MAP_FAILED)
		return false;
	/* mappings on both sides stay: nobody else comes into these 3 GiB */
	if (!victim_map(base, 32 * MIB, MADV_NOHUGEPAGE) ||
	    !victim_map(base + 64 * MIB, 4 * MIB, MADV_HUGEPAGE) ||
	    !victim_map(base + GIB, GIB, MADV_NOHUGEPAGE) ||
	    munmap((void *)(base + 64 * KIB), 64 * KIB) ||
	    munmap((void *)(base + 256 * MIB), 512 * MIB))
		return false;
	v->page = base;
	v->gap = base + 64 * KIB;
	v->no_pte_table = base + 2 * MIB;
	v->hole = base + 512 * MIB;
	v->no_pmd_table = base + GIB;
	v->thp = base + 64 * MIB;
	victim_touch(v->page);
	victim_touch(v->page + 8 * MIB);
	victim_touch(v->thp);
	victim_touch(v->thp + 2 * MIB);
	if (smaps_huge_kb(v->thp) != 4096)
		v->thp = 0;
	return true;
}

/* Tables come and go in the last of the victim's gigabytes, for ever. */
static inline void victim_churn(const struct victim *v)
{
	unsigned long at = v->no_pmd_table + GIB;

	for (unsigned int i = 0;; i++) {
		unsigned long size = (2 + i % 31) * MIB;
		int advice = i & 1 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE;

		if (!victim_map(at, size, advice))
			_exit(1);
		for (unsigned long a = at; a < at + size; a += MIB)
			victim_touch(a);
		madvise((void *)at, size / 2, MADV_DONTNEED);
		mprotect((void *)at, size, PROT_READ);
		munmap((void *)at, size);
	}
}

/* Returns 0, or -1 with the reason in errno. */
static inline int victim_start(struct victim *v, bool churn)
{
	int ready[2];

	memset(v, 0, sizeof(*v));
	if (pipe(ready))
		return -1;
	v->pid = fork();
	if (v->pid < 0)
		return -1;
	if (!v->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!victim_lay_out(v) ||
		    write(ready[1], v, sizeof(*v)) != sizeof(*v))
			_exit(1);
		if (churn)
			victim_churn(v);
		for (;;)
			pause();
	}
	close(ready[1]);
	pid_t pid = v->pid;
	ssize_t n = read(ready[0], v, sizeof(*v));

	close(ready[0]);
	v->pid = pid;
	if (n != sizeof(*v)) {
		waitpid(pid, NULL, 0);
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

/* Is it still there? A victim that died has proved nothing. */
static inline bool victim_alive(const struct victim *v)
{
	return waitpid(v->pid, NULL, WNOHANG) == 0;
}

static inline void victim_stop(const struct victim *v)
{
	kill(v->pid, SIGKILL);
	waitpid(v->pid, NULL, 0);
}

/* The address for a need as ptdesc_inject/names calls it, 0 if not had. */
static inline unsigned long victim_addr(const struct victim *v,
					const char *need)
{
	if (!strcmp(need, "page"))
		return v->page;
	if (!strcmp(need, "gap"))
		return v->gap;
	if (!strcmp(need, "no-pte-table"))
		return v->no_pte_table;
	if (!strcmp(need, "no-pmd-table"))
		return v->no_pmd_table;
	if (!strcmp(need, "hole"))
		return v->hole;
	if (!strcmp(need, "thp"))
		return v->thp;
	return 0;
}

#endif /* VICTIM_H */

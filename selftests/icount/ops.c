// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of a guest that runs under QEMU's -icount shift=0, where the TSC counts
 * executed instructions: how many does one operation on page tables take?
 *
 * Prints, after all measurements, one line per operation: its name, the number
 * of repetitions, the least and the median number of instructions of one, user
 * space's part included, which is the same on every kernel. Powers off.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#define KIB		1024UL
#define MIB		(1024 * KIB)
#define GIB		(1024 * MIB)
#define TIB		(1024 * GIB)
#define PAGE		(4 * KIB)
#define PMD_SIZE	(2 * MIB)

#define WARM_UP		8
#define REPEAT		101	/* odd: the median is one of them */

/* Where nothing else is; the ranges of one entry of each level begin here. */
#define BASE		(2 * TIB)

struct op {
	const char *name;
	bool (*prepare)(void);	/* false: not possible here */
	uint64_t (*once)(void);	/* instructions of one operation */
	uint64_t took[REPEAT];
	int runs;
};

static char *big;		/* what fork_big duplicates */

static void die(const char *what)
{
	dprintf(1, "icount: failed: %s: %s\n", what, strerror(errno));
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static uint64_t now(void)
{
	return __rdtsc();
}

static char *map(unsigned long at, size_t size, int flags)
{
	char *p = mmap((void *)at, size, PROT_READ | PROT_WRITE, flags |
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void unmap(char *p, size_t size)
{
	if (munmap(p, size))
		die("munmap");
}

static uint64_t fork_and(void (*child)(void))
{
	uint64_t start = now();
	int status;
	pid_t pid = fork();

	if (!pid) {
		child();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		die("fork");
	return now() - start;
}

static void nothing(void)
{
}

static void exec_trivial(void)
{
	execl("/trivial", "trivial", NULL);
	_exit(1);
}

static uint64_t fork_exit(void)
{
	return fork_and(nothing);
}

static uint64_t fork_exec_exit(void)
{
	return fork_and(exec_trivial);
}

static bool make_big(void)
{
	big = map(BASE, 64 * MIB, 0);
	if (madvise(big, 64 * MIB, MADV_NOHUGEPAGE))
		die("madvise");
	for (size_t at = 0; at < 64 * MIB; at += PAGE)
		big[at] = 1;
	return true;
}

static bool drop_big(void)
{
	if (big)
		unmap(big, 64 * MIB);
	big = NULL;
	return true;
}

static uint64_t populate(void)
{
	uint64_t start = now();

	unmap(map(BASE, 16 * MIB, MAP_POPULATE), 16 * MIB);
	return now() - start;
}

/* Touches one page where the tables of this and lower levels are missing. */
static uint64_t churn(unsigned long at)
{
	uint64_t start = now();
	char *p = map(at, PAGE, 0);

	*(volatile char *)p = 1;
	unmap(p, PAGE);
	return now() - start;
}

/* Keeps the tables above: without it each churn would make all of them. */
static bool keep(void)
{
	static char *kept;

	if (!kept) {
		kept = map(BASE, PAGE, 0);
		*(volatile char *)kept = 1;
	}
	return true;
}

static uint64_t churn_page(void)
{
	return churn(BASE + 16 * PAGE);	/* no neighbour to merge with */
}

static uint64_t churn_pte(void)
{
	return churn(BASE + PMD_SIZE);
}

static uint64_t churn_pmd(void)
{
	return churn(BASE + GIB);
}

static uint64_t churn_pud(void)
{
	return churn(BASE + TIB);
}

/* Above 47 bits an address must be asked for, and needs five levels. */
static bool five_levels(void)
{
	char *p = mmap((void *)(1024 * TIB), PAGE, PROT_READ, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return false;
	unmap(p, PAGE);
	return keep();
}

static uint64_t churn_p4d(void)
{
	return churn(1024 * TIB);
}

static char *huge(void)
{
	char *p = map(BASE, PMD_SIZE, 0);

	if (madvise(p, PMD_SIZE, MADV_HUGEPAGE))
		die("MADV_HUGEPAGE");
	*(volatile char *)p = 1;
	return p;
}

static uint64_t thp_fault(void)
{
	uint64_t start = now();
	char *p = huge();
	uint64_t took = now() - start;

	unmap(p, PMD_SIZE);
	return took;
}

static uint64_t thp_free(void)
{
	char *p = huge();
	uint64_t start = now();

	unmap(p, PMD_SIZE);
	return now() - start;
}

/* A hole makes the deposited table the PTE table; the page is split later. */
static uint64_t thp_split(void)
{
	char *p = huge();
	uint64_t start = now(), took;

	if (madvise(p, PAGE, MADV_DONTNEED))
		die("MADV_DONTNEED");
	took = now() - start;
	unmap(p, PMD_SIZE);
	return took;
}

static uint64_t thp_split_free(void)
{
	char *p = huge();
	uint64_t start = now();

	if (madvise(p, PAGE, MADV_DONTNEED))
		die("MADV_DONTNEED");
	unmap(p, PMD_SIZE);
	return now() - start;
}

static uint64_t move(unsigned long to)
{
	char *p = map(BASE, PMD_SIZE, MAP_POPULATE);
	uint64_t start, took;

	start = now();
	if (mremap(p, PMD_SIZE, PMD_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)to) == MAP_FAILED)
		die("mremap");
	took = now() - start;
	unmap((char *)to, PMD_SIZE);
	return took;
}

/* Aligned alike, the entry of the PMD moves; else each PTE. */
static uint64_t mremap_pmd(void)
{
	return move(BASE + GIB);
}

static uint64_t mremap_ptes(void)
{
	return move(BASE + GIB + PAGE);
}

static struct op ops[] = {
	{ .name = "fork+exit", .once = fork_exit },
	{ .name = "fork+exit, 64 MiB", .prepare = make_big, .once = fork_exit },
	{ .name = "fork+exec+exit", .prepare = drop_big, .once = fork_exec_exit },
	{ .name = "populate 16 MiB", .once = populate },
	{ .name = "THP: fault", .once = thp_fault },
	{ .name = "THP: free", .once = thp_free },
	{ .name = "THP: split", .once = thp_split },
	{ .name = "THP: split, free", .once = thp_split_free },
	{ .name = "mremap 2 MiB, PMD", .once = mremap_pmd },
	{ .name = "mremap 2 MiB, PTEs", .once = mremap_ptes },
	{ .name = "page", .prepare = keep, .once = churn_page },
	{ .name = "page+PTE", .prepare = keep, .once = churn_pte },
	{ .name = "page+PTE+PMD", .prepare = keep, .once = churn_pmd },
	{ .name = "page+PTE+PMD+PUD", .prepare = keep, .once = churn_pud },
	{ .name = "page+PTE+PMD+PUD+P4D", .prepare = five_levels, .once = churn_p4d },
};

#define OPS	(sizeof(ops) / sizeof(ops[0]))

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int main(void)
{
	for (struct op *o = ops; o < ops + OPS; o++) {
		if (o->prepare && !o->prepare())
			continue;
		for (int i = 0; i < WARM_UP; i++)
			o->once();
		for (o->runs = 0; o->runs < REPEAT; o->runs++)
			o->took[o->runs] = o->once();
	}
	dprintf(1, "icount: begin\n");
	for (struct op *o = ops; o < ops + OPS; o++) {
		if (!o->runs)
			continue;
		qsort(o->took, REPEAT, sizeof(o->took[0]), by_value);
		dprintf(1, "icount: %s\t%d\t%lu\t%lu\n", o->name, o->runs,
			o->took[0], o->took[REPEAT / 2]);
	}
	dprintf(1, "icount: end\n");
	reboot(RB_POWER_OFF);
	return 1;
}

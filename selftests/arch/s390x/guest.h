/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that never runs: memory of this process in two places of a guest
 * address space, and in it tables of the guest's own, which can be shadowed.
 */
#ifndef GUEST_H
#define GUEST_H

#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "gmapper.h"
#include "procfs.h"

#define PGSTE_SYSCTL	"/proc/sys/vm/allocate_pgste"
#define MIB		(1UL << 20)

#define HOST		0x100000000UL	/* our memory, 6 MiB of it ... */
#define LOW		0x80000000UL	/* ... the first 4 are here in the guest */
#define HIGH		(1UL << 42)	/* ... and the other 2 here */
#define LIMIT		((1UL << 53) - 1)	/* four levels */
#define SADDR		0x123456700000UL	/* an address in the shadows */

/* Guest addresses of the guest's own tables. */
#define TOP		LOW
#define ASCE		(TOP | 0xc | 3)	/* region-first, all four pages */
#define REAL_SPACE	0x20

static const struct shadow {
	const char *level;
	unsigned long origin;
	int shift;		/* log2 of what its table maps */
} shadows[] = {
	{ "r2t", LOW + 0x10000, 53 }, { "r3t", LOW + 0x20000, 42 },
	{ "sgt", LOW + 0x30000, 31 }, { "pgt", LOW + 0x40800, 20 },
};

#define SHADOWS	((int)(sizeof(shadows) / sizeof(shadows[0])))

enum { NO_SHADOW, REAL, FAKE };

/* What such a table stands for: a table, or without tables the memory at the address itself. */
static inline unsigned long guest_origin(int s, int kind)
{
	return kind == FAKE ? SADDR >> shadows[s].shift << shadows[s].shift : shadows[s].origin;
}

static inline unsigned long *guest_word(unsigned long gaddr)
{
	return (unsigned long *)(HOST + gaddr - LOW);
}

/* The tables of the guest lead to each other, for SADDR; region entries say which kind and length they are. */
static inline void guest_write_tables(void)
{
	unsigned long table = TOP;

	for (int s = 0; s < SHADOWS; s++) {
		unsigned long type = s < 3 ? (3 - s) << 2 | 3 : 0;

		guest_word(table)[SADDR >> shadows[s].shift & 0x7ff] = shadows[s].origin | type;
		table = shadows[s].origin;
	}
}

static inline bool guest_fault(void)
{
	for (unsigned long at = 0; at < 4; at++)
		if (gmapper("fault %lx", LOW + at * MIB))
			return false;
	return !gmapper("fault %lx", HIGH) && !gmapper("fault %lx", HIGH + MIB);
}

static inline bool guest_map(void)
{
	return !gmapper("map %lx %lx %lx", HOST, LOW, 4 * MIB) &&
	       !gmapper("map %lx %lx %lx", HOST + 4 * MIB, HIGH, 2 * MIB) && guest_fault();
}

/* Shadows all levels below the top. */
static inline bool guest_shadow(int kind)
{
	for (int s = 0; s < SHADOWS; s++) {
		int error = gmapper("%s %lx %lx %x", shadows[s].level, SADDR,
				    guest_origin(s, kind) | (s < 3 ? 3 : 0), kind == FAKE);

		if (error) {
			ksft_print_msg("%s: %s\n", shadows[s].level, strerror(error));
			return false;
		}
	}
	return true;
}

/*
 * main() of a test whose process has PGSTEs, and the memory: an mm has them from
 * its first page table on, so that takes an exec. run prints the results.
 */
static inline int guest_main(int argc, char **argv, void (*run)(void))
{
	const char *why;
	char old = '0';
	int status;
	pid_t pid;

	if (argc > 1) {
		gmapper_fd = atoi(argv[1]);
		if (mmap((void *)HOST, 6 * MIB, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ||
		    /* a fork would write-protect it, and so take all shadows down */
		    madvise((void *)HOST, 6 * MIB, MADV_DONTFORK))
			ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
		memset((void *)HOST, 0, 6 * MIB);
		guest_write_tables();
		run();
		return KSFT_FAIL;
	}
	ksft_print_header();
	if (access(PGSTE_SYSCTL, W_OK))
		ksft_exit_skip("no " PGSTE_SYSCTL " (no PGSTE kernel, or not root)\n");
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	why = gmapper_open();
	if (why)
		ksft_exit_skip("%s\n", why);

	if (!sysctl_set(PGSTE_SYSCTL, "1", &old))
		ksft_exit_fail_msg("cannot set " PGSTE_SYSCTL "\n");
	pid = fork();
	if (!pid) {
		char fd[12];

		snprintf(fd, sizeof(fd), "%d", gmapper_fd);
		fcntl(gmapper_fd, F_SETFD, 0);
		execl("/proc/self/exe", argv[0], fd, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = 127 << 8;
	sysctl_set(PGSTE_SYSCTL, (char[]){ old, 0 }, NULL);
	if (gmapper_close())
		ksft_print_msg("cannot unload " GMAPPER_MODULE ": %s\n", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : KSFT_FAIL;
}

#endif /* GUEST_H */

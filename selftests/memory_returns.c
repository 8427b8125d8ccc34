// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every page table that a storm of processes took is given back: the kernel's
 * count of them is the same before and after. The count is asked again until
 * it is, for a bounded time, since tables may be freed after a grace period.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "kselftest.h"
#include "procfs.h"

#define RANDOMIZE	"/proc/sys/kernel/randomize_va_space"
#define SCAN_SLEEP	"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"
#define PROCESSES	32
#define TRIES		200
#define PAUSE_MS	25

/* Tables of each kind and level: 4 KiB pages far apart, and huge ones. */
static void use_tables(void)
{
	size_t size = 64UL << 20, far = 1UL << 30;
	int advice[] = { MADV_NOHUGEPAGE, MADV_HUGEPAGE };

	for (int i = 0; i < 2; i++) {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p == MAP_FAILED || madvise(p, size, advice[i]))
			continue;	/* no THP: the count is as good */
		for (size_t at = 0; at < size; at += size / 4)
			((volatile char *)p)[at] = 1;
		/* leave a hole: exit finds tables in pieces */
		munmap(p + size / 4, size / 4);
	}
	for (int i = 0; i < 4; i++) {
		char *p = mmap(NULL, far, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p != MAP_FAILED)
			*(volatile char *)(p + far / 2) = 1;
	}
}

/* Each process forks one more; half of them exec, half of them just exit. */
static bool storm(void)
{
	bool ok = true;

	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			use_tables();
			pid = fork();
			if (!pid) {
				if (i & 1)
					execl("/bin/true", "true", NULL);
				_exit(0);
			}
			if (pid < 0 || waitpid(pid, &status, 0) != pid)
				_exit(1);
			if (i & 2)
				kill(getpid(), SIGKILL);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return false;
		ok = ok && (i & 2 ? WIFSIGNALED(status) : !status);
	}
	return ok;
}

/*
 * khugepaged keeps an mm that died while it was being scanned, and its PGD, until
 * it wakes up again, after 10 s by default. The time that was set in old, or "".
 */
static void wake_khugepaged_every(const char *ms, char *old, size_t size)
{
	int fd = open(SCAN_SLEEP, O_RDWR | O_CLOEXEC);
	ssize_t n;

	if (old) {
		n = fd < 0 ? 0 : pread(fd, old, size - 1, 0);
		old[n < 0 ? 0 : n] = '\0';
	}
	/* no such file: no khugepaged */
	if (fd >= 0 && *ms && write(fd, ms, strlen(ms)) < 0)
		ksft_print_msg(SCAN_SLEEP ": %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

int main(void)
{
	struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	long before, after = -1;
	char old = '2', period[32];
	bool ran;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	if (!sysctl_set(RANDOMIZE, "0", &old))
		ksft_exit_skip(RANDOMIZE ": %s\n", strerror(errno));
	ksft_set_plan(2);
	wake_khugepaged_every("10", period, sizeof(period));

	ran = storm();	/* what is touched for the first time is there now */
	before = vmstat_table_pages_at_rest();
	ran = storm() && ran;
	for (int i = 0; i < TRIES; i++) {
		run_on_each_cpu();
		after = vmstat_table_pages();
		if (after == before)
			break;
		nanosleep(&pause, NULL);
	}
	sysctl_set(RANDOMIZE, &old, NULL);
	wake_khugepaged_every(period, NULL, 0);
	ksft_test_result(ran, "%d processes came, forked and went\n",
			 2 * PROCESSES);
	ksft_print_msg("nr_page_table_pages %ld, %ld after the storm\n",
		       before, after);
	ksft_test_result(before > 0 && before == after,
			 "all their page tables were given back\n");
	ksft_finished();
}

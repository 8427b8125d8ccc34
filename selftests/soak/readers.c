// SPDX-License-Identifier: GPL-2.0-only
/*
 * READERS read the listing for so many seconds, each in its own way, while page
 * tables come and go in every way that there is. Each listing must be a whole one.
 *
 * Usage: readers SECONDS	prints how many listings were read; exit status 1
 * when one of them was wrong or the processes that churn have died
 */
#define _GNU_SOURCE
#include <sys/wait.h>
#include <time.h>

#include "../churner.h"
#include "../listing.h"

#define READERS	4

static const size_t chunk[READERS] = { 300, 4096, 128 << 10, 8 << 20 };

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Reads until then; how many listings into *count. */
static int reader(size_t size, double until, long *count)
{
	while (now() < until) {
		int fd = open(LISTING_PATH, O_RDONLY | O_CLOEXEC);
		char *text = NULL;
		struct listing l;
		size_t len;

		if (fd >= 0)
			text = listing_slurp(fd, size, &len);
		if (!text) {
			perror(LISTING_PATH);
			return 1;
		}
		close(fd);
		l = listing_parse(text, false);
		if (l.error || !l.rows) {
			fprintf(stderr, "reads of %zu, line %zu: %s\n", size, l.line, l.error);
			return 1;
		}
		listing_free(&l);
		++*count;
	}
	return 0;
}

/* Huge pages of hugetlbfs, alone and with a child, as far as there are any. */
static pid_t hugetlb_start(void)
{
	size_t size = 8 * CHURN_HUGE;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
		pid_t child;

		if (p == MAP_FAILED) {
			usleep(1000);
			continue;
		}
		churn_touch(p, size, CHURN_HUGE);
		child = fork();
		if (!child) {
			churn_touch(p, size, CHURN_HUGE);
			_exit(0);
		}
		/* all of it: hugetlb_split() of 6.1 warns that it is called without a lock */
		mprotect(p, size, PROT_READ);
		munmap(p, size);
		if (child > 0)
			waitpid(child, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	double until = now() + (argc == 2 ? atof(argv[1]) : 0);
	pid_t churners[3], readers[READERS];
	long *count = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, ret = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: readers SECONDS\n");
		return 2;
	}
	churners[0] = churner_start();
	churners[1] = churner_start();
	churners[2] = hugetlb_start();
	for (int i = 0; i < READERS; i++) {
		readers[i] = fork();
		if (!readers[i])
			_exit(reader(chunk[i], until, &count[i]));
	}
	for (int i = 0; i < READERS; i++) {
		if (waitpid(readers[i], &status, 0) != readers[i] || status)
			ret = 1;
		printf("%ld listings in reads of %zu bytes\n", count[i], chunk[i]);
		ret |= !count[i];
	}
	for (int i = 0; i < 3; i++) {
		if (waitpid(churners[i], &status, WNOHANG)) {
			printf("a process that churns has died\n");
			ret = 1;
		}
		kill(churners[i], SIGKILL);
		waitpid(churners[i], &status, 0);
	}
	return ret;
}

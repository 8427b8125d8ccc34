// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long the checker keeps a CPU to itself. Each call of a BPF program has
 * preemption off and an RCU section open from begin to end; the checker times
 * them all and tells the longest. Here it checks processes whose tables take the
 * longest to follow, each in its own way. What it tells is then compared to what
 * others feel: a real-time thread on the same CPU, woken again and again, notes
 * how late it was. (A kernel that is not preemptible makes it wait for any system
 * call of the checker's, not only for those.)
 *
 * Prints the best and the worst of several runs, as virtual CPUs stand still now
 * and then; judges nothing.
 *
 * Usage: stretch MIB PTDESC-CHECK
 */
#include "timing.h"

#include <signal.h>
#include <sys/prctl.h>

#define RUNS	9
#define PAGE	4096UL
#define GIB	(1UL << 30)
#define WHILE	300		/* ms of a command before the next one's turn */
#define WAKEUPS	8192		/* are noted in that time, at most */
#define PERIOD	230000L		/* of the thread, in ns; no multiple of anything */

static long ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

struct subject {
	const char *name;
	size_t size, step;	/* in bytes; one page touched every step */
	int advice;		/* for its memory */
	int write;		/* ... which is written, or else read */
};

/* -1: there is no memory of that kind here. */
static pid_t start_subject(const struct subject *subject)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		fail("pipe");
	pid = fork();
	if (!pid) {
		char *p = mmap(NULL, subject->size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (p == MAP_FAILED || madvise(p, subject->size, subject->advice))
			_exit(1);
		for (size_t at = 0; at < subject->size; at += subject->step)
			if (subject->write)
				p[at] = 1;
			else
				(void)*(volatile char *)(p + at);
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

static void longest_call(const struct subject *subject, char *checker)
{
	static char json[1 << 16];
	char pid_text[16];
	char *const check[] = { checker, "-j", pid_text, NULL };
	long low = 0, high = 0, tables = 0, calls = 0, deposited = 0;
	pid_t pid = start_subject(subject);

	if (pid < 0) {
		printf("%-52s %s\n", subject->name, "not on this kernel");
		return;
	}
	snprintf(pid_text, sizeof(pid_text), "%d", pid);
	for (int i = 0; i < RUNS; i++) {
		long nsec;

		command(check, json, sizeof(json));
		nsec = member(json, "\"longest_call_nsec\":");
		low = !low || nsec < low ? nsec : low;
		high = nsec > high ? nsec : high;
		tables = member(json, "\"summary\":{\"tables\":");
		deposited = member(json, "\"deposited_tables\":");
		calls = member(json, "\"walk_calls\":");
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("%-38s %6ld %9ld %5ld %6ld us %6ld us\n", subject->name, tables, deposited, calls,
	       low / 1000, high / 1000);
}

/* How late the real-time thread was, in ns; shared with it. */
struct feel {
	volatile size_t nr;
	long late[WAKEUPS];
};

static pid_t start_thread(struct feel *feel)
{
	struct sched_param first = { .sched_priority = 99 };
	struct timespec at;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (mlockall(MCL_CURRENT) || sched_setscheduler(0, SCHED_FIFO, &first))
		fail("a real-time thread");
	clock_gettime(CLOCK_MONOTONIC, &at);
	for (;;) {
		long late;

		at.tv_nsec += PERIOD;
		at.tv_sec += at.tv_nsec / 1000000000;
		at.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		late = ns() - (at.tv_sec * 1000000000L + at.tv_nsec);
		if (feel->nr < WAKEUPS)
			feel->late[feel->nr++] = late;
		if (late > PERIOD)
			clock_gettime(CLOCK_MONOTONIC, &at);
	}
}

struct lates {
	const char *name;
	char *const *argv;	/* NULL: nothing */
	long *ns;
	size_t nr;
};

/* Add how late the thread is while a command runs again and again. */
static void feel(struct feel *feel, struct lates *lates)
{
	double begin = now_ms();

	feel->nr = 0;
	while (now_ms() - begin < WHILE)
		if (lates->argv)
			command(lates->argv, NULL, 0);
		else
			usleep(1000);
	for (size_t i = 0; i < feel->nr; i++)
		lates->ns[lates->nr++] = feel->late[i];
}

static int ascending(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static void compare(const struct subject *subject, char *checker)
{
	struct feel *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				   -1, 0);
	char maps[32], pid_text[16];
	char *const cat[] = { "/bin/cat", maps, NULL };
	char *const check[] = { checker, "-q", pid_text, NULL };
	struct lates lates[] = {
		{ .name = "nothing" }, { .name = "cat of its maps", .argv = cat },
		{ .name = "ptdesc-check -q of it", .argv = check },
	};
	const size_t n = sizeof(lates) / sizeof(*lates);
	pid_t pid, thread;

	pin(1);
	pid = start_subject(subject);
	if (pid < 0)
		fail("subject");
	snprintf(pid_text, sizeof(pid_text), "%d", pid);
	snprintf(maps, sizeof(maps), "/proc/%d/maps", pid);
	thread = start_thread(shared);
	for (size_t i = 0; i < n; i++)
		lates[i].ns = malloc(RUNS * sizeof(shared->late));
	for (int run = 0; run < RUNS; run++)
		for (size_t i = 0; i < n; i++)
			feel(shared, &lates[i]);
	kill(thread, SIGKILL);
	kill(pid, SIGKILL);
	for (size_t i = 0; i < n; i++) {
		struct lates *l = &lates[i];

		qsort(l->ns, l->nr, sizeof(*l->ns), ascending);
		printf("%-40s %6ld us %6ld us %6ld us %6ld us\n", l->name, l->ns[l->nr / 2] / 1000,
		       l->ns[l->nr * 99 / 100] / 1000, l->ns[l->nr * 999 / 1000] / 1000,
		       l->ns[l->nr - 1] / 1000);
		free(l->ns);
	}
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3) {
		fprintf(stderr, "usage: stretch MIB PTDESC-CHECK\n");
		return 2;
	}
	const struct subject subjects[] = {
		{ "each 4 KiB written", strtoul(argv[1], NULL, 10) << 20, PAGE, MADV_NOHUGEPAGE, 1 },
		{ "4 KiB in each GiB of 128 written", 128 * GIB, GIB, MADV_NOHUGEPAGE, 1 },
		{ "64 GiB read as huge zero pages", 64 * GIB, 2UL << 20, MADV_HUGEPAGE, 0 },
	};

	printf("longest call into the kernel, best and worst of %d\n", RUNS);
	printf("%-38s %6s %9s %5s %9s %9s\n", "one process", "tables", "deposited", "calls", "best", "worst");
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++)
		longest_call(&subjects[i], argv[2]);
	printf("how late a real-time thread is woken, %d times %d ms\n", RUNS, WHILE);
	printf("%-40s %9s %9s %9s %9s\n", "beside what, on the same CPU", "half", "99 %", "99.9 %", "worst");
	compare(&subjects[0], argv[2]);
	return 0;
}

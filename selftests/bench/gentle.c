// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much slower does a process get because it is being checked? On CPU 0 the
 * target maps, touches and unmaps memory and forks a child that exits, again and
 * again, and counts. On CPU 1 ptdesc-check runs in a loop: against the target in
 * some intervals, in others against an unrelated process, which is what it is
 * compared to.
 *
 * That a checker runs costs the machine something whatever it looks at: to load
 * its programs each CPU is interrupted, and memory and caches are shared. So that
 * only the target's part shows, the unrelated process is of the same program and
 * size, with just as many tables, and is checked just as often. It sleeps, so as
 * not to take time of the target's CPU or the checker's. What is in motion has to
 * be looked at again, and between looks the checker waits: its loop is slower
 * against the target. It therefore starts checks of the unrelated process at the
 * pace at which those of the target have come so far.
 *
 * Whether what the target maps and unmaps takes a table of its own depends on where
 * its memory lies. If so most looks meet one that comes or goes; if not a check is
 * over after the first, and there are many more of them. So there are several
 * starts, each with the memory elsewhere.
 *
 * On a machine that is shared, its other work goes where the checker is not at the
 * moment, which is not the same in both kinds of intervals: so the target runs with
 * a real-time policy, which leaves the other work one CPU, and the checker has
 * precedence there.
 *
 * Intervals are short, in the order other, target, target, other: whatever changes
 * slowly meets both alike. Each such block gives one slowdown. Printed are, for each
 * start and for all, their median and, by resampling the blocks, the limits between
 * which it lies with 95 percent. On a machine where other work comes between, or whose
 * virtual CPUs do, the CPU time that the target takes for a loop is the steadier
 * figure, without what it waits for. Judges nothing.
 *
 * Usage: gentle MIB STARTS BLOCKS PTDESC-CHECK
 */
#include "timing.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define INTERVAL 60		/* msec, and as long as the last check takes */
#define TRIES	11		/* to learn the pace */
#define PAGE	4096UL
#define PIECE	(1UL << 20)	/* is mapped and unmapped */
#define SAMPLES	2000		/* for the limits */
#define SPAN	(2UL << 20)	/* of a pte table */

enum kind { OTHER, TARGET, KINDS };

struct process {
	pid_t pid;
	volatile long *loops;
};

/* Where there is this file, niceness counts among the processes of a session only, and it says that of the session. */
static void take_precedence(void)
{
	int fd;

	setpriority(PRIO_PROCESS, 0, -20);
	if (setsid() < 0)
		return;
	fd = open("/proc/self/autogroup", O_WRONLY);
	if (fd < 0)
		return;
	if (write(fd, "-20", 3) != 3)
		fail("/proc/self/autogroup");
	close(fd);
}

/* Ends with this process. */
static pid_t start(int cpu)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin(cpu);
	}
	return pid;
}

static char *map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, size, MADV_NOHUGEPAGE))
		fail("mmap");
	for (size_t at = 0; at < size; at += PAGE)
		p[at] = 1;
	return p;
}

static void loop(void)
{
	pid_t pid;

	munmap(map(PIECE), PIECE);
	pid = fork();
	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		fail("fork");
}

/* With so much memory, that far from where it would be; it loops, or has done so once and sleeps. */
static struct process start_process(size_t size, size_t shift, int cpu, bool runs)
{
	const struct sched_param first = { .sched_priority = 1 };
	struct process process = {
		.loops = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
	};

	process.pid = start(cpu);
	if (process.pid)
		return process;
	if (shift)
		mmap(NULL, shift, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	map(size);
	if (runs && sched_setscheduler(0, SCHED_FIFO, &first))
		fail("a real-time process");
	for (;;) {
		loop();
		++*process.loops;
		while (!runs)
			pause();
	}
}

/* What a check said, for who has to find out why it failed. */
static void print_said(int said)
{
	char text[4096];
	ssize_t n;

	lseek(said, 0, SEEK_SET);
	while ((n = read(said, text, sizeof(text))) > 0)
		fwrite(text, 1, n, stderr);
}

/* Its time in ms. 3: something is unsettled, as it may be in what never rests. */
static double check(char *checker, pid_t target)
{
	char pid_text[16];
	char *const argv[] = { checker, "-j", pid_text, NULL };
	static int said = -1;
	double begin = now_ms();
	int status;
	pid_t pid;

	if (said < 0)
		said = memfd_create("said", MFD_CLOEXEC);
	if (said < 0 || ftruncate(said, 0) || lseek(said, 0, SEEK_SET))
		fail("memfd_create");
	snprintf(pid_text, sizeof(pid_text), "%d", target);
	pid = fork();
	if (!pid) {
		if (dup2(said, STDOUT_FILENO) < 0)
			_exit(127);
		execv(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || (WEXITSTATUS(status) && WEXITSTATUS(status) != 3)) {
		print_said(said);
		fprintf(stderr, "%s -j %d: wait status 0x%x\n", checker, target, status);
		exit(1);
	}
	return now_ms() - begin;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int n)
{
	qsort(values, n, sizeof(*values), ascending);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

struct sums {
	double ms[KINDS], loops[KINDS], checks[KINDS];
	double cpu_ms[KINDS];	/* that the target took, without its children and what it waited for */
};

static double cpu_ms_of(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &ts))
		fail("CPU time of the target");
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

/* pace: msec from check to check, of what is not the target. */
static void interval(enum kind kind, const struct process *process, char *checker, double pace,
		     struct sums *sums)
{
	const volatile long *loops = process[TARGET].loops;
	double begin = now_ms(), cpu = cpu_ms_of(process[TARGET].pid);
	long before = *loops;

	do {
		double left = (kind == TARGET ? 0 : pace) - check(checker, process[kind].pid);

		if (left > 0)
			usleep(left * 1000);
		sums->checks[kind]++;
	} while (now_ms() - begin < INTERVAL);
	sums->loops[kind] += *loops - before;
	sums->cpu_ms[kind] += cpu_ms_of(process[TARGET].pid) - cpu;
	sums->ms[kind] += now_ms() - begin;
}

static void add(struct sums *to, const struct sums *sums)
{
	for (enum kind kind = OTHER; kind < KINDS; kind++) {
		to->ms[kind] += sums->ms[kind];
		to->loops[kind] += sums->loops[kind];
		to->checks[kind] += sums->checks[kind];
	}
}

static double pace_of(const struct sums *sums)
{
	return sums->ms[TARGET] / sums->checks[TARGET];
}

static double checks_per_second(const struct sums *sums, enum kind kind)
{
	return sums->checks[kind] / sums->ms[kind] * 1e3;
}

/* In percent, of the target where it is checked. */
static double slowdown(const struct sums *sums)
{
	return 100 - 100 * (sums->loops[TARGET] / sums->ms[TARGET]) / (sums->loops[OTHER] / sums->ms[OTHER]);
}

static double more_cpu(const struct sums *sums)
{
	return 100 * (sums->cpu_ms[TARGET] / sums->loops[TARGET]) / (sums->cpu_ms[OTHER] / sums->loops[OTHER]) - 100;
}

static void print_median(double *values, int n)
{
	double middle = median(values, n), *drawn = malloc(n * sizeof(*drawn));
	static double medians[SAMPLES];

	for (int i = 0; i < SAMPLES; i++) {
		for (int j = 0; j < n; j++)
			drawn[j] = values[(int)(drand48() * n)];
		medians[i] = median(drawn, n);
	}
	qsort(medians, SAMPLES, sizeof(*medians), ascending);
	printf(" %6.2f %% (%5.2f to %5.2f)", middle, medians[SAMPLES / 40], medians[SAMPLES - 1 - SAMPLES / 40]);
	free(drawn);
}

/* One slowdown and one CPU time of each block, into slower and cpu. */
static void measure(size_t size, size_t shift, int blocks, char *checker, double *slower, double *cpu)
{
	static const enum kind order[] = { OTHER, TARGET, TARGET, OTHER };
	const struct process process[KINDS] = {
		[OTHER] = start_process(size, shift, 1, false), [TARGET] = start_process(size, shift, 0, true),
	};
	struct sums all = { 0 };

	while (!*process[OTHER].loops || !*process[TARGET].loops)
		usleep(1000);
	for (int i = 0; i < TRIES; i++)
		all.ms[TARGET] += check(checker, process[TARGET].pid);
	all.checks[TARGET] = TRIES;
	for (int i = 0; i < blocks; i++) {
		struct sums block = { 0 };

		for (size_t j = 0; j < sizeof(order) / sizeof(*order); j++)
			interval(order[j], process, checker, pace_of(&all), &block);
		slower[i] = slowdown(&block);
		cpu[i] = more_cpu(&block);
		if (!i)		/* what was tried was no interval */
			all = (struct sums){ 0 };
		add(&all, &block);
	}
	printf("%8.1f %13.1f", checks_per_second(&all, TARGET), checks_per_second(&all, OTHER));
	print_median(slower, blocks);
	print_median(cpu, blocks);
	putchar('\n');
	for (enum kind kind = OTHER; kind < KINDS; kind++) {
		kill(process[kind].pid, SIGKILL);
		waitpid(process[kind].pid, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	double *slower, *cpu;
	int starts, blocks;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 5 || (starts = atoi(argv[2])) <= 0 || (blocks = atoi(argv[3])) <= 0) {
		fprintf(stderr, "usage: gentle MIB STARTS BLOCKS PTDESC-CHECK\n");
		return 2;
	}
	take_precedence();
	pin(1);
	printf("%s MiB, map, touch, unmap and fork, while it is checked on the other CPU, over an unrelated process\n", argv[1]);
	printf("checks/s  of unrelated            slowdown           more CPU time\n");
	slower = calloc(starts * blocks, sizeof(*slower));
	cpu = calloc(starts * blocks, sizeof(*cpu));
	for (int i = 0; i < starts; i++)
		measure(strtoul(argv[1], NULL, 10) << 20, SPAN / starts * i / PAGE * PAGE, blocks, argv[4],
			slower + i * blocks, cpu + i * blocks);
	printf("%-22s", "all of them");
	print_median(slower, starts * blocks);
	print_median(cpu, starts * blocks);
	putchar('\n');
	free(slower);
	free(cpu);
	return 0;
}

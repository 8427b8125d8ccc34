// SPDX-License-Identifier: GPL-2.0-only
/*
 * What listing all page tables of the machine costs, beside what else tells of
 * them, and beside the least that could be done: a bare loop in the kernel over
 * the same struct pages. Prints times and ratios; judges nothing.
 *
 * Usage: listing TABLES PAGE-TYPES	with ptdesc.ko and ptdesc_bench.ko loaded; so
 * many PTE tables are made
 */
#include "timing.h"

#include <errno.h>

#define RUNS	9
#define LISTING	"/sys/kernel/debug/ptdesc"
#define BENCH	"/sys/kernel/debug/ptdesc_bench/"
#define FILES	16

/* The listing, read and nothing else; the number of its lines in *lines. */
static double listing(const char *path, size_t chunk, long *lines)
{
	char *buffer = malloc(chunk);
	double begin;
	ssize_t n;
	int fd;

	memset(buffer, 0, chunk);
	begin = now_ms();
	fd = open(path, O_RDONLY);
	*lines = 0;
	while ((n = read(fd, buffer, chunk)) > 0)
		for (char *p = buffer; (p = memchr(p, '\n', buffer + n - p)); p++)
			++*lines;
	if (n)
		fail(path);
	close(fd);
	begin = now_ms() - begin;
	free(buffer);
	return begin;
}

/* A number of the bench module. */
static long long bench(const char *name)
{
	char text[256] = "", *at;
	int fd = open(BENCH "result", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 || !(at = strstr(text, name)))
		fail(BENCH "result");
	close(fd);
	return atoll(at + strlen(name));
}

/* Kernel memory that is charged to this process' cgroup, in bytes; -1: not known. */
static long long charged(const char *stat)
{
	char line[128];
	FILE *file = fopen(stat, "r");
	long long bytes = -1;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "kernel ", 7))
			bytes = atoll(line + 7);
	if (file)
		fclose(file);
	return bytes;
}

/* What an open file that is being read takes: FILES of them are held. */
static void print_memory(void)
{
	const char *dir = "/sys/fs/cgroup/ptdesc-bench", *enable = "/sys/fs/cgroup/cgroup.subtree_control";
	char path[128], byte[256];
	long long before, after;
	int fds[FILES], fd = open(enable, O_WRONLY);

	if (fd < 0 || write(fd, "+memory", 7) != 7 ||
	    (mkdir(dir, 0755) && errno != EEXIST)) {
		printf("no memory controller: what an open listing takes is not known\n");
		return;
	}
	close(fd);
	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		fail(path);
	close(fd);
	snprintf(path, sizeof(path), "%s/memory.stat", dir);
	charged(path);
	before = charged(path);
	for (int i = 0; i < FILES; i++) {
		fds[i] = open(LISTING, O_RDONLY);
		if (read(fds[i], byte, sizeof(byte)) <= 0)
			fail(LISTING);
	}
	after = charged(path);
	printf("an open listing takes %lld KiB of kernel memory\n",
	       (after - before) / FILES / 1024);
	for (int i = 0; i < FILES; i++)
		close(fds[i]);
}

/* So many PTE tables, so that there is something to list. */
static void make_tables(size_t tables)
{
	size_t step = 2UL << 20, size = tables * step;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || madvise(p, size, MADV_NOHUGEPAGE) ||
	    madvise(p, size, MADV_DONTFORK))
		fail("mmap");
	for (size_t at = 0; at < size; at += step)
		((volatile char *)p)[at] = 1;
}

int main(int argc, char **argv)
{
	double loop = 0, big = 0, small = 0, start = 0, cat = 0, types = 0;
	long lines = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: listing TABLES PAGE-TYPES\n");
		return 2;
	}

	make_tables(strtoul(argv[1], NULL, 10));

	char *const start_argv[] = { "/bin/true", NULL };
	char *const cat_argv[] = { "/bin/cat", LISTING, NULL };
	char *const types_argv[] = { argv[2], "-b", "pgtable", "-N", "-l", NULL };

	/* interleaved: whatever else goes on meets all of them alike */
	for (int i = 0; i < RUNS; i++) {
		loop = best(loop, bench("loop_nsec") / 1e6);
		big = best(big, listing(LISTING, 128 << 10, &lines));
		small = best(small, listing(LISTING, 4 << 10, &lines));
		listing(BENCH "listing", 128 << 10, &lines);
		start = best(start, command(start_argv, NULL, 0));
		cat = best(cat, command(cat_argv, NULL, 0));
		types = best(types, command(types_argv, NULL, 0));
	}
	printf("%ld tables among %lld pages; best of %d\n", lines - 2, bench("pages"), RUNS);
	printf("%-52s %13s %8s\n", "all page tables of the machine", "", "ratio");
	row("a bare loop in the kernel over the same pages", loop, loop);
	row("reading the listing, 128 KiB at a time", big, loop);
	row("reading the listing, 4 KiB at a time", small, loop);
	printf("%-52s %13s %8s\n", "as commands", "", "ratio");
	row("cat " LISTING, cat, cat);
	row("page-types -b pgtable -N -l", types, cat);
	row("true: what starting a process takes of that", start, cat);
	printf("longest stretch between two of %lld reschedule points: %lld us\n",
	       bench("points"), bench("longest_nsec") / 1000);
	print_memory();
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures, side by side in one run, what the checker costs against the kernel's
 * own way to look at the same process. Prints the best of several runs, in
 * milliseconds and as ratios; judges nothing.
 *
 * Usage: measure MIB PTDESC-CHECK
 */
#include "timing.h"

#include <signal.h>
#include <sys/prctl.h>

#define RUNS	9
#define PAGE	4096UL

/* A process with so much memory in 4 KiB pages, each of them touched. */
static pid_t start_subject(size_t size, unsigned long *start)
{
	int ready[2];
	pid_t pid;

	if (pipe(ready))
		fail("pipe");
	pid = fork();
	if (!pid) {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (p == MAP_FAILED || madvise(p, size, MADV_NOHUGEPAGE))
			fail("subject");
		for (size_t at = 0; at < size; at += PAGE)
			p[at] = 1;
		*start = (unsigned long)p;
		if (write(ready[1], start, sizeof(*start)) > 0)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], start, sizeof(*start)) != sizeof(*start))
		fail("subject");
	close(ready[0]);
	return pid;
}

/* Its pagemap from start on, read and nothing else; in ms. */
static double pagemap(pid_t pid, unsigned long start, size_t size, size_t chunk)
{
	size_t left = size / PAGE * sizeof(uint64_t);
	off_t at = start / PAGE * sizeof(uint64_t);
	char *buffer = malloc(chunk), path[64];
	double begin;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	memset(buffer, 0, chunk);
	begin = now_ms();
	fd = open(path, O_RDONLY);
	while (left) {
		ssize_t n = pread(fd, buffer, chunk < left ? chunk : left, at);

		if (n <= 0)
			fail(path);
		left -= n;
		at += n;
	}
	close(fd);
	free(buffer);
	return now_ms() - begin;
}

int main(int argc, char **argv)
{
	double bpf = 0, walk = 0, whole = 0, map4k = 0, map1m = 0;
	char pid_text[16], json[4096], *number;
	unsigned long start, tables = 0;
	size_t size;
	pid_t pid;

	if (argc != 3) {
		fprintf(stderr, "usage: measure MIB PTDESC-CHECK\n");
		return 2;
	}
	size = strtoul(argv[1], NULL, 10) << 20;
	pid = start_subject(size, &start);
	snprintf(pid_text, sizeof(pid_text), "%d", pid);

	char *const check[] = { argv[2], "-j", pid_text, NULL };

	/* interleaved: whatever else goes on meets all of them alike */
	for (int i = 0; i < RUNS; i++) {
		whole = best(whole, command(check, json, sizeof(json)));
		number = strstr(json, "\"walk_nsec\":");
		if (!number)
			fail("no walk_nsec");
		walk = best(walk, strtod(number + 12, NULL) / 1e6);
		number = strstr(json, "\"walk_kernel_nsec\":");
		if (!number)
			fail("no walk_kernel_nsec");
		bpf = best(bpf, strtod(number + 19, NULL) / 1e6);
		number = strstr(json, "\"summary\":{\"tables\":");
		tables = number ? strtoul(number + 20, NULL, 10) : 0;
		map4k = best(map4k, pagemap(pid, start, size, 4096));
		map1m = best(map1m, pagemap(pid, start, size, 1 << 20));
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);

	printf("%zu MiB in 4 KiB pages, %lu tables; best of %d\n", size >> 20,
	       tables, RUNS);
	printf("%-52s %13s %8s\n", "one process", "", "ratio");
	row("ptdesc-check: tables followed and copied", bpf, bpf);
	row("ptdesc-check: and each entry judged", walk, bpf);
	row("ptdesc-check: the whole command", whole, bpf);
	row("bare read of its pagemap, 4 KiB at a time", map4k, bpf);
	row("bare read of its pagemap, 1 MiB at a time", map1m, bpf);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures, side by side in one run, what the checker costs against the kernel's
 * own ways to look at the same process: one that has touched all of its memory,
 * and one that has touched a page in each GiB of 64. Prints the best of several
 * runs, in milliseconds of CPU time and as ratios; judges nothing.
 *
 * Usage: measure MIB PTDESC-CHECK PAGE-TYPES
 */
#include "timing.h"

#include <errno.h>
#include <linux/filter.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define RUNS	9
#define PAGE	4096UL

/*
 * The kernel keeps its BPF programs in packs of 2 MiB and makes one for the first
 * program of all. Where systemd runs there are always some: so be it here.
 */
static void hold_program(void)
{
	struct sock_filter accept = BPF_STMT(BPF_RET | BPF_K, ~0U);
	const struct sock_fprog program = { 1, &accept };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		fail("a BPF program of ours");
}

/* A process with so much memory in 4 KiB pages, one touched every step bytes. */
static pid_t start_subject(size_t size, size_t step, unsigned long *start)
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
		for (size_t at = 0; at < size; at += step)
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
	begin = cpu_ms();
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
	return cpu_ms() - begin;
}

/* include/uapi/linux/fs.h, since 6.7; Debian 12's headers are older */
struct scan_region {
	uint64_t start, end, categories;
};

struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t inverted, mask, anyof, returned;
};

#define SCAN		_IOWR('f', 16, struct scan_arg)
#define SCAN_PRESENT	(1 << 3)

/* The present pages by PAGEMAP_SCAN; in ms, 0 if this kernel has no such thing. */
static double scan(pid_t pid, unsigned long start, size_t size)
{
	static struct scan_region regions[4096];
	struct scan_arg arg = {
		.size = sizeof(arg), .start = start, .end = start + size,
		.vec = (uintptr_t)regions, .vec_len = sizeof(regions) / sizeof(*regions),
		.mask = SCAN_PRESENT, .returned = SCAN_PRESENT,
	};
	double begin = cpu_ms();
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY);
	while (arg.start < arg.end) {
		if (ioctl(fd, SCAN, &arg) < 0) {
			if (errno != ENOTTY)
				fail("PAGEMAP_SCAN");
			begin = 0;
			break;
		}
		arg.start = arg.walk_end;
	}
	close(fd);
	return begin ? cpu_ms() - begin : 0;
}

static void measure(size_t size, size_t step, char *checker, char *types, int runs)
{
	double bpf = 0, walk = 0, whole = 0, map4k = 0, map1m = 0, scanned = 0, page_types = 0;
	char pid_text[16], json[4096];
	unsigned long start, tables = 0;
	pid_t pid = start_subject(size, step, &start);
	char *const check[] = { checker, pid_text, NULL }, *const parts[] = { checker, "-j", pid_text, NULL };
	char *const list[] = { types, "-p", pid_text, NULL };

	snprintf(pid_text, sizeof(pid_text), "%d", pid);
	/* interleaved: whatever else goes on meets all of them alike */
	for (int i = 0; i < runs; i++) {
		command(check, NULL, 0);
		whole = best(whole, command_cpu_ms);
		command(parts, json, sizeof(json));
		walk = best(walk, member(json, "\"walk_nsec\":") / 1e6);
		bpf = best(bpf, member(json, "\"walk_kernel_nsec\":") / 1e6);
		tables = member(json, "\"summary\":{\"tables\":");
		map4k = best(map4k, pagemap(pid, start, size, 4096));
		map1m = best(map1m, pagemap(pid, start, size, 1 << 20));
		scanned = best(scanned, scan(pid, start, size));
		if (i)
			continue;
		command(list, NULL, 0);		/* takes the longest by far */
		page_types = command_cpu_ms;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);

	printf("%zu MiB, a page of 4 KiB in each %zu KiB touched, %lu tables; CPU time, best of %d\n",
	       size >> 20, step >> 10, tables, runs);
	printf("%-52s %13s %8s\n", "one process", "", "ratio");
	row("ptdesc-check: tables followed and copied", bpf, bpf);
	row("ptdesc-check: and each entry judged", walk, bpf);
	row("ptdesc-check: the whole command", whole, bpf);
	row("bare read of its pagemap, 4 KiB at a time", map4k, bpf);
	row("bare read of its pagemap, 1 MiB at a time", map1m, bpf);
	if (scanned)
		row("PAGEMAP_SCAN of it", scanned, bpf);
	row("page-types -p, once", page_types, bpf);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: measure MIB PTDESC-CHECK PAGE-TYPES\n");
		return 2;
	}
	hold_program();
	measure(strtoul(argv[1], NULL, 10) << 20, PAGE, argv[2], argv[3], RUNS);
	measure(64UL << 30, 1UL << 30, argv[2], argv[3], 3);
	return 0;
}

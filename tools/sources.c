// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sources.h"
#include "threads.h"

#define PROC_PATH	64

static int read_vmas(void *arg, struct mm_vmas *vmas)
{
	const struct sources *sources = arg;

	/* not by pid, which after exec leads to another mm than the one that is walked */
	return mm_vmas_read_fd(vmas, walk_maps(sources->walk), sources->pid);
}

static bool raw_flags(const char *line)
{
	return strstr(line, " pf") || strstr(line, " mm") || strstr(line, " io");
}

/* smaps costs a walk of the page tables: only asked for when a finding depends on it. */
static int read_raw_vmas(void *arg, struct mm_vmas *vmas)
{
	const struct sources *sources = arg;
	unsigned long long start = 0, end = 0;
	char path[PROC_PATH], *line = NULL;
	size_t room = 0;
	int err = 0;
	FILE *file;

	memset(vmas, 0, sizeof(*vmas));
	snprintf(path, sizeof(path), "/proc/%d/smaps", sources->pid);
	file = fopen(path, "r");
	if (!file)
		return -errno;
	while (getline(&line, &room, file) > 0) {
		unsigned long long from, to;
		struct mm_vma *new;

		if (sscanf(line, "%llx-%llx ", &from, &to) == 2) {
			start = from;
			end = to;
		}
		if (strncmp(line, "VmFlags:", 8) || !raw_flags(line))
			continue;
		new = reallocarray(vmas->vma, vmas->nr + 1, sizeof(*new));
		if (!new) {
			err = -ENOMEM;
			break;
		}
		vmas->vma = new;
		new[vmas->nr++] = (struct mm_vma){ .start = start, .end = end, .name = "" };
	}
	free(line);
	fclose(file);
	if (err)
		mm_vmas_free(vmas);
	return err;
}

static int read_listing(void *arg, struct pfnset *listed)
{
	struct sources *sources = arg;
	char error[LISTING_ERROR];
	int err = listing_read(sources->listing, listing_add, listed, error);

	if (err)
		snprintf(sources->listing_why, sizeof(sources->listing_why), "listing %.240s: %s",
			 sources->listing, error);
	return err;
}

/* Documentation/admin-guide/mm/pagemap.rst */
static enum page_kind read_kind(void *arg, __u64 pfn)
{
	const struct sources *sources = arg;
	__u64 flags;

	if (pread(sources->kpageflags, &flags, sizeof(flags), pfn * sizeof(flags)) != sizeof(flags))
		return PAGE_KIND_UNKNOWN;
	if (flags >> KPF_HUGE & 1)
		return PAGE_KIND_HUGETLB;
	if (flags >> KPF_ZERO_PAGE & 1)
		return PAGE_KIND_ZERO;
	if (flags >> KPF_ANON & 1)
		return PAGE_KIND_ANON;
	return PAGE_KIND_OTHER;
}

/*
 * Reading pagemap takes the mmap_lock for reading. Memory of the process would
 * not do: where nothing is mapped the kernel takes the lock for writing, in case
 * a stack has to grow (8d7071af8907, 6.5 and stable kernels), and elsewhere it
 * faults something in. At 0 hardly anybody has memory.
 */
static void take_mmap_lock(void *arg)
{
	const struct sources *sources = arg;
	__u64 entry;

	(void)!pread(walk_pagemap(sources->walk), &entry, sizeof(entry), 0);
}

static unsigned int ask_threads(void *arg)
{
	struct sources *sources = arg;

	return threads_busy(sources->pid, &sources->threads, &sources->nr_threads);
}

static void read_machine(void *arg)
{
	struct sources *sources = arg;

	machine_free(sources->machine);
	machine_read(sources->machine);
}

void sources_open(struct sources *sources, const char *listing, struct machine *machine,
		  const struct walk *walk)
{
	memset(sources, 0, sizeof(*sources));
	sources->machine = machine;
	sources->listing = listing;
	sources->walk = walk;
	sources->kpageflags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	sources->look = (struct look_sources){
		.arg = sources, .vmas = read_vmas, .raw_vmas = read_raw_vmas,
		.listing = listing ? read_listing : NULL, .kind = read_kind,
		.threads = ask_threads, .barrier = take_mmap_lock,
		.refresh = read_machine, .listing_why = sources->listing_why,
	};
}

void sources_set_pid(struct sources *sources, pid_t pid)
{
	sources->pid = pid;
	free(sources->threads);
	sources->threads = NULL;
	sources->nr_threads = 0;
}

void sources_close(struct sources *sources)
{
	if (sources->kpageflags >= 0)
		close(sources->kpageflags);
	free(sources->threads);
	memset(sources, 0, sizeof(*sources));
}

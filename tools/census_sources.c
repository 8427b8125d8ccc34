// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "census_sources.h"

#define STAT_REFRESH	"/proc/sys/vm/stat_refresh"
#define EFI		"/sys/firmware/efi"

static int read_procs(void *arg, struct procs *procs)
{
	(void)arg;
	return procs_read(procs);
}

static int read_rows(void *arg, listing_fn fn, void *fn_arg)
{
	struct sources *sources = arg;
	char error[LISTING_ERROR];
	int err = listing_read(sources->listing, fn, fn_arg, error);

	if (err)
		snprintf(sources->listing_why, sizeof(sources->listing_why), "listing %.240s: %s",
			 sources->listing, error);
	return err;
}

/* nr_page_table_pages of a file like /proc/vmstat: 0 or a negative errno. */
static int read_count(const char *path, __u64 *pages)
{
	static const char name[] = "nr_page_table_pages ";
	FILE *file = fopen(path, "re");
	char line[128];
	int err = -ENOENT;

	while (file && err && fgets(line, sizeof(line), file)) {
		if (strncmp(line, name, sizeof(name) - 1))
			continue;
		*pages = strtoull(line + sizeof(name) - 1, NULL, 10);
		err = 0;
	}
	if (file)
		fclose(file);
	return err;
}

/* The events of all CPUs are added up for each reader. */
static int count_allocated(void *arg, __u64 *pages)
{
	FILE *file = fopen("/proc/vmstat", "re");
	unsigned long long zone;
	char line[128];
	int err = -ENOENT;

	(void)arg;
	*pages = 0;
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "pgalloc_%*s %llu", &zone) != 1)
			continue;
		*pages += zone;
		err = 0;
	}
	if (file)
		fclose(file);
	return err;
}

/* Each CPU keeps a part of the count to itself until it is told to add it. */
static int read_table_pages(void *arg, __u64 *pages)
{
	int fd = open(STAT_REFRESH, O_WRONLY | O_CLOEXEC);
	bool refreshed = fd >= 0 && write(fd, "1", 1) == 1;

	(void)arg;
	if (fd >= 0)
		close(fd);
	return refreshed ? read_count("/proc/vmstat", pages) : -ENOENT;
}

/* A node that is not there, or not online, has no tables. */
static int read_node_pages(void *arg, unsigned int node, __u64 *pages)
{
	char path[64];

	(void)arg;
	*pages = 0;
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/vmstat", node);
	return access(path, F_OK) ? 0 : read_count(path, pages);
}

static int find_memcgs(void *arg, struct memcgs *memcgs)
{
	(void)arg;
	return memcgs_find(memcgs);
}

static void read_memcgs(void *arg, struct memcgs *memcgs, unsigned int which)
{
	(void)arg;
	memcgs_read(memcgs, which);
}

static unsigned int count_faulting(void *arg, const struct procs *procs)
{
	(void)arg;
	return procs_faulting(procs);
}

/*
 * The EFI firmware's mm is no pgd_list's (arch/x86/platform/efi/efi_64.c); its
 * address is known only where kallsyms has data. Other kernels' mms are in the list.
 */
static size_t find_kernel_mms(void *arg, __u64 *mms, size_t max)
{
	unsigned long long address;
	char line[512], name[64];
	size_t n = 0;
	FILE *file;

	(void)arg;
	if (access(EFI, F_OK))
		return 0;
	file = fopen("/proc/kallsyms", "re");
	while (file && n < max && fgets(line, sizeof(line), file))
		if (sscanf(line, "%llx %*c %63s", &address, name) == 2 && address &&
		    (!strcmp(name, "efi_mm") || !strcmp(name, "tboot_mm")))
			mms[n++] = address;
	if (file)
		fclose(file);
	return n;
}

static const char *find_hidden(void *arg)
{
	__u64 mm;

	if (!access("/sys/hypervisor/type", F_OK))
		return "under a hypervisor that shares page tables they may have other owners";
	if (!access(EFI, F_OK) && !find_kernel_mms(arg, &mm, 1))
		return "the firmware's mm (efi_mm) is not in /proc/kallsyms";
	return NULL;
}

void census_sources_open(struct census_sources *census, struct sources *sources)
{
	*census = (struct census_sources){
		.arg = sources, .procs = read_procs, .listing = sources->listing ? read_rows : NULL,
		.table_pages = read_table_pages, .allocated = count_allocated, .node_pages = read_node_pages,
		.memcgs = find_memcgs, .memcg_pages = read_memcgs,
		.faulting = count_faulting,
		.kernel_mms = find_kernel_mms, .hidden = find_hidden,
	};
}

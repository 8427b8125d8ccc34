// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of memory that do not come by themselves: each is made, the kernel's own
 * files are asked whether it is what it was meant to be, and ptdesc-check must
 * count it as that and find nothing wrong. walk.c has the plain ones, sharing.c
 * what takes several processes.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <linux/loop.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <time.h>
#ifdef __x86_64__
#include <asm/ldt.h>
#endif

#include "procfs.h"
#include "space.h"
#include "subject.h"

#define PAGE		SUBJECT_PAGE
#define HUGE		SUBJECT_TABLE
#define SYS_MM		"/sys/kernel/mm/"
#define PAGES		16

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

struct setting {
	const char *path, *value;
	char old[64];		/* to be put back; "": it could not be set */
};

/* Of several words the kernel shows the one that is in force in brackets. */
static bool setting_set(struct setting *setting)
{
	int fd = open(setting->path, O_RDWR | O_CLOEXEC);
	char text[64] = "", *open_bracket, *end;
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);
	bool ok = n > 0 && write(fd, setting->value, strlen(setting->value)) > 0;

	if (fd >= 0)
		close(fd);
	open_bracket = strchr(text, '[');
	end = strpbrk(text, "]\n");
	if (end)
		*end = '\0';
	snprintf(setting->old, sizeof(setting->old), "%s", !ok ? "" : open_bracket ? open_bracket + 1 : text);
	return ok;
}

static void setting_restore(const struct setting *setting)
{
	int fd = *setting->old ? open(setting->path, O_WRONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	if (write(fd, setting->old, strlen(setting->old)) < 0)
		ksft_print_msg("%s: %s is not put back\n", setting->path, setting->old);
	close(fd);
}

static bool map(char *at, size_t size, int flags, int fd)
{
	return mmap(at, size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_NORESERVE | flags, fd, 0) != MAP_FAILED;
}

static bool map_small(char *at, size_t size)
{
	return map(at, size, MAP_PRIVATE | MAP_ANONYMOUS, -1) && !madvise(at, size, MADV_NOHUGEPAGE);
}

static void touch(char *at, size_t n, size_t step)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)at)[i * step] = 1;
}

static bool each_page(char *at, size_t n, uint64_t bit)
{
	for (size_t i = 0; i < n; i++)
		if (!(space_pagemap(at + i * PAGE) & bit))
			return false;
	return true;
}

static const char *fill_shmem_thp(char *space)
{
	int fd = memfd_create("thp", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, 2 * HUGE) || !map(space, 2 * HUGE, MAP_SHARED, fd) ||
	    madvise(space, 2 * HUGE, MADV_HUGEPAGE))
		return "no transparent huge pages of shared memory";
	touch(space, 2, HUGE);
	return atol(space_smaps(space, "ShmemPmdMapped")) == (long)(2 * HUGE / 1024) ? NULL :
	       "no two huge pages of shared memory could be had";
}

static const char *fill_huge_zero(char *space)
{
	if (!map(space, HUGE, MAP_PRIVATE | MAP_ANONYMOUS, -1) || madvise(space, HUGE, MADV_HUGEPAGE) ||
	    *(volatile char *)space)
		return "no transparent huge pages";
	return space_page_is(space, KPF_ZERO_PAGE) && space_page_is(space, KPF_THP) ? NULL :
	       "this kernel does not say what a huge zero page is";
}

/* Half of a PTE table by UFFDIO_COPY, the other half waits for it. */
static int open_uffd(char *space, size_t size, unsigned int mode, __u64 features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register range = { .range = { (unsigned long)space, size }, .mode = mode };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd >= 0 && !ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &range))
		return fd;
	return -1;
}

static const char *fill_uffd_missing(char *space)
{
	static char page[PAGE];
	int fd;

	if (!map_small(space, HUGE))
		return strerror(errno);
	fd = open_uffd(space, HUGE, UFFDIO_REGISTER_MODE_MISSING, 0);
	if (fd < 0)
		return "no userfaultfd";
	for (size_t i = 0; i < PAGES; i++) {
		struct uffdio_copy copy = { .dst = (unsigned long)space + i * PAGE, .src = (unsigned long)page,
					    .len = PAGE };

		if (ioctl(fd, UFFDIO_COPY, &copy))
			return "UFFDIO_COPY failed";
	}
	return strstr(space_smaps(space, "VmFlags"), " um") ? NULL : "the VMA is not registered";
}

static const char *protect(int fd, char *space)
{
	struct uffdio_writeprotect range = {
		.range = { (unsigned long)space, PAGES * PAGE }, .mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	if (ioctl(fd, UFFDIO_WRITEPROTECT, &range) || !each_page(space, PAGES, PAGEMAP_UFFD_WP))
		return "userfaultfd cannot write-protect";
	return NULL;
}

static const char *fill_uffd_wp(char *space)
{
	int fd;

	if (!map_small(space, HUGE))
		return strerror(errno);
	touch(space, 2 * PAGES, PAGE);
	fd = open_uffd(space, HUGE, UFFDIO_REGISTER_MODE_WP, UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	return fd < 0 ? "userfaultfd cannot write-protect" : protect(fd, space);
}

/* Write-protected pages of a file that are gone from the table leave a marker each. */
static const char *fill_uffd_markers(char *space)
{
#ifdef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
	int file = memfd_create("wp", MFD_CLOEXEC), fd;
	const char *why;

	if (file < 0 || ftruncate(file, HUGE) || !map(space, HUGE, MAP_SHARED, file) ||
	    madvise(space, HUGE, MADV_NOHUGEPAGE))
		return strerror(errno);
	touch(space, PAGES, PAGE);
	fd = open_uffd(space, HUGE, UFFDIO_REGISTER_MODE_WP, UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	if (fd < 0)
		return "userfaultfd cannot write-protect files";
	why = protect(fd, space);
	if (!why && (madvise(space, PAGES * PAGE, MADV_DONTNEED) ||
		     !each_page(space, PAGES, PAGEMAP_UFFD_WP) || space_pagemap(space) & PAGEMAP_PRESENT))
		why = "no markers";
	return why;
#else
	(void)space;
	return "these headers do not know it";
#endif
}

/* Merged when ksmd has come round twice: the test waits for it. */
static const char *fill_ksm(char *space)
{
	struct timespec pause = { .tv_nsec = 50 * 1000000L };

	if (!map_small(space, HUGE))
		return strerror(errno);
	touch(space, PAGES, PAGE);
	if (madvise(space, PAGES * PAGE, MADV_MERGEABLE))
		return "no KSM";
	for (int i = 0; i < 1200; i++) {
		unsigned int merged = 0;

		for (size_t j = 0; j < PAGES; j++)
			merged += space_page_is(space + j * PAGE, KPF_KSM);
		if (merged == PAGES)
			return NULL;
		nanosleep(&pause, NULL);
	}
	return "ksmd merged nothing in a minute";
}

static const char *fill_swapped(char *space)
{
	if (!map_small(space, HUGE))
		return strerror(errno);
	touch(space, PAGES, PAGE);
	for (int i = 0; i < 100; i++) {
		if (madvise(space, PAGES * PAGE, MADV_PAGEOUT))
			return "MADV_PAGEOUT is not known";
		if (each_page(space, PAGES, PAGEMAP_SWAPPED))
			return NULL;
	}
	return "nothing is swapped out: no swap";
}

/* Newer kernels send what cannot be ignored. */
static void survive(int sig)
{
	(void)sig;
}

static const char *fill_poisoned(char *space)
{
	if (!map_small(space, HUGE))
		return strerror(errno);
	touch(space, 2, PAGE);
	signal(SIGBUS, survive);
	if (madvise(space, PAGE, MADV_HWPOISON))
		return "memory failures cannot be simulated here";
	return space_pagemap(space) & PAGEMAP_PRESENT ? "the page is still mapped" : NULL;
}

/* A device's registers, which are no memory: VM_PFNMAP, VM_IO, and a page frame beyond RAM. */
static const char *fill_pfnmap(char *space)
{
	DIR *bus = opendir("/sys/bus/pci/devices");
	struct dirent *device;
	bool mapped = false;

	while (bus && !mapped && (device = readdir(bus))) {
		for (int bar = 0; bar < 6 && !mapped; bar++) {
			char path[320];
			int fd;

			snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource%d", device->d_name, bar);
			fd = open(path, O_RDWR | O_CLOEXEC);
			mapped = fd >= 0 && map(space, PAGE, MAP_SHARED, fd);
			if (fd >= 0)
				close(fd);
		}
	}
	if (bus)
		closedir(bus);
	if (!mapped)
		return "no device whose registers could be mapped";
	return strstr(space_smaps(space, "VmFlags"), " pf") ? NULL : "it is not VM_PFNMAP";
}

static const char *fill_gigantic(char *space)
{
	if (!map(space, SUBJECT_SPACE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 30 << MAP_HUGE_SHIFT, -1))
		return "no hugetlb pages of 1 GiB";
	/* without a reservation the first touch would be a SIGBUS */
	if (madvise(space, SUBJECT_SPACE, MADV_POPULATE_WRITE))
		return "no hugetlb page of 1 GiB could be had";
	return atol(space_smaps(space, "KernelPageSize")) == 1 << 20 && space_page_is(space, KPF_HUGE) ?
	       NULL : "its pages are not of 1 GiB";
}

/* Where the kernel gives a table back as soon as it is empty, CONFIG_PT_RECLAIM. */
static const char *fill_reclaimed(char *space)
{
	long before, after;

	if (!map_small(space, 2 * HUGE))
		return strerror(errno);
	touch(space, 2, HUGE);
	before = status_kb(getpid(), "VmPTE");
	if (madvise(space, HUGE, MADV_DONTNEED))
		return strerror(errno);
	after = status_kb(getpid(), "VmPTE");
	return after == before - 4 ? NULL : "this kernel keeps emptied tables";
}

static const struct kind {
	const char *name;
	/* NULL, or why it cannot be had here. */
	const char *(*fill)(char *space);
	struct expect expect;
} kinds[] = {
	{ "huge pages of shared memory", fill_shmem_thp, { .pmd_tables = 1, .pmd_leaves = 2, .file = 2 } },
	{ "the huge zero page", fill_huge_zero, { .pmd_tables = 1, .pmd_leaves = 1, .deposited = 1, .zero = 1 } },
	{ "hugetlb pages of 1 GiB", fill_gigantic, { .pud_leaves = 1 } },
	{ "userfaultfd, pages missing", fill_uffd_missing,
	  { .pte_tables = 1, .pte_leaves = PAGES, .pmd_tables = 1 } },
	{ "userfaultfd, pages write-protected", fill_uffd_wp,
	  { .pte_tables = 1, .pte_leaves = 2 * PAGES, .pmd_tables = 1 } },
	{ "userfaultfd, markers", fill_uffd_markers, { .pte_tables = 1, .swapped = PAGES, .pmd_tables = 1 } },
	{ "KSM pages", fill_ksm, { .pte_tables = 1, .pte_leaves = PAGES, .pmd_tables = 1 } },
	{ "pages swapped out", fill_swapped, { .pte_tables = 1, .swapped = PAGES, .pmd_tables = 1 } },
	{ "a poisoned page", fill_poisoned, { .pte_tables = 1, .pte_leaves = 1, .swapped = 1, .pmd_tables = 1 } },
	{ "registers of a device", fill_pfnmap, { .pte_tables = 1, .pte_leaves = 1, .pmd_tables = 1 } },
	{ "a table that was reclaimed", fill_reclaimed, { .pte_tables = 1, .pte_leaves = 1, .pmd_tables = 1 } },
};

static void test_kind(const struct kind *kind)
{
	struct subject s = subject_start(kind->fill);
	unsigned long space = (unsigned long)s.space;

	if (s.skip)
		ksft_test_result_skip("%s: %s\n", kind->name, s.skip);
	else
		ksft_test_result(space_holds(s.pid, space, space + SUBJECT_SPACE, &kind->expect), "%s\n",
				 kind->name);
	subject_stop(&s);
}

/* Shared with the subject: how many pages of vvar could be read. */
static long *vvar_pages;

/* Moved to where no other entry is in its table; each page is read, by a system call, which bears that some are not there. */
static const char *fill_vvar(char *space)
{
	unsigned long start, end, low = 0, high = 0;
	FILE *maps = fopen("/proc/self/maps", "re");
	int ends[2];
	char line[256];

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "[vvar]") && sscanf(line, "%lx-%lx", &start, &end) == 2) {
			low = start;
			high = end;
		}
	if (maps)
		fclose(maps);
	if (!low || pipe(ends))
		return "there is none";
	if (mremap((void *)low, high - low, high - low, MREMAP_MAYMOVE | MREMAP_FIXED, space) == MAP_FAILED)
		return "it cannot be moved";
	for (size_t at = 0; at < high - low; at += PAGE)
		*vvar_pages += write(ends[1], space + at, 1) == 1;
	return *vvar_pages ? NULL : "it cannot be read";
}

/* Not a subject, which has none. */
static pid_t start_vvar(char *space, const char **skip)
{
	int ready[2];
	pid_t pid;

	*skip = "fork";
	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		*skip = fill_vvar(space);
		while (write(ready[1], skip, sizeof(*skip)) == sizeof(*skip))
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], skip, sizeof(*skip)) != sizeof(*skip))
		*skip = "it died";
	while (pid > 0 && !*skip && !subject_sleeps(pid))
		sched_yield();
	close(ready[0]);
	return pid;
}

/* What the vdso reads. */
static void test_vvar(void)
{
	char *space = mmap(NULL, 2 * SUBJECT_SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct expect expect = { .pte_tables = 1, .pmd_tables = 1 };
	struct subject s;
	unsigned long at;

	vvar_pages = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (space == MAP_FAILED || vvar_pages == MAP_FAILED)
		ksft_exit_fail_msg("no memory\n");
	space += -(size_t)space & (SUBJECT_SPACE - 1);
	at = (unsigned long)space;
	s.pid = start_vvar(space, &s.skip);
	expect.pte_leaves = *vvar_pages;
	if (s.skip)
		ksft_test_result_skip("vvar: %s\n", s.skip);
	else
		ksft_test_result(space_holds(s.pid, at, at + SUBJECT_SPACE, &expect),
				 "vvar, which the vdso reads: %ld pages\n", *vvar_pages);
	subject_stop(&s);
	munmap(vvar_pages, PAGE);
}

/* Of the kernel's half, where it is mapped at all. */
static void test_vsyscall(void)
{
	char pid[16], line[256];
	bool there = false;
	struct tool t;
	FILE *maps = fopen("/proc/self/maps", "re");

	while (maps && fgets(line, sizeof(line), maps))
		there |= strstr(line, "[vsyscall]") != NULL;
	if (maps)
		fclose(maps);
	if (!there) {
		ksft_test_result_skip("vsyscall: there is none\n");
		return;
	}
	snprintf(pid, sizeof(pid), "%d", getpid());
	t = tool_run("-j", "--address", "ffffffffff600000", pid);
	ksft_test_result(!t.status && tool_number(&t, "\"level\":\"pgd\",\"index\":") == 511,
			 "vsyscall is looked up in the kernel's half\n");
	tool_free(&t);
}

static const char *fill_ldt(char *space)
{
#ifdef __x86_64__
	struct user_desc entry = { .entry_number = 0, .limit = 0xfff, .seg_32bit = 1, .useable = 1 };
	__u64 ldt = 0;

	(void)space;
	if (syscall(SYS_modify_ldt, 1, &entry, sizeof(entry)))
		return "no LDT";
	return syscall(SYS_modify_ldt, 0, &ldt, sizeof(ldt)) == sizeof(ldt) && ldt ? NULL : "the LDT is not there";
#else
	(void)space;
	return "of x86";
#endif
}

static bool isolates(void)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[4096];
	bool pti = false;

	while (f && !pti && fgets(line, sizeof(line), f))
		pti = !strncmp(line, "flags", 5) && (strstr(line, " pti ") || strstr(line, " pti\n"));
	if (f)
		fclose(f);
	return pti;
}

/* With page table isolation it is mapped by three tables of its own, in the kernel's half. */
static void test_ldt(void)
{
	struct subject s = subject_start(fill_ldt);
	bool pti = isolates();
	long long bytes, own;
	char pid[16];
	struct tool t;

	if (s.skip) {
		ksft_test_result_skip("an LDT: %s\n", s.skip);
		subject_stop(&s);
		return;
	}
	snprintf(pid, sizeof(pid), "%d", s.pid);
	t = tool_run("-j", pid);
	bytes = tool_number(&t, "\"pgtables_bytes\":");
	own = level_number(&t, "pte\":{", "\"bytes\":") + level_number(&t, "pmd\":{", "\"bytes\":") +
	      level_number(&t, "pud\":{", "\"bytes\":");
	ksft_test_result((t.status == TOOL_HOLDS) & agree("bytes of an LDT", bytes - own, pti ? 3 * PAGE : 0),
			 "an LDT, %s page table isolation\n", pti ? "with" : "without");
	tool_free(&t);
	subject_stop(&s);
}

/* A swap area in memory, behind a loop device, for as long as the file is open; -1: not to be had. */
static int swap_open(char *path, size_t size)
{
	static const char magic[] = "SWAPSPACE2";
	__u32 header[3] = { 1, 1023, 0 };	/* version, last page, bad pages */
	int file = memfd_create("swap", MFD_CLOEXEC), control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int loop = -1, n = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);

	snprintf(path, size, "/dev/loop%d", n);
	if (n >= 0 && file >= 0 && !ftruncate(file, 1024 * PAGE) &&
	    pwrite(file, header, sizeof(header), 1024) == sizeof(header) &&
	    pwrite(file, magic, 10, PAGE - 10) == 10)
		loop = open(path, O_RDWR | O_CLOEXEC);
	if (loop >= 0 && (ioctl(loop, LOOP_SET_FD, file) || swapon(path, 0))) {
		ioctl(loop, LOOP_CLR_FD, 0);
		close(loop);
		loop = -1;
	}
	if (control >= 0)
		close(control);
	if (file >= 0)
		close(file);
	return loop;
}

static void swap_close(int loop, const char *path)
{
	if (loop < 0)
		return;
	swapoff(path);
	ioctl(loop, LOOP_CLR_FD, 0);
	close(loop);
}

int main(void)
{
	struct setting settings[] = {
		{ SYS_MM "transparent_hugepage/shmem_enabled", "advise", "" },
		{ SYS_MM "hugepages/hugepages-1048576kB/nr_hugepages", "1", "" },
		{ SYS_MM "ksm/sleep_millisecs", "1", "" },
		{ SYS_MM "ksm/run", "1", "" },
	};
	char swap[32];
	int loop;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	ksft_set_plan(ARRAY_SIZE(kinds) + 3);
	loop = swap_open(swap, sizeof(swap));
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (!setting_set(&settings[i]))
			ksft_print_msg("%s: cannot be set\n", settings[i].path);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		test_kind(&kinds[i]);
	for (size_t i = ARRAY_SIZE(settings); i--; )
		setting_restore(&settings[i]);
	test_vvar();
	test_vsyscall();
	test_ldt();
	swap_close(loop, swap);
	ksft_finished();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptdesc-check --address: is what it finds at the end of a path what pagemap
 * says of that page? For each kind of entry that a process can have. And does
 * -A keep the walk to the tables that serve the range?
 */
#define _GNU_SOURCE
#include <stdint.h>

#include "kselftest.h"
#include "procfs.h"
#include "subject.h"
#include "tool.h"

#define PAGE	SUBJECT_PAGE
#define HUGE	SUBJECT_TABLE
#define PRESENT	(1ULL << 63)
#define SWAPPED	(1ULL << 62)
#define NR_HUGEPAGES "/proc/sys/vm/nr_hugepages"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

struct kind {
	const char *name;
	/* Fills the space; NULL, or why this cannot be had here. */
	const char *(*fill)(char *space);
	size_t at;		/* looked up, from the space's start */
	const char *kind;	/* of the last entry */
	const char *level;	/* that holds it; NULL: any */
};

static bool map(char *at, size_t size, int flags, int advice)
{
	return mmap(at, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED |
		    MAP_ANONYMOUS | MAP_NORESERVE | MAP_PRIVATE, -1, 0) == at &&
	       (advice < 0 || !madvise(at, size, advice));
}

static const char *fill_page(char *space)
{
	if (!map(space, HUGE, 0, MADV_NOHUGEPAGE))
		return strerror(errno);
	memset(space, 1, 16 * PAGE);
	return NULL;
}

static const char *fill_protected(char *space)
{
	const char *why = fill_page(space);

	if (!why && mprotect(space, HUGE, PROT_NONE))
		why = strerror(errno);
	return why;
}

static const char *fill_zero(char *space)
{
	if (!map(space, HUGE, 0, MADV_NOHUGEPAGE))
		return strerror(errno);
	return ((volatile char *)space)[5 * PAGE] ? "not zero" : NULL;
}

static const char *fill_thp(char *space)
{
	if (!map(space, HUGE, 0, MADV_HUGEPAGE))
		return "no transparent huge pages";
	memset(space, 1, HUGE);
	return smaps_huge_kb((unsigned long)space) == 2048 ? NULL :
	       "no huge page could be had";
}

/* There is no counter of huge zero pages per process: the test's level tells. */
static const char *fill_huge_zero(char *space)
{
	if (access("/sys/kernel/mm/transparent_hugepage/use_zero_page", F_OK) ||
	    !map(space, HUGE, 0, MADV_HUGEPAGE))
		return "no transparent huge pages";
	return *(volatile char *)space ? "not zero" : NULL;
}

static const char *fill_hugetlb(char *space)
{
	if (!map(space, HUGE, MAP_HUGETLB, -1))
		return "no hugetlb pages";
	memset(space, 1, HUGE);
	return NULL;
}

/* Newer kernels send what cannot be ignored. */
static void survive(int sig)
{
	(void)sig;
}

static const char *fill_poisoned(char *space)
{
	const char *why = fill_page(space);

	signal(SIGBUS, survive);
	if (!why && madvise(space + 3 * PAGE, PAGE, MADV_HWPOISON))
		why = "memory failures cannot be simulated here";
	return why;
}

static uint64_t pagemap(pid_t pid, unsigned long addr)
{
	uint64_t entry = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &entry, 8, addr / PAGE * 8) != 8)
		entry = 0;
	if (fd >= 0)
		close(fd);
	return entry;
}

static const char *fill_swapped(char *space)
{
	const char *why = fill_page(space);

	for (int i = 0; !why && i < 20; i++) {
		if (madvise(space, 16 * PAGE, MADV_PAGEOUT))
			return "MADV_PAGEOUT is not known";
		if (pagemap(getpid(), (unsigned long)space + 3 * PAGE) & SWAPPED)
			return NULL;
	}
	return why ? why : "nothing is swapped out: no swap";
}

static const char *fill_nothing(char *space)
{
	return munmap(space, HUGE) ? strerror(errno) : NULL;
}

static const struct kind kinds[] = {
	{ "a page", fill_page, 3 * PAGE + 17, "leaf", "pte" },
	{ "a page not touched", fill_page, 20 * PAGE, "none", "pte" },
	{ "PROT_NONE", fill_protected, 3 * PAGE, "leaf", "pte" },
	{ "the zero page", fill_zero, 5 * PAGE, "leaf", "pte" },
	{ "a transparent huge page", fill_thp, HUGE / 2 + 7 * PAGE, "leaf", "pmd" },
	{ "the huge zero page", fill_huge_zero, HUGE / 2 + 7 * PAGE, "leaf", "pmd" },
	{ "a hugetlb page", fill_hugetlb, HUGE / 2 + 7 * PAGE, "leaf", "pmd" },
	{ "a poisoned page", fill_poisoned, 3 * PAGE, "swap", "pte" },
	{ "a page swapped out", fill_swapped, 3 * PAGE, "swap", "pte" },
	{ "a hole", fill_nothing, 0, "none", NULL },
};

static struct tool look_up(pid_t pid, unsigned long addr)
{
	char pid_text[16], addr_text[32];

	snprintf(pid_text, sizeof(pid_text), "%d", pid);
	snprintf(addr_text, sizeof(addr_text), "%lx", addr);
	return tool_run("-j", "--address", addr_text, pid_text);
}

/* The last entry of the path, as text. */
static const char *last_step(const struct tool *t)
{
	const char *at = t->out, *last = "";

	while ((at = strstr(at, "\"level\":\"")))
		last = at++;
	return last;
}

static bool agrees(const struct tool *t, const struct kind *kind, uint64_t map)
{
	const char *last = last_step(t);
	char text[48];

	snprintf(text, sizeof(text), "\"kind\":\"%s\"", kind->kind);
	if (t->status || !strstr(last, text))
		return false;
	snprintf(text, sizeof(text), "\"level\":\"%s\"", kind->level);
	if (kind->level && strncmp(last, text, strlen(text)))
		return false;
	if (map & PRESENT)
		return tool_number(t, "\"maps\":", "\"pfn\":") ==
		       (long long)(map & ((1ULL << 55) - 1));
	if (map & SWAPPED)
		return tool_number(t, "\"swap_type\":") == (long long)(map & 31) &&
		       tool_number(t, "\"swap_offset\":") ==
		       (long long)((map & ((1ULL << 55) - 1)) >> 5);
	return strstr(t->out, "\"maps\":null");
}

static void test_kind(const struct kind *kind)
{
	struct subject s = subject_start(kind->fill);
	unsigned long addr = (unsigned long)s.space + kind->at;
	struct tool t;
	uint64_t map;
	bool ok;

	if (s.skip) {
		ksft_test_result_skip("%s: %s\n", kind->name, s.skip);
		subject_stop(&s);
		return;
	}
	t = look_up(s.pid, addr);
	map = pagemap(s.pid, addr);
	ok = agrees(&t, kind, map);
	if (!ok)
		ksft_print_msg("pagemap 0x%llx, exit status %d, %s%.400s\n",
			       (unsigned long long)map, t.status, t.err,
			       last_step(&t));
	ksft_test_result(ok, "%s: as pagemap says\n", kind->name);
	tool_free(&t);
	subject_stop(&s);
}

/* Physical address of the kernel's text, 0 if it is not told. */
static unsigned long kernel_code(void)
{
	unsigned long start = 0;
	FILE *f = fopen("/proc/iomem", "r");
	char line[128];

	while (f && !start && fgets(line, sizeof(line), f))
		if (strstr(line, ": Kernel code"))
			start = strtoul(line, NULL, 16);
	if (f)
		fclose(f);
	return start;
}

static unsigned long kernel_text(void)
{
	unsigned long addr = 0;
	FILE *f = fopen("/proc/kallsyms", "r");
	char line[512], name[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx %*c %255s", &addr, name) == 2 &&
		    !strcmp(name, "_text"))
			break;
	if (f)
		fclose(f);
	return addr;
}

/* On these a process' pgd shows the kernel's half too. */
#if defined(__x86_64__) || defined(__riscv)
#define KERNEL_HALF	1
#else
#define KERNEL_HALF	0
#endif

static void test_kernel(void)
{
	unsigned long addr = kernel_text(), start = kernel_code();
	struct tool t;

	if (!KERNEL_HALF) {
		ksft_test_result_skip("the kernel's text: no process' pgd leads to it\n");
		return;
	}
	if (!addr || !start) {
		ksft_test_result_skip("the kernel's text: kallsyms or iomem hide where it is\n");
		return;
	}
	t = look_up(getpid(), addr);
	ksft_test_result(!t.status && strstr(last_step(&t), "\"kind\":\"leaf\"") &&
			 tool_number(&t, "\"maps\":", "\"pfn\":") ==
			 (long long)(start / PAGE),
			 "the kernel's text: where iomem says\n");
	tool_free(&t);
}

static void test_refused(const char *what, const char *option,
			 const char *value)
{
	char pid[16];
	struct tool t;

	snprintf(pid, sizeof(pid), "%d", getpid());
	t = tool_run(option, value, pid);
	ksft_test_result(t.status == TOOL_CANNOT && !*t.out &&
			 tool_one_line(t.err), "refuses %s\n", what);
	tool_free(&t);
}

static const char *fill_many(char *space)
{
	if (!map(space, 64 * HUGE, 0, MADV_NOHUGEPAGE))
		return strerror(errno);
	for (size_t at = 0; at < 64 * HUGE; at += PAGE)
		space[at] = 1;
	return NULL;
}

/* -A: tables that the walk was handed, of 64 pte tables and their likes. */
static void test_range(void)
{
	static const struct kind many = { "many tables", fill_many, 0, "", NULL };
	struct subject s = subject_start(many.fill);
	long long all, levels, one, two;
	char pid[16], range[64];
	struct tool t;

	if (s.skip) {
		ksft_test_result_error("-A: no subject: %s\n", s.skip);
		return;
	}
	snprintf(pid, sizeof(pid), "%d", s.pid);
	t = tool_run("-j", pid);
	all = tool_number(&t, "\"summary\":{\"tables\":");
	levels = tool_number(&t, "\"levels\":");
	tool_free(&t);
	snprintf(range, sizeof(range), "%lx,%lx", (unsigned long)s.space + HUGE,
		 (unsigned long)s.space + 2 * HUGE);
	t = tool_run("-j", "-A", range, pid);
	one = tool_number(&t, "\"summary\":{\"tables\":");
	tool_free(&t);
	snprintf(range, sizeof(range), "%lx,%lx", (unsigned long)s.space + 2 * HUGE - 1,
		 (unsigned long)s.space + 2 * HUGE + 1);
	t = tool_run("-j", "-A", range, pid);
	two = tool_number(&t, "\"summary\":{\"tables\":");
	tool_free(&t);
	ksft_print_msg("%lld tables, %lld levels; in one table's span %lld, across two %lld\n",
		       all, levels, one, two);
	ksft_test_result(all > 64 && one == levels && two == levels + 1,
			 "-A walks only what serves the range\n");
	subject_stop(&s);
}

/* A swap area of 16 MiB, if there is none and one can be made. */
static void make_swap(void)
{
	if (system("exec >/dev/null 2>&1; grep -q ^/ /proc/swaps || { f=$(mktemp) && dd if=/dev/zero of=$f bs=1M count=16 && "
		   "d=$(losetup -f --show $f) && mkswap $d && swapon $d; rm -f $f; }"))
		ksft_print_msg("no swap area can be made\n");
}

int main(void)
{
	char huge_pages = '0';

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	ksft_set_plan(ARRAY_SIZE(kinds) + 4);
	if (getenv("PTDESC_KIT")) {	/* not on a machine that is not ours */
		sysctl_set(NR_HUGEPAGES, "4", &huge_pages);
		make_swap();
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		test_kind(&kinds[i]);
	test_kernel();
	test_refused("an address that is no address", "--address", "800000000000000");
	test_refused("a range above user space", "-A", "fffffffffffff000,fffffffffffffff0");
	test_range();
	if (getenv("PTDESC_KIT"))
		sysctl_set(NR_HUGEPAGES, &huge_pages, NULL);
	ksft_finished();
}

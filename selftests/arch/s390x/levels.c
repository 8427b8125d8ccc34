// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process gets a fourth and a fifth level of page tables when it first maps
 * memory above 4 TiB and above 8 PiB (crst_table_upgrade()): ptdesc-check must
 * follow each mm by its own ASCE, and find what pagemap says is there.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>

#include "kselftest.h"
#include "subject.h"
#include "tool.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

#define ABOVE_3		(1UL << 45)
#define ABOVE_4		(1UL << 56)

static const char *map_page(unsigned long at)
{
	volatile char *p = mmap((void *)at, SUBJECT_PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return "nothing can be mapped up there";
	*p = 1;
	return NULL;
}

static const char *fill_3(char *space)
{
	if (mprotect(space, SUBJECT_PAGE, PROT_READ | PROT_WRITE))
		return strerror(errno);
	*(volatile char *)space = 1;
	return NULL;
}

static const char *fill_4(char *space)
{
	(void)space;
	return map_page(ABOVE_3);
}

static const char *fill_5(char *space)
{
	(void)space;
	return map_page(ABOVE_4);
}

static const struct kind {
	unsigned int levels;
	const char *(*fill)(char *space);
	unsigned long at;	/* 0: in the space */
	const char *keys;	/* the level below the pgd */
} kinds[] = {
	{ 3, fill_3, 0, "\"pmd\"" },
	{ 4, fill_4, ABOVE_3, "\"pud\"" },
	{ 5, fill_5, ABOVE_4, "\"p4d\"" },
};

static long long pagemap_pfn(pid_t pid, unsigned long at)
{
	uint64_t entry = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && pread(fd, &entry, 8, at / SUBJECT_PAGE * 8) != 8)
		entry = 0;
	if (fd >= 0)
		close(fd);
	return entry & ((1ULL << 55) - 1);
}

/* How many steps a path has. */
static unsigned int steps(const struct tool *t)
{
	unsigned int n = 0;

	for (const char *at = t->out; (at = strstr(at, "\"level\":\"")); at++)
		n++;
	return n;
}

static void test_kind(const struct kind *kind)
{
	struct subject s = subject_start(kind->fill);
	unsigned long at = kind->at ? kind->at : (unsigned long)s.space;
	char pid[16], address[32];
	struct tool t;

	if (s.skip) {
		ksft_test_result_skip("%u levels: %s\n", kind->levels, s.skip);
		ksft_test_result_skip("%u levels: %s\n", kind->levels, s.skip);
		subject_stop(&s);
		return;
	}
	snprintf(pid, sizeof(pid), "%d", s.pid);
	snprintf(address, sizeof(address), "%lx", at);
	t = tool_run("-j", pid);
	if (t.status != TOOL_HOLDS)
		ksft_print_msg("exit status %d, %.300s%.600s\n", t.status, t.err, t.out);
	ksft_test_result(t.status == TOOL_HOLDS && strstr(t.out, kind->keys),
			 "%u levels: all invariants hold\n", kind->levels);
	tool_free(&t);
	t = tool_run("-j", "--address", address, pid);
	ksft_print_msg("%u steps, exit status %d %.200s\n", steps(&t), t.status, t.err);
	ksft_test_result(!t.status && steps(&t) == kind->levels && pagemap_pfn(s.pid, at) &&
			 tool_number(&t, "\"maps\":", "\"pfn\":") == pagemap_pfn(s.pid, at),
			 "%u levels: the path leads to pagemap's page\n", kind->levels);
	tool_free(&t);
	subject_stop(&s);
}

/* Above what the tables of a process with three levels can map. */
static void test_beyond(void)
{
	struct subject s = subject_start(fill_3);
	char pid[16];
	struct tool t;

	snprintf(pid, sizeof(pid), "%d", s.pid);
	t = tool_run("--address", "100000000000", pid);
	ksft_test_result(t.status == TOOL_CANNOT && strstr(t.err, "end at 0x40000000000"),
			 "an address above the tables is refused\n");
	tool_free(&t);
	subject_stop(&s);
}

int main(void)
{
	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	ksft_set_plan(2 * ARRAY_SIZE(kinds) + 1);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		test_kind(&kinds[i]);
	test_beyond();
	ksft_finished();
}

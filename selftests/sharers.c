// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that share: one mm (CLONE_VM, vfork), the pmd tables of hugetlb
 * memory, and nothing but the machine (PID namespaces, where numbers differ).
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>

#include "child.h"
#include "procfs.h"
#include "space.h"
#include "subject.h"

static struct tool check(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return tool_run("-j", text);
}

/* The mm as the tool names it; 0: not all was well. */
static unsigned long long mm_of(pid_t pid)
{
	struct tool t = check(pid);
	const char *mm = strstr(t.out, "\"mm\":\"");
	unsigned long long address = t.status == TOOL_HOLDS && mm ? strtoull(mm + 6, NULL, 16) : 0;

	if (!address)
		ksft_print_msg("process %d: exit status %d, %.300s\n", pid, t.status, t.err);
	tool_free(&t);
	return address;
}

static void test_clone(void)
{
	pid_t other = child(sleep_for_ever, NULL, CLONE_VM);
	unsigned long long mm = mm_of(getpid());

	ksft_test_result(mm && mm_of(other) == mm, "CLONE_VM: two processes, one mm\n");
	end(other);
}

/* The child of a vfork() tells who it is, before it sleeps for ever. */
static int tell(void *arg)
{
	pid_t pid = getpid();

	return write(*(int *)arg, &pid, sizeof(pid)) == sizeof(pid) ? sleep_for_ever(NULL) : 1;
}

static int do_vfork(void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child(tell, arg, CLONE_VM | CLONE_VFORK) > 0;
}

static char state_of(pid_t pid)
{
	char path[32], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (f)
		fclose(f);
	return state;
}

static void test_vfork(void)
{
	unsigned long long mm;
	pid_t parent, pid = 0;
	int ready[2];

	if (pipe(ready))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	parent = child(do_vfork, &ready[1], 0);
	if (read(ready[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = 0;
	/* it waits for its child like a kernel thread for a disk */
	while (pid && state_of(parent) != 'D')
		sched_yield();
	mm = pid ? mm_of(parent) : 0;
	ksft_test_result(mm && mm_of(pid) == mm && state_of(parent) == 'D', "vfork: child, and parent that waits for it\n");
	if (pid)
		kill(pid, SIGKILL);
	end(parent);
	close(ready[0]);
	close(ready[1]);
}

/* A gigabyte of hugetlb memory, of which two pages are used. */
static char *map_shared(int fd)
{
	char *space = mmap(NULL, 2 * SUBJECT_SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (space == MAP_FAILED)
		return NULL;
	space += -(size_t)space & (SUBJECT_SPACE - 1);
	space = mmap(space, SUBJECT_SPACE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd, 0);
	return space == MAP_FAILED ? NULL : space;
}

static void touch_both(char *space)
{
	*(volatile char *)space = 1;
	*(volatile char *)(space + SUBJECT_TABLE) = 1;
}

struct sharer {
	char *space;
	int ready;
};

static int share(void *arg)
{
	struct sharer *sharer = arg;

	touch_both(sharer->space);
	return write(sharer->ready, "", 1) == 1 ? sleep_for_ever(NULL) : 1;
}

/* pfn of the one pmd table there. */
static long long pmd_table(pid_t pid, const char *space)
{
	char text[16], range[64];
	struct tool t;
	long long pfn;

	snprintf(text, sizeof(text), "%d", pid);
	snprintf(range, sizeof(range), "%lx,%lx", (unsigned long)space, (unsigned long)space + SUBJECT_SPACE);
	t = tool_run("-j", "-l", "-A", range, text);
	pfn = tool_number(&t, "\"tables\":[", "{\"level\":\"pmd\",", "\"pfn\":");
	tool_free(&t);
	return pfn;
}

static bool machine_holds(void)
{
	struct tool t = tool_run("-j", "-a");
	bool ok = t.status == TOOL_HOLDS;

	if (!ok)
		ksft_print_msg("-a: exit status %d, %.300s\n%.900s\n", t.status, t.err, strstr(t.out, "\"machine\""));
	ok = ok && (tool_state(&t, "share-count", "holds") || tool_state(&t, "share-count", "not_checked"));
	tool_free(&t);
	return ok;
}

static void test_hugetlb(void)
{
	static const struct expect expect = { .pmd_tables = 1, .pmd_leaves = 2, .hugetlb = 2 };
	int fd = memfd_create("shared", MFD_CLOEXEC | MFD_HUGETLB), ready[2];
	struct sharer sharer = { .space = NULL };
	unsigned long space;
	bool shared;
	pid_t pid;
	char c;

	if (fd >= 0 && !ftruncate(fd, SUBJECT_SPACE) && !pipe(ready))
		sharer = (struct sharer){ map_shared(fd), ready[1] };
	if (!sharer.space) {
		ksft_test_result_skip("shared hugetlb pmd tables: no hugetlb pages\n");
		ksft_test_result_skip("and of the machine\n");
		return;
	}
	space = (unsigned long)sharer.space;
	touch_both(sharer.space);
	pid = child(share, &sharer, 0);
	shared = read(ready[0], &c, 1) == 1 && pmd_table(pid, sharer.space) == pmd_table(getpid(), sharer.space);
	if (!shared) {
		ksft_test_result_skip("shared hugetlb pmd tables: this kernel shares none\n");
		ksft_test_result_skip("and of the machine\n");
	} else {
		ksft_test_result(space_holds(getpid(), space, space + SUBJECT_SPACE, &expect) &&
				 space_holds(pid, space, space + SUBJECT_SPACE, &expect),
				 "shared hugetlb pmd tables: in each process\n");
		ksft_test_result(machine_holds(), "and of the machine\n");
	}
	end(pid);
	munmap(sharer.space, SUBJECT_SPACE);
	close(fd);
}

static bool starts_with(const struct tool *t, const char *text)
{
	bool ok = t->status == TOOL_HOLDS && !strncmp(t->out, text, strlen(text));

	if (!ok)
		ksft_print_msg("exit status %d, %.100s, %.300s\n", t->status, t->out, t->err);
	return ok;
}

/* Process 1 of its own PID namespace: what it sees there it says as bits. */
static int in_namespace(void *arg)
{
	int ready = *(int *)arg;
	unsigned char seen = 0;
	struct tool t;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) && !mount("proc", "/proc", "proc", 0, NULL)) {
		t = tool_run("1");
		seen |= starts_with(&t, "PID 1 (sharers) on ") << 0;
		tool_free(&t);
		t = tool_run("2147483647");
		seen |= (t.status == TOOL_CANNOT && strstr(t.err, "no such process")) << 1;
		tool_free(&t);
	}
	return write(ready, &seen, 1) == 1 ? sleep_for_ever(NULL) : 1;
}

static void test_namespace(void)
{
	char pid_text[16], text[64];
	unsigned char seen = 0;
	struct tool t;
	int ready[2];
	pid_t pid;

	if (pipe(ready))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	pid = child(in_namespace, &ready[1], CLONE_NEWPID | CLONE_NEWNS);
	if (pid < 0) {
		ksft_test_result_skip("PID namespaces: %s\n", strerror(errno));
		ksft_test_result_skip("PID namespaces: %s\n", strerror(errno));
		return;
	}
	close(ready[1]);
	if (read(ready[0], &seen, 1) != 1)
		seen = 0;
	close(ready[0]);
	ksft_test_result(seen == 3, "within a PID namespace its own numbers\n");
	snprintf(pid_text, sizeof(pid_text), "%d", pid);
	snprintf(text, sizeof(text), "PID %d (sharers, 1 in its PID namespace) on ", pid);
	t = tool_run(pid_text);
	ksft_test_result(starts_with(&t, text), "from without it the caller's, and the inner one beside it\n");
	tool_free(&t);
	end(pid);
}

int main(void)
{
	long huge_pages;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	ksft_set_plan(6);
	test_clone();
	test_vfork();
	huge_pages = set_huge_pages(4);
	test_hugetlb();
	set_huge_pages(huge_pages);
	test_namespace();
	ksft_finished();
}

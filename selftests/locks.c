// SPDX-License-Identifier: GPL-2.0-only
/*
 * A check never takes its process' mmap_lock for writing, by which that process
 * would wait in each page fault: the kernel's own trace of who takes the lock.
 */
#define _GNU_SOURCE
#include <sys/stat.h>

#include "child.h"
#include "kselftest.h"
#include "tool.h"

#define PIECE		(4UL << 20)
#define CHECKS_MAX	100	/* until tables in motion made it look again in some */
#define AGAIN		5	/* checks that did */
#define EVENT		"/events/mmap_lock/mmap_lock_acquire_returned/"

static const char *const tracefs[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

static char instance[64];

/* Tables come and go, and nobody else but a checker has to do with them. */
static int churn(void *arg)
{
	(void)arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		char *p = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED || madvise(p, PIECE, MADV_NOHUGEPAGE))
			return 1;
		for (size_t at = 0; at < PIECE; at += 4096)
			((volatile char *)p)[at] = 1;
		munmap(p, PIECE);
	}
}

static bool put(const char *file, const char *text)
{
	char path[192];
	bool ok;
	int fd;

	snprintf(path, sizeof(path), "%s%s", instance, file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* A buffer of our own, which nobody else's tracing disturbs. */
static bool open_instance(void)
{
	char path[192];

	for (size_t i = 0; i < sizeof(tracefs) / sizeof(*tracefs); i++) {
		snprintf(instance, sizeof(instance), "%s/instances/ptdesc-locks", tracefs[i]);
		if (mkdir(instance, 0700) && errno != EEXIST)
			continue;
		snprintf(path, sizeof(path), "%s%senable", instance, EVENT);
		if (!access(path, W_OK))
			return true;
		rmdir(instance);
	}
	return false;
}

/* How often the event was seen; the first that was is shown if wanted. */
static int seen(bool show)
{
	char path[192], *line = NULL;
	size_t room = 0;
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/trace", instance);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (getline(&line, &room, f) > 0)
		if (*line != '#' && !n++ && show)
			ksft_print_msg("%s", line);
	free(line);
	fclose(f);
	return n;
}

/* Who takes the lock of this mm for writing from here on, but for one process (0: all). */
static bool watch(unsigned long long mm, pid_t but_for)
{
	char filter[128];

	snprintf(filter, sizeof(filter), "write == 1 && mm == 0x%llx && common_pid != %d", mm, but_for);
	return put(EVENT "enable", "0") && put(EVENT "filter", filter) && put("/trace", "") &&
	       put(EVENT "enable", "1");
}

static unsigned long long mm_of(const char *pid)
{
	struct tool t = tool_run("-j", pid);
	const char *mm = strstr(t.out, "\"mm\":\"");
	unsigned long long address = mm ? strtoull(mm + 6, NULL, 16) : 0;

	tool_free(&t);
	return address;
}

/* How many of the checks looked again. */
static int check(const char *pid)
{
	int again = 0;

	for (int i = 0; i < CHECKS_MAX && again < AGAIN; i++) {
		struct tool t = tool_run("-j", pid);

		again += tool_number(&t, "\"looks\":") > 1;
		tool_free(&t);
	}
	return again;
}

int main(void)
{
	char text[16];
	pid_t pid;
	bool ready;
	int again, writers = -1;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	if (!open_instance())
		ksft_exit_skip("this kernel does not trace its mmap_locks\n");
	ksft_set_plan(2);
	pid = child(churn, NULL, 0);
	snprintf(text, sizeof(text), "%d", pid);
	ready = watch(mm_of(text), 0);
	for (int i = 0; ready && i < 1000 && !seen(false); i++)
		usleep(10000);
	ksft_test_result(ready && seen(false) > 0, "the trace shows the process itself\n");
	ready = ready && watch(mm_of(text), pid);
	again = check(text);
	if (ready)
		writers = seen(true);
	ksft_test_result(again == AGAIN && !writers,
			 "%d checks that looked again took its mmap_lock for writing %d times\n", again, writers);
	end(pid);
	put(EVENT "enable", "0");
	rmdir(instance);
	ksft_finished();
}

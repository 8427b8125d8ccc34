// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptdesc-check -a: each mm once, whoever shares it; kernel threads and zombies
 * counted; processes that come, go and run other programs meanwhile; all that
 * is listed reached from somewhere, and counted as the kernel counts it, while
 * the tool makes and frees no page table of its own between two looks.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "child.h"
#include "kselftest.h"
#include "memcg.h"
#include "procfs.h"
#include "tool.h"

#define THREADS	3

/* Only x86 keeps a list of all PGDs, by which mms without a process are found. */
#ifdef __x86_64__
#define REACHED	"holds"
#else
#define REACHED	"not_checked"
#endif

static int exit_at_once(void *arg)
{
	(void)arg;
	_exit(0);
}

/* Has the document this process, with all that goes with one? */
static bool has_process(const struct tool *t, pid_t pid)
{
	char text[32];

	snprintf(text, sizeof(text), "{\"pid\":%d,", pid);
	return strstr(t->out, text);
}

static long long machine_number(const struct tool *t, const char *key)
{
	return tool_number(t, "\"machine\":{", key);
}

static void explain(const struct tool *t)
{
	const char *machine = strstr(t->out, "\"machine\":");

	ksft_print_msg("exit status %d, %.200s\n", t->status, t->err);
	ksft_print_msg("%.900s\n", machine ? machine : t->out);
	/* it died: what it was at */
	if (t->status > 128)
		ksft_print_msg("... %s\n", t->out + (strlen(t->out) > 400 ? strlen(t->out) - 400 : 0));
}

static void test_quiet(bool listing)
{
	bool memcg = memcg_enter();
	struct tool t = tool_run("-a", "-j");
	bool holds = t.status == TOOL_HOLDS &&
		     strstr(t.out, "\"machine\":{\"status\":\"holds\"");

	if (!holds)
		explain(&t);
	ksft_test_result(holds, "all invariants of the machine hold\n");
	if (listing) {
		bool ok = tool_state(&t, "reached", REACHED) &&
			  tool_state(&t, "population", "holds");

		ksft_print_msg("%lld listed, %lld pages, %lld counted\n",
			       machine_number(&t, "\"tables_listed\":"),
			       machine_number(&t, "\"pages_listed\":"),
			       machine_number(&t, "\"nr_page_table_pages\":"));
		ksft_test_result(ok && machine_number(&t, "\"tables_listed\":") > 15,
				 "what is listed is reached and counted\n");
	} else {
		ksft_test_result(tool_state(&t, "reached", "not_checked"),
				 "without a listing that is not checked\n");
	}
	if (listing && memcg)
		ksft_test_result(tool_state(&t, "memcg-population", "holds") &&
				 machine_number(&t, "\"memory_cgroups\":") >= 2,
				 "what memory cgroups are charged for is counted\n");
	else
		ksft_test_result_skip("memory cgroups: no %s here\n", memcg ? "listing" : "cgroup2 with memory");
	memcg_leave();
	ksft_test_result(has_process(&t, getpid()) && has_process(&t, 1) &&
			 machine_number(&t, "\"kernel_threads\":") > 5,
			 "processes are checked, kernel threads counted\n");
	tool_free(&t);
}

static void test_sharing(void)
{
	struct tool t = tool_run("-a", "-j", "--listing", "none");
	long long sharing = machine_number(&t, "\"sharing_processes\":");
	long long zombies = machine_number(&t, "\"zombies\":");
	long long mms = machine_number(&t, "\"mms\":");
	pid_t sharer, zombie, fork;
	siginfo_t info;
	bool ok;

	tool_free(&t);
	sharer = child(sleep_for_ever, NULL, CLONE_VM);
	fork = child(sleep_for_ever, NULL, 0);
	zombie = child(exit_at_once, NULL, 0);
	waitid(P_PID, zombie, &info, WEXITED | WNOWAIT);
	t = tool_run("-a", "-j", "--listing", "none");
	ok = machine_number(&t, "\"sharing_processes\":") == sharing + 1 &&
	     machine_number(&t, "\"zombies\":") == zombies + 1 &&
	     machine_number(&t, "\"mms\":") == mms + 1 &&
	     has_process(&t, fork) && !has_process(&t, zombie) &&
	     has_process(&t, getpid()) != has_process(&t, sharer);
	if (!ok)
		explain(&t);
	ksft_test_result(ok, "a shared mm is checked once, a zombie not at all\n");
	tool_free(&t);
	end(sharer);
	end(fork);
	end(zombie);
}

/* Processes come and go as fast as they can, and become other programs. */
static int churn(void *arg)
{
	(void)arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned int i = 0;; i++) {
		pid_t pid = fork();

		if (!pid) {
			if (i & 1)
				execl("/bin/true", "true", NULL);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return 0;
}

static void test_churn(void)
{
	bool ok = true;
	pid_t pid[THREADS];

	for (int i = 0; i < THREADS; i++)
		pid[i] = child(churn, NULL, 0);
	for (int i = 0; i < 3; i++) {
		struct tool t = tool_run("-a", "-j");
		bool fine = (t.status == TOOL_HOLDS || t.status == TOOL_INCOMPLETE) &&
			    !strstr(t.out, "\"state\":\"violated\"") && !*t.err;

		if (!fine)
			explain(&t);
		ok = ok && fine;
		ksft_print_msg("exit status %d, %lld rounds, %lld mms\n", t.status,
			       machine_number(&t, "\"rounds\":"),
			       machine_number(&t, "\"mms\":"));
		tool_free(&t);
	}
	for (int i = 0; i < THREADS; i++)
		end(pid[i]);
	ksft_test_result(ok, "nothing is violated while processes come and go\n");
}

static bool trace_me(void)
{
	return !ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

/* Follows the tool to its end: how often its heap grew, and was given back. */
static void follow(pid_t pid, unsigned int *grown, unsigned int *shrunk)
{
	struct __ptrace_syscall_info info;
	__u64 nr = 0, brk = 0;
	int status, sig = 0;

	*grown = *shrunk = 0;
	/* the first stop is the exec's */
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return;
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	while (!ptrace(PTRACE_SYSCALL, pid, NULL, sig)) {
		siginfo_t at;

		/* the end is left to tool_wait() */
		if (waitid(P_PID, pid, &at, WEXITED | WSTOPPED | WNOWAIT) ||
		    at.si_code != CLD_TRAPPED)
			return;
		waitpid(pid, &status, 0);
		sig = WSTOPSIG(status);
		if (sig != (SIGTRAP | 0x80))
			continue;
		sig = 0;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
			return;
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
			nr = info.entry.nr;
		if (info.op != PTRACE_SYSCALL_INFO_EXIT || nr != SYS_brk)
			continue;
		*grown += (__u64)info.exit.rval > brk;
		*shrunk += (__u64)info.exit.rval < brk;
		brk = info.exit.rval;
	}
}

static void test_memory(void)
{
	static const char *const args[] = { "-a", "-q", NULL };
	unsigned int grown = 0, shrunk = 0;
	struct tool t;

	if (!tool_start(&t, trace_me, args))
		ksft_exit_fail_msg("cannot start the tool: %s\n", strerror(errno));
	follow(t.pid, &grown, &shrunk);
	tool_wait(&t);
	ksft_print_msg("the heap grew %u times, shrank %u times\n", grown, shrunk);
	/* at least once at the start: or they were not seen */
	ksft_test_result(grown >= 2 && !shrunk && t.status == TOOL_HOLDS,
			 "no memory is given back between two looks\n");
	tool_free(&t);
}

static int terminal;	/* its other side is the tool's standard error */

static bool on_terminal(void)
{
	int fd = open(ptsname(terminal), O_RDWR | O_NOCTTY);

	return fd >= 0 && dup2(fd, 2) == 2;
}

/* All that was written there while the tool ran. */
static size_t read_terminal(char *text, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size - 1 && (n = read(terminal, text + used, size - 1 - used)) > 0)
		used += n;
	text[used] = '\0';
	return used;
}

/* One line that is written over, each time from its beginning, and is gone in the end. */
static void test_progress(void)
{
	static const char *const args[] = { "-a", NULL };
	static char text[1 << 16];
	unsigned long of = 0, first = 0;
	size_t n;
	struct tool t;

	terminal = posix_openpt(O_RDWR | O_NOCTTY);
	if (terminal < 0 || grantpt(terminal) || unlockpt(terminal)) {
		ksft_test_result_skip("progress: no terminal: %s\n", strerror(errno));
		return;
	}
	t = tool_run_as(on_terminal, args);
	fcntl(terminal, F_SETFL, O_NONBLOCK);
	n = read_terminal(text, sizeof(text));
	close(terminal);
	ksft_test_result(t.status == TOOL_HOLDS && !strchr(text, '\n') &&
			 sscanf(text, "\r%lu of %lu processes\033[K\r", &first, &of) == 2 && first == 1 && of > 1 &&
			 strstr(text, "\rthe machine as a whole\033[K") && n > 4 && !strcmp(text + n - 4, "\r\033[K"),
			 "progress on a terminal, %lu processes\n", of);
	tool_free(&t);
}

static void test_text(void)
{
	struct tool t = tool_run("-a");
	const char *line = t.out;
	bool narrow = true;

	for (const char *end; (end = strchr(line, '\n')); line = end + 1)
		narrow &= end - line <= 80;
	/* stderr is no terminal: no progress */
	ksft_test_result(narrow && !*t.err && strstr(t.out, "mms; "),
			 "text in 80 columns, and no progress in a file\n");
	tool_free(&t);
}

int main(void)
{
	bool listing = !access("/sys/kernel/debug/ptdesc", R_OK);

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	ksft_set_plan(9);
	test_quiet(listing);
	test_sharing();
	test_churn();
	test_text();
	test_progress();
	test_memory();
	ksft_finished();
}

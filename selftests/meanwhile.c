// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a process at a chosen moment while ptdesc-check looks at it:
 * it dies, or becomes another program; its pages move; its tables are given
 * back while the whole machine is looked at.
 *
 * The moment is a system call of the tool's, which is traced: it opens the
 * process' pagemap and reads the mm of that, opens its maps, its pagemap again,
 * and then its status, to walk after that.
 */
#define _GNU_SOURCE
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "procfs.h"
#include "space.h"
#include "subject.h"

#define PAGE	SUBJECT_PAGE

static bool trace_me(void)
{
	return !ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

/* Is it about to open this file? */
static bool opens(pid_t tool, const struct __ptrace_syscall_info *info, const char *path)
{
	char text[64] = "";

	for (size_t i = 0; i + sizeof(long) < sizeof(text); i += sizeof(long)) {
		long word = ptrace(PTRACE_PEEKDATA, tool, info->entry.args[1] + i, NULL);

		memcpy(text + i, &word, sizeof(word));
		if (memchr(&word, 0, sizeof(word)))
			break;
	}
	return !strncmp(text, path, sizeof(text));
}

enum edge { ABOUT_TO, DID };

/* Runs the tool on the process, and act() when it is about to open, or did open, the file for the n-th time; *came: it was. */
static struct tool run_until(pid_t pid, enum edge edge, const char *name, unsigned int n, void (*act)(pid_t pid), bool *came)
{
	char number[16], path[64];
	const char *const args[] = { number, NULL };
	struct __ptrace_syscall_info info;
	int status, sig = 0;
	bool opening = false;
	struct tool t;
	siginfo_t at;

	*came = false;
	snprintf(number, sizeof(number), "%d", pid);
	snprintf(path, sizeof(path), name, pid, pid);
	if (!tool_start(&t, trace_me, args))
		ksft_exit_fail_msg("cannot start the tool: %s\n", strerror(errno));
	/* the first stop is the exec's */
	waitpid(t.pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, t.pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	while (!ptrace(*came ? PTRACE_CONT : PTRACE_SYSCALL, t.pid, NULL, sig)) {
		/* the end is left to tool_wait() */
		if (waitid(P_PID, t.pid, &at, WEXITED | WSTOPPED | WNOWAIT) || at.si_code != CLD_TRAPPED)
			break;
		waitpid(t.pid, &status, 0);
		sig = WSTOPSIG(status);
		if (sig != (SIGTRAP | 0x80))
			continue;
		sig = 0;
		if (*came)
			continue;
		if (!opening) {
			opening = ptrace(PTRACE_GET_SYSCALL_INFO, t.pid, sizeof(info), &info) > 0 &&
				  info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_openat &&
				  opens(t.pid, &info, path) && !--n;
			if (!opening || edge == DID)	/* at the next stop it is open */
				continue;
		}
		act(pid);
		*came = true;
	}
	tool_wait(&t);
	if (!*came)
		ksft_print_msg("%s: opened %u times too few\n", path, n);
	return t;
}

#define PAGEMAP	"/proc/%d/task/%d/pagemap"
#define STATUS	"/proc/%d/status"

static int go[2];

/* Sleeps until it is told to be another program. */
static pid_t start(void)
{
	pid_t pid;
	char c;

	if (pipe(go))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(go[1]);
		if (read(go[0], &c, 1) == 1)
			execl("/bin/sleep", "sleep", "1000", NULL);
		_exit(1);
	}
	while (!subject_sleeps(pid))
		sched_yield();
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(go[0]);
	close(go[1]);
}

static void die(pid_t pid)
{
	siginfo_t info;

	kill(pid, SIGKILL);
	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
}

static void become_sleep(pid_t pid)
{
	char path[32], name[16];
	FILE *f;

	if (write(go[1], "", 1) != 1)
		return;
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	do {
		*name = '\0';
		f = fopen(path, "re");
		if (f && !fgets(name, sizeof(name), f))
			*name = '\0';
		if (f)
			fclose(f);
		sched_yield();
	} while (strcmp(name, "sleep\n"));
}

static void test_moment(const char *what, enum edge edge, const char *file, unsigned int n, void (*act)(pid_t pid),
			int status, const char *sentence)
{
	pid_t pid = start();
	bool came, ok;
	struct tool t = run_until(pid, edge, file, n, act, &came);

	ok = came && t.status == status && strstr(t.err, sentence) && (!*sentence || tool_one_line(t.err)) &&
	     (status != TOOL_HOLDS || strstr(t.out, " (sleep) on "));
	if (!ok)
		ksft_print_msg("exit status %d, %.300s\n", t.status, t.err);
	ksft_test_result(ok, "%s\n", what);
	tool_free(&t);
	stop(pid);
}

static long vmstat(const char *key)
{
	FILE *f = fopen("/proc/vmstat", "re");
	char line[128];
	size_t n = strlen(key);
	long value = -1;

	while (f && value < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, n) && line[n] == ' ')
			value = atol(line + n);
	if (f)
		fclose(f);
	return value;
}

/* Each second page, so that there is something to move. */
static const char *fill_holes(char *space)
{
	size_t size = 64UL << 20;

	if (mmap(space, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ||
	    madvise(space, size, MADV_NOHUGEPAGE))
		return strerror(errno);
	memset(space, 1, size);
	for (size_t at = 0; at < size; at += 2 * PAGE)
		if (madvise(space + at, PAGE, MADV_DONTNEED))
			return strerror(errno);
	return NULL;
}

/* For ever. */
static const char *compact(char *space)
{
	int fd = open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC);

	(void)space;
	if (fd < 0)
		return "no compaction";
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (write(fd, "1", 1) == 1)
			;
		_exit(0);
	}
	return NULL;
}

/* Holds, or says that it could not settle something: never violated. */
static bool peaceful(const struct tool *t)
{
	bool ok = (t->status == TOOL_HOLDS || t->status == TOOL_INCOMPLETE) && !*t->err &&
		  !strstr(t->out, "\"state\":\"violated\"");

	if (!ok)
		ksft_print_msg("exit status %d, %.300s\n%.2000s\n", t->status, t->err,
			       strstr(t->out, "\"violations\":[{") ? strstr(t->out, "\"violations\":[{") : "");
	return ok;
}

static void test_migration(void)
{
	long moved = vmstat("pgmigrate_success");
	struct subject s = subject_start(fill_holes), mover = subject_start(compact);
	bool ok = true;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", s.pid);
	for (int i = 0; i < 10 && !s.skip && !mover.skip; i++) {
		struct tool t = tool_run("-j", pid);

		ok = peaceful(&t) && ok;
		tool_free(&t);
	}
	moved = vmstat("pgmigrate_success") - moved;
	if (s.skip || mover.skip || !moved)
		ksft_test_result_skip("pages that move: %s\n", s.skip ? s.skip : mover.skip ? mover.skip : "none did");
	else
		ksft_test_result(ok, "pages that move, %ld of them\n", moved);
	subject_stop(&mover);
	subject_stop(&s);
}

/* Tables come and go, which this kernel may free by RCU, or as soon as they are empty. */
static const char *churn(char *space)
{
	size_t size = 64 * SUBJECT_TABLE;

	if (mmap(space, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ||
	    madvise(space, size, MADV_NOHUGEPAGE))
		return strerror(errno);
	if (fork())
		return NULL;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		for (size_t at = 0; at < size; at += SUBJECT_TABLE)
			*(volatile char *)(space + at) = 1;
		madvise(space, size, MADV_DONTNEED);
	}
	return NULL;
}

static void test_reclaimed(void)
{
	struct subject s = subject_start(churn);
	bool ok = !s.skip;

	for (int i = 0; i < 3 && ok; i++) {
		struct tool t = tool_run("-j", "-a");

		ok = peaceful(&t);
		tool_free(&t);
	}
	ksft_test_result(ok, "tables that are given back, and the machine as a whole\n");
	subject_stop(&s);
}

int main(void)
{
	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	ksft_set_plan(8);
	test_moment("it is dead before its maps are opened", ABOUT_TO, PAGEMAP, 2, die, TOOL_CANNOT, "it has exited");
	test_moment("it dies before the walk", ABOUT_TO, STATUS, 1, die, TOOL_INCOMPLETE,
		    "it exited, or ran another program, meanwhile");
	/* seen in time: that is the one that is checked */
	test_moment("it becomes another program before its mm is known", ABOUT_TO, PAGEMAP, 2, become_sleep, TOOL_HOLDS, "");
	test_moment("it becomes another program when its pagemap is open", DID, PAGEMAP, 1, become_sleep, TOOL_HOLDS, "");
	test_moment("the same the second time", DID, PAGEMAP, 2, become_sleep, TOOL_HOLDS, "");
	test_moment("it becomes another program before the walk", ABOUT_TO, STATUS, 1, become_sleep, TOOL_INCOMPLETE,
		    "it exited, or ran another program, meanwhile");
	test_migration();
	test_reclaimed();
	ksft_finished();
}

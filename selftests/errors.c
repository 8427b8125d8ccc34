// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ptdesc-check does when it cannot do its work: exit status 2 (or 3 when
 * the process went away), exactly one line on stderr that starts with its
 * name, nothing on stdout, and no file left behind.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

#include "kselftest.h"
#include "procfs.h"
#include "tool.h"

#define NOBODY		65534

static char dir[] = "/tmp/ptdesc-errors-XXXXXX";

/* Wrong in the way described: status 2 and one line that has this word. */
static bool refused(const struct tool *t, const char *word)
{
	bool ok = t->status == TOOL_CANNOT && tool_one_line(t->err) &&
		  !strncmp(t->err, "ptdesc-check: ", 14) &&
		  strstr(t->err, word) && !*t->out;

	if (!ok) {
		ksft_print_msg("exit status %d, stdout %zu bytes, stderr:\n",
			       t->status, strlen(t->out));
		ksft_print_msg("%.300s", t->err);
	}
	return ok;
}

static void expect_refusal(const char *what, const char *word,
			   bool (*prepare)(void), const char *const args[])
{
	struct tool t = tool_run_as(prepare, args);

	ksft_test_result(refused(&t, word), "%s\n", what);
	tool_free(&t);
}

#define REFUSAL(what, word, prepare, ...)				\
	expect_refusal(what, word, prepare,				\
		       (const char *const[]){ __VA_ARGS__, NULL })

/* Works, or says in one line why it cannot: which of them is the kernel's. */
static void works_or_refuses(const char *what, const char *word,
			     bool (*prepare)(void), const char *pid)
{
	const char *const args[] = { pid, NULL };
	struct tool t = tool_run_as(prepare, args);
	bool works = t.status == TOOL_HOLDS;

	ksft_test_result(works || refused(&t, word), "%s: %s\n", what,
			 works ? "works all the same" : "refused");
	tool_free(&t);
}

static const char *pid_text(pid_t pid)
{
	static char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return text;
}

static void test_options(void)
{
	REFUSAL("no PID", "PID", NULL, NULL);
	REFUSAL("an unknown long option", "no-such-option", NULL,
		"--no-such-option", "1");
	REFUSAL("an unknown short option", "x", NULL, "-x", "1");
	REFUSAL("an option without its value", "-o", NULL, "1", "-o");
	REFUSAL("an unknown format", "xml", NULL, "-f", "xml", "1");
	REFUSAL("a range that is none", "range", NULL, "-A", "2000,1000", "1");
	REFUSAL("an unknown invariant", "no-such-thing", NULL, "-d",
		"no-such-thing");
	REFUSAL("PID 0", "0", NULL, "0");
	REFUSAL("PID -1", "1", NULL, "-1");
	REFUSAL("PID -1 behind --", "-1", NULL, "--", "-1");
	REFUSAL("PID abc", "abc", NULL, "abc");
	REFUSAL("PID 12x", "12x", NULL, "12x");
	REFUSAL("an empty PID", "PID", NULL, "");
	REFUSAL("PID 99999999999", "99999999999", NULL, "99999999999");
}

static void test_processes(void)
{
	siginfo_t info;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
	REFUSAL("a zombie", "it has exited", NULL, pid_text(pid));
	waitpid(pid, NULL, 0);
	REFUSAL("a process that is not there", "no such process", NULL,
		pid_text(pid));
	REFUSAL("a kernel thread", "a kernel thread has no memory of its own",
		NULL, "2");
}

/* In JSON the error is also where a program looks for it. */
static void test_json_error(void)
{
	struct tool t = tool_run("-j", "abc");
	bool ok = t.status == TOOL_CANNOT && tool_one_line(t.err) &&
		  tool_one_line(t.out) && t.out[0] == '{' &&
		  strstr(t.out, "\"error\":");

	ksft_test_result(ok, "an error in JSON\n");
	tool_free(&t);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void sleep_for(double s)
{
	struct timespec ts = { .tv_sec = s, .tv_nsec = (s - (long)s) * 1e9 };

	nanosleep(&ts, NULL);
}

/* 1000 tables that take a while. */
static pid_t start_big(void)
{
	size_t size = 2UL << 30, step = 2UL << 20;
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (p == MAP_FAILED || madvise(p, size, MADV_NOHUGEPAGE))
			_exit(1);
		for (size_t at = 0; at < size; at += step)
			((volatile char *)p)[at] = 1;
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

/*
 * Killed while it is checked: the tool says what it could, never more. The
 * moment is searched for: earlier when the check was done before it, later
 * when it had not begun.
 */
static void test_dying(void)
{
	enum { DEATHS = 24 };
	int seen[256] = { 0 };
	double early = 0, late = 0;
	bool ok = true;

	for (int i = -1; i < DEATHS; i++) {
		pid_t pid = start_big();
		const char *const args[] = { "-j", pid_text(pid), NULL };
		double start = seconds();
		struct tool t;

		if (pid < 0 || !tool_start(&t, NULL, args)) {
			ok = false;
			break;
		}
		/* the first lives: how long does it take? */
		if (i >= 0) {
			sleep_for((early + late) / 2);
			kill(pid, SIGKILL);
		}
		tool_wait(&t);
		if (i < 0) {
			late = seconds() - start;
			ok = t.status == TOOL_HOLDS;
			kill(pid, SIGKILL);
		}
		waitpid(pid, NULL, 0);
		seen[t.status & 255]++;
		if ((t.status != TOOL_HOLDS && t.status != TOOL_CANNOT &&
		     t.status != TOOL_INCOMPLETE) ||
		    (*t.err && !tool_one_line(t.err)) || !tool_one_line(t.out)) {
			ksft_print_msg("killed after %.3f s: exit status %d, %.200s\n",
				       (early + late) / 2, t.status, t.err);
			ok = false;
		}
		if (t.status == TOOL_CANNOT)
			early = (early + late) / 2;
		else if (i >= 0 && t.status == TOOL_HOLDS)
			late = (early + late) / 2;
		/* no two runs take the same time: never too sure of a bound */
		early *= 0.98;
		late *= 1.02;
		tool_free(&t);
	}
	ksft_print_msg("of %d: %d hold, %d could not check, %d incomplete\n",
		       DEATHS + 1, seen[TOOL_HOLDS], seen[TOOL_CANNOT],
		       seen[TOOL_INCOMPLETE]);
	ksft_test_result(ok, "a process that dies meanwhile\n");
}

static bool write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	bool ok = f && fputs(text, f) >= 0;

	return f && !fclose(f) && ok;
}

static void test_listing(const char *what, const char *text, const char *pid)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/listing", dir);
	if (!write_file(path, text))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	REFUSAL(what, path, NULL, "--listing", path, pid);
	unlink(path);
}

#define HEADER	"# ptdesc 1 pfn order type refcount ptl pmd_huge_pte pt_mm " \
		"pid frag share gaddr memcg flags comm\n"
#define ROW(pfn) pfn " 0 0xf2000000 1 free - - - - - - - - -\n"

static void test_listings(const char *pid)
{
	test_listing("an empty listing", "", pid);
	test_listing("a truncated listing", HEADER ROW("100"), pid);
	test_listing("a listing cut in a row", HEADER ROW("100") "101 0 0xf2",
		     pid);
	test_listing("a foreign file", "root:x:0:0:root:/root:/bin/bash\n",
		     pid);
	test_listing("a listing of another version",
		     "# ptdesc 2 pfn order\n# end\n", pid);
	test_listing("a listing out of order",
		     HEADER ROW("101") ROW("100") "# end\n", pid);
	test_listing("a pfn that is none", HEADER ROW("x") "# end\n", pid);
	REFUSAL("a listing that is not there", "nothing", NULL, "--listing",
		"/tmp/nothing", pid);
}

static int files_in(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

static void test_output(const char *pid)
{
	char path[96], tiny[64];
	struct tool t;
	int fd;

	REFUSAL("-o into a directory that is not there", "/tmp/no/such", NULL,
		"-o", "/tmp/no/such/file", pid);
	REFUSAL("-o onto a directory", dir, NULL, "-o", dir, pid);
	REFUSAL("-o where nobody may write", "/proc/x", NULL, "-o", "/proc/x",
		pid);

	snprintf(path, sizeof(path), "%s/out", dir);
	write_file(path, "old");
	REFUSAL("-o with a process that is not there", "2147483647", NULL,
		"-o", path, "2147483647");
	t = tool_run("-j", "-o", path, pid);
	ksft_test_result(t.status == TOOL_HOLDS && !*t.out && !*t.err &&
			 files_in(dir) == 1,
			 "-o leaves its file and nothing else\n");
	tool_free(&t);
	unlink(path);

	snprintf(tiny, sizeof(tiny), "%s/tiny", dir);
	if (mkdir(tiny, 0700) ||
	    mount("tiny", tiny, "tmpfs", 0, "size=4k,nr_inodes=8"))
		ksft_exit_fail_msg("%s: %s\n", tiny, strerror(errno));
	/* it has room for one page, however large */
	snprintf(path, sizeof(path), "%s/full", tiny);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || posix_fallocate(fd, 0, sysconf(_SC_PAGESIZE)))
		ksft_exit_fail_msg("%s: cannot be filled\n", path);
	close(fd);
	snprintf(path, sizeof(path), "%s/out", tiny);
	REFUSAL("-o onto a full file system", "No space", NULL, "-j", "-l",
		"-o", path, pid);
	ksft_test_result(files_in(tiny) == 1, "no partial file is left there\n");
	umount(tiny);
	rmdir(tiny);
}

static bool become_nobody(void)
{
	return !setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) &&
	       !setresuid(NOBODY, NOBODY, NOBODY);
}

static bool without_bpf(void)
{
	return !prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0) &&
	       !prctl(PR_CAPBSET_DROP, CAP_BPF, 0, 0, 0) &&
	       !prctl(PR_CAPBSET_DROP, CAP_PERFMON, 0, 0, 0);
}

static bool without_ptrace(void)
{
	return !prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0) &&
	       !prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0) &&
	       !prctl(PR_CAPBSET_DROP, CAP_PERFMON, 0, 0, 0);
}

static bool without_btf(void)
{
	return !unshare(CLONE_NEWNS) &&
	       !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", "/sys/kernel/btf", "tmpfs", 0, NULL);
}

static void test_rights(const char *pid)
{
	char old = '0';

	REFUSAL("not root", "", become_nobody, pid);
	REFUSAL("root without CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN", "CAP_",
		without_bpf, pid);
	REFUSAL("root without CAP_SYS_PTRACE, CAP_PERFMON, CAP_SYS_ADMIN", "",
		without_ptrace, pid);
	works_or_refuses("no BTF file", "BTF", without_btf, pid);
	if (!sysctl_set(KPTR_RESTRICT, "2", &old))
		ksft_exit_fail_msg(KPTR_RESTRICT ": %s\n", strerror(errno));
	works_or_refuses("kptr_restrict=2", "kptr_restrict", NULL, pid);
	sysctl_set(KPTR_RESTRICT, &old, NULL);
}

int main(void)
{
	char self[16];

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	if (!mkdtemp(dir))
		ksft_exit_fail_msg("%s: %s\n", dir, strerror(errno));
	ksft_set_plan(14 + 3 + 1 + 1 + 8 + 7 + 5);
	snprintf(self, sizeof(self), "%d", getpid());
	test_options();
	test_processes();
	test_json_error();
	test_dying();
	test_listings(self);
	test_output(self);
	test_rights(self);
	rmdir(dir);
	ksft_finished();
}

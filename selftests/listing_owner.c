// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose is a PGD? On x86, on a kernel that types PGDs, each one of a live
 * process is listed once, with its mm, PID and comm; ptdesc-check finds the same.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "listing.h"
#include "procfs.h"
#include "tool.h"

#define COMM		"a b\\c\t-"
#define COMM_LISTED	"a\\040b\\134c\\011-"

static struct listing l;

/* The row of a process' PGD: NULL if there is not exactly one. */
static const struct listing_row *row_of(pid_t pid, int *count)
{
	const struct listing_row *found = NULL;

	*count = 0;
	for (size_t i = 0; i < l.rows; i++) {
		const char *field = l.row[i].field[LISTING_PID];

		if (!listing_absent(field) && atoi(field) == pid) {
			found = &l.row[i];
			++*count;
		}
	}
	return *count == 1 ? found : NULL;
}

static pid_t start_child(const char *comm, bool share_mm)
{
	int ready[2];
	char c;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, comm);
		/* a child that shares its parent's mm until it execs */
		if (share_mm && !vfork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (write(ready[1], "", 1) == 1)
				for (;;)
					pause();
			_exit(1);
		}
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &c, 1) != 1)
		ksft_exit_fail_msg("no child\n");
	close(ready[0]);
	return pid;
}

static void stop_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_named(void)
{
	pid_t pid = start_child(COMM, false);
	const struct listing_row *row;
	int count;

	listing_free(&l);
	l = listing_read(0);
	row = row_of(pid, &count);
	if (row)
		ksft_print_msg("its PGD: pfn %s pt_mm %s comm %s\n",
			       row->field[LISTING_PFN],
			       row->field[LISTING_PT_MM],
			       row->field[LISTING_COMM]);
	ksft_test_result(row, "a process has one PGD (%d)\n", count);
	ksft_test_result(row && !listing_absent(row->field[LISTING_PT_MM]),
			 "its mm is shown\n");
	ksft_test_result(row && !strcmp(row->field[LISTING_COMM], COMM_LISTED),
			 "its comm is one escaped word\n");
	stop_child(pid);

	listing_free(&l);
	l = listing_read(0);
	row_of(pid, &count);
	ksft_test_result(!l.error && !count, "no PGD once it is gone\n");
}

/* Two processes, one mm: one PGD, and it is one of the two that is named. */
static void test_shared(void)
{
	pid_t pid = start_child("sharer", true);
	int rows = 0;

	listing_free(&l);
	l = listing_read(0);
	for (size_t i = 0; i < l.rows; i++)
		rows += !strcmp(l.row[i].field[LISTING_COMM], "sharer");
	ksft_test_result(rows == 1, "an mm of two processes has one PGD (%d)\n",
			 rows);
	stop_child(pid);
}

static void test_all_live(void)
{
	size_t pgds = 0, dead = 0, twice = 0;

	for (size_t i = 0; i < l.rows; i++) {
		char *const *f = l.row[i].field;

		if (listing_absent(f[LISTING_PT_MM]))
			continue;
		pgds++;
		if (!listing_absent(f[LISTING_PID]) &&
		    kill(atoi(f[LISTING_PID]), 0))
			dead++;
		for (size_t j = 0; j < i; j++)
			twice += !strcmp(l.row[j].field[LISTING_PT_MM],
					 f[LISTING_PT_MM]);
	}
	ksft_test_result(pgds && !dead && !twice,
			 "%zu PGDs: %zu of dead processes, %zu mms twice\n",
			 pgds, dead, twice);
}

/* Who goes from a process to its mm and its PGD must come to this row. */
static void test_checker(void)
{
	size_t same = 0, others = 0;

	if (access(tool_path(), X_OK)) {
		ksft_test_result_skip("no ptdesc-check to ask whose PGDs they are\n");
		return;
	}
	listing_free(&l);
	l = listing_read(0);
	for (size_t i = 0; i < l.rows; i++) {
		char *const *f = l.row[i].field;
		unsigned long long mm = 0, pfn = 0;
		const char *at;
		struct tool t;

		if (listing_absent(f[LISTING_PID]))
			continue;
		t = tool_run(f[LISTING_PID]);
		at = strstr(t.out, "\nmm ");
		if (t.status == TOOL_HOLDS && at &&
		    sscanf(at, "\nmm 0x%llx, pgd at pfn %llu", &mm, &pfn) == 2 &&
		    mm == strtoull(f[LISTING_PT_MM], NULL, 16) && pfn == l.row[i].pfn) {
			same++;
		} else if (!kill(atoi(f[LISTING_PID]), 0)) {
			ksft_print_msg("pfn %s pt_mm %s pid %s; ptdesc-check: pfn %llu mm %llx, status %d %s\n",
				       f[LISTING_PFN], f[LISTING_PT_MM], f[LISTING_PID],
				       pfn, mm, t.status, t.err);
			others++;
		}
		tool_free(&t);
	}
	ksft_test_result(same && !others, "ptdesc-check finds the PGDs of %zu processes there, %zu elsewhere\n",
			 same, others);
}

int main(void)
{
	const char *kit = getenv("PTDESC_KIT");
	char restricted[2] = "0";
	int count;

	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	l = listing_read(0);
	row_of(getpid(), &count);
	/* where PGDs are known to be typed, not to see one's own is a failure */
	if (!count && (!kit || (strcmp(kit, "series") && strcmp(kit, "newest"))))
		ksft_exit_skip("no PGD is listed: " LISTING_NO_MM "\n");
	ksft_set_plan(7);
	/* as they are: hashed ones are all the same early in a guest's life */
	if (!sysctl_set(KPTR_RESTRICT, "1", restricted))
		ksft_exit_fail_msg("%s: cannot set\n", KPTR_RESTRICT);
	test_named();
	test_all_live();
	test_shared();
	test_checker();
	sysctl_set(KPTR_RESTRICT, restricted, NULL);
	listing_free(&l);
	ksft_finished();
}

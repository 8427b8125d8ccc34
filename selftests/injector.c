// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does ptdesc_inject.ko put back what it changes? Each corruption is made and
 * undone with a victim that sleeps, with one that churns, and with one that is
 * killed in between. With the sleeping one the inspector's listing must be the
 * same before and after, every word of every descriptor. Then the victim
 * exits: counters and entries that were not as before show in the kernel log
 * (Bad page state, non-zero pgtables_bytes, a WARN), which the runner judges.
 */
#define _GNU_SOURCE
#include "injector.h"
#include "listing.h"

#define TRIES	8

enum how { SLEEPS, CHURNS, KILLED, UNDO_FILE, HOWS };

static const char *const how_text[] = {
	[SLEEPS] = "undone at close",
	[CHURNS] = "undone at close while the victim churns",
	[KILLED] = "undone after the victim was killed",
	[UNDO_FILE] = "undone by the undo file",
};

static struct inject_name names[INJECT_NAMES];

static bool undo_by_file(void)
{
	int fd = open(INJECT_DIR "undo", O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, "all\n", 4) == 4;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool unchanged(const struct listing *before)
{
	struct listing after = listing_read(0);
	bool same = !after.error && listing_same(before, &after);

	listing_free(&after);
	return same;
}

enum outcome { DONE, FAILED, CHANGED, UNKNOWN };

/* Corrupts, undoes, and looks whether all is as it was. */
static enum outcome cycle(const struct inject_name *name, struct victim *v,
			  unsigned long addr, enum how how)
{
	bool compare = how == SLEEPS || how == UNDO_FILE;
	struct listing before = { .rows = 0 };
	char want[96], status[256];
	bool ok, same = true;
	int fd;

	if (compare)
		before = listing_read(0);
	fd = injector_inject(name->name, v->pid, addr);
	if (fd < 0) {
		listing_free(&before);
		if (errno == EOPNOTSUPP)
			return UNKNOWN;
		ksft_print_msg("%s: inject: %s\n", name->name, strerror(errno));
		return FAILED;
	}
	snprintf(want, sizeof(want), "%.31s %d %lx\n", name->name, v->pid,
		 addr);
	injector_status(status, sizeof(status));
	ok = !strcmp(status, want) && victim_alive(v);
	if (how == KILLED)
		victim_stop(v);
	if (how == UNDO_FILE)
		ok = undo_by_file() && ok;
	else
		close(fd);
	ok = !injector_status(status, sizeof(status)) && ok;
	if (how == UNDO_FILE)
		close(fd);
	if (before.rows)
		same = unchanged(&before);
	listing_free(&before);
	if (how != KILLED)
		ok = victim_alive(v) && ok;
	return !ok ? FAILED : same ? DONE : CHANGED;
}

static void test_one(const struct inject_name *name, enum how how)
{
	enum outcome outcome = CHANGED;
	unsigned long addr;
	struct victim v;

	if (how == CHURNS && !strcmp(name->provokes, "ptl-sane")) {
		ksft_test_result_skip("%s %s: only a sleeping victim survives\n",
				      name->name, how_text[how]);
		return;
	}
	if (victim_start(&v, how == CHURNS)) {
		ksft_test_result_error("%s: no victim: %s\n", name->name,
				       strerror(errno));
		return;
	}
	addr = victim_addr(&v, name->need);
	/* again when a table of another process came or went meanwhile */
	for (int i = 0; addr && i < TRIES && outcome == CHANGED; i++) {
		outcome = cycle(name, &v, addr, how);
		if (i && outcome == UNKNOWN)	/* was known: not undone */
			outcome = FAILED;
	}
	if (how != KILLED || outcome == UNKNOWN || !addr)
		victim_stop(&v);
	if (!addr) {
		ksft_test_result_skip("%s %s: the victim has no %s\n",
				      name->name, how_text[how], name->need);
	} else if (outcome == UNKNOWN) {
		ksft_test_result_skip("%s %s: this kernel has no such thing\n",
				      name->name, how_text[how]);
	} else {
		if (outcome == CHANGED)
			ksft_print_msg("%s: the listing is never what it was\n",
				       name->name);
		ksft_test_result(outcome == DONE, "%s %s\n", name->name,
				 how_text[how]);
	}
}

static void expect_errno(const char *what, const char *name, pid_t pid,
			 unsigned long addr, int want)
{
	int fd = injector_inject(name, pid, addr);
	int got = fd < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	if (got != want)
		ksft_print_msg("%s: %s, not %s\n", what, strerror(got),
			       strerror(want));
	ksft_test_result(got == want, "refuses %s\n", what);
}

static void test_refusals(void)
{
	struct victim v;
	int first;

	if (victim_start(&v, false))
		ksft_exit_fail_msg("no victim: %s\n", strerror(errno));
	expect_errno("an unknown name", "no-such-thing", v.pid, v.page, ENOENT);
	expect_errno("a line with more words", "bytes-added 1 1", v.pid, v.page,
		     EINVAL);
	expect_errno("PID 0", "bytes-added", 0, v.page, EINVAL);
	expect_errno("a PID that is not there", "bytes-added", 4194304, v.page,
		     ESRCH);
	expect_errno("a kernel thread", "bytes-added", 2, v.page, ESRCH);
	expect_errno("the writer itself", "bytes-added", getpid(),
		     (unsigned long)&v, EINVAL);
	expect_errno("an address of the kernel", "bytes-added", v.pid, -4096UL,
		     EINVAL);
	expect_errno("an address that has not what it needs",
		     "pte-table-untyped", v.pid, v.hole, EADDRNOTAVAIL);
	first = injector_inject("bytes-added", v.pid, v.page);
	expect_errno("a second corruption of one mm", "bytes-missing", v.pid,
		     v.page, EBUSY);
	ksft_test_result(injector_unload() && errno == EWOULDBLOCK,
			 "is not unloaded while something is corrupt\n");
	close(first);
	victim_stop(&v);
}

static void test_load(void)
{
	bool refused;

	if (injector_unload())
		ksft_print_msg("rmmod: %s\n", strerror(errno));
	refused = injector_load("") && errno == EPERM;
	ksft_test_result(refused, "does not load without allow_corruption=1\n");
	if (injector_load("allow_corruption=1"))
		ksft_exit_fail_msg("insmod: %s\n", strerror(errno));
}

int main(void)
{
	int n;

	listing_keep_memory();
	ksft_print_header();
	injector_require();
	if (access(LISTING_PATH, R_OK))
		ksft_print_msg("no " LISTING_PATH ": descriptors are not compared\n");
	n = injector_names(names);
	ksft_set_plan(1 + 10 + n * HOWS);
	test_load();
	test_refusals();
	for (int i = 0; i < n; i++)
		for (enum how how = 0; how < HOWS; how++)
			test_one(&names[i], how);
	injector_unload();
	ksft_finished();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * With 64K pages a PTE or PMD table of powerpc is a fragment of a page, and
 * pt_frag_refcount counts the fragments of the page that are in use or kept by
 * the mm to be given out. So a page begins with all that fit, and each table that
 * is freed takes one away; at 0 the page is freed.
 *
 * A process of its own makes tables and frees them, a known number each time, and
 * meanwhile waits; this one reads in the listing what that did to its pages.
 * Which MMU is there, and so how large tables are, the kernel says in /proc/cpuinfo.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "charged.h"

/* What of a page of 64K a table takes; how much memory a PTE table maps. */
struct mmu {
	const char *name;
	int pte_frags, pmd_frags;	/* per page */
	size_t pte_span;
	int pgds;			/* per mm, those that are pages of their own */
};

static const struct mmu mmus[] = {
	{ "Radix", 256, 16, 2UL << 20, 1 },
	{ "Hash", 16, 4, 16UL << 20, 0 },
};

/*
 * Where the process maps: nothing else is near, so that the PMD table is one for
 * this alone. Two pages of PTE tables fit below one PMD table with either MMU.
 */
#define REGION	((char *)(1UL << 42))

static const struct mmu *mmu;
static int tables;	/* PTE tables that the process makes: two pages full */

static const struct mmu *find_mmu(void)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	const struct mmu *found = NULL;
	char line[256], name[32];

	while (f && !found && fgets(line, sizeof(line), f))
		if (sscanf(line, "MMU : %31s", name) == 1)
			for (size_t i = 0; i < sizeof(mmus) / sizeof(*mmus); i++)
				if (!strcmp(name, mmus[i].name))
					found = &mmus[i];
	if (f)
		fclose(f);
	return found;
}

/* The process: does what each byte on stdin says, answers with that byte, or dies. */

static bool map_all(void)
{
	char *p = mmap(REGION, tables * mmu->pte_span, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
		       MAP_FIXED_NOREPLACE, -1, 0);

	if (p != REGION || madvise(p, tables * mmu->pte_span, MADV_NOHUGEPAGE))
		return false;
	for (int i = 0; i < tables; i++)
		((volatile char *)p)[i * mmu->pte_span] = 1;
	return true;
}

/* From the n-th PTE table on. */
static bool unmap_from(int n)
{
	return !munmap(REGION + n * mmu->pte_span,
		       (tables - n) * mmu->pte_span);
}

static pid_t start_twin(void)
{
	int ready[2];
	char c;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	if (pid > 0 && read(ready[0], &c, 1) != 1)
		pid = -1;
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static int be_the_process(void)
{
	pid_t twin = -1;
	bool ok = true;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (ok && read(0, &c, 1) == 1) {
		switch (c) {
		case 'm':
			ok = map_all();
			break;
		case 'l':	/* the last table */
			ok = unmap_from(tables - 1);
			break;
		case 'u':
			ok = unmap_from(0);
			break;
		case 'f':
			twin = start_twin();
			ok = twin > 0;
			break;
		case 'k':
			ok = !kill(twin, SIGKILL) &&
			     waitpid(twin, NULL, 0) == twin;
			break;
		}
		ok = ok && write(1, &c, 1) == 1;
	}
	return !ok;
}

static int to_process, from_process;

static pid_t start_process(void)
{
	int to[2], from[2];
	pid_t pid;

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		/* khugepaged keeps for seconds what dies while it looks at it */
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
		if (cgroup_enter() && dup2(to[0], 0) == 0 && dup2(from[1], 1) == 1)
			execl("/proc/self/exe", "fragments", "process", NULL);
		_exit(1);
	}
	close(to[0]);
	close(from[1]);
	to_process = to[1];
	from_process = from[0];
	return pid;
}

static void do_in_process(char c)
{
	char answer;

	if (write(to_process, &c, 1) != 1 ||
	    read(from_process, &answer, 1) != 1 || answer != c)
		ksft_exit_fail_msg("the process could not do \"%c\"\n", c);
}

static void show(const char *when, const struct charged *c)
{
	ksft_print_msg("%s: %d pages, fragments:", when, c->tables);
	for (int i = 0; i < c->tables; i++)
		printf(" %d", c->table[i].frags);
	printf("\n");
}

static uint64_t ino;

static void read_now(struct charged *c, const char *when)
{
	if (!charged_read(c, ino))
		ksft_exit_fail_msg("no whole listing\n");
	show(when, c);
}

static void test_start(struct charged *start)
{
	int fragments = 0, none = 0;
	bool fit = true;

	if (!charged_settle(start, ino))
		ksft_exit_fail_msg("the tables do not come to rest\n");
	show("at the start", start);
	for (int i = 0; i < start->tables; i++) {
		int n = start->table[i].frags;

		fragments += n > 1;
		none += !n;
		fit = fit && n <= mmu->pte_frags;
	}
	ksft_test_result(fragments >= 2 && fit,
			 "pages of PTE and PMD tables have more than one fragment\n");
	ksft_test_result(none == mmu->pgds,
			 "%d page is a table of its own: the PGD, if it is no slab object\n",
			 mmu->pgds);
}

/*
 * What is left of the page that the process takes PTE tables from is used up, one
 * page more is, and one is begun: two new pages, full; and the PMD table may need one.
 */
static void test_map(const struct charged *start, struct charged *mapped)
{
	int ptes, pmds, others, kept = 0;

	do_in_process('m');
	read_now(mapped, "mapped");
	ptes = charged_new(mapped, start, mmu->pte_frags);
	pmds = charged_new(mapped, start, mmu->pmd_frags);
	others = charged_new(mapped, start, -1) - ptes - pmds;
	for (int i = 0; i < start->tables; i++) {
		const struct charged_table *old = &start->table[i];
		const struct charged_table *now = charged_find(mapped, old->pfn);

		kept += now && now->frags == old->frags;
	}
	ksft_test_result(ptes == 2 && pmds <= 1 && !others,
			 "%d PTE tables: two new pages of %d fragments\n",
			 tables, mmu->pte_frags);
	ksft_test_result(kept == start->tables,
			 "the other pages are as they were\n");
}

static void test_unmap_one(const struct charged *mapped, struct charged *now)
{
	int fewer = 0, same = 0;

	do_in_process('l');
	charged_wait(now, ino, charged_frags(mapped) - 1, -1);
	show("one unmapped", now);
	for (int i = 0; i < now->tables; i++) {
		const struct charged_table *old =
			charged_find(mapped, now->table[i].pfn);

		if (old && old->frags == now->table[i].frags)
			same++;
		else if (old && old->frags == mmu->pte_frags &&
			 now->table[i].frags == old->frags - 1)
			fewer++;
	}
	ksft_test_result(fewer == 1 && same == mapped->tables - 1,
			 "one table freed: one fragment less in one of the new pages\n");
}

/* All PTE tables are gone, with them the PMD table, and the page that was only theirs. */
static void test_unmap_all(const struct charged *mapped, struct charged *now)
{
	int gone = 0;
	bool right;

	do_in_process('u');
	right = charged_wait(now, ino, charged_frags(mapped) - tables - 1, -1);
	show("all unmapped", now);
	for (int i = 0; i < mapped->tables; i++)
		gone += !charged_find(now, mapped->table[i].pfn);
	ksft_test_result(right && gone >= 1,
			 "all freed: as many fragments less, and one for the PMD table\n");
}

static void test_fork(void)
{
	struct charged before, with, after;
	int more = 0, pgds = 0;
	bool kept = true;

	read_now(&before, "before fork");
	do_in_process('f');
	read_now(&with, "with a child");
	for (int i = 0; i < with.tables; i++) {
		const struct charged_table *old =
			charged_find(&before, with.table[i].pfn);

		if (old)
			kept = kept && old->frags == with.table[i].frags;
		else if (with.table[i].frags > 1)
			more++;
		else
			pgds++;
	}
	kept = kept && with.tables == before.tables + more + pgds;
	ksft_test_result(kept && more >= 2 && pgds == mmu->pgds,
			 "a child has its own pages of fragments, and its PGD\n");

	do_in_process('k');
	charged_wait(&after, ino, charged_frags(&before), before.tables);
	show("after its exit", &after);
	ksft_test_result(charged_same(&before, &after),
			 "its exit leaves the parent's pages as they were\n");
}

static void test_exit(pid_t pid)
{
	struct charged now;
	int status;
	bool none;

	close(to_process);
	if (waitpid(pid, &status, 0) != pid || status)
		ksft_exit_fail_msg("the process failed, status %#x\n", status);
	none = charged_wait(&now, ino, 0, 0);
	show("after exit", &now);
	ksft_test_result(none, "none is left after exit\n");
}

int main(int argc, char **argv)
{
	struct charged start, mapped, now;
	pid_t pid;

	mmu = find_mmu();
	if (mmu)
		tables = 2 * mmu->pte_frags;
	if (mmu && argc == 2 && !strcmp(argv[1], "process"))
		return be_the_process();

	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	if (sysconf(_SC_PAGESIZE) != 65536)
		ksft_exit_skip("pages of %ld bytes: table sizes not known here\n",
			       sysconf(_SC_PAGESIZE));
	if (!mmu)
		ksft_exit_skip("/proc/cpuinfo names no MMU known here\n");
	ino = cgroup_make();
	if (!ino)
		ksft_exit_skip("no memory cgroups in " CGROUPS ": %s\n",
			       strerror(errno));
	ksft_set_plan(9);
	ksft_print_msg("MMU %s\n", mmu->name);

	pid = start_process();
	if (pid < 0)
		ksft_exit_fail_msg("cannot start a process: %s\n", strerror(errno));
	/* What it touches for the first time it has touched then. */
	for (const char *c = "mlufk"; *c; c++)
		do_in_process(*c);

	test_start(&start);
	test_map(&start, &mapped);
	test_unmap_one(&mapped, &now);
	test_unmap_all(&mapped, &now);
	test_fork();
	test_exit(pid);
	rmdir(CGROUP);
	ksft_finished();
}

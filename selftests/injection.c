// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does ptdesc-check find each corruption, name it by its invariant and nothing
 * else, and hold its peace before and after? Once with a victim that sleeps,
 * once with one that churns. PTDESC_CORRUPTIONS: only those named in it.
 */
#define _GNU_SOURCE
#include "injector.h"
#include "memcg.h"
#include "tool.h"

static const char *const invariants[] = {
	"table-typed", "refcount-one", "single-parent", "entry-sane",
	"pgd-owner", "counts-agree", "leaf-not-table", "table-in-vma",
	"ptl-sane", "deposit-matches", "listed", "reached", "population",
	"kernel-half", "pti-copy", "share-count", "charge-sane",
	"zero-readonly", "user-bit", "memcg-population",
	"only-table", "deposit-unused", "shared-hugetlb", "pgd-linked",
	"one-mm", "kernel-uncharged", "fragments-agree",
	"gaddr-matches", "unmovable", "node-population",
};

#define BY_TYPE		"the inspector knows tables by their type"
#define TWICE		"a table that is reached twice is counted twice"
#define CLAIMED		"the table that the entry claims was never counted"
#define NO_HUGETLB	"what is shared must be of hugetlb pages"
#define ON_A_NODE	"what is counted is counted on a node"
#define NO_VMA		"put where no VMA is: there no walk of the kernel's stumbles on it"

/* What else a corruption makes untrue, and why that is right. */
static const struct also {
	const char *name, *invariant, *why;
} also[] = {
	{ "pte-table-untyped", "listed", BY_TYPE },
	{ "pmd-table-untyped", "listed", BY_TYPE },
	{ "pud-table-untyped", "listed", BY_TYPE },
	{ "p4d-table-untyped", "listed", BY_TYPE },
	{ "pgd-untyped", "listed", BY_TYPE },
	{ "pte-table-mistyped", "listed", BY_TYPE },
	{ "pte-table-shared", "counts-agree", TWICE },
	{ "pmd-table-shared", "counts-agree", TWICE },
	{ "pmd-pfn-beyond-memory", "counts-agree", CLAIMED },
	{ "pmd-pfn-beyond-memory", "table-in-vma", NO_VMA },
	{ "share-count-raised", "shared-hugetlb", NO_HUGETLB },
	{ "count-raised", "node-population", ON_A_NODE },
};

static bool expected(const struct inject_name *name, const char *invariant)
{
	if (!strcmp(name->provokes, invariant))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(also); i++)
		if (!strcmp(also[i].name, name->name) &&
		    !strcmp(also[i].invariant, invariant))
			return true;
	return false;
}

/* Some are of the machine: only -a looks there. */
static bool of_machine(const struct inject_name *name)
{
	static const char *const machine[] = {
		"reached", "population", "memcg-population", "share-count",
		"pgd-linked", "one-mm", "kernel-uncharged", "node-population",
	};

	for (size_t i = 0; name && i < ARRAY_SIZE(machine); i++)
		if (!strcmp(name->provokes, machine[i]))
			return true;
	return false;
}

static struct tool check(const struct victim *v, const struct inject_name *name)
{
	char pid[16];

	if (of_machine(name))
		return tool_run("-j", "-a");
	snprintf(pid, sizeof(pid), "%d", v->pid);
	return tool_run("-j", pid);
}

/* Prints what the tool found, each list cut to what a diagnostic can bear; of the machine, all that it counted. */
static void print_tool(const char *when, const struct tool *t)
{
	static const char *const lists[] = { "\"violations\":[{", "\"unsettled\":[{", "\"machine\":" };

	ksft_print_msg("%s: exit status %d\n", when, t->status);
	if (*t->err)
		ksft_print_msg("%.300s", t->err);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (const char *at = t->out; (at = strstr(at, lists[i])); at++)
			ksft_print_msg("%.900s\n", at);
}

/* Nothing violated; a churning victim may leave things unsettled. */
static bool clean(const struct victim *v, bool churns, const char *when,
		  const struct inject_name *name)
{
	struct tool t = check(v, name);
	bool ok = t.status == TOOL_HOLDS ||
		  (churns && t.status == TOOL_INCOMPLETE);

	ok = ok && !strstr(t.out, "\"state\":\"violated\"");
	if (!ok)
		print_tool(when, &t);
	tool_free(&t);
	return ok;
}

/*
 * A sum over what never holds still, an mm or the machine, may be beyond
 * settling. Then the tool must say so; only a sleeping victim proves that it
 * finds the fault.
 */
static bool beyond_settling(const struct tool *t, const char *invariant)
{
	return (!strcmp(invariant, "counts-agree") ||
		!strcmp(invariant, "memcg-population") ||
		!strcmp(invariant, "node-population") ||
		!strcmp(invariant, "population")) &&
	       t->status == TOOL_INCOMPLETE &&
	       tool_state(t, invariant, "unsettled");
}

static bool detected(const struct victim *v, bool churns,
		     const struct inject_name *name)
{
	struct tool t = check(v, name);
	bool ok = t.status == TOOL_VIOLATED &&
		  tool_state(&t, name->provokes, "violated");

	if (!ok && churns && beyond_settling(&t, name->provokes)) {
		ksft_print_msg("%s: reported as unsettled\n", name->name);
		ok = true;
	}

	for (size_t i = 0; i < ARRAY_SIZE(invariants); i++) {
		if (!tool_state(&t, invariants[i], "violated") ||
		    expected(name, invariants[i]))
			continue;
		ksft_print_msg("%s also makes %s untrue\n", name->name,
			       invariants[i]);
		ok = false;
	}
	if (!ok)
		print_tool("corrupt", &t);
	tool_free(&t);
	return ok;
}

static void test_one(const struct victim *v, bool churns,
		     const struct inject_name *name)
{
	const char *how = churns ? "churning" : "sleeping";
	unsigned long addr = victim_addr(v, name->need);
	bool found, ok;
	int fd;

	if (churns && !strcmp(name->provokes, "ptl-sane")) {
		ksft_test_result_skip("%s, %s: who takes the lock spins for ever\n",
				      name->name, how);
		return;
	}
	if (!addr) {
		ksft_test_result_skip("%s, %s: the victim has no %s\n",
				      name->name, how, name->need);
		return;
	}
	fd = injector_inject(name->name, v->pid, addr);
	if (fd < 0 && errno == EOPNOTSUPP) {
		ksft_test_result_skip("%s, %s: this kernel has no such thing\n",
				      name->name, how);
		return;
	}
	if (fd < 0)
		ksft_print_msg("inject: %s\n", strerror(errno));
	found = fd >= 0 && detected(v, churns, name);
	close(fd);
	ok = clean(v, churns, "undone", name) && victim_alive(v);
	ksft_test_result(ok && found, "%s, %s: %s\n", name->name, how,
			 name->provokes);
}

static void test_all(const struct inject_name *names, int n, bool churns)
{
	struct victim v;

	if (victim_start(&v, churns))
		ksft_exit_fail_msg("no victim: %s\n", strerror(errno));
	ksft_test_result(clean(&v, churns, "before", NULL),
			 "a %s victim is clean before\n",
			 churns ? "churning" : "sleeping");
	for (int i = 0; i < n; i++)
		test_one(&v, churns, &names[i]);
	victim_stop(&v);
}

/* Keeps those that are asked for; returns how many. */
static int choose(struct inject_name *names, int n)
{
	const char *wanted = getenv("PTDESC_CORRUPTIONS");
	int kept = 0;

	for (int i = 0; i < n; i++)
		if (!wanted || strstr(wanted, names[i].name))
			names[kept++] = names[i];
	return kept;
}

int main(void)
{
	struct inject_name names[INJECT_NAMES];
	int n;

	ksft_print_header();
	injector_require();
	tool_require();
	n = choose(names, injector_names(names));
	ksft_set_plan(2 * (n + 1));
	memcg_enter();
	test_all(names, n, false);
	test_all(names, n, true);
	memcg_leave();
	injector_unload();
	ksft_finished();
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "fake_census.h"

struct fake_machine now;

/* Of two nodes: the pages below and from now.border on. */
static int node_pages(void *arg, unsigned int node, __u64 *pages)
{
	(void)arg;
	*pages = node == 1 ? now.node_skew : 0;
	for (__u64 pfn = 0; (pfn = pfnset_next(&fake.listed, pfn)) != PFNSET_END; pfn++)
		if ((pfn >= now.border) == node)
			*pages += 1 + pfnset_has(&now.order1, pfn);
	return 0;
}

static void begin_round(void)
{
	if (now.before)
		now.before(now.rounds);
	now.rounds++;
}

static int procs(void *arg, struct procs *procs)
{
	(void)arg;
	begin_round();
	now.begun = true;
	*procs = (struct procs){ .nr = now.nr_pids, .kernel = 7, .dead = 2 };
	procs->pid = calloc(8, sizeof(*procs->pid));
	memcpy(procs->pid, now.pids, sizeof(now.pids));
	return 0;
}

static int listing(void *arg, listing_fn fn, void *fn_arg)
{
	__u64 charged = 0;
	int err = 0;

	(void)arg;
	if (!now.begun)
		begin_round();
	now.begun = false;
	for (__u64 pfn = 0; !err && (pfn = pfnset_next(&fake.listed, pfn)) != PFNSET_END; pfn++) {
		struct listing_row row = { .pfn = pfn, .order = pfnset_has(&now.order1, pfn) };

		if (charged < now.memcg_charged)
			row.memcg = 12;
		charged += 1ULL << row.order;

		err = fn(&row, fn_arg);
	}
	return err;
}

static int table_pages(void *arg, __u64 *pages)
{
	(void)arg;
	*pages = now.counted ? now.counted : fake.listed.nr + now.order1.nr;
	*pages += now.readings++ & 1 ? now.skew : 0;
	return 0;
}

static int allocated(void *arg, __u64 *pages)
{
	static __u64 all;

	(void)arg;
	*pages = all += now.allocated;
	return now.allocated ? 0 : -ENOENT;
}

/* A root, inode 1, and one below it, inode 12. */
static int memcgs(void *arg, struct memcgs *memcgs)
{
	(void)arg;
	memset(memcgs, 0, sizeof(*memcgs));
	if (!now.memcg_charged)
		return -ENOENT;
	memcgs->memcg = calloc(2, sizeof(*memcgs->memcg));
	memcgs->nr = memcgs->room = 2;
	memcgs->memcg[0] = (struct memcg){ .ino = 1, .parent = MEMCG_NONE };
	memcgs->memcg[1] = (struct memcg){ .ino = 12 };
	return 0;
}

static void memcg_pages(void *arg, struct memcgs *memcgs, unsigned int which)
{
	(void)arg;
	for (size_t i = 0; i < memcgs->nr; i++)
		memcgs->memcg[i].pages[which] = now.memcg_says[which];
}

static unsigned int faulting(void *arg, const struct procs *procs)
{
	(void)arg;
	(void)procs;
	return now.faulting;
}

static const char *hidden(void *arg)
{
	(void)arg;
	return now.hidden;
}

struct census_sources fake_sources = {
	.procs = procs, .listing = listing, .table_pages = table_pages, .allocated = allocated,
	.faulting = faulting, .hidden = hidden, .node_pages = node_pages, .memcgs = memcgs, .memcg_pages = memcg_pages,
};

struct census census;

void fake_census_build(void)
{
	fake_mm_build(4);
	pfnset_free(&now.order1);
	now = (struct fake_machine){ .pids = { 1, 10, 11 }, .nr_pids = 3 };
	fake_another_mm(1, 10);
	fake.mm[fake.nr_mms] = fake.mm[fake.nr_mms - 1];
	fake.mm[fake.nr_mms++].pid = 11;
	fake_another_mm(1, 0);
	fake.kernel_pfn = fake_table(WALK_PUD, false);
}

void fake_census_run(void)
{
	census_free(&census);
	census = (struct census){ .subject = &fake.subject, .time = &fake.time, .sources = &fake_sources };
	census_run(&census);
}

unsigned int fake_census_violated(void)
{
	unsigned int which = 0;

	for (unsigned int id = 1; id <= INVARIANTS; id++)
		if (census.tally[id].violated)
			which = which ? INVARIANTS + 1 : id;
	return which;
}

void fake_census_free(void)
{
	census_free(&census);
	pfnset_free(&now.order1);
	fake_mm_free();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine as a whole: every table that something reaches, joined with the
 * inspector's listing and with the kernel's own counts. A round walks every mm
 * there is, with or without a process, and the kernel's half; what it finds is
 * a candidate, and rounds are repeated until each has a verdict (confirm.h).
 */
#ifndef CENSUS_H
#define CENSUS_H

#include "check.h"
#include "listing.h"
#include "memcgs.h"
#include "procs.h"

/* What keeps a table. */
enum census_owner {
	CENSUS_PROCESS,		/* an mm that a process uses */
	CENSUS_DEPOSITED,	/* waits at a pmd table of such an mm for the split of a huge page */
	CENSUS_IDLE,		/* an mm that no process uses, its deposited tables too */
	CENSUS_KERNEL,		/* the kernel's half, or an LDT */
	CENSUS_OWNERS
};

struct census_table {
	__u64 pfn, va;
	pid_t pid;		/* 0: of no process */
	__u8 level;		/* enum walk_level; 0: deposited */
	__u8 owner;		/* enum census_owner */
	__u8 flags;		/* WALK_* */
	__u16 offset;		/* in its page */
	__u32 sharers;		/* pt_share_count, of a pmd table */
};

/* Where a round gets what is not in page tables; NULL: not to be had. 0 or a negative errno. */
struct census_sources {
	void *arg;
	int (*procs)(void *arg, struct procs *procs);
	int (*listing)(void *arg, listing_fn fn, void *fn_arg);
	/* nr_page_table_pages with every CPU's share added in. */
	int (*table_pages)(void *arg, __u64 *pages);
	/* Pages of any kind that were allocated since boot: what is made a table was one of them before. */
	int (*allocated)(void *arg, __u64 *pages);
	/* nr_page_table_pages of one NUMA node, after table_pages(). */
	int (*node_pages)(void *arg, unsigned int node, __u64 *pages);
	/* Memory cgroups, and what they say now; not for a round that cannot do with the answer. */
	int (*memcgs)(void *arg, struct memcgs *memcgs);
	void (*memcg_pages)(void *arg, struct memcgs *memcgs, unsigned int which);
	/* Threads in a page fault: each may hold a table that nothing reaches. */
	unsigned int (*faulting)(void *arg, const struct procs *procs);
	/* mm_structs that the kernel has for itself and that are in no list: at most max. */
	size_t (*kernel_mms)(void *arg, __u64 *mms, size_t max);
	/* Why what nothing reaches may have an owner all the same, or NULL. */
	const char *(*hidden)(void *arg);
};

/* Pages of the tables of one NUMA node. */
struct census_node {
	__u64 listed;
	__u64 pages[2];		/* what its nr_page_table_pages says, before and after */
};

#define CENSUS_NODES	64
#define CENSUS_MANY	(1ULL << 40)	/* pages: how many is not known */

struct census_count {
	__u64 tables[CENSUS_OWNERS][WALK_LEVELS];	/* [owner][0]: deposited */
	__u64 all[CENSUS_OWNERS];
	__u64 mms, sharers, idle_mms;	/* sharers: processes that use the mm of another */
	unsigned int kernel_threads, zombies;
	__u64 gone;			/* exited, or ran another program, meanwhile */
	__u64 refused;			/* could not be walked */
	bool pgds_known;		/* mms without a process were looked for */
	__u64 described, described_pages;	/* by the listing */
	__u64 gmap;			/* of these, tables of s390 guests: reached from no mm */
	__u64 table_pages[2];		/* nr_page_table_pages before and after */
	__u64 came;			/* pages that may have become tables from before the first to after the second */
	__u64 memcgs;			/* memory cgroups that were compared */
	__u64 nsec;
};

struct census {
	struct look_subject *subject;
	const struct check_time *time;
	const struct census_sources *sources;
	struct census_count first;	/* of the first round */
	unsigned int rounds;
	struct confirm confirm;
	struct check_tally tally[INVARIANTS + 1];	/* of those with SCOPE_MACHINE, and LISTED; [0] is the sum */
	enum check_status status;
	char error[CHECK_ERROR];	/* of CHECK_FAILED */
	__u64 nsec;
};

/* Fills all but the first three members, which the caller sets; census_free() either way. */
void census_run(struct census *census);
void census_free(struct census *census);

/* Is the invariant judged by the census? */
bool census_judges(const struct invariant *inv);

/* One round, for census_judge.c. */
struct census_round {
	unsigned int wanted;	/* invariants, bits (1 << id); 0: all */
	struct census_count count;
	struct census_table *table;
	size_t nr, room;
	struct pfnset reached;
	struct pfnset listed;
	struct pfnset pgds;	/* in the kernel's list */
	struct findings findings;
	struct procs procs;
	struct memcgs memcgs;	/* nr 0: none can be asked */
	bool listing_read;
	const struct machine *machine;
	struct census_node node[CENSUS_NODES];
	unsigned int nodes;	/* 0: cannot be compared */
};

/* Why an invariant cannot be judged on this machine, or NULL. */
const char *census_unavailable(const struct census *census, const struct census_round *round,
			       const struct invariant *inv);

/* Fill round->findings, sorted. 0 or -ENOMEM. */
int census_judge(const struct census *census, struct census_round *round);

#endif /* CENSUS_H */

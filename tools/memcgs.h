/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory cgroups of the machine, and what each says that the page tables
 * of its processes take: pagetables in memory.stat, with those below it.
 */
#ifndef MEMCGS_H
#define MEMCGS_H

#include <linux/types.h>
#include <stddef.h>

struct memcg {
	__u64 ino;		/* of its directory: how the listing names it */
	__u32 parent;		/* index, MEMCG_NONE for the root */
	char *path;		/* of the directory */
	__u64 pages[2];		/* its own word, before and after the listing */
	__u64 listed;		/* pages of the listed tables that are charged to it; of those below too: memcgs_sum() */
};

struct memcgs {
	struct memcg *memcg;	/* parents before children */
	size_t nr, room;
	__u64 unknown;		/* pages charged to a cgroup that is none of these */
};

#define MEMCG_NONE	(~0U)

/*
 * Pages by which a sum may be off, for as long as nothing else happens: each
 * CPU keeps up to 64 (MEMCG_CHARGE_BATCH) to itself before it says that there
 * is something to add up, and readers add up only when twice that for each CPU,
 * and once more, has been said (memcg_rstat_updated(), mem_cgroup_flush_stats()).
 */
static inline __u64 memcg_slack(unsigned int cpus)
{
	return 64 * (cpus + 2 * (cpus + 1));
}

/* Find them below a mounted cgroup2: 0, -ENOENT if there is none with memory, or -ENOMEM. */
int memcgs_find(struct memcgs *memcgs);
void memcgs_free(struct memcgs *memcgs);

/* Read pages[which] of all; one that is gone by then is taken out of the comparison. */
void memcgs_read(struct memcgs *memcgs, unsigned int which);

/* A listed table of so many pages is charged to the cgroup with this inode number. */
void memcgs_charge(struct memcgs *memcgs, __u64 ino, __u64 pages);

/* Add what is charged below each, once. */
void memcgs_sum(struct memcgs *memcgs);

/* Not known: it has no such word, or is gone. */
#define MEMCG_UNKNOWN	(~0ULL)

#endif /* MEMCGS_H */

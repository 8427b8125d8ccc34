/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page tables of one process, in the listing: it lives alone in a memory
 * cgroup, and the pages of its tables are charged to that.
 */
#ifndef CHARGED_H
#define CHARGED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "listing.h"
#include "procfs.h"

#define CGROUPS		"/sys/fs/cgroup"
#define CGROUP		CGROUPS "/ptdesc-fragments"
#define CHARGED_MAX	512
#define CHARGED_TRIES	400
#define CHARGED_PAUSE_MS 25
#define CHARGED_SAME	20

struct charged_table {
	uint64_t pfn;
	int frags;		/* 0 when the listing has "-" */
};

/* In rising pfn order. */
struct charged {
	struct charged_table table[CHARGED_MAX];
	int tables;
};

static inline bool cgroup_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Makes the cgroup. Its inode number, by which the listing knows it; 0 and errno. */
static inline uint64_t cgroup_make(void)
{
	struct stat st;

	if (!cgroup_write(CGROUPS "/cgroup.subtree_control", "+memory"))
		return 0;
	if (mkdir(CGROUP, 0700) && errno != EEXIST)
		return 0;
	return stat(CGROUP, &st) ? 0 : st.st_ino;
}

/* Moves the calling process there: what it allocates from now on is charged to it. */
static inline bool cgroup_enter(void)
{
	return cgroup_write(CGROUP "/cgroup.procs", "0");
}

/* Reads which tables are charged to a cgroup; false if there is no whole listing. */
static inline bool charged_read(struct charged *c, uint64_t ino)
{
	struct listing l = listing_read(0);
	bool ok = !l.error;

	c->tables = 0;
	for (size_t i = 0; ok && i < l.rows; i++) {
		const char *frag = l.row[i].field[LISTING_FRAG];

		if (strtoull(l.row[i].field[LISTING_MEMCG], NULL, 10) != ino)
			continue;
		if (c->tables == CHARGED_MAX) {
			ok = false;
			break;
		}
		c->table[c->tables++] = (struct charged_table) {
			.pfn = l.row[i].pfn,
			.frags = listing_absent(frag) ? 0 : atoi(frag),
		};
	}
	listing_free(&l);
	return ok;
}

static inline int charged_frags(const struct charged *c)
{
	int sum = 0;

	for (int i = 0; i < c->tables; i++)
		sum += c->table[i].frags;
	return sum;
}

static inline const struct charged_table *charged_find(const struct charged *c,
						       uint64_t pfn)
{
	for (int i = 0; i < c->tables; i++)
		if (c->table[i].pfn == pfn)
			return &c->table[i];
	return NULL;
}

static inline bool charged_same(const struct charged *a, const struct charged *b)
{
	if (a->tables != b->tables)
		return false;
	for (int i = 0; i < a->tables; i++)
		if (a->table[i].pfn != b->table[i].pfn ||
		    a->table[i].frags != b->table[i].frags)
			return false;
	return true;
}

/* Tables in now that are not in before and have this many fragments; -1: any number. */
static inline int charged_new(const struct charged *now,
			      const struct charged *before, int frags)
{
	int n = 0;

	for (int i = 0; i < now->tables; i++)
		if (!charged_find(before, now->table[i].pfn) &&
		    (frags < 0 || now->table[i].frags == frags))
			n++;
	return n;
}

/*
 * Tables are freed after a grace period: reads until nothing has changed in as
 * many readings in a row, for a bounded time.
 */
static inline bool charged_settle(struct charged *c, uint64_t ino)
{
	struct timespec pause = { .tv_nsec = CHARGED_PAUSE_MS * 1000000L };
	struct charged before = { .tables = -1 };
	int same = 0;

	for (int i = 0; i < CHARGED_TRIES && same < CHARGED_SAME; i++) {
		run_on_each_cpu();
		if (!charged_read(c, ino))
			return false;
		same = charged_same(c, &before) ? same + 1 : 0;
		before = *c;
		nanosleep(&pause, NULL);
	}
	return same == CHARGED_SAME;
}

/*
 * The same for tables of which is known how many there will be: reads until their fragments add up to
 * a sum and their pages to a number (-1: any), for a bounded time.
 */
static inline bool charged_wait(struct charged *c, uint64_t ino, int frags,
				int tables)
{
	struct timespec pause = { .tv_nsec = CHARGED_PAUSE_MS * 1000000L };

	for (int i = 0; i < CHARGED_TRIES; i++) {
		run_on_each_cpu();
		if (!charged_read(c, ino))
			return false;
		if (charged_frags(c) == frags &&
		    (tables < 0 || c->tables == tables))
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

#endif /* CHARGED_H */

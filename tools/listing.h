/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the inspector's listing (include/ptdesc.h), strictly: a file that is
 * not exactly that, or is cut short, is refused with the line that is wrong.
 * Memory: one line, and one bit per pfn.
 */
#ifndef LISTING_H
#define LISTING_H

#include <stdbool.h>
#include <stdio.h>
#include "pfnset.h"

#define LISTING_DEFAULT	"/sys/kernel/debug/ptdesc"
#define LISTING_LINE	512	/* longest line, newline included */
#define LISTING_ERROR	160

/* A table of the listing, as far as a reader wants it. */
struct listing_row {
	__u64 pfn;
	__u64 memcg;		/* inode number of the cgroup charged, 0: none */
	__u32 page_type;
	unsigned int order;	/* log2 of its pages */
	bool gmap;		/* of an s390 guest's mapping: no mm's pgd leads to it */
};

/* 0, or a negative errno, which ends the reading. */
typedef int (*listing_fn)(const struct listing_row *row, void *arg);

/*
 * Hand out each table in the file, in rising pfn order. 0, -EINVAL (not a
 * listing, error[] says which line and why), -EIO, or what fn returned.
 */
int listing_parse(FILE *file, listing_fn fn, void *arg, char error[LISTING_ERROR]);

/* Open and parse; error[] has no file name in it. */
int listing_read(const char *path, listing_fn fn, void *arg, char error[LISTING_ERROR]);

/* A listing_fn: add the pfn to arg, a struct pfnset. */
int listing_add(const struct listing_row *row, void *arg);

/* The file follows the kernel: it is in debugfs. */
bool listing_is_live(const char *path);

#endif /* LISTING_H */

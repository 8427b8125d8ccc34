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

/*
 * Add the pfn of each table in the file to listed. 0, -EINVAL (not a listing,
 * error[] says which line and why), -ENOMEM, or -EIO.
 */
int listing_parse(FILE *file, struct pfnset *listed, char error[LISTING_ERROR]);

/* Open and parse; error[] has no file name in it. */
int listing_read(const char *path, struct pfnset *listed, char error[LISTING_ERROR]);

/* The file follows the kernel: it is in debugfs. */
bool listing_is_live(const char *path);

#endif /* LISTING_H */

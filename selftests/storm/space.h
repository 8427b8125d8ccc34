/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that begins where a PTE table begins, in small pages unless its owner says otherwise. */
#ifndef SPACE_H
#define SPACE_H

#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#define SPACE_PAGE	4096UL
#define SPACE_TABLE	(2UL << 20)	/* what a PTE table maps, and a huge page */

/*
 * flags: MAP_PRIVATE or MAP_SHARED. Exits if there is none. In two steps, so
 * that the memory of a shared mapping, too, begins there, as huge pages need.
 */
static inline char *space_map(size_t size, int flags)
{
	char *all = mmap(NULL, size + SPACE_TABLE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before = -(size_t)all & (SPACE_TABLE - 1);
	char *space = all + before;

	if (all == MAP_FAILED)
		exit(1);
	if (before)
		munmap(all, before);
	munmap(space + size, SPACE_TABLE - before);
	if (mmap(space, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
		 -1, 0) != space)
		exit(1);
	madvise(space, size, MADV_NOHUGEPAGE);
	return space;
}

static inline void space_touch(char *space, size_t size, size_t step)
{
	for (size_t at = 0; at < size; at += step)
		((volatile char *)space)[at] = 1;
}

#endif /* SPACE_H */

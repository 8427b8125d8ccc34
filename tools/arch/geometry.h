/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What architectures have in common whose tables have 512 entries and whose
 * pages have 4 KiB: nine bits of the address per level, user space in the lower
 * half of the pgd, the kernel in the upper. level is enum walk_level; levels is
 * how many the kernel uses. An architecture's header includes this one after
 * its constants.
 */
#ifndef ARCH_GEOMETRY_H
#define ARCH_GEOMETRY_H

/* log2 of the bytes that one entry of a table of this level maps. */
static inline unsigned int arch_shift(unsigned int level, unsigned int levels)
{
	if (level > levels)	/* the pgd stands in for the folded levels */
		level = levels;
	return ARCH_PAGE_SHIFT + 9 * (level - 1);
}

static inline unsigned int arch_entries(unsigned int level)
{
	(void)level;
	return ARCH_ENTRIES;
}

/* Bytes that one entry maps, and that a whole table maps. */
static inline __u64 arch_entry_span(unsigned int level, unsigned int levels)
{
	return 1ULL << arch_shift(level, levels);
}

static inline __u64 arch_table_span(unsigned int level, unsigned int levels)
{
	return ARCH_ENTRIES * arch_entry_span(level, levels);
}

static inline unsigned int arch_index(__u64 va, unsigned int level, unsigned int levels)
{
	return (va >> arch_shift(level, levels)) & (ARCH_ENTRIES - 1);
}

/* Level of the tables below. */
static inline unsigned int arch_below(unsigned int level, unsigned int levels)
{
	return (level > levels ? levels : level) - 1;
}

/* One past the highest address that the user half of the pgd maps. */
static inline __u64 arch_user_end(unsigned int levels)
{
	return ARCH_USER_ENTRIES * arch_entry_span(5, levels);
}

/* The lowest address of the kernel's half. */
static inline __u64 arch_kernel_start(unsigned int levels)
{
	return -arch_user_end(levels);
}

#endif

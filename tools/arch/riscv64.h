/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * riscv64 page tables: Sv39 (3 levels), Sv48 (4), Sv57 (5). level is enum
 * walk_level: pte 1, pmd 2, pud 3, p4d 4, pgd 5; with fewer levels the highest
 * below the pgd are folded. The lower half of a pgd is user space.
 *
 * Bits: RISC-V privileged architecture 4.4 and Svpbmt, Svnapot; Linux
 * arch/riscv/include/asm/pgtable-bits.h.
 */
#ifndef ARCH_RISCV64_H
#define ARCH_RISCV64_H

#include <linux/types.h>

#define ARCH_NAME		"riscv64"
#define ARCH_PAGE_SHIFT		12
#define ARCH_PAGE_SIZE		(1ULL << ARCH_PAGE_SHIFT)
#define ARCH_ENTRIES		512
#define ARCH_USER_ENTRIES	256	/* of the pgd; the rest is the kernel's */
#define ARCH_KERNEL_HALF	1
#define ARCH_LEVELS_MIN		3
#define ARCH_LEVELS_MAX		5
#define ARCH_MAX_ORDER		10
#define ARCH_HUGETLB_SHIFTS	{ 16, 21, 30 }	/* 16: Svnapot */
#define ARCH_PGD_LIST		0
#define ARCH_QSPINLOCK		0	/* a ticket: any word is possible */
#define ARCH_KFUNC		0	/* 6.1 refuses BPF programs that call kernel functions */
#define ARCH_DEPOSIT_LRU	1	/* deposited tables are linked by their page's lru */

/* PAGE_OFFSET less where RAM begins, which firmware may have moved by 2 MiB. */
#define ARCH_DIRECT_MAP_ALIGN	(1ULL << 21)
#define ARCH_KERNEL_START	0xff00000000000000ULL

#define ARCH_V			(1ULL << 0)
#define ARCH_LEAF_BITS		(7ULL << 1)	/* R, W, X: with none of them an entry leads to a table */
#define ARCH_GLOBAL		(1ULL << 5)
#define ARCH_PROTNONE		ARCH_GLOBAL	/* in an entry without ARCH_V */
#define ARCH_A			(1ULL << 6)
#define ARCH_D			(1ULL << 7)
#define ARCH_SPECIAL		(1ULL << 8)	/* RSW */

#define ARCH_ENTRY_FLAGS \
	{ ARCH_V, ARCH_V, "valid", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ 1ULL << 1, 1ULL << 1, "read", ENTRY_LEAF, 0 }, \
	{ 1ULL << 2, 1ULL << 2, "write", ENTRY_LEAF, 0 }, \
	{ 1ULL << 3, 1ULL << 3, "exec", ENTRY_LEAF, 0 }, \
	{ 1ULL << 4, 1ULL << 4, "user", ENTRY_LEAF, 0 }, \
	{ ARCH_V | ARCH_GLOBAL, ARCH_V | ARCH_GLOBAL, "global", ENTRY_LEAF, 0 }, \
	{ ARCH_V | ARCH_PROTNONE, ARCH_PROTNONE, "protnone", ENTRY_LEAF, 0 }, \
	{ ARCH_A, ARCH_A, "accessed", ENTRY_LEAF, 0 }, \
	{ ARCH_D, ARCH_D, "dirty", ENTRY_LEAF, 0 }, \
	{ ARCH_SPECIAL, ARCH_SPECIAL, "special", ENTRY_LEAF, 0 }, \
	{ 1ULL << 61, 1ULL << 61, "noncacheable", ENTRY_LEAF, 0 }, \
	{ 1ULL << 62, 1ULL << 62, "io", ENTRY_LEAF, 0 }, \
	{ 1ULL << 63, 1ULL << 63, "napot", ENTRY_LEAF, 0 }

/* Set by the CPU at any time. */
#define ARCH_VOLATILE		(ARCH_A | ARCH_D)

/* Bits 10 to 53 are the pfn; as an address of a table it is moved up by 2. */
#define ARCH_PFN_MASK		0x003ffffffffffc00ULL

#include "geometry.h"

/*
 * Until 6.5 (7d3332be011e) a pgd gets an entry of vmalloc's only when a page
 * fault in it asks: pgds may differ by what is empty in one of them. From then
 * on the 64 entries of vmalloc, an eighth of a pgd in each mode, are all there.
 */
#define ARCH_LAZY_KERNEL	1
static inline int arch_kernel_lazy(const __u64 *pgd)
{
	unsigned int used = 0;

	for (unsigned int i = ARCH_USER_ENTRIES; i < ARCH_ENTRIES; i++)
		used += pgd[i] != 0;
	return used < 64;
}

static inline __u64 arch_private_start(unsigned int levels)
{
	(void)levels;
	return 0;	/* none */
}

static inline __u64 arch_private_end(unsigned int levels)
{
	(void)levels;
	return 0;
}

static inline int arch_valid(__u64 entry)
{
	return !!(entry & ARCH_V);
}

/* A THP that is split loses V for a moment, and keeps R, W, X. */
static inline int arch_present(__u64 entry, unsigned int level)
{
	if (entry & (ARCH_V | ARCH_PROTNONE))
		return 1;
	return level == 2 && entry & ARCH_LEAF_BITS;
}

/* For tables above the pte's: an entry leads to a table if (entry & mask) is the value. */
static inline __u64 arch_table_mask(unsigned int level)
{
	(void)level;
	return ARCH_V | ARCH_LEAF_BITS;
}

static inline __u64 arch_table_value(unsigned int level)
{
	(void)level;
	return ARCH_V;
}

static inline int arch_table(__u64 entry, unsigned int level)
{
	return level > 1 && (entry & arch_table_mask(level)) == arch_table_value(level);
}

static inline int arch_leaf(__u64 entry, unsigned int level)
{
	if (!arch_present(entry, level))
		return 0;
	return level == 1 || (level <= 3 && entry & ARCH_LEAF_BITS);
}

static inline int arch_special(__u64 entry, unsigned int level)
{
	(void)level;
	return !!(entry & ARCH_SPECIAL);
}

static inline int arch_swap(__u64 entry, unsigned int level)
{
	return entry && !arch_present(entry, level);
}

static inline int arch_none(__u64 entry, unsigned int level)
{
	(void)level;
	return !entry;
}

/* As 6.1 and 6.2 have it (asm/pgtable.h, __SWP_TYPE_SHIFT): type from bit 6, offset from bit 11. */
static inline unsigned int arch_swap_type(__u64 entry)
{
	return entry >> 6 & 0x1f;
}

static inline __u64 arch_swap_offset(__u64 entry)
{
	return entry >> 11;
}

static inline __u64 arch_pfn(__u64 entry, unsigned int level)
{
	__u64 pfn = (entry & ARCH_PFN_MASK) >> 10;

	if (level > 1 && entry & ARCH_LEAF_BITS)
		pfn &= ~((arch_entry_span(level, ARCH_LEVELS_MAX) >> ARCH_PAGE_SHIFT) - 1);
	return pfn;
}

/* A leaf must be aligned; bits 54 to 60 are for the future, and a table has no A, D, U, PBMT or N. */
static inline __u64 arch_reserved(__u64 entry, unsigned int level, unsigned int phys_bits,
				  __u64 crypt)
{
	__u64 mask = 0x7fULL << 54;

	(void)phys_bits;
	(void)crypt;
	if (!(entry & ARCH_V))
		return 0;
	if (level > 1 && entry & ARCH_LEAF_BITS)
		mask |= ((arch_entry_span(level, ARCH_LEVELS_MAX) >> ARCH_PAGE_SHIFT) - 1) << 10;
	else if (level > 1)
		mask |= ARCH_A | ARCH_D | 1ULL << 4 | 7ULL << 61;
	return entry & mask;
}

#define ARCH_PTI_BITS		0

/* Does a leaf let user space write? */
static inline int arch_writable(__u64 entry, unsigned int level)
{
	(void)level;
	return !!(entry & 1ULL << 2);
}

/* Every leaf that serves user space must let it in; an entry of a table has no such bit. */
#define ARCH_HAS_USER_BIT	1
static inline int arch_user(__u64 entry, unsigned int level)
{
	if (!(entry & ARCH_V) || (level > 1 && !(entry & ARCH_LEAF_BITS)))
		return 1;
	return !!(entry & 1ULL << 4);
}

/* A pte is a leaf of an ordinary page, with nothing reserved set, if (pte & mask) is the value. */
static inline __u64 arch_plain_mask(unsigned int phys_bits, __u64 crypt)
{
	(void)phys_bits;
	(void)crypt;
	return ARCH_V | ARCH_SPECIAL | 1ULL << 4 | 0x7fULL << 54 | 1ULL << 63;
}

static inline __u64 arch_plain_value(void)
{
	return ARCH_V | 1ULL << 4;
}

/* The pte of the next page is so much more. */
#define ARCH_PTE_STEP		(1ULL << 10)

#endif /* ARCH_RISCV64_H */

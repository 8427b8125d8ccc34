/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * s390x page tables: 4 KiB pages, page tables of 256 entries in halves of a
 * page, segment tables (pmd) and region tables (pud, p4d, pgd) of 2048 entries
 * in four pages. level is enum walk_level: pte 1, pmd 2, pud 3, p4d 4, pgd 5.
 * Each mm has as many levels as its addresses need, 3 to 5, and its ASCE says
 * how many: its highest table stands for those above. The kernel has an ASCE of
 * its own: a pgd is all of user space.
 *
 * An empty entry is not 0: it has the bit that the CPU calls invalid, and a
 * region entry its type.
 *
 * Bits: z/Architecture Principles of Operation, dynamic address translation;
 * Linux arch/s390/include/asm/pgtable.h.
 */
#ifndef ARCH_S390X_H
#define ARCH_S390X_H

#include <linux/types.h>

#define ARCH_NAME		"s390x"
#define ARCH_PAGE_SHIFT		12
#define ARCH_PAGE_SIZE		(1ULL << ARCH_PAGE_SHIFT)
#define ARCH_ENTRIES		2048	/* of the largest tables */
#define ARCH_USER_ENTRIES	2048
#define ARCH_KERNEL_HALF	0
#define ARCH_LEVELS_MIN		3
#define ARCH_LEVELS_MAX		5
#define ARCH_MAX_ORDER		8
#define ARCH_HUGETLB_SHIFTS	{ 20, 31 }
#define ARCH_PGD_LIST		0
#define ARCH_KFUNC		0	/* 6.1 refuses BPF programs that call kernel functions */
#define ARCH_QSPINLOCK		0	/* a CPU's lock value: any word is possible */
#define ARCH_DEPOSIT_LRU	0	/* but by their own first words */
#define ARCH_TABLE_ALIGN	2048ULL
#define ARCH_FRAGMENTS		(1 << 1)	/* page tables, two to a page, without PGSTEs */

/* From 0 until 6.9; then wherever a region-3 table's worth of memory begins (c98d2ecae08f). */
#define ARCH_DIRECT_MAP_ALIGN	(1ULL << 31)
#define ARCH_KERNEL_START	0ULL

/* Of a page table's entry. */
#define ARCH_PRESENT		(1ULL << 0)	/* software's; the CPU has only invalid */
#define ARCH_READ		(1ULL << 4)
#define ARCH_WRITE		(1ULL << 5)
#define ARCH_SPECIAL		(1ULL << 6)
#define ARCH_PROTECT		(1ULL << 9)
#define ARCH_PTE_INVALID	(1ULL << 10)
#define ARCH_PTE_ZERO		(1ULL << 11)
/* Of a segment or region entry. */
#define ARCH_TYPE		(3ULL << 2)	/* 0 segment, then region 3, 2, 1 */
#define ARCH_REGION3		(1ULL << 2)
#define ARCH_INVALID		(1ULL << 5)
#define ARCH_LARGE		(1ULL << 10)	/* maps memory */
#define ARCH_SEGMENT_WRITE	(1ULL << 1)
#define ARCH_REGION3_WRITE	(1ULL << 0)

#define ARCH_ABOVE_PTE		(LEVEL(PMD) | LEVEL(PUD) | LEVEL(P4D) | LEVEL(PGD))

#define ARCH_ENTRY_FLAGS \
	{ ARCH_PRESENT, ARCH_PRESENT, "present", ENTRY_LEAF, LEVEL(PTE) }, \
	{ 1ULL << 1, 1ULL << 1, "soft_dirty", ENTRY_LEAF, LEVEL(PTE) }, \
	{ 1ULL << 2, 1ULL << 2, "young", ENTRY_LEAF, LEVEL(PTE) }, \
	{ 1ULL << 3, 1ULL << 3, "dirty", ENTRY_LEAF, LEVEL(PTE) }, \
	{ ARCH_READ, ARCH_READ, "read", ENTRY_LEAF, LEVEL(PTE) }, \
	{ ARCH_WRITE, ARCH_WRITE, "write", ENTRY_LEAF, LEVEL(PTE) }, \
	{ ARCH_SPECIAL, ARCH_SPECIAL, "special", ENTRY_LEAF, LEVEL(PTE) }, \
	{ 1ULL << 7, 1ULL << 7, "unused", ENTRY_LEAF, LEVEL(PTE) }, \
	{ ARCH_PTE_INVALID, ARCH_PTE_INVALID, "invalid", ENTRY_LEAF, LEVEL(PTE) }, \
	{ ARCH_SEGMENT_WRITE, ARCH_SEGMENT_WRITE, "write", ENTRY_LEAF, LEVEL(PMD) }, \
	{ 1ULL << 0, 1ULL << 0, "read", ENTRY_LEAF, LEVEL(PMD) }, \
	{ ARCH_REGION3_WRITE, ARCH_REGION3_WRITE, "write", ENTRY_LEAF, LEVEL(PUD) | LEVEL(PGD) }, \
	{ 1ULL << 1, 1ULL << 1, "read", ENTRY_LEAF, LEVEL(PUD) | LEVEL(PGD) }, \
	{ ARCH_TYPE, 1ULL << 2, "region3", ENTRY_TABLE | ENTRY_LEAF, ARCH_ABOVE_PTE }, \
	{ ARCH_TYPE, 2ULL << 2, "region2", ENTRY_TABLE, ARCH_ABOVE_PTE }, \
	{ ARCH_TYPE, 3ULL << 2, "region1", ENTRY_TABLE, ARCH_ABOVE_PTE }, \
	{ ARCH_INVALID, ARCH_INVALID, "invalid", ENTRY_LEAF, ARCH_ABOVE_PTE }, \
	{ 1ULL << 8, 1ULL << 8, "noexec", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ ARCH_PROTECT, ARCH_PROTECT, "protect", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ ARCH_LARGE, ARCH_LARGE, "large", ENTRY_LEAF, ARCH_ABOVE_PTE }, \
	{ 1ULL << 12, 1ULL << 12, "young", ENTRY_LEAF, ARCH_ABOVE_PTE }, \
	{ 1ULL << 13, 1ULL << 13, "dirty", ENTRY_LEAF, ARCH_ABOVE_PTE }, \
	{ 1ULL << 14, 1ULL << 14, "soft_dirty", ENTRY_LEAF, ARCH_ABOVE_PTE }, \
	{ 1ULL << 11, 1ULL << 11, "exclusive", ENTRY_SWAP, 0 }

/* The CPU notes accesses in storage keys, not in entries. */
#define ARCH_VOLATILE		0ULL

#define ARCH_ADDR_MASK		0xfffffffffffff000ULL

/* log2 of the bytes that one entry of a table of this level maps. */
static inline unsigned int arch_shift(unsigned int level, unsigned int levels)
{
	if (level > levels)	/* the highest table stands for those above */
		level = levels;
	return level <= 1 ? 12 : 20 + 11 * (level - 2);
}

static inline unsigned int arch_entries(unsigned int level)
{
	return level <= 1 ? 256 : 2048;
}

/* Bytes that one entry maps, and that a whole table maps: 0 for all 64 bits of address. */
static inline __u64 arch_entry_span(unsigned int level, unsigned int levels)
{
	return 1ULL << arch_shift(level, levels);
}

static inline __u64 arch_table_span(unsigned int level, unsigned int levels)
{
	return arch_entries(level) * arch_entry_span(level, levels);
}

static inline unsigned int arch_index(__u64 va, unsigned int level, unsigned int levels)
{
	return (va >> arch_shift(level, levels)) & (arch_entries(level) - 1);
}

/* Level of the tables below. */
static inline unsigned int arch_below(unsigned int level, unsigned int levels)
{
	return (level > levels ? levels : level) - 1;
}

/* One past the highest address that the pgd maps; with 5 levels the last page cannot be used. */
static inline __u64 arch_user_end(unsigned int levels)
{
	return levels < 5 ? arch_table_span(5, levels) : -ARCH_PAGE_SIZE;
}

static inline __u64 arch_kernel_start(unsigned int levels)
{
	(void)levels;
	return -1ULL;	/* not in this address space */
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

/* Its type, 0 to 3, is that of the table that it leads to: segment table, then region tables. */
#define ARCH_ASCE		1
static inline unsigned int arch_asce_levels(__u64 asce)
{
	return 2 + ((asce & ARCH_TYPE) >> 2);
}

static inline __u64 arch_asce_table(__u64 asce)
{
	return asce & ARCH_ADDR_MASK;
}

/*
 * Of the halves of a page, the lower first: bits 0 and 1 say that they are
 * allocated, 4 and 5 that they wait to be freed, never both. With PGSTEs a
 * table is the whole page. (6.1 with the series; arch/s390/mm/pgalloc.c)
 */
#define ARCH_FRAGMENT_BITS	1
static inline __u32 arch_fragment_mask(__u32 bits, unsigned int offset, int whole)
{
	__u32 other = offset ? 0x11 : 0x22;

	if (whole || (bits & other) == other)
		return ~0U;
	return ~other;
}

static inline __u32 arch_fragment_value(unsigned int offset, int whole)
{
	return whole ? 3 : offset ? 2 : 1;
}

/*
 * Flags beside the guest address in _pt_s390_gaddr (6.1 with the series;
 * asm/gmap.h). Without ARCH_GMAP_TABLE a table is none of a gmap, and the word 0.
 */
#define ARCH_GMAP		1
#define ARCH_GMAP_FAKE		(1ULL << 2)	/* stands for memory that is no table */
#define ARCH_GMAP_TABLE		(1ULL << 3)
#define ARCH_GMAP_SHADOW	(1ULL << 4)	/* the address is of what is shadowed */
/* Of an ASCE: there are no tables, guest addresses are those of memory. */
#define ARCH_ASCE_REAL		(1ULL << 5)

/* Of an entry in a guest's own region or segment table. */
static inline int arch_guest_valid(__u64 entry)
{
	return !(entry & ARCH_INVALID);
}

/* Is it a large page to a machine that has segments (1), or regions too (2), as such? */
static inline int arch_guest_large(__u64 entry, unsigned int level, int edat_level)
{
	return entry & ARCH_LARGE && level <= 3 && edat_level >= (int)level - 1;
}

/* Of a pte. */
static inline int arch_valid(__u64 entry)
{
	return (entry & (ARCH_PRESENT | ARCH_PTE_INVALID)) == ARCH_PRESENT;
}

static inline int arch_none(__u64 entry, unsigned int level)
{
	if (level <= 1)
		return entry == ARCH_PTE_INVALID;
	return (entry & ~ARCH_TYPE) == ARCH_INVALID;
}

static inline int arch_present(__u64 entry, unsigned int level)
{
	return level <= 1 ? !!(entry & ARCH_PRESENT) : !arch_none(entry, level);
}

/* For tables above the pte's: an entry leads to a table if (entry & mask) is the value. */
static inline __u64 arch_table_mask(unsigned int level)
{
	(void)level;
	return ARCH_INVALID | ARCH_LARGE;
}

static inline __u64 arch_table_value(unsigned int level)
{
	(void)level;
	return 0;
}

static inline int arch_table(__u64 entry, unsigned int level)
{
	return level > 1 && (entry & arch_table_mask(level)) == arch_table_value(level);
}

/* Physical address of the table that an entry leads to: a segment's is a half of a page. */
static inline __u64 arch_table_addr(__u64 entry, unsigned int level)
{
	return entry & (level == 2 ? ~0x7ffULL : ARCH_ADDR_MASK);
}

/* PROT_NONE is invalid and large; with 3 levels the pgd's entries are of region 3. */
static inline int arch_leaf(__u64 entry, unsigned int level)
{
	if (!arch_present(entry, level))
		return 0;
	return level <= 1 || (entry & ARCH_LARGE && (entry & ARCH_TYPE) <= ARCH_REGION3);
}

static inline int arch_special(__u64 entry, unsigned int level)
{
	return level <= 1 && entry & ARCH_SPECIAL;
}

static inline int arch_swap(__u64 entry, unsigned int level)
{
	return !arch_none(entry, level) && !arch_present(entry, level);
}

static inline unsigned int arch_swap_type(__u64 entry)
{
	return entry >> 2 & 0x1f;
}

static inline __u64 arch_swap_offset(__u64 entry)
{
	return entry >> 12;
}

static inline __u64 arch_pfn(__u64 entry, unsigned int level)
{
	__u64 addr = entry & ARCH_ADDR_MASK;

	if (level > 1 && entry & ARCH_LARGE)
		addr &= -(entry & ARCH_TYPE ? 1ULL << 31 : 1ULL << 20);
	return addr >> ARCH_PAGE_SHIFT;
}

/*
 * Bits that an entry that leads to a table may not have (_SEGMENT_ENTRY_BITS,
 * _REGION_ENTRY_BITS), the type of another level among them; of the highest
 * table's entries the level alone does not tell the type.
 */
static inline __u64 arch_reserved(__u64 entry, unsigned int level, unsigned int phys_bits,
				  __u64 crypt)
{
	(void)phys_bits;
	(void)crypt;
	if (level <= 1)
		return arch_valid(entry) ? entry & ARCH_PTE_ZERO : 0;
	if (!arch_table(entry, level))
		return 0;
	if (level == 2)
		return entry & ~0xfffffffffffffe33ULL;
	if (level == 5)
		return entry & ~0xfffffffffffff22fULL;
	return (entry & ~0xfffffffffffff22fULL) | ((entry ^ (level - 2) << 2) & ARCH_TYPE);
}

#define ARCH_PTI_BITS		0

/* Does a leaf let user space write? Until the first write it is protected all the same. */
static inline int arch_writable(__u64 entry, unsigned int level)
{
	if (level <= 1)
		return !!(entry & ARCH_WRITE) || !(entry & ARCH_PROTECT);
	return !!(entry & (level == 2 ? ARCH_SEGMENT_WRITE : ARCH_REGION3_WRITE)) || !(entry & ARCH_PROTECT);
}

#define ARCH_HAS_USER_BIT	0
static inline int arch_user(__u64 entry, unsigned int level)
{
	(void)entry;
	(void)level;
	return 1;
}

/* A pte is a leaf of an ordinary page, with nothing reserved set, if (pte & mask) is the value. */
static inline __u64 arch_plain_mask(unsigned int phys_bits, __u64 crypt)
{
	(void)phys_bits;
	(void)crypt;
	return ARCH_PRESENT | ARCH_SPECIAL | ARCH_PTE_ZERO;
}

static inline __u64 arch_plain_value(void)
{
	return ARCH_PRESENT;
}

/* The pte of the next page is so much more. */
#define ARCH_PTE_STEP		ARCH_PAGE_SIZE

#endif /* ARCH_S390X_H */

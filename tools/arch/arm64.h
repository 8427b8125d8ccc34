/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arm64 page tables with 4 KiB pages, 39-bit (3 levels) and 48-bit (4 levels)
 * virtual addresses. level is enum walk_level: pte 1, pmd 2, pud 3, pgd 5; the
 * p4d is folded, with 3 levels the pud too. TTBR0 has user space alone: a pgd
 * is all of user space, and the kernel's tables hang elsewhere.
 *
 * Bits: Arm ARM D8.3 (VMSAv8-64 descriptors, stage 1); Linux
 * arch/arm64/include/asm/pgtable-hwdef.h, pgtable-prot.h.
 */
#ifndef ARCH_ARM64_H
#define ARCH_ARM64_H

#include <linux/types.h>

#define ARCH_NAME		"arm64"
#define ARCH_PAGE_SHIFT		12
#define ARCH_PAGE_SIZE		(1ULL << ARCH_PAGE_SHIFT)
#define ARCH_ENTRIES		512
#define ARCH_USER_ENTRIES	512
#define ARCH_KERNEL_HALF	0
#define ARCH_LEVELS_MIN		3
#define ARCH_LEVELS_MAX		4
#define ARCH_MAX_ORDER		10
#define ARCH_HUGETLB_SHIFTS	{ 16, 21, 25, 30 }	/* 16 and 25: contiguous entries */
#define ARCH_PGD_LIST		0
#define ARCH_QSPINLOCK		1
#define ARCH_KFUNC		1	/* BPF programs may call kernel functions (5.18, b5e975d256db) */
#define ARCH_DEPOSIT_LRU	1	/* deposited tables are linked by their page's lru */

/* memstart_addr is a multiple of this (ARM64_MEMSTART_ALIGN), randomised or not. */
#define ARCH_DIRECT_MAP_ALIGN	(1ULL << 30)
#define ARCH_KERNEL_START	0xff00000000000000ULL

#define ARCH_VALID		(1ULL << 0)
#define ARCH_TYPE_TABLE		(1ULL << 1)	/* a table, or a page in a pte */
#define ARCH_RDONLY		(1ULL << 7)	/* AP[2]; cleared by hardware with DBM */
#define ARCH_AF			(1ULL << 10)
#define ARCH_NG			(1ULL << 11)
/* In an entry without ARCH_VALID, until 6.10: */
#define ARCH_PROTNONE		(1ULL << 58)
#define ARCH_PMD_INVALID	(1ULL << 59)	/* a THP while it is split */
#define ARCH_SPECIAL		(1ULL << 56)

#define ARCH_ENTRY_FLAGS \
	{ ARCH_VALID, ARCH_VALID, "valid", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ ARCH_VALID | ARCH_NG, ARCH_NG, "protnone", ENTRY_LEAF, 0 }, \
	{ 1ULL << 6, 1ULL << 6, "user", ENTRY_LEAF, 0 }, \
	{ ARCH_RDONLY, ARCH_RDONLY, "rdonly", ENTRY_LEAF, 0 }, \
	{ 3ULL << 8, 3ULL << 8, "inner_shareable", ENTRY_LEAF, 0 }, \
	{ ARCH_AF, ARCH_AF, "accessed", ENTRY_LEAF, 0 }, \
	{ ARCH_VALID | ARCH_NG, ARCH_VALID | ARCH_NG, "not_global", ENTRY_LEAF, 0 }, \
	{ 1ULL << 51, 1ULL << 51, "dbm", ENTRY_LEAF, 0 }, \
	{ 1ULL << 52, 1ULL << 52, "contiguous", ENTRY_LEAF, 0 }, \
	{ 1ULL << 53, 1ULL << 53, "pxn", ENTRY_LEAF, 0 }, \
	{ 1ULL << 54, 1ULL << 54, "uxn", ENTRY_LEAF, 0 }, \
	{ 1ULL << 55, 1ULL << 55, "dirty", ENTRY_LEAF, 0 }, \
	{ ARCH_SPECIAL, ARCH_SPECIAL, "special", ENTRY_LEAF, 0 }, \
	{ 1ULL << 59, 1ULL << 59, "pxn_table", ENTRY_TABLE, 0 }, \
	{ 1ULL << 60, 1ULL << 60, "uxn_table", ENTRY_TABLE, 0 }, \
	{ 1ULL << 2, 1ULL << 2, "exclusive", ENTRY_SWAP, 0 }

/* Set, and AP[2] cleared, by the CPU at any time. */
#define ARCH_VOLATILE		(ARCH_AF | ARCH_RDONLY)

#define ARCH_ADDR_MASK		0x0000fffffffff000ULL

#include "geometry.h"

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
	return !!(entry & ARCH_VALID);
}

/*
 * Since 6.11 one bit, ARCH_NG, says of an entry of any level that it is present
 * though not valid, and swap entries leave it alone (f0f5863a0fb0, "arm64/mm:
 * Remove PTE_PROT_NONE bit", and what followed it). Which of the two this kernel
 * does is seen in an entry that is PROT_NONE: both set ARCH_NG there.
 */
#define ARCH_LEARNS		1
extern int arch_present_by_ng;	/* user space has one, BPF needs none */

static inline void arch_learn(__u64 protnone)
{
	arch_present_by_ng = !(protnone & ARCH_PROTNONE);
}

static inline int arch_present(__u64 entry, unsigned int level)
{
	if (entry & ARCH_VALID)
		return 1;
	if (arch_present_by_ng)
		return !!(entry & ARCH_NG);
	return !!(entry & ARCH_PROTNONE) || (level > 1 && entry & ARCH_PMD_INVALID);
}

/* For tables above the pte's: an entry leads to a table if (entry & mask) is the value. */
static inline __u64 arch_table_mask(unsigned int level)
{
	(void)level;
	return ARCH_VALID | ARCH_TYPE_TABLE;
}

static inline __u64 arch_table_value(unsigned int level)
{
	(void)level;
	return ARCH_VALID | ARCH_TYPE_TABLE;
}

static inline int arch_table(__u64 entry, unsigned int level)
{
	return level > 1 && (entry & arch_table_mask(level)) == arch_table_value(level);
}

/* A block has the table bit clear, whether valid or not (pmd_leaf(), pmd_trans_huge()). */
static inline int arch_leaf(__u64 entry, unsigned int level)
{
	if (!arch_present(entry, level))
		return 0;
	return level == 1 || (level <= 3 && !(entry & ARCH_TYPE_TABLE));
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

/* asm/pgtable.h, __SWP_TYPE_SHIFT: type from bit 3 and offset from bit 8, since 6.11 from 6 and 12. */
static inline unsigned int arch_swap_type(__u64 entry)
{
	return entry >> (arch_present_by_ng ? 6 : 3) & 0x1f;
}

static inline __u64 arch_swap_offset(__u64 entry)
{
	return entry >> (arch_present_by_ng ? 12 : 8) & ((1ULL << 50) - 1);
}

static inline __u64 arch_pfn(__u64 entry, unsigned int level)
{
	__u64 addr = entry & ARCH_ADDR_MASK;

	if (level > 1 && !(entry & ARCH_TYPE_TABLE))
		addr &= ~(arch_entry_span(level, ARCH_LEVELS_MAX) - 1);
	return addr >> ARCH_PAGE_SHIFT;
}

/* RES0: the address bits of a block below its size, but for nT (bit 16). */
static inline __u64 arch_reserved(__u64 entry, unsigned int level, unsigned int phys_bits,
				  __u64 crypt)
{
	__u64 mask = 0;

	(void)crypt;
	if (!(entry & ARCH_VALID))
		return 0;
	if (phys_bits)
		mask = ARCH_ADDR_MASK & ~((1ULL << phys_bits) - 1);
	if (level > 1 && level <= 3 && !(entry & ARCH_TYPE_TABLE))
		mask |= (arch_entry_span(level, ARCH_LEVELS_MAX) - 1) & ARCH_ADDR_MASK & ~(1ULL << 16);
	return entry & mask;
}

#define ARCH_PTI_BITS		0

/* Does a leaf let user space write? DBM says so even while AP[2] does not (pte_write()). */
static inline int arch_writable(__u64 entry, unsigned int level)
{
	(void)level;
	return !!(entry & 1ULL << 51);
}

/* Memory that may only be executed has AP[1] clear. */
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
	return ARCH_VALID | ARCH_SPECIAL |
	       arch_reserved(ARCH_VALID | ARCH_ADDR_MASK, 1, phys_bits, crypt);
}

static inline __u64 arch_plain_value(void)
{
	return ARCH_VALID;
}

/* The pte of the next page is so much more. */
#define ARCH_PTE_STEP		ARCH_PAGE_SIZE

#endif /* ARCH_ARM64_H */

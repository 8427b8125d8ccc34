/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86-64 page tables, 4 and 5 levels. level is enum walk_level: pte 1, pmd 2,
 * pud 3, p4d 4, pgd 5. With 4 levels the p4d is folded: no table has level 4
 * and the pgd's entries lead to puds. levels is 4 or 5, as the kernel runs.
 *
 * Bits: Intel SDM volume 3A, 4.5; Linux arch/x86/include/asm/pgtable_types.h.
 */
#ifndef ARCH_X86_64_H
#define ARCH_X86_64_H

#include <linux/types.h>

#define ARCH_NAME		"x86_64"
#define ARCH_PAGE_SHIFT		12
#define ARCH_PAGE_SIZE		(1ULL << ARCH_PAGE_SHIFT)
#define ARCH_ENTRIES		512
#define ARCH_USER_ENTRIES	256	/* of the pgd; the rest is the kernel's */
#define ARCH_KERNEL_HALF	1	/* the same in every pgd */
#define ARCH_LEVELS_MIN		4
#define ARCH_LEVELS_MAX		5
#define ARCH_MAX_ORDER		10	/* of a free block */
#define ARCH_HUGETLB_SHIFTS	{ 21, 30 }	/* log2 of the huge page sizes */

/* All PGDs are in pgd_list, by their lru (arch/x86/mm/pgtable.c), with pt_mm set. */
#define ARCH_PGD_LIST		1

#define ARCH_QSPINLOCK		1	/* the lock word is include/asm-generic/qspinlock_types.h's */
#define ARCH_KFUNC		1	/* BPF programs may call kernel functions (5.13, e6ac2450d6de) */
#define ARCH_DEPOSIT_LRU	1	/* deposited tables are linked by their page's lru */

/* The direct map starts at a multiple of this (arch/x86/mm/kaslr.c) ... */
#define ARCH_DIRECT_MAP_ALIGN	(1ULL << 30)
/* ... and lies in the kernel half. */
#define ARCH_KERNEL_START	0xff00000000000000ULL

#define ARCH_PRESENT		(1ULL << 0)
#define ARCH_RW			(1ULL << 1)
#define ARCH_USER		(1ULL << 2)
#define ARCH_ACCESSED		(1ULL << 5)
#define ARCH_DIRTY		(1ULL << 6)
#define ARCH_PSE		(1ULL << 7)	/* leaf at pmd, pud; PAT in a pte */
#define ARCH_GLOBAL		(1ULL << 8)
#define ARCH_PROTNONE		ARCH_GLOBAL	/* in an entry without ARCH_PRESENT */
#define ARCH_SPECIAL		(1ULL << 9)	/* software's, in a leaf */
#define ARCH_PAT_LARGE		(1ULL << 12)
#define ARCH_NX			(1ULL << 63)

/*
 * Flags by name, see entry_flags.h; LEVEL() gives a bit. What differs between
 * kernels (software's bits 57 and 58) is left out. Without ARCH_PRESENT the
 * address is inverted: bit 12 is none of the leaf's then.
 */
#define ARCH_ENTRY_FLAGS \
	{ ARCH_PRESENT, ARCH_PRESENT, "present", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ ARCH_RW, ARCH_RW, "write", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ ARCH_USER, ARCH_USER, "user", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ 1ULL << 3, 1ULL << 3, "writethrough", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ 1ULL << 4, 1ULL << 4, "nocache", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ ARCH_ACCESSED, ARCH_ACCESSED, "accessed", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ ARCH_DIRTY, ARCH_DIRTY, "dirty", ENTRY_LEAF, 0 }, \
	{ ARCH_PRESENT | ARCH_PSE, ARCH_PRESENT | ARCH_PSE, "pat", ENTRY_LEAF, LEVEL(PTE) }, \
	{ ARCH_PSE, ARCH_PSE, "huge", ENTRY_LEAF, LEVEL(PMD) | LEVEL(PUD) }, \
	{ ARCH_PRESENT | ARCH_GLOBAL, ARCH_PRESENT | ARCH_GLOBAL, "global", ENTRY_LEAF, 0 }, \
	{ ARCH_PRESENT | ARCH_PROTNONE, ARCH_PROTNONE, "protnone", ENTRY_LEAF, 0 }, \
	{ ARCH_SPECIAL, ARCH_SPECIAL, "special", ENTRY_LEAF, 0 }, \
	{ 1ULL << 10, 1ULL << 10, "uffd_wp", ENTRY_LEAF, 0 }, \
	{ 1ULL << 11, 1ULL << 11, "soft_dirty", ENTRY_LEAF, 0 }, \
	{ ARCH_PRESENT | ARCH_PAT_LARGE, ARCH_PRESENT | ARCH_PAT_LARGE, "pat", ENTRY_LEAF, LEVEL(PMD) | LEVEL(PUD) }, \
	{ 1ULL << 59, 1ULL << 59, "pkey1", ENTRY_LEAF, 0 }, \
	{ 1ULL << 60, 1ULL << 60, "pkey2", ENTRY_LEAF, 0 }, \
	{ 1ULL << 61, 1ULL << 61, "pkey4", ENTRY_LEAF, 0 }, \
	{ 1ULL << 62, 1ULL << 62, "pkey8", ENTRY_LEAF, 0 }, \
	{ ARCH_NX, ARCH_NX, "nx", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ 1ULL << 1, 1ULL << 1, "soft_dirty", ENTRY_SWAP, 0 }, \
	{ 1ULL << 2, 1ULL << 2, "uffd_wp", ENTRY_SWAP, 0 }, \
	{ 1ULL << 3, 1ULL << 3, "exclusive", ENTRY_SWAP, 0 }

/* Set by the CPU at any time: no sign of somebody else's change. */
#define ARCH_VOLATILE		(ARCH_ACCESSED | ARCH_DIRTY)

/* Address bits of an entry before what the CPU does not have is taken off. */
#define ARCH_ADDR_MASK		0x000ffffffffff000ULL

#include "geometry.h"

/*
 * Where a pgd has tables in the kernel's half that are its own: with page table
 * isolation one entry maps the LDT (asm/pgtable_64_types.h, LDT_PGD_ENTRY).
 */
static inline __u64 arch_private_start(unsigned int levels)
{
	return -240 * arch_entry_span(5, levels);
}

static inline __u64 arch_private_end(unsigned int levels)
{
	return -239 * arch_entry_span(5, levels);
}

/*
 * As the kernel's pte_present(), pmd_present(), pud_present(): PROT_NONE and
 * NUMA hinting clear the hardware's bit, a THP under split keeps only PSE.
 */
static inline int arch_present(__u64 entry, unsigned int level)
{
	if (entry & ARCH_PRESENT)
		return 1;
	if (level == 1)
		return !!(entry & ARCH_PROTNONE);
	if (level == 2 || level == 3)
		return !!(entry & ARCH_PSE) || !!(entry & ARCH_PROTNONE);
	return 0;
}

/* The entry maps memory. */
static inline int arch_leaf(__u64 entry, unsigned int level)
{
	if (!arch_present(entry, level))
		return 0;
	return level == 1 || ((level == 2 || level == 3) && (entry & ARCH_PSE));
}

/*
 * The leaf maps no page that the VMA owns: device memory, vvar, the zero page
 * (_PAGE_SPECIAL, asm/pgtable_types.h; at the pmd and pud since Linux 6.12).
 */
static inline int arch_special(__u64 entry, unsigned int level)
{
	(void)level;
	return !!(entry & ARCH_SPECIAL);
}

/* The hardware would use it. */
static inline int arch_valid(__u64 entry)
{
	return !!(entry & ARCH_PRESENT);
}

/* For tables above the pte's: an entry leads to a table if (entry & mask) is the value. */
static inline __u64 arch_table_mask(unsigned int level)
{
	return level == 2 || level == 3 ? ARCH_PRESENT | ARCH_PSE : ARCH_PRESENT;
}

static inline __u64 arch_table_value(unsigned int level)
{
	(void)level;
	return ARCH_PRESENT;
}

/* The entry points to a table of the next lower level: the CPU would follow. */
static inline int arch_table(__u64 entry, unsigned int level)
{
	return level > 1 && (entry & arch_table_mask(level)) == arch_table_value(level);
}

/*
 * Neither empty nor present: a swap, migration, hwpoison, device or marker
 * entry. (Empty is 0; a pmd can be left with accessed and dirty set, which
 * pmd_none() on CPUs with erratum "KNL" takes for empty: so do we.)
 */
static inline int arch_swap(__u64 entry, unsigned int level)
{
	return (entry & ~ARCH_VOLATILE) && !arch_present(entry, level);
}

static inline int arch_none(__u64 entry, unsigned int level)
{
	(void)level;
	return !(entry & ~ARCH_VOLATILE);
}

/* Swap type, 0 to 31; the highest are the kernel's own kinds (migration, ...). */
static inline unsigned int arch_swap_type(__u64 entry)
{
	return entry >> 59;
}

/* Swap offset (a pfn in a migration entry); stored inverted against L1TF. */
static inline __u64 arch_swap_offset(__u64 entry)
{
	return (~entry << 5) >> 14;
}

/*
 * pfn of a present entry: of the table below, or of the first page of the
 * leaf. The address is stored inverted when the hardware's present bit is
 * clear (L1TF, asm/pgtable-invert.h). The caller masks encryption bits.
 */
static inline __u64 arch_pfn(__u64 entry, unsigned int level)
{
	__u64 addr = entry & ARCH_PRESENT ? entry : ~entry;

	addr &= ARCH_ADDR_MASK;
	if ((level == 2 || level == 3) && (entry & ARCH_PSE))
		addr &= ~(arch_entry_span(level, ARCH_LEVELS_MAX) - 1);
	return addr >> ARCH_PAGE_SHIFT;
}

/*
 * Bits that must be 0 in this present entry, on a CPU with phys_bits of
 * physical address (0: do not look at those). Anything set makes the CPU
 * raise a reserved-bit fault. crypt: memory encryption bits, not reserved.
 */
static inline __u64 arch_reserved(__u64 entry, unsigned int level, unsigned int phys_bits,
				  __u64 crypt)
{
	__u64 mask = 0;

	if (!(entry & ARCH_PRESENT))
		return 0;
	if (phys_bits)
		mask = ARCH_ADDR_MASK & ~((1ULL << phys_bits) - 1) & ~crypt;
	if (level > 3)
		mask |= ARCH_PSE;
	else if (level > 1 && (entry & ARCH_PSE))
		mask |= (arch_entry_span(level, ARCH_LEVELS_MAX) - 1) & ARCH_ADDR_MASK & ~ARCH_PAT_LARGE;
	return entry & mask;
}

/* The kernel sets this in its own copy of a pgd entry, for want of SMEP (arch/x86/mm/pti.c). */
#define ARCH_PTI_BITS		ARCH_NX

/* Does a leaf let user space write? */
static inline int arch_writable(__u64 entry, unsigned int level)
{
	(void)level;
	return !!(entry & ARCH_RW);
}

/* Every entry that serves user space must let it in, but one that lets nobody in. */
static inline int arch_user(__u64 entry, unsigned int level)
{
	(void)level;
	return !(entry & ARCH_PRESENT) || entry & ARCH_USER;
}
#define ARCH_HAS_USER_BIT	1

/* A pte is a leaf of an ordinary page, with nothing reserved set, if (pte & mask) is the value. */
static inline __u64 arch_plain_mask(unsigned int phys_bits, __u64 crypt)
{
	return ARCH_PRESENT | ARCH_SPECIAL | ARCH_USER |
	       arch_reserved(ARCH_PRESENT | ARCH_ADDR_MASK, 1, phys_bits, crypt);
}

static inline __u64 arch_plain_value(void)
{
	return ARCH_PRESENT | ARCH_USER;
}

/* The pte of the next page is so much more. */
#define ARCH_PTE_STEP		ARCH_PAGE_SIZE

#endif /* ARCH_X86_64_H */

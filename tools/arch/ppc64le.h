/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Little-endian 64-bit POWER, radix MMU with 64 KiB pages: 52-bit addresses in
 * 4 levels. level is enum walk_level: pte 1, pmd 2, pud 3, pgd 5; the p4d is
 * folded. pte and pmd tables are fragments of a page, pud tables are slab
 * objects. Entries are big-endian. A process' pgd is all of user space: the
 * kernel's quadrant has a pgd of its own.
 *
 * Bits: Power ISA 3.0 book III, 6.7.10; Linux
 * arch/powerpc/include/asm/book3s/64/{pgtable,radix,radix-64k}.h.
 */
#ifndef ARCH_PPC64LE_H
#define ARCH_PPC64LE_H

#include <linux/types.h>

#define ARCH_NAME		"ppc64le"
#define ARCH_PAGE_SHIFT		16
#define ARCH_PAGE_SIZE		(1ULL << ARCH_PAGE_SHIFT)
#define ARCH_ENTRIES		8192	/* of the largest table, the pgd */
#define ARCH_USER_ENTRIES	8192
#define ARCH_KERNEL_HALF	0
#define ARCH_LEVELS_MIN		4
#define ARCH_LEVELS_MAX		4
#define ARCH_MAX_ORDER		8
#define ARCH_HUGETLB_SHIFTS	{ 21, 30 }
#define ARCH_PGD_LIST		0
#define ARCH_KFUNC		0	/* 6.1 refuses BPF programs that call kernel functions */
#define ARCH_QSPINLOCK		0	/* one of three kinds, by configuration and version */
#define ARCH_DEPOSIT_LRU	0	/* but by their own first words */
#define ARCH_PMD_FRAGMENTS	1	/* the pmd tables of a page have one list of deposited tables */
#define ARCH_ENTRIES_BE		1
#define ARCH_TABLE_ALIGN	256ULL
#define ARCH_FRAGMENTS		(1 << 1 | 1 << 2)

/* PAGE_OFFSET is where the kernel's quadrant begins. */
#define ARCH_DIRECT_MAP_ALIGN	(1ULL << 60)
#define ARCH_KERNEL_START	0xc000000000000000ULL

#define ARCH_PRESENT		(1ULL << 63)
#define ARCH_PTE		(1ULL << 62)	/* a leaf, or a swap entry; not a table */
#define ARCH_INVALID		(1ULL << 61)	/* without ARCH_PRESENT: a leaf while it is changed */
#define ARCH_SPECIAL		(1ULL << 10)
#define ARCH_ACCESSED		(1ULL << 8)
#define ARCH_DIRTY		(1ULL << 7)
#define ARCH_PRIVILEGED		(1ULL << 3)
#define ARCH_RWX		7ULL

#define ARCH_ENTRY_FLAGS \
	{ ARCH_PRESENT, ARCH_PRESENT, "present", ENTRY_TABLE | ENTRY_LEAF, 0 }, \
	{ ARCH_PTE, ARCH_PTE, "pte", ENTRY_LEAF, 0 }, \
	{ 1ULL << 0, 1ULL << 0, "exec", ENTRY_LEAF, 0 }, \
	{ 1ULL << 1, 1ULL << 1, "write", ENTRY_LEAF, 0 }, \
	{ 1ULL << 2, 1ULL << 2, "read", ENTRY_LEAF, 0 }, \
	{ ARCH_PRIVILEGED, ARCH_PRIVILEGED, "privileged", ENTRY_LEAF, 0 }, \
	{ 3ULL << 4, 1ULL << 4, "sao", ENTRY_LEAF, 0 }, \
	{ 3ULL << 4, 2ULL << 4, "non_idempotent", ENTRY_LEAF, 0 }, \
	{ 3ULL << 4, 3ULL << 4, "tolerant", ENTRY_LEAF, 0 }, \
	{ ARCH_DIRTY, ARCH_DIRTY, "dirty", ENTRY_LEAF, 0 }, \
	{ ARCH_ACCESSED, ARCH_ACCESSED, "accessed", ENTRY_LEAF, 0 }, \
	{ 1ULL << 9, 1ULL << 9, "soft_dirty", ENTRY_LEAF | ENTRY_SWAP, 0 }, \
	{ ARCH_SPECIAL, ARCH_SPECIAL, "special", ENTRY_LEAF, 0 }, \
	{ 1ULL << 11, 1ULL << 11, "devmap", ENTRY_LEAF, 0 }, \
	{ 1ULL << 5, 1ULL << 5, "exclusive", ENTRY_SWAP, 0 }

/* Set by the CPU at any time. */
#define ARCH_VOLATILE		(ARCH_ACCESSED | ARCH_DIRTY)

#define ARCH_ADDR_MASK		0x01ffffffffff0000ULL
#define ARCH_TABLE_MASK		0x01ffffffffffff00ULL

/* log2 of the bytes that one entry of a table of this level maps; level 4 stands for the pgd too. */
static inline unsigned int arch_shift(unsigned int level, unsigned int levels)
{
	if (level > levels)
		level = levels;
	return level <= 1 ? 16 : 21 + 9 * (level - 2);
}

static inline unsigned int arch_entries(unsigned int level)
{
	return level <= 1 ? 32 : level == 5 ? 8192 : 512;
}

/* Bytes that one entry maps, and that a whole table maps. */
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

/* One past the highest address that the pgd maps. */
static inline __u64 arch_user_end(unsigned int levels)
{
	return arch_table_span(5, levels);
}

static inline __u64 arch_kernel_start(unsigned int levels)
{
	(void)levels;
	return ARCH_KERNEL_START;
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
	return !!(entry & ARCH_PRESENT);
}

static inline int arch_present(__u64 entry, unsigned int level)
{
	if (entry & ARCH_PTE)
		return !!(entry & (ARCH_PRESENT | ARCH_INVALID));
	return level > 1 && entry & ARCH_PRESENT;
}

/* For tables above the pte's: an entry leads to a table if (entry & mask) is the value. */
static inline __u64 arch_table_mask(unsigned int level)
{
	(void)level;
	return ARCH_PRESENT | ARCH_PTE;
}

static inline __u64 arch_table_value(unsigned int level)
{
	(void)level;
	return ARCH_PRESENT;
}

static inline int arch_table(__u64 entry, unsigned int level)
{
	return level > 1 && (entry & arch_table_mask(level)) == arch_table_value(level);
}

/* Physical address of the table that an entry leads to. */
static inline __u64 arch_table_addr(__u64 entry, unsigned int level)
{
	(void)level;
	return entry & ARCH_TABLE_MASK;
}

static inline int arch_leaf(__u64 entry, unsigned int level)
{
	return level <= 3 && entry & ARCH_PTE && arch_present(entry, level);
}

static inline int arch_special(__u64 entry, unsigned int level)
{
	(void)level;
	return !!(entry & ARCH_SPECIAL);
}

/* radix__pte_none() takes an entry with nothing but these two for empty. */
static inline int arch_none(__u64 entry, unsigned int level)
{
	(void)level;
	return !(entry & ~ARCH_VOLATILE);
}

static inline int arch_swap(__u64 entry, unsigned int level)
{
	return !arch_none(entry, level) && !arch_present(entry, level);
}

static inline unsigned int arch_swap_type(__u64 entry)
{
	return entry & 0x1f;
}

static inline __u64 arch_swap_offset(__u64 entry)
{
	return (entry & ((1ULL << 53) - 1)) >> ARCH_PAGE_SHIFT;
}

static inline __u64 arch_pfn(__u64 entry, unsigned int level)
{
	__u64 addr = entry & ARCH_ADDR_MASK;

	if (level > 1 && entry & ARCH_PTE)
		addr &= ~(arch_entry_span(level, ARCH_LEVELS_MAX) - 1);
	return addr >> ARCH_PAGE_SHIFT;
}

/*
 * A leaf must be aligned, and has bits that are nobody's; an entry that leads
 * to a table says how large it is (the radix tree's NLS), rightly.
 */
static inline __u64 arch_reserved(__u64 entry, unsigned int level, unsigned int phys_bits,
				  __u64 crypt)
{
	__u64 address = ARCH_ADDR_MASK | 0xf000;

	(void)crypt;
	if (!(entry & ARCH_PRESENT))
		return 0;
	if (level > 1 && !(entry & ARCH_PTE))
		return ((entry ^ (level == 2 ? 5 : 9)) & 0x1f) | (entry & (ARCH_INVALID | 0xe0));
	if (phys_bits)
		address &= (1ULL << phys_bits) - 1;
	return entry & (0x1e00000000000040ULL | (ARCH_ADDR_MASK & ~address) |
			(address & (arch_entry_span(level, ARCH_LEVELS_MAX) - 1)));
}

#define ARCH_PTI_BITS		0

/* Does a leaf let user space write? */
static inline int arch_writable(__u64 entry, unsigned int level)
{
	(void)level;
	return !!(entry & 1ULL << 1);
}

/* PROT_NONE is a leaf for the kernel alone that lets nobody do anything. */
#define ARCH_HAS_USER_BIT	1
static inline int arch_user(__u64 entry, unsigned int level)
{
	(void)level;
	return !(entry & ARCH_PTE) || !(entry & ARCH_PRIVILEGED) || !(entry & ARCH_RWX);
}

/* A pte is a leaf of an ordinary page, with nothing reserved set, if (pte & mask) is the value. */
static inline __u64 arch_plain_mask(unsigned int phys_bits, __u64 crypt)
{
	return ARCH_PRESENT | ARCH_PTE | ARCH_SPECIAL | ARCH_PRIVILEGED |
	       arch_reserved(ARCH_PRESENT | ARCH_PTE | ~0ULL, 1, phys_bits, crypt);
}

static inline __u64 arch_plain_value(void)
{
	return ARCH_PRESENT | ARCH_PTE;
}

/* The pte of the next page is so much more. */
#define ARCH_PTE_STEP		ARCH_PAGE_SIZE

#endif /* ARCH_PPC64LE_H */

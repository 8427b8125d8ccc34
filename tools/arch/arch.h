/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an architecture's page tables look like: one header each, all with the
 * same functions, pure, usable from C and from BPF. Adding an architecture is
 * adding a header and a line here. A BPF program is told by __TARGET_ARCH_*
 * for which one it is built.
 */
#ifndef ARCH_H
#define ARCH_H

#if defined(__TARGET_ARCH_x86)
#include "x86_64.h"
#elif defined(__TARGET_ARCH_arm64)
#include "arm64.h"
#elif defined(__TARGET_ARCH_riscv)
#include "riscv64.h"
#elif defined(__TARGET_ARCH_powerpc)
#include "ppc64le.h"
#elif defined(__TARGET_ARCH_s390)
#include "s390x.h"
#elif defined(__x86_64__)
#include "x86_64.h"
#elif defined(__aarch64__)
#include "arm64.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "riscv64.h"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#include "ppc64le.h"
#elif defined(__s390x__)
#include "s390x.h"
#else
#error "ptdesc-check: no arch/*.h for this architecture yet"
#endif

/* Entries are big-endian, whatever the CPU is. */
#ifndef ARCH_ENTRIES_BE
#define ARCH_ENTRIES_BE		0
#endif

/* The value of an entry as it is in memory. */
static inline __u64 arch_entry(__u64 raw)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return ARCH_ENTRIES_BE ? __builtin_bswap64(raw) : raw;
#else
	return raw;
#endif
}

/* How many levels there are is said by an mm's ASCE (s390), and not the same for all. */
#ifndef ARCH_ASCE
#define ARCH_ASCE		0
static inline unsigned int arch_asce_levels(__u64 asce)
{
	(void)asce;
	return 0;
}

static inline __u64 arch_asce_table(__u64 asce)
{
	return asce;
}
#endif

/* Formats that differ between kernels are told by an entry that is PROT_NONE. */
#ifndef ARCH_LEARNS
#define ARCH_LEARNS		0
static inline void arch_learn(__u64 protnone)
{
	(void)protnone;
}
#endif

/* May a pgd's entry in the kernel's half be empty that is not in another pgd? */
#ifndef ARCH_LAZY_KERNEL
static inline int arch_kernel_lazy(const __u64 *pgd)
{
	(void)pgd;
	return 0;
}
#endif

#ifndef ARCH_PMD_FRAGMENTS
#define ARCH_PMD_FRAGMENTS	0
#endif

/*
 * Levels (1 << level) whose tables share a page, with what the descriptor says
 * of them in pt_frag_refcount: how many are in use, or ARCH_FRAGMENT_BITS, which.
 */
#ifndef ARCH_FRAGMENTS
#define ARCH_FRAGMENTS		0
#endif

/* Of these bits, those that are about the table at this offset, and what they must be. */
#ifndef ARCH_FRAGMENT_BITS
#define ARCH_FRAGMENT_BITS	0
static inline __u32 arch_fragment_mask(__u32 bits, unsigned int offset, int whole)
{
	(void)offset;
	(void)whole;
	return bits;
}

static inline __u32 arch_fragment_value(unsigned int offset, int whole)
{
	(void)offset;
	(void)whole;
	return 0;
}
#endif

/* An mm may have tables of guest address spaces. */
#ifndef ARCH_GMAP
#define ARCH_GMAP		0
#define ARCH_GMAP_FAKE		0ULL
#define ARCH_GMAP_TABLE		0ULL
#define ARCH_GMAP_SHADOW	0ULL
#define ARCH_ASCE_REAL		0ULL
static inline int arch_guest_valid(__u64 entry)
{
	(void)entry;
	return 0;
}

static inline int arch_guest_large(__u64 entry, unsigned int level, int edat_level)
{
	(void)entry;
	(void)level;
	(void)edat_level;
	return 0;
}
#endif

/* Bytes that all entries of a table take. */
static inline __u64 arch_table_bytes(unsigned int level)
{
	return arch_entries(level) * 8;
}

/* Several tables may share a page, each at a multiple of this in it. */
#ifndef ARCH_TABLE_ALIGN
#define ARCH_TABLE_ALIGN	ARCH_PAGE_SIZE

/* Physical address of the table that an entry leads to. */
static inline __u64 arch_table_addr(__u64 entry, unsigned int level)
{
	return arch_pfn(entry, level) << ARCH_PAGE_SHIFT;
}
#endif

#endif /* ARCH_H */

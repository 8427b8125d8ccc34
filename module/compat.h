/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that differs between the kernels that this module builds on: Linux 6.1 with
 * this project's series, and 6.6 to 7.2. The rest is written for the newest.
 * Tests are for features, never for versions; PTDESC_HAS_* come from the Kbuild
 * file, which looks into the target's headers for what no macro tells.
 */
#ifndef PTDESC_COMPAT_H
#define PTDESC_COMPAT_H

#include <linux/mm.h>
#include <linux/page-flags.h>
/* 24c776355f40 ("kernel.h: drop hex.h and update all hex.h users"), Linux 7.0. */
#ifdef PTDESC_HAS_HEX_H
#include <linux/hex.h>
#endif
#ifdef CONFIG_S390
#include <asm/gmap.h>
#endif

/* The floor: "pgtable: create struct ptdesc", Linux 6.6. */
#ifndef PTDESC_HAS_PTDESC
#error "no struct ptdesc here: ptdesc.ko needs Linux 6.6 or newer, or 6.1 with patches/6.1"
#endif

/*
 * The ceiling: descriptors that are no part of the memmap, as is planned. A scan
 * of it would then show what is left of them.
 */
#ifndef page_ptdesc
#error "struct ptdesc is apart from struct page here: ptdesc.ko is for Linux up to 7.2"
#endif
static_assert(sizeof(struct ptdesc) <= sizeof(struct page),
	      "struct ptdesc is apart from struct page here: ptdesc.ko is for Linux up to 7.2");

/**
 * ptdesc_page_is_table - is this page typed as a page table?
 * @page: any online page, in use or not
 *
 * folio_test_pgtable() came with struct ptdesc ("mm: Add PAGE_TYPE_OP folio
 * functions", Linux 6.6) and looks at this page alone. Later pages of a table are
 * not typed.
 */
static __always_inline bool ptdesc_page_is_table(const struct page *page)
{
	return folio_test_pgtable((const struct folio *)page);
}

/*
 * Are page table locks split, so that a table has its own? 394290cba966 ("mm:
 * turn USE_SPLIT_PTE_PTLOCKS / USE_SPLIT_PTE_PTLOCKS into Kconfig options"),
 * Linux 6.12, made Kconfig symbols of the macros.
 */
#if defined(CONFIG_SPLIT_PTE_PTLOCKS) || \
	(defined(USE_SPLIT_PTE_PTLOCKS) && USE_SPLIT_PTE_PTLOCKS)
#define PTDESC_SPLIT_PTE_PTL	1
#else
#define PTDESC_SPLIT_PTE_PTL	0
#endif

#if defined(CONFIG_SPLIT_PMD_PTLOCKS) || \
	(defined(USE_SPLIT_PMD_PTLOCKS) && USE_SPLIT_PMD_PTLOCKS)
#define PTDESC_SPLIT_PMD_PTL	1
#else
#define PTDESC_SPLIT_PMD_PTL	0
#endif

/*
 * Is there a pt_share_count? 59d9094df3d7 ("mm: hugetlb: independent PMD page
 * table shared count"), backported to 6.1.142 and 6.12; its guard was renamed.
 */
#if defined(PTDESC_HAS_PT_SHARE_COUNT) && defined(CONFIG_HUGETLB_PAGE) && \
	(defined(CONFIG_HUGETLB_PMD_PAGE_TABLE_SHARING) || \
	 defined(CONFIG_ARCH_WANT_HUGE_PMD_SHARE))
#define PTDESC_SHARE_COUNT	1
#else
#define PTDESC_SHARE_COUNT	0
#endif

/*
 * What is in pt_frag_refcount of a page that several tables share: a number
 * (powerpc), or bits that say which halves of the page are allocated and pending
 * (s390). Tables that are no such page have that word, too, and can only be told
 * from them with patches/6.1: on powerpc it is 0 there, on s390 they are of another
 * order or marked by GMAP_TABLE. Without the series s390 does not use the word.
 */
#if defined(PTDESC_HAS_PT_S390_GADDR) && defined(CONFIG_PPC)
#define PTDESC_FRAG_COUNT	1
#else
#define PTDESC_FRAG_COUNT	0
#endif

#if defined(PTDESC_HAS_PT_S390_GADDR) && defined(GMAP_TABLE)
#define PTDESC_FRAG_BITS	1
#else
#define PTDESC_FRAG_BITS	0
#endif

/*
 * The word with the guest address of an s390 gmap table, and the flags in it:
 * patches/6.1 ("s390/gmap: mark the guest address of a table as one"). 0 if there
 * is none; no other kernel keeps it where it can be told from something else.
 */
#if defined(PTDESC_HAS_PT_S390_GADDR) && defined(GMAP_TABLE)
#define PTDESC_GMAP_SHADOW	GMAP_SHADOW_TABLE
#define PTDESC_GMAP_FAKE	GMAP_SHADOW_FAKE_TABLE
#define PTDESC_GMAP_FLAGS	GMAP_TABLE_FLAGS

static inline unsigned long ptdesc_gmap_word(const struct ptdesc *pt)
{
	return pt->_pt_s390_gaddr & GMAP_TABLE ? pt->_pt_s390_gaddr : 0;
}
#else
#define PTDESC_GMAP_SHADOW	0UL
#define PTDESC_GMAP_FAKE	0UL
#define PTDESC_GMAP_FLAGS	0UL

static inline unsigned long ptdesc_gmap_word(const struct ptdesc *pt)
{
	return 0;
}
#endif

/*
 * Flag bits of memcg_data in a page that is no slab. 21c690a349ba ("mm: introduce
 * slabobj_ext to support slab object extensions"), Linux 6.10, took away
 * MEMCG_DATA_FLAGS_MASK.
 */
#define PTDESC_MEMCG_FLAGS	(__NR_MEMCG_DATA_FLAGS - 1UL)

/* pgtable_t is the table's struct page, or (m68k, powerpc, s390, sparc) its address. */
#define PTDESC_PGTABLE_IS_PAGE	__same_type(pgtable_t, struct page *)

#endif /* PTDESC_COMPAT_H */

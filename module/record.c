// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a record of one page table descriptor.
 *
 * The descriptor is copied first and then only the copy is interpreted: tables
 * are freed while they are looked at. A word is believed only where it can be
 * proved that it is what its name says, because a descriptor does not say which
 * level its table has, and members of other levels are stale.
 */
#include <linux/align.h>
#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/memory_hotplug.h>
#include <linux/mm_types.h>
#include <linux/page_ref.h>
#include <linux/pgtable.h>
#include <linux/spinlock.h>
#include <linux/threads.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "inspector.h"

union ptdesc_copy {
	struct page	page;
	struct ptdesc	pt;
	unsigned long	word[sizeof(struct page) / sizeof(unsigned long)];
};

/* Words of every struct page that have no accessor which works on a copy. */
#define PTDESC_WORD_FLAGS	0
#define PTDESC_WORD_HEAD	1	/* compound_head, compound_info: bit 0 marks a tail */

static_assert(offsetof(struct page, flags) == PTDESC_WORD_FLAGS);
static_assert(offsetof(struct page, lru) == PTDESC_WORD_HEAD * sizeof(unsigned long));

static void ptdesc_copy_page(union ptdesc_copy *copy, const struct page *page)
{
	const unsigned long *word = (const unsigned long *)page;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(copy->word); i++)
		copy->word[i] = READ_ONCE(word[i]);
}

/*
 * The state of the lock at the moment of the copy. An allocated lock is never
 * looked at: it is freed before the table is, without a grace period.
 */
static enum ptdesc_ptl ptdesc_ptl_state(union ptdesc_copy *copy)
{
	if (!PTDESC_SPLIT_PTE_PTL)
		return PTDESC_PTL_NONE;
#if ALLOC_SPLIT_PTLOCKS
	return copy->pt.ptl ? PTDESC_PTL_ALLOC : PTDESC_PTL_NONE;
#else
	if (raw_spin_is_locked(spinlock_check(&copy->pt.ptl)))
		return PTDESC_PTL_HELD;
	return PTDESC_PTL_FREE;
#endif
}

/*
 * pmd_huge_pte shares its word with links of lists, an RCU callback and what
 * earlier owners of the page left. It is one when it leads to the struct page of
 * a page table exactly. Needs the caller's RCU read-side section, as that page is
 * anywhere in memory.
 */
static unsigned long ptdesc_deposited(const union ptdesc_copy *copy)
{
	unsigned long word = (unsigned long)copy->pt.pmd_huge_pte;
	struct page *page;
	unsigned long pfn;

	/* Without a lock of its own for each PMD table, deposits hang from the mm. */
	if (!PTDESC_SPLIT_PMD_PTL || !IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) || !word)
		return PTDESC_NO_PFN;
	/* This memory model cannot turn a pointer into a pfn without following it. */
	if (IS_ENABLED(CONFIG_SPARSEMEM) && !IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP))
		return PTDESC_NO_PFN;

	if (PTDESC_PGTABLE_IS_PAGE)
		page = (struct page *)word;
	else if (virt_addr_valid((void *)word))
		page = virt_to_page((void *)word);
	else
		return PTDESC_NO_PFN;

	pfn = page_to_pfn(page);
	if (pfn_to_online_page(pfn) != page || !ptdesc_page_is_table(page))
		return PTDESC_NO_PFN;
	return pfn;
}

#if PTDESC_SHARE_COUNT
/*
 * Does this table map huge pages as the PMD table of a hugetlb VMA does: leaves
 * only, each of the size of a PMD? A PUD table of 1 GiB leaves looks the same
 * unless some leaf is not aligned to a PUD's size.
 */
static bool ptdesc_maps_pmd_leaves(const void *table)
{
	bool found = false;
	pmd_t entry[32];
	int i, j;

	for (i = 0; i < PTRS_PER_PMD; i += ARRAY_SIZE(entry)) {
		if (copy_from_kernel_nofault(entry, table + i * sizeof(*entry), sizeof(entry)))
			return false;
		for (j = 0; j < ARRAY_SIZE(entry); j++) {
			if (!pmd_present(entry[j]))
				continue;
			if (!pmd_leaf(entry[j]) ||
			    !IS_ALIGNED(pmd_pfn(entry[j]), PMD_SIZE >> PAGE_SHIFT))
				return false;
			if (!IS_ALIGNED(pmd_pfn(entry[j]), PUD_SIZE >> PAGE_SHIFT))
				found = true;
		}
	}
	return found;
}

/* pt_share_count is in the word of pt_mm, and only PMD tables are given a 0 there. */
static int ptdesc_share_count(const union ptdesc_copy *copy, struct page *page)
{
	int count = atomic_read(&copy->pt.pt_share_count);

	/* one for each further mm: there are never more than there are pids */
	if (count <= 0 || count > PID_MAX_LIMIT)
		return 0;
	return ptdesc_maps_pmd_leaves(page_address(page)) ? count : 0;
}
#else
static int ptdesc_share_count(const union ptdesc_copy *copy, struct page *page)
{
	return 0;
}
#endif

/*
 * Is this the page of several tables? A descriptor does not say its level, and
 * tables of other levels have another meaning, or none, in pt_frag_refcount.
 */
static bool ptdesc_has_fragments(const union ptdesc_copy *copy, unsigned int order)
{
	int count = atomic_read(&copy->pt.pt_frag_refcount);

	/* the smallest fragment is 256 bytes; a whole page table has 0 here */
	if (PTDESC_FRAG_COUNT)
		return count > 0 && count <= PAGE_SIZE / 256;
	/* all tables of one page, but those of gmaps */
	if (PTDESC_FRAG_BITS)
		return !order && !ptdesc_gmap_word(&copy->pt);
	return false;
}

/* Can this word be the address of an mm_struct? It is not looked at, only the address is. */
static const struct mm_struct *ptdesc_candidate_mm(const struct mm_struct *mm)
{
	if (!IS_ALIGNED((unsigned long)mm, __alignof__(*mm)) || !virt_addr_valid(mm))
		return NULL;
	return mm;
}

#ifdef CONFIG_MEMCG
/*
 * Inode number of the cgroup that a table is charged to, or of its nearest
 * ancestor online, as page_cgroup_ino() has it.
 *
 * Nothing followed here is freed before the caller's RCU read-side section ends:
 * the word was read inside it, from a page whose uncharge clears the word before
 * it drops the reference (__memcg_kmem_uncharge_page()); the obj_cgroup is freed
 * by kfree_rcu() after its last reference (obj_cgroup_release()); its memcg, the
 * ancestors and their cgroups and kernfs nodes go after an RCU grace period too
 * (css_free_rwork_fn(), queued by queue_rcu_work()).
 */
static u64 ptdesc_memcg_ino(const union ptdesc_copy *copy)
{
	unsigned long word = copy->page.memcg_data;
	struct mem_cgroup *memcg;

	if ((word & PTDESC_MEMCG_FLAGS) != MEMCG_DATA_KMEM)
		return 0;
	memcg = obj_cgroup_memcg((struct obj_cgroup *)(word & ~PTDESC_MEMCG_FLAGS));
	while (memcg && !(READ_ONCE(memcg->css.flags) & CSS_ONLINE))
		memcg = parent_mem_cgroup(memcg);
	return memcg ? cgroup_ino(memcg->css.cgroup) : 0;
}
#else
static u64 ptdesc_memcg_ino(const union ptdesc_copy *copy)
{
	return 0;
}
#endif

/**
 * ptdesc_record_page - record the descriptor of a page table
 * @record: gets the values
 * @page: an online page that was typed as a page table a moment ago
 * @pfn: its page frame number
 *
 * Context: inside the RCU read-side section in which @page was found online.
 * Return: false when @page is no page table (any more), or is a later page of
 * one; @record is then undefined.
 */
bool ptdesc_record_page(struct ptdesc_record *record, struct page *page, unsigned long pfn)
{
	union ptdesc_copy copy;
	unsigned int order = 0;
	unsigned long gmap;
	bool compound;

	smp_rmb();	/* what is set before the type is read after it */
	ptdesc_copy_page(&copy, page);
	if (copy.word[PTDESC_WORD_HEAD] & 1)
		return false;
	compound = copy.word[PTDESC_WORD_FLAGS] & BIT(PG_head);
	if (compound)
		order = compound_order(page);
	smp_rmb();	/* the type once more, after all else was read */
	if (!ptdesc_page_is_table(&copy.page) || !ptdesc_page_is_table(page))
		return false;

	gmap = ptdesc_gmap_word(&copy.pt);
	*record = (struct ptdesc_record) {
		.pfn		= pfn,
		.deposited	= ptdesc_deposited(&copy),
		.mm		= ptdesc_candidate_mm(copy.pt.pt_mm),
		.memcg_ino	= ptdesc_memcg_ino(&copy),
		.gaddr		= gmap & ~PTDESC_GMAP_FLAGS,
		.page_type	= copy.page.page_type,
		.refcount	= page_ref_count(&copy.page),
		.share_count	= ptdesc_share_count(&copy, page),
		.frag		= atomic_read(&copy.pt.pt_frag_refcount),
		.order		= order,
		.ptl		= ptdesc_ptl_state(&copy),
		.compound	= compound,
		.reserved	= copy.word[PTDESC_WORD_FLAGS] & BIT(PG_reserved),
		.hwpoison	= PageHWPoison(&copy.page),
		.fragments	= ptdesc_has_fragments(&copy, order),
		.gmap		= gmap,
		.shadow		= gmap & PTDESC_GMAP_SHADOW,
		.fake		= gmap & PTDESC_GMAP_FAKE,
	};
	return true;
}

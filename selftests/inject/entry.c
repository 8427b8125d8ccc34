// SPDX-License-Identifier: GPL-2.0-only
/*
 * Corruptions of entries. set_pte() and its like on purpose, not set_pte_at():
 * CONFIG_PAGE_TABLE_CHECK would count a mapping. No entry that was empty is
 * ever used by the CPU: the victim does not touch these addresses. Those that
 * would lead the kernel astray are where no VMA is, so that nothing that walks
 * VMAs (smaps, khugepaged, reclaim, fork) comes there; exit waits for mm_users.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "inject.h"

/* A page frame as far out as an entry can hold: no machine has memory there. */
#define FAR_PFN	((__PHYSICAL_MASK >> PAGE_SHIFT) & ~(PTRS_PER_PTE - 1UL))

static void put_pte(struct site *site, pte_t pte)
{
	spinlock_t *ptl = pte_lockptr(site->mm, site->pmd);

	spin_lock(ptl);
	set_pte(site->pte, pte);
	spin_unlock(ptl);
}

static void put_pmd(struct site *site, pmd_t pmd)
{
	spinlock_t *ptl = pmd_lock(site->mm, site->pmd);

	set_pmd(site->pmd, pmd);
	spin_unlock(ptl);
}

static void put_pud(struct site *site, pud_t pud)
{
	spinlock_t *ptl = pud_lock(site->mm, site->pud);

	set_pud(site->pud, pud);
	spin_unlock(ptl);
}

void undo_pte(struct site *site, enum site_level level)
{
	put_pte(site, __pte(site->word));
	inject_stale_tlb(site->mm);
}

void undo_pmd(struct site *site, enum site_level level)
{
	put_pmd(site, __pmd(site->word));
	inject_stale_tlb(site->mm);
}

void undo_pud(struct site *site, enum site_level level)
{
	put_pud(site, __pud(site->word));
	inject_stale_tlb(site->mm);
}

/* The nearest PTE table below, in the same PMD table, gets a second parent. */
int inject_shared_pte_table(struct site *site, enum site_level level)
{
	unsigned long i = pmd_index(site->addr);
	pmd_t *from = site->pmd;

	while (i--) {
		from--;
		if (pmd_none(*from) || pmd_leaf(*from) || pmd_bad(*from))
			continue;
		site->word = pmd_val(*site->pmd);
		put_pmd(site, *from);
		return 0;
	}
	return -EADDRNOTAVAIL;
}

/* The same one level up. */
int inject_shared_pmd_table(struct site *site, enum site_level level)
{
	unsigned long i = pud_index(site->addr);
	pud_t *from = site->pud;

	while (i--) {
		from--;
		if (pud_none(*from) || pud_leaf(*from) || pud_bad(*from))
			continue;
		site->word = pud_val(*site->pud);
		put_pud(site, *from);
		return 0;
	}
	return -EADDRNOTAVAIL;
}

/*
 * A PTE table of whoever asks for it, which holds his code: he does not give
 * it back. It is counted here, too.
 */
int inject_foreign_table(struct site *site, enum site_level level)
{
	struct site from = { .mm = current->mm, .addr = current->mm->start_code };

	if (!mmap_read_trylock(from.mm))
		return -EAGAIN;
	site_find(&from);
	if (from.pte) {
		site->word = pmd_val(*site->pmd);
		put_pmd(site, *from.pmd);
	}
	mmap_read_unlock(from.mm);
	if (!from.pte)
		return -EADDRNOTAVAIL;
	mm_inc_nr_ptes(site->mm);
	site->other = from.mm;
	mmget(site->other);
	return 0;
}

void undo_foreign_table(struct site *site, enum site_level level)
{
	undo_pmd(site, level);
	mm_dec_nr_ptes(site->mm);
}

int inject_far_pmd(struct site *site, enum site_level level)
{
	if (pfn_valid(FAR_PFN))
		return -EOPNOTSUPP;
	site->word = pmd_val(*site->pmd);
	put_pmd(site, __pmd((FAR_PFN << PAGE_SHIFT) | _PAGE_TABLE));
	return 0;
}

/* 2 MiB of our own, from its third page on: hardware calls these bits reserved. */
int inject_misaligned_pmd(struct site *site, enum site_level level)
{
	pmd_t pmd;

	site->page = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_NOWARN,
				 PMD_SHIFT - PAGE_SHIFT);
	if (!site->page)
		return -ENOMEM;
	pmd = pmd_mkhuge(pfn_pmd(page_to_pfn(site->page), PAGE_READONLY));
	site->word = pmd_val(*site->pmd);
	put_pmd(site, __pmd(pmd_val(pmd) | 2 * PAGE_SIZE));
	return 0;
}

void undo_misaligned_pmd(struct site *site, enum site_level level)
{
	undo_pmd(site, level);
	__free_pages(site->page, PMD_SHIFT - PAGE_SHIFT);
}

int inject_far_pte(struct site *site, enum site_level level)
{
	if (pfn_valid(FAR_PFN))
		return -EOPNOTSUPP;
	site->word = pte_val(*site->pte);
	put_pte(site, pfn_pte(FAR_PFN, PAGE_READONLY));
	return 0;
}

int inject_table_mapped(struct site *site, enum site_level level)
{
	site->word = pte_val(*site->pte);
	put_pte(site, pfn_pte(page_to_pfn(pmd_page(*site->pmd)),
			      PAGE_READONLY));
	return 0;
}

int inject_slab_mapped(struct site *site, enum site_level level)
{
	site->object = kzalloc(sizeof(u64), GFP_KERNEL);
	if (!site->object)
		return -ENOMEM;
	site->word = pte_val(*site->pte);
	put_pte(site, pfn_pte(page_to_pfn(virt_to_page(site->object)),
			      PAGE_READONLY));
	return 0;
}

void undo_slab_mapped(struct site *site, enum site_level level)
{
	undo_pte(site, level);
	kfree(site->object);
}

/* A table that is counted but that no entry leads to. */
int inject_lost_table(struct site *site, enum site_level level)
{
	site->word = pmd_val(*site->pmd);
	site->pte = NULL;
	put_pmd(site, __pmd(0));
	inject_stale_tlb(site->mm);
	return 0;
}

struct page *inject_new_table(struct mm_struct *mm)
{
	struct ptdesc *ptdesc;

	ptdesc = pagetable_alloc(GFP_KERNEL_ACCOUNT | __GFP_ZERO, 0);
	if (!ptdesc)
		return NULL;
	if (!inject_pte_ctor(ptdesc)) {
		pagetable_free(ptdesc);
		return NULL;
	}
	mm_inc_nr_ptes(mm);
	return ptdesc_page(ptdesc);
}

void inject_free_table(struct mm_struct *mm, struct page *page)
{
	struct ptdesc *ptdesc = page_ptdesc(page);

	mm_dec_nr_ptes(mm);
	inject_pte_dtor(ptdesc);
	pagetable_free(ptdesc);
}

int inject_table_in_hole(struct site *site, enum site_level level)
{
	site->page = inject_new_table(site->mm);
	if (!site->page)
		return -ENOMEM;
	site->word = pmd_val(*site->pmd);
	smp_wmb();	/* a lockless walker sees the table's zeroes first */
	put_pmd(site, __pmd(PFN_PHYS(page_to_pfn(site->page)) |
			    _PAGE_TABLE));
	return 0;
}

void undo_table_in_hole(struct site *site, enum site_level level)
{
	undo_pmd(site, level);
	inject_free_table(site->mm, site->page);
}

/* Not each node need have some. */
static struct page *alloc_movable(void)
{
	int node;

	for_each_online_node(node) {
		struct page *page = alloc_pages_node(node, GFP_HIGHUSER_MOVABLE | __GFP_ZERO, 0);

		if (page && is_zone_movable_page(page))
			return page;
		if (page)
			__free_page(page);
	}
	return NULL;
}

/* A table of the kind that the kernel gives to user space as memory. */
int inject_movable_table(struct site *site, enum site_level level)
{
	struct page *page = alloc_movable();

	if (!page)
		return -EOPNOTSUPP;
	if (!inject_pte_ctor(page_ptdesc(page))) {
		__free_page(page);
		return -ENOMEM;
	}
	mm_inc_nr_ptes(site->mm);
	site->page = page;
	site->word = pmd_val(*site->pmd);
	smp_wmb();	/* a lockless walker sees the table's zeroes first */
	put_pmd(site, __pmd(PFN_PHYS(page_to_pfn(page)) | _PAGE_TABLE));
	return 0;
}

void undo_movable_table(struct site *site, enum site_level level)
{
	undo_table_in_hole(site, level);
}

/* Constructed, counted, described, and nobody knows it: not even the mm. */
int inject_leaked_table(struct site *site, enum site_level level)
{
	site->page = inject_new_table(site->mm);
	if (!site->page)
		return -ENOMEM;
	mm_dec_nr_ptes(site->mm);
	return 0;
}

void undo_leaked_table(struct site *site, enum site_level level)
{
	mm_inc_nr_ptes(site->mm);
	inject_free_table(site->mm, site->page);
}

/* Readable for all, and here for anybody to write into. */
int inject_zero_writable(struct site *site, enum site_level level)
{
	pte_t pte = pfn_pte(page_to_pfn(ZERO_PAGE(0)), PAGE_SHARED);

	site->word = pte_val(*site->pte);
	put_pte(site, pte_mkspecial(pte));
	return 0;
}

/* A page of our own, for the kernel alone, where only user space goes. */
int inject_user_pte(struct site *site, enum site_level level)
{
#ifdef CONFIG_X86
	pte_t pte;

	site->page = alloc_page(GFP_KERNEL);
	if (!site->page)
		return -ENOMEM;
	pte = pfn_pte(page_to_pfn(site->page), PAGE_READONLY);
	site->word = pte_val(*site->pte);
	put_pte(site, __pte(pte_val(pte) & ~(pteval_t)_PAGE_USER));
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

void undo_user_pte(struct site *site, enum site_level level)
{
	undo_pte(site, level);
	__free_page(site->page);
}

int inject_user_pmd(struct site *site, enum site_level level)
{
#ifdef CONFIG_X86
	site->word = pmd_val(*site->pmd);
	put_pmd(site, __pmd(site->word & ~(pmdval_t)_PAGE_USER));
	inject_stale_tlb(site->mm);
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

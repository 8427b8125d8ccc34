// SPDX-License-Identifier: GPL-2.0-only
/*
 * Corruptions of the tables that wait, deposited at their PMD table, for the
 * day when a huge page is split. The first one hangs at pmd_huge_pte, the
 * others form a ring with it through page->lru. The mm's byte counter follows,
 * as it does when the kernel deposits and withdraws.
 */
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/mm.h>

#include "inject.h"

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
int inject_deposit_lost(struct site *site, enum site_level level)
{
	spinlock_t *ptl = pmd_lock(site->mm, site->pmd);
	struct page *first = pmd_huge_pte(site->mm, site->pmd);

	if (!first) {
		spin_unlock(ptl);
		return -EADDRNOTAVAIL;
	}
	site->page = first;
	site->object = list_first_entry_or_null(&first->lru, struct page, lru);
	list_del(&first->lru);
	pmd_huge_pte(site->mm, site->pmd) = site->object;
	mm_dec_nr_ptes(site->mm);
	spin_unlock(ptl);
	return 0;
}

void undo_deposit_lost(struct site *site, enum site_level level)
{
	spinlock_t *ptl = pmd_lock(site->mm, site->pmd);
	struct page *next = site->object;

	if (next)	/* first in the ring again, not just somewhere in it */
		list_add_tail(&site->page->lru, &next->lru);
	else
		INIT_LIST_HEAD(&site->page->lru);
	pmd_huge_pte(site->mm, site->pmd) = site->page;
	mm_inc_nr_ptes(site->mm);
	spin_unlock(ptl);
}

static void deposit(struct site *site)
{
	spinlock_t *ptl = pmd_lock(site->mm, site->pmd);
	struct page *first = pmd_huge_pte(site->mm, site->pmd);

	if (first)
		list_add_tail(&site->page->lru, &first->lru);
	else
		INIT_LIST_HEAD(&site->page->lru);
	pmd_huge_pte(site->mm, site->pmd) = site->page;
	site->object = first;
	spin_unlock(ptl);
}

int inject_deposit_extra(struct site *site, enum site_level level)
{
	site->page = inject_new_table(site->mm);
	if (!site->page)
		return -ENOMEM;
	deposit(site);
	return 0;
}

void undo_deposit_extra(struct site *site, enum site_level level)
{
	spinlock_t *ptl = pmd_lock(site->mm, site->pmd);

	list_del(&site->page->lru);
	pmd_huge_pte(site->mm, site->pmd) = site->object;
	spin_unlock(ptl);
	inject_free_table(site->mm, site->page);
}

/* Of the entry's bits none is one that a walker of pages would follow: not present. */
#define USED_ENTRY	BIT(10)

static unsigned long *deposited_entry(struct site *site)
{
	return (unsigned long *)page_address(site->page) + PTRS_PER_PTE / 2;
}

int inject_deposit_used(struct site *site, enum site_level level)
{
	spinlock_t *ptl = pmd_lock(site->mm, site->pmd);

	site->page = pmd_huge_pte(site->mm, site->pmd);
	if (site->page)
		WRITE_ONCE(*deposited_entry(site), USED_ENTRY);
	spin_unlock(ptl);
	return site->page ? 0 : -EADDRNOTAVAIL;
}

void undo_deposit_used(struct site *site, enum site_level level)
{
	WRITE_ONCE(*deposited_entry(site), 0);
}
#else
int inject_deposit_used(struct site *site, enum site_level level)
{
	return -EOPNOTSUPP;
}

void undo_deposit_used(struct site *site, enum site_level level)
{
}

int inject_deposit_lost(struct site *site, enum site_level level)
{
	return -EOPNOTSUPP;
}

int inject_deposit_extra(struct site *site, enum site_level level)
{
	return -EOPNOTSUPP;
}

void undo_deposit_lost(struct site *site, enum site_level level)
{
}

void undo_deposit_extra(struct site *site, enum site_level level)
{
}
#endif /* CONFIG_TRANSPARENT_HUGEPAGE */

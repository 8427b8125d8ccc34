// SPDX-License-Identifier: GPL-2.0-only
/* Where in the tree of tables an address lives. */
#include <linux/errno.h>

#include "inject.h"

const char *site_level_name(enum site_level level)
{
	static const char * const names[] = {
		[SITE_PTE] = "pte", [SITE_PMD] = "pmd", [SITE_PUD] = "pud",
		[SITE_P4D] = "p4d", [SITE_PGD] = "pgd",
	};

	return names[level];
}

const char *site_need_name(enum site_need need)
{
	static const char * const names[] = {
		[NEED_PAGE] = "page",
		[NEED_GAP] = "gap",
		[NEED_NO_PTE_TABLE] = "no-pte-table",
		[NEED_NO_PMD_TABLE] = "no-pmd-table",
		[NEED_HOLE] = "hole",
		[NEED_THP] = "thp",
	};

	return names[need];
}

/**
 * site_find() - follow @site->addr from the PGD and fill in its entries
 * @site: with mm and addr set; mmap_lock held
 */
void site_find(struct site *site)
{
	site->p4d = NULL;
	site->pud = NULL;
	site->pmd = NULL;
	site->pte = NULL;
	site->pgd = pgd_offset(site->mm, site->addr);
	if (pgd_none(*site->pgd) || pgd_bad(*site->pgd))
		return;
	site->p4d = p4d_offset(site->pgd, site->addr);
	if (p4d_none(*site->p4d) || p4d_bad(*site->p4d))
		return;
	site->pud = pud_offset(site->p4d, site->addr);
	if (pud_none(*site->pud) || pud_leaf(*site->pud) || pud_bad(*site->pud))
		return;
	site->pmd = pmd_offset(site->pud, site->addr);
	if (pmd_none(*site->pmd) || pmd_leaf(*site->pmd) || pmd_bad(*site->pmd))
		return;
	site->pte = pte_offset_kernel(site->pmd, site->addr);
}

/**
 * site_check() - is there at the address what a corruption needs?
 * @site: as site_find() left it; mmap_lock held
 * @need: what must be there
 *
 * Return: 0 or -EADDRNOTAVAIL.
 */
int site_check(const struct site *site, enum site_need need)
{
	unsigned long start = site->addr & PMD_MASK;
	struct vm_area_struct *vma = find_vma(site->mm, site->addr);
	bool mapped = vma && vma->vm_start <= site->addr;
	bool ok = false;

	switch (need) {
	case NEED_PAGE:
		ok = mapped && site->pte && pte_present(*site->pte);
		break;
	case NEED_GAP:
		ok = !mapped && site->pte && pte_none(*site->pte);
		break;
	case NEED_NO_PTE_TABLE:
		ok = mapped && site->pmd && pmd_none(*site->pmd);
		break;
	case NEED_NO_PMD_TABLE:
		ok = mapped && site->pud && pud_none(*site->pud);
		break;
	case NEED_HOLE:
		vma = find_vma(site->mm, start);
		ok = (!vma || vma->vm_start >= start + PMD_SIZE) &&
		     site->pmd && pmd_none(*site->pmd);
		break;
	case NEED_THP:
		ok = mapped && vma_is_anonymous(vma) && site->pmd &&
		     pmd_present(*site->pmd) && pmd_leaf(*site->pmd);
		break;
	}
	return ok ? 0 : -EADDRNOTAVAIL;
}

/**
 * site_table() - the page of the table that serves the address at a level
 * @site: as site_find() left it; mmap_lock held
 * @level: the level
 *
 * Return: the first page of the table, or NULL if there is none.
 */
struct page *site_table(const struct site *site, enum site_level level)
{
	switch (level) {
	case SITE_PTE:
		return site->pte ? pmd_page(*site->pmd) : NULL;
	case SITE_PMD:
		return site->pmd ? pud_page(*site->pud) : NULL;
	case SITE_PUD:
		return site->pud ? p4d_page(*site->p4d) : NULL;
	case SITE_P4D:
		if (mm_p4d_folded(site->mm) || !site->p4d)
			return NULL;
		return pgd_page(*site->pgd);
	case SITE_PGD:
		return virt_to_page(site->mm->pgd);
	}
	return NULL;
}

/**
 * site_same() - do the entries that were changed still hang where they did?
 * @was: the site as it was recorded; mmap_lock held
 *
 * Entries that the corruption took away are NULL in @was and not looked for.
 */
bool site_same(const struct site *was)
{
	struct site now = { .mm = was->mm, .addr = was->addr };

	site_find(&now);
	return (!was->p4d || was->p4d == now.p4d) &&
	       (!was->pud || was->pud == now.pud) &&
	       (!was->pmd || was->pmd == now.pmd) &&
	       (!was->pte || was->pte == now.pte);
}

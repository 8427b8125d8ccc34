// SPDX-License-Identifier: GPL-2.0-only
/*
 * Corruptions of the pgd, in slots that were empty: what they lead to then is
 * memory that another slot leads to anyway, and nobody uses the new address.
 */
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/stop_machine.h>

#include "compat.h"
#include "inject.h"

#ifdef CONFIG_X86
static struct list_head *pgd_link(struct mm_struct *mm)
{
	return &page_ptdesc(virt_to_page(mm->pgd))->pt_list;
}

/* With each CPU held nobody is half-way through the list, whose lock is not exported. */
static int unlink_pgd(void *data)
{
	struct site *site = data;

	list_del_init(pgd_link(site->mm));
	return 0;
}

/* Beside another one: the list has no order. */
static int link_pgd(void *data)
{
	struct site *site = data;

	list_add(pgd_link(site->mm), pgd_link(site->other));
	return 0;
}

int inject_pgd_unlinked(struct site *site, enum site_level level)
{
	site->other = current->mm;
	mmget(site->other);
	return stop_machine(unlink_pgd, site, NULL);
}

void undo_pgd_unlinked(struct site *site, enum site_level level)
{
	stop_machine(link_pgd, site, NULL);
}
#else
int inject_pgd_unlinked(struct site *site, enum site_level level)
{
	return -EOPNOTSUPP;
}

void undo_pgd_unlinked(struct site *site, enum site_level level)
{
}
#endif

#ifdef CONFIG_X86_64
/* The slots of LDTs (asm/pgtable_64_types.h) are each mm's own. */
#define LDT_SLOT	(PTRS_PER_PGD - 240)

int inject_kernel_slot(struct site *site, enum site_level level)
{
	pgd_t *pgd = site->mm->pgd, from = pgd[pgd_index(PAGE_OFFSET)];
	unsigned long i;

	for (i = PTRS_PER_PGD / 2; i < PTRS_PER_PGD; i++) {
		if (i == LDT_SLOT || pgd_val(pgd[i]))
			continue;
		site->word = i;
		WRITE_ONCE(pgd[i], from);
		return 0;
	}
	return -EOPNOTSUPP;
}

void undo_kernel_slot(struct site *site, enum site_level level)
{
	WRITE_ONCE(site->mm->pgd[site->word], __pgd(0));
	inject_stale_tlb(site->mm);
}
#else
int inject_kernel_slot(struct site *site, enum site_level level)
{
	return -EOPNOTSUPP;
}

void undo_kernel_slot(struct site *site, enum site_level level)
{
}
#endif

#if defined(CONFIG_X86_64) && INJECT_PTI
static int fill_pti_slot(struct site *site, unsigned long i, unsigned long end, unsigned long from)
{
	pgd_t *pgd = site->mm->pgd, *user = kernel_to_user_pgdp(pgd);

	if (!boot_cpu_has(X86_FEATURE_PTI))
		return -EOPNOTSUPP;
	for (; i < end; i++) {
		if (i == LDT_SLOT || pgd_val(pgd[i]) || pgd_val(user[i]))
			continue;
		site->word = i;
		WRITE_ONCE(user[i], user[from]);
		return 0;
	}
	return -EOPNOTSUPP;
}

/* A slot that neither pgd has, only in the one for user mode. */
int inject_pti_copy(struct site *site, enum site_level level)
{
	return fill_pti_slot(site, 1, PTRS_PER_PGD / 2, pgd_index(site->addr));
}

int inject_pti_kernel(struct site *site, enum site_level level)
{
	return fill_pti_slot(site, PTRS_PER_PGD / 2, PTRS_PER_PGD, PTRS_PER_PGD - 1);
}

void undo_pti_copy(struct site *site, enum site_level level)
{
	pgd_t *user = kernel_to_user_pgdp(site->mm->pgd);

	WRITE_ONCE(user[site->word], __pgd(0));
	inject_stale_tlb(site->mm);
}
#else
int inject_pti_copy(struct site *site, enum site_level level)
{
	return -EOPNOTSUPP;
}

int inject_pti_kernel(struct site *site, enum site_level level)
{
	return -EOPNOTSUPP;
}

void undo_pti_copy(struct site *site, enum site_level level)
{
}
#endif

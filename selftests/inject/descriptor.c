// SPDX-License-Identifier: GPL-2.0-only
/* Corruptions of what a table's descriptor says, and of the mm's counter. */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "inject.h"

/* A lock byte, a pending byte and a tail that no queued spinlock ever has. */
#define PTL_POISON	0xdeadbeefU

static int find_table(struct site *site, enum site_level level)
{
	site->page = site_table(site, level);
	return site->page ? 0 : -EOPNOTSUPP;
}

/* page_type as an ordinary page has it; the word is _mapcount there. */
static int change_type(struct site *site, enum site_level level,
		       unsigned int type)
{
	int err = find_table(site, level);

	if (err)
		return err;
	if (!PageTable(site->page))	/* not typed at this level anyway */
		return -EOPNOTSUPP;
	site->word = READ_ONCE(site->page->page_type);
	WRITE_ONCE(site->page->page_type, type);
	return 0;
}

int inject_untyped(struct site *site, enum site_level level)
{
	return change_type(site, level, -1U);
}

/* Any other type: the next one in whichever way this kernel encodes them. */
int inject_mistyped(struct site *site, enum site_level level)
{
	int err = find_table(site, level);
	unsigned int type;

	if (err)
		return err;
	type = READ_ONCE(site->page->page_type);
	/* one of 256 values in the top byte (v6.12), or one cleared bit */
	type = (type >> 24) == 0xff ? type ^ 0x600 : type + (1U << 24);
	return change_type(site, level, type);
}

void undo_untyped(struct site *site, enum site_level level)
{
	WRITE_ONCE(site->page->page_type, site->word);
}

/* Whoever looks for memory to move or to free passes over such a page. */
int inject_reserved(struct site *site, enum site_level level)
{
	int err = find_table(site, level);

	if (!err)
		SetPageReserved(site->page);
	return err;
}

void undo_reserved(struct site *site, enum site_level level)
{
	ClearPageReserved(site->page);
}

/* A pointer that nobody follows: the page is on no list and in no cache. */
int inject_mapping(struct site *site, enum site_level level)
{
	int err = find_table(site, level);

	if (err)
		return err;
	if (site->page->mapping)
		return -EOPNOTSUPP;
	WRITE_ONCE(site->page->mapping, (void *)site->mm);
	return 0;
}

void undo_mapping(struct site *site, enum site_level level)
{
	WRITE_ONCE(site->page->mapping, NULL);
}

int inject_ref(struct site *site, enum site_level level)
{
	int err = find_table(site, level);

	if (!err)
		page_ref_inc(site->page);
	return err;
}

void undo_ref(struct site *site, enum site_level level)
{
	page_ref_dec(site->page);
}

/* Not put_page(): nothing frees the page, it only looks free. */
int inject_unref(struct site *site, enum site_level level)
{
	int err = find_table(site, level);

	if (!err)
		page_ref_dec(site->page);
	return err;
}

void undo_unref(struct site *site, enum site_level level)
{
	page_ref_inc(site->page);
}

/*
 * Whoever takes this lock spins until undo: only for a victim that sleeps, and
 * for memory that neither khugepaged nor reclaim looks at.
 */
int inject_ptl(struct site *site, enum site_level level)
{
#if INJECT_PTL_EMBEDDED
	int err = find_table(site, level);
	unsigned int *word;

	if (err)
		return err;
	BUILD_BUG_ON(sizeof(spinlock_t) != sizeof(*word));
	word = (unsigned int *)&page_ptdesc(site->page)->ptl;
	site->word = READ_ONCE(*word);
	if (site->word)			/* held: not ours to overwrite */
		return -EAGAIN;
	WRITE_ONCE(*word, PTL_POISON);
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

void undo_ptl(struct site *site, enum site_level level)
{
#if INJECT_PTL_EMBEDDED
	WRITE_ONCE(*(unsigned int *)&page_ptdesc(site->page)->ptl,
		   (unsigned int)site->word);
#endif
}

/* Another mm that lives: sync_global_pgds() takes the lock that is in it. */
int inject_pt_mm(struct site *site, enum site_level level)
{
#ifdef CONFIG_X86
	struct ptdesc *pgd = page_ptdesc(virt_to_page(site->mm->pgd));

	if (READ_ONCE(pgd->pt_mm) != site->mm)
		return -EOPNOTSUPP;
	mmgrab(current->mm);
	site->object = current->mm;
	WRITE_ONCE(pgd->pt_mm, current->mm);
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

void undo_pt_mm(struct site *site, enum site_level level)
{
	WRITE_ONCE(page_ptdesc(virt_to_page(site->mm->pgd))->pt_mm, site->mm);
	mmdrop(site->object);
}

int inject_bytes_more(struct site *site, enum site_level level)
{
	atomic_long_add(PAGE_SIZE, &site->mm->pgtables_bytes);
	return 0;
}

void undo_bytes_more(struct site *site, enum site_level level)
{
	atomic_long_sub(PAGE_SIZE, &site->mm->pgtables_bytes);
}

int inject_bytes_less(struct site *site, enum site_level level)
{
	undo_bytes_more(site, level);
	return 0;
}

void undo_bytes_less(struct site *site, enum site_level level)
{
	inject_bytes_more(site, level);
}

/*
 * The mark of a later page of a compound page, whose first page it is itself,
 * so that nothing that looks for the first page goes astray. Whoever lists
 * tables by their first pages overlooks it. A PTE table's list is not used.
 */
int inject_tail(struct site *site, enum site_level level)
{
	int err = find_table(site, level);

	if (err)
		return err;
	site->word = (unsigned long)READ_ONCE(site->page->lru.next);
	WRITE_ONCE(site->page->lru.next,
		   (struct list_head *)((unsigned long)site->page | 1));
	return 0;
}

void undo_tail(struct site *site, enum site_level level)
{
	WRITE_ONCE(site->page->lru.next, (struct list_head *)site->word);
}

/* A table that was counted and never discounted. */
int inject_count(struct site *site, enum site_level level)
{
	mod_node_page_state(page_pgdat(virt_to_page(site->mm->pgd)),
			    NR_PAGETABLE, 1);
	return 0;
}

void undo_count(struct site *site, enum site_level level)
{
	mod_node_page_state(page_pgdat(virt_to_page(site->mm->pgd)),
			    NR_PAGETABLE, -1);
}

/* Counted on one node, taken off another: the sum is right. */
static int move_count(int pages)
{
	int first = first_online_node, next = next_online_node(first);

	if (next >= MAX_NUMNODES)
		return -EOPNOTSUPP;
	mod_node_page_state(NODE_DATA(first), NR_PAGETABLE, pages);
	mod_node_page_state(NODE_DATA(next), NR_PAGETABLE, -pages);
	return 0;
}

int inject_node_count(struct site *site, enum site_level level)
{
	return move_count(1);
}

void undo_node_count(struct site *site, enum site_level level)
{
	move_count(-1);
}

/*
 * More than a cgroup's sum may be off, counted to the cgroup that is charged
 * for the table and taken off the node again.
 */
#define MEMCG_PAGES	100000

static void add_to_memcg(struct site *site, int pages)
{
	mod_lruvec_page_state(site->page, NR_PAGETABLE, pages);
	mod_node_page_state(page_pgdat(site->page), NR_PAGETABLE, -pages);
}

int inject_memcg_count(struct site *site, enum site_level level)
{
#ifdef CONFIG_MEMCG
	int err = find_table(site, level);

	if (err)
		return err;
	if (!READ_ONCE(site->page->memcg_data))	/* charged to nobody */
		return -EOPNOTSUPP;
	add_to_memcg(site, MEMCG_PAGES);
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

void undo_memcg_count(struct site *site, enum site_level level)
{
	add_to_memcg(site, -MEMCG_PAGES);
}

/* One mm more than there are, for a table that none shares. */
int inject_share_count(struct site *site, enum site_level level)
{
#if INJECT_SHARE_COUNT
	int err = find_table(site, level);

	if (err)
		return err;
	atomic_inc(&page_ptdesc(site->page)->pt_share_count);
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

void undo_share_count(struct site *site, enum site_level level)
{
#if INJECT_SHARE_COUNT
	atomic_dec(&page_ptdesc(site->page)->pt_share_count);
#endif
}

/* As a slab's: whoever asks for the page's cgroup is told that it has none. */
int inject_charge(struct site *site, enum site_level level)
{
#ifdef CONFIG_MEMCG
	int err = find_table(site, level);

	if (err)
		return err;
	site->word = READ_ONCE(page_ptdesc(site->page)->pt_memcg_data);
	WRITE_ONCE(page_ptdesc(site->page)->pt_memcg_data, site->word | 1);
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

void undo_charge(struct site *site, enum site_level level)
{
#ifdef CONFIG_MEMCG
	WRITE_ONCE(page_ptdesc(site->page)->pt_memcg_data, site->word);
#endif
}

/* The table that maps a page of vmalloc's, which it keeps for ever, charged as the victim's is. */
int inject_kernel_charge(struct site *site, enum site_level level)
{
#if defined(CONFIG_MEMCG) && defined(CONFIG_X86_64)
	struct page *from = site_table(site, level);
	struct site at = { .mm = current->mm };

	if (!from || !READ_ONCE(page_ptdesc(from)->pt_memcg_data))
		return -EOPNOTSUPP;
	site->object = vzalloc(PAGE_SIZE);
	if (!site->object)
		return -ENOMEM;
	at.addr = (unsigned long)site->object;
	site_find(&at);
	site->page = site_table(&at, SITE_PTE);
	if (!site->page || READ_ONCE(page_ptdesc(site->page)->pt_memcg_data)) {
		vfree(site->object);
		return -EOPNOTSUPP;
	}
	WRITE_ONCE(page_ptdesc(site->page)->pt_memcg_data, page_ptdesc(from)->pt_memcg_data);
	return 0;
#else
	return -EOPNOTSUPP;
#endif
}

void undo_kernel_charge(struct site *site, enum site_level level)
{
#if defined(CONFIG_MEMCG) && defined(CONFIG_X86_64)
	WRITE_ONCE(page_ptdesc(site->page)->pt_memcg_data, 0);
	vfree(site->object);
#endif
}

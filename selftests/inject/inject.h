/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptdesc_inject: corrupts one thing in the page tables of one process, and
 * puts it back.
 */
#ifndef INJECT_H
#define INJECT_H

#include <linux/mm.h>
#include <linux/pgtable.h>

enum site_level { SITE_PTE = 1, SITE_PMD, SITE_PUD, SITE_P4D, SITE_PGD };

/* What a corruption must find at its address, see site_check(). */
enum site_need {
	NEED_PAGE,		/* a 4 KiB page that is mapped */
	NEED_GAP,		/* PTE table, empty PTE, no VMA for the page */
	NEED_NO_PTE_TABLE,	/* VMA and PMD table, empty PMD entry */
	NEED_NO_PMD_TABLE,	/* VMA and PUD table, empty PUD entry */
	NEED_HOLE,		/* PMD table, empty PMD entry, no VMA in its span */
	NEED_THP,		/* a huge PMD of anonymous memory */
};

/**
 * struct site - one address of one mm, and what was there before
 * @mm: the victim, mm_users held for as long as the corruption lasts
 * @addr: the address
 * @pgd: its entry in the PGD
 * @p4d: its entry in the P4D table, NULL if there is no such table
 * @pud: its entry in the PUD table, NULL if there is no such table
 * @pmd: its entry in the PMD table, NULL if there is no such table
 * @pte: its entry in the PTE table, NULL if there is no such table
 * @page: the table whose descriptor was changed, or a page that was added
 * @object: an object that undo gives back
 * @word: a value that undo puts back
 * @other: another mm, mm_users held, of which something was taken, or NULL
 *
 * The entry pointers are valid under @mm's mmap_lock, held for write.
 */
struct site {
	struct mm_struct *mm;
	unsigned long addr;
	pgd_t *pgd;
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;
	pte_t *pte;
	struct page *page;
	void *object;
	unsigned long word;
	struct mm_struct *other;
};

/**
 * struct corruption - one way to corrupt, and the way back
 * @name: what is written to the "inject" file
 * @provokes: the invariant of ptdesc-check that must report it
 * @level: level of the table that the finding is about
 * @need: what must be at the address
 * @inject: corrupts; returns 0, -EOPNOTSUPP if this kernel has no such thing,
 *	or another negative errno; on failure nothing has been changed
 * @undo: puts everything back as it was before @inject
 *
 * Both are called with the mm's mmap_lock held for write and may sleep.
 */
struct corruption {
	const char *name;
	const char *provokes;
	enum site_level level;
	enum site_need need;
	int (*inject)(struct site *site, enum site_level level);
	void (*undo)(struct site *site, enum site_level level);
};

/* main.c prints and finds them; the table ends with a NULL name. */
extern const struct corruption corruptions[];

const char *site_level_name(enum site_level level);
const char *site_need_name(enum site_need need);
void site_find(struct site *site);
int site_check(const struct site *site, enum site_need need);
bool site_same(const struct site *was);
struct page *site_table(const struct site *site, enum site_level level);

int inject_untyped(struct site *site, enum site_level level);
void undo_untyped(struct site *site, enum site_level level);
int inject_mistyped(struct site *site, enum site_level level);
int inject_reserved(struct site *site, enum site_level level);
void undo_reserved(struct site *site, enum site_level level);
int inject_mapping(struct site *site, enum site_level level);
void undo_mapping(struct site *site, enum site_level level);
int inject_ref(struct site *site, enum site_level level);
void undo_ref(struct site *site, enum site_level level);
int inject_unref(struct site *site, enum site_level level);
void undo_unref(struct site *site, enum site_level level);
int inject_ptl(struct site *site, enum site_level level);
void undo_ptl(struct site *site, enum site_level level);
int inject_pt_mm(struct site *site, enum site_level level);
void undo_pt_mm(struct site *site, enum site_level level);
int inject_bytes_more(struct site *site, enum site_level level);
void undo_bytes_more(struct site *site, enum site_level level);
int inject_bytes_less(struct site *site, enum site_level level);
void undo_bytes_less(struct site *site, enum site_level level);

int inject_tail(struct site *site, enum site_level level);
void undo_tail(struct site *site, enum site_level level);
int inject_count(struct site *site, enum site_level level);
void undo_count(struct site *site, enum site_level level);
int inject_node_count(struct site *site, enum site_level level);
void undo_node_count(struct site *site, enum site_level level);
int inject_memcg_count(struct site *site, enum site_level level);
void undo_memcg_count(struct site *site, enum site_level level);

int inject_shared_pte_table(struct site *site, enum site_level level);
int inject_shared_pmd_table(struct site *site, enum site_level level);
int inject_far_pmd(struct site *site, enum site_level level);
int inject_misaligned_pmd(struct site *site, enum site_level level);
int inject_far_pte(struct site *site, enum site_level level);
int inject_table_mapped(struct site *site, enum site_level level);
int inject_slab_mapped(struct site *site, enum site_level level);
int inject_lost_table(struct site *site, enum site_level level);
int inject_table_in_hole(struct site *site, enum site_level level);
int inject_movable_table(struct site *site, enum site_level level);
void undo_movable_table(struct site *site, enum site_level level);
void undo_pte(struct site *site, enum site_level level);
void undo_pmd(struct site *site, enum site_level level);
void undo_pud(struct site *site, enum site_level level);
void undo_misaligned_pmd(struct site *site, enum site_level level);
void undo_slab_mapped(struct site *site, enum site_level level);
void undo_table_in_hole(struct site *site, enum site_level level);
int inject_leaked_table(struct site *site, enum site_level level);
void undo_leaked_table(struct site *site, enum site_level level);

int inject_pgd_unlinked(struct site *site, enum site_level level);
void undo_pgd_unlinked(struct site *site, enum site_level level);
int inject_foreign_table(struct site *site, enum site_level level);
void undo_foreign_table(struct site *site, enum site_level level);
int inject_kernel_charge(struct site *site, enum site_level level);
void undo_kernel_charge(struct site *site, enum site_level level);
int inject_kernel_slot(struct site *site, enum site_level level);
void undo_kernel_slot(struct site *site, enum site_level level);
int inject_pti_copy(struct site *site, enum site_level level);
int inject_pti_kernel(struct site *site, enum site_level level);
void undo_pti_copy(struct site *site, enum site_level level);
int inject_share_count(struct site *site, enum site_level level);
void undo_share_count(struct site *site, enum site_level level);
int inject_charge(struct site *site, enum site_level level);
void undo_charge(struct site *site, enum site_level level);
int inject_zero_writable(struct site *site, enum site_level level);
int inject_user_pte(struct site *site, enum site_level level);
void undo_user_pte(struct site *site, enum site_level level);
int inject_user_pmd(struct site *site, enum site_level level);

int inject_deposit_lost(struct site *site, enum site_level level);
void undo_deposit_lost(struct site *site, enum site_level level);
int inject_deposit_extra(struct site *site, enum site_level level);
void undo_deposit_extra(struct site *site, enum site_level level);

int inject_deposit_used(struct site *site, enum site_level level);
void undo_deposit_used(struct site *site, enum site_level level);

/* A constructed, zeroed PTE table that belongs to nobody; counted in @mm. */
struct page *inject_new_table(struct mm_struct *mm);
void inject_free_table(struct mm_struct *mm, struct page *page);

#endif /* INJECT_H */

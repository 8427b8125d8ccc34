// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include "arch/arch.h"
#include "entry_sane.h"
#include "ingest.h"

/* A table on its way through; what all the functions below need. */
struct intake {
	struct look *look;
	struct snap_table *table;
	unsigned int phys_bits;
	__u64 crypt, max_pfn, zero_pfn;
	__u64 plain;		/* see arch_plain_mask() */
	int err;
};

static void report_entry(struct intake *in, enum invariant_id id, unsigned int i, __u64 entry,
			 __u64 pfn, __u64 expected, __u64 found)
{
	const struct snap_table *table = in->table;
	struct finding finding = {
		.invariant = id, .level = table->level, .index = i,
		.va = table->va + i * arch_entry_span(table->level, in->look->snap.levels),
		.pfn = pfn, .expected = expected, .found = found,
		.raw = entry & ~ARCH_VOLATILE,
		.moving = table->flags & WALK_MOVED,
	};
	int err = look_report(in->look, &finding);

	if (err)
		in->err = err;
}

/* pages of the leaf, starting at pfn */
static void take_leaf(struct intake *in, unsigned int i, __u64 entry, __u64 pfn, __u64 pages)
{
	const struct pfnset *suspects = &in->look->subject->suspects;
	struct look *look = in->look;
	__u64 bad;

	if (in->max_pfn && pfn + pages > in->max_pfn) {
		report_entry(in, ENTRY_SANE, i, entry, pfn, ENTRY_LEAF_BEYOND, in->max_pfn);
		return;
	}
	if (pfnset_add(&look->pages, pfn) == -ENOMEM)
		in->err = -ENOMEM;
	for (__u64 at = 0; pages > 1 && at < pages; at += 512)
		if (pfnset_add(&look->huge, (pfn + at) >> 9) == -ENOMEM)
			in->err = -ENOMEM;
	if (!suspects->nr)
		return;
	bad = pfnset_next(suspects, pfn);
	if (bad < pfn + pages)
		report_entry(in, LEAF_NOT_TABLE, i, entry, bad, 0, 0);
}

static void take_present(struct intake *in, unsigned int i, __u64 entry, unsigned int level)
{
	__u64 reserved = arch_reserved(entry, level, in->phys_bits, in->crypt);
	__u64 pfn = arch_pfn(entry & ~(arch_valid(entry) ? in->crypt : 0), level);

	if (reserved) {
		report_entry(in, ENTRY_SANE, i, entry, pfn, ENTRY_RESERVED, reserved);
		return;
	}
	in->look->checked[USER_BIT]++;
	if (!arch_user(entry, level))
		report_entry(in, USER_BIT, i, entry, pfn, 0, 0);
	if (in->zero_pfn && pfn == in->zero_pfn && level == WALK_PTE) {
		in->look->checked[ZERO_READONLY]++;
		if (arch_writable(entry, level))
			report_entry(in, ZERO_READONLY, i, entry, pfn, 0, 0);
	}
	/* A special entry maps no page of its own: device memory, vvar, the zero page. */
	if (arch_leaf(entry, level) && !arch_special(entry, level))
		take_leaf(in, i, entry, pfn,
			  arch_entry_span(level, in->look->snap.levels) >> ARCH_PAGE_SHIFT);
}

/* Where pages of neighbouring leaves are noted. */
struct notes {
	struct pfnset *pages;
	__u64 chunk, *words;	/* of the set; PFNSET_END: none yet */
	bool lost;		/* some could not be */
};

/* Those of the pages from pfn on, all of one word of the set, whose bits are set. */
static inline void note_bits(struct notes *notes, __u64 pfn, __u64 bits)
{
	if (pfn >> PFNSET_CHUNK_SHIFT != notes->chunk) {
		notes->chunk = pfn >> PFNSET_CHUNK_SHIFT;
		notes->words = pfnset_chunk(notes->pages, pfn);
	}
	if (!notes->words) {
		notes->lost = true;
		return;
	}
	notes->words[pfn % (1ULL << PFNSET_CHUNK_SHIFT) / 64] |= bits << (pfn % 64);
}

/* n pages from pfn on. */
static void note_run(struct notes *notes, __u64 pfn, __u64 n)
{
	__u64 room = 64 - pfn % 64;

	for (; n > room; room = 64) {
		note_bits(notes, pfn, ~0ULL);
		pfn += room;
		n -= room;
	}
	note_bits(notes, pfn, ~0ULL >> (64 - n));
}

/* Entries with nothing to judge: (entry & mask) is the value, and they map a pfn below max_pfn. */
struct plain {
	__u64 mask, value;	/* see arch_plain_mask() */
	__u64 crypt, max_pfn;
};

static inline __u64 plain_pfn(const struct plain *plain, __u64 entry)
{
	/* or'ed: that this is a present entry is known to the compiler then */
	return arch_pfn((entry & ~plain->crypt) | plain->value, WALK_PTE);
}

static inline bool is_plain(const struct plain *plain, __u64 entry)
{
	return (entry & plain->mask) == plain->value && plain_pfn(plain, entry) < plain->max_pfn;
}

/* Two entries next to each other. */
typedef __u64 pair __attribute__((vector_size(16), aligned(8), may_alias));

#define EIGHT	8
#define MANY	64	/* of which it is told at once in a third of the instructions */

/* Are these n entries, EIGHT or MANY, the expected one, and what is a step more each time? */
static inline __attribute__((always_inline)) bool in_turn(const __u64 *entries, unsigned int n,
							  __u64 expected, __u64 step)
{
	pair next = { expected, expected + step }, differ = { 0, 0 };

	if (entries[n - 1] != expected + (n - 1) * step)
		return false;
#pragma GCC unroll 16
	for (unsigned int i = 0; i < n; i += 2) {
		differ |= *(const pair *)&entries[i] ^ next;
		next += 2 * step;
	}
	return !(differ[0] | differ[1]);
}

/* Of n entries, how many, from the first on, are each a step more than the one before? */
static inline unsigned int run_of(const __u64 *entries, unsigned int n, __u64 step)
{
	const __u64 first = entries[0];
	unsigned int i = 0;

	while (i + MANY <= n && in_turn(&entries[i], MANY, first + i * step, step))
		i += MANY;
	while (i + EIGHT <= n && in_turn(&entries[i], EIGHT, first + i * step, step))
		i += EIGHT;
	while (i < n && entries[i] == first + i * step)
		i++;
	return i;
}

/* Leaves of ordinary pages with nothing to judge, other leaves, and what is neither leaf nor empty. */
struct ptes {
	unsigned int leaves, others, swapped;
};

/*
 * n entries, the first of them plain. Where eight pages or more follow one another,
 * with the same flags, what is true of the first is true of all. How many, or 0.
 */
static inline unsigned int take_run(const struct plain *plain, struct notes *notes, const __u64 *entries,
				    unsigned int n, struct ptes *ptes)
{
	const __u64 pfn = plain_pfn(plain, entries[0]);

	if (n < EIGHT || entries[EIGHT - 1] != entries[0] + (EIGHT - 1) * ARCH_PTE_STEP)
		return 0;
	n = run_of(entries, n, ARCH_PTE_STEP);
	/* below the end there is no carry into what is no address */
	if (n > plain->max_pfn - pfn)
		n = plain->max_pfn - pfn;
	note_run(notes, pfn, n);
	ptes->leaves += n;
	return n;
}

/* Are eight plain, in any order? */
static inline bool take_eight(const struct plain *plain, struct notes *notes, const __u64 *entries,
			      struct ptes *ptes)
{
	__u64 any = 0, each = ~0ULL;

#pragma GCC unroll 8
	for (unsigned int i = 0; i < EIGHT; i++) {
		any |= entries[i];
		each &= entries[i];
	}
	/* any's pfn is no less than that of any of them */
	if (!is_plain(plain, any) || (each & plain->mask) != plain->value)
		return false;
#pragma GCC unroll 8
	for (unsigned int i = 0; i < EIGHT; i++)
		note_bits(notes, plain_pfn(plain, entries[i]), 1);
	ptes->leaves += EIGHT;
	return true;
}

static void take_one(struct intake *in, const struct plain *plain, struct notes *notes, unsigned int i,
		     __u64 entry, struct ptes *ptes)
{
	if (arch_none(entry, WALK_PTE))
		return;
	if (is_plain(plain, entry)) {
		note_bits(notes, plain_pfn(plain, entry), 1);
		ptes->leaves++;
	} else if (arch_present(entry, WALK_PTE)) {
		ptes->others++;
		take_present(in, i, entry, WALK_PTE);
	} else if (arch_swap(entry, WALK_PTE)) {
		ptes->swapped++;
	}
}

/*
 * Nearly all leaves are of ordinary pages, with nothing to judge in the entry:
 * only which pages they map is noted. Everything else takes the long way.
 */
static void take_pte(struct intake *in, const __u64 *entries)
{
	const struct plain plain = {
		/* whether a leaf maps a suspect is for the long way: the value is not 0 */
		.mask = in->look->subject->suspects.nr ? 0 : in->plain, .value = arch_plain_value(),
		.crypt = in->crypt, .max_pfn = in->max_pfn,
	};
	struct notes notes = { .pages = &in->look->pages, .chunk = PFNSET_END };
	const unsigned int end = arch_entries(WALK_PTE);
	struct ptes ptes = { .leaves = 0 };
	unsigned int n;

	for (unsigned int i = 0; i < end; i += n) {
		const __u64 *at = &entries[i];

		if (arch_none(*at, WALK_PTE)) {
			n = run_of(at, end - i, 0);
			continue;
		}
		n = is_plain(&plain, *at) ? take_run(&plain, &notes, at, end - i, &ptes) : 0;
		if (n)
			continue;
		n = end - i < EIGHT ? end - i : EIGHT;
		if (n == EIGHT && take_eight(&plain, &notes, at, &ptes))
			continue;
		for (unsigned int j = 0; j < n; j++)
			take_one(in, &plain, &notes, i + j, at[j], &ptes);
	}
	if (notes.lost)
		in->err = -ENOMEM;
	in->look->checked[USER_BIT] += ptes.leaves;
	in->table->leaves = ptes.leaves + ptes.others;
	in->table->swapped = ptes.swapped;
}

static void count_kind(struct intake *in, unsigned int i, __u64 entry)
{
	const struct look_sources *sources = in->look->subject->sources;
	__u64 pfn = arch_pfn(entry & ~(arch_valid(entry) ? in->crypt : 0), WALK_PMD);
	struct snap_table *table = in->table;

	switch (sources->kind ? sources->kind(sources->arg, pfn) : PAGE_KIND_UNKNOWN) {
	case PAGE_KIND_ANON:
		table->anon++;
		break;
	case PAGE_KIND_ZERO:
		table->zero++;
		in->look->checked[ZERO_READONLY]++;
		if (arch_writable(entry, WALK_PMD))
			report_entry(in, ZERO_READONLY, i, entry, pfn, 0, 0);
		break;
	case PAGE_KIND_HUGETLB:
		table->hugetlb++;
		break;
	case PAGE_KIND_OTHER:
		break;
	case PAGE_KIND_UNKNOWN:
		in->look->kinds_unknown++;
		break;
	}
}

static void take_upper(struct intake *in, const __u64 *entries)
{
	/* Whether a pmd table may be shared is told by the kinds too. */
	bool kinds = look_wants(in->look, DEPOSIT_MATCHES) || look_wants(in->look, SINGLE_PARENT) ||
		     look_wants(in->look, REFCOUNT_ONE) ||
		     look_wants(in->look, ZERO_READONLY) || look_wants(in->look, SHARED_HUGETLB);
	struct snap_table *table = in->table;
	unsigned int slots = snapshot_slots(table->level);

	for (unsigned int i = 0; i < slots; i++) {
		__u64 entry = entries[i];

		if (arch_leaf(entry, table->level)) {
			table->leaves++;
			if (table->level == WALK_PMD && kinds)
				count_kind(in, i, entry);
			take_present(in, i, entry, table->level);
		} else if (arch_table(entry, table->level)) {
			table->tables++;
			take_present(in, i, entry, table->level);
		} else if (arch_swap(entry, table->level)) {
			table->swapped++;
		}
	}
}

/* What the walker could not read is the fault of the entry that leads there. */
static void judge_reach(struct intake *in)
{
	const struct snap_table *table = in->table;
	struct look *look = in->look;
	struct snap_table *parent;
	enum entry_fault fault = 0;

	if (table->flags & WALK_BAD_PFN)
		fault = ENTRY_TABLE_BEYOND;
	else if (!machine_is_ram(look->subject->machine, table->pfn))
		fault = ENTRY_TABLE_NO_RAM;
	else if (table->flags & WALK_NO_PAGE)
		fault = ENTRY_NO_PAGE;
	else if (table->flags & WALK_NO_TABLE)
		fault = ENTRY_NO_TABLE;
	if (!fault || table->parent == SNAP_NONE)
		return;
	parent = snapshot_table(&look->snap, table->parent);
	if (arch_reserved(table->entry, parent->level, in->phys_bits, in->crypt))
		return;		/* reported with the parent's entries */
	in->table = parent;
	report_entry(in, ENTRY_SANE, arch_index(table->va, parent->level, look->snap.levels),
		     table->entry, table->pfn, fault,
		     fault == ENTRY_TABLE_BEYOND ? in->max_pfn : 0);
	if (table->flags & WALK_MOVED && look->findings.nr)
		look->findings.finding[look->findings.nr - 1].moving = true;
}

int ingest_table(const struct walk_table *walked, const __u64 *entries, void *arg)
{
	struct look *look = arg;
	const struct look_subject *subject = look->subject;
	struct intake in = {
		.look = look,
		.phys_bits = subject->machine->phys_bits,
		.crypt = subject->machine->crypt,
		.max_pfn = subject->kernel->max_pfn,
		.zero_pfn = subject->kernel->zero_pfn,
	};

	if (walked->level == WALK_PGD)
		look->snap.levels = subject->kernel->levels;	/* of this mm, as it is now */
	in.plain = arch_plain_mask(in.phys_bits, in.crypt);
	in.table = snapshot_add(&look->snap, walked);
	if (!in.table)
		return -ENOMEM;
	if (!(walked->flags & (WALK_BAD_PFN | WALK_NO_TABLE))) {
		if (walked->level == WALK_PTE)
			take_pte(&in, entries);
		else
			take_upper(&in, entries);
	}
	look->leaves += in.table->leaves;
	look->checked[ENTRY_SANE] += in.table->leaves + in.table->tables;
	judge_reach(&in);
	return in.err;
}

/* 0: the page is fit for user space; else finding.found of LEAF_NOT_TABLE. */
static __u64 unfit(const struct look *look, __u64 pfn, const struct walk_page *page)
{
	enum leaf_kind kind = 0;

	if (page->kind & WALK_PAGE_TABLE)
		kind = LEAF_MAPS_TABLE;
	else if (page->kind & WALK_PAGE_BUDDY)
		kind = LEAF_MAPS_BUDDY;
	else if (page->kind & WALK_PAGE_SLAB)
		kind = LEAF_MAPS_SLAB;
	else if (snapshot_find_in_page(&look->snap, pfn) != SNAP_NONE)
		kind = LEAF_MAPS_OWN_TABLE;
	return kind ? (__u64)kind << 32 | page->page_type : 0;
}

#define PAGES_CHUNK	1024

struct page_batch {
	__u64 pfn[PAGES_CHUNK];
	struct walk_page page[PAGES_CHUNK];
};

/* A walk_odd_fn; arg is a pfnset. */
static int note_odd(__u64 pfn, void *arg)
{
	return pfnset_add(arg, pfn);
}

/* First look: which of the pages that leaves map are unfit? */
static int read_pages(struct look *look, struct page_batch *batch)
{
	struct pfnset odd = { .nr = 0 };
	__u64 pfn = 0;
	int err;

	pfnset_count(&look->pages);
	err = walk_odd_pages(look->subject->walk, &look->pages, note_odd, &odd);
	look->checked[LEAF_NOT_TABLE] += look->pages.nr;
	for (size_t n = 0; !err && pfn != PFNSET_END; n = 0) {
		while (n < PAGES_CHUNK) {
			pfn = pfnset_next(&odd, pfn);
			if (pfn == PFNSET_END)
				break;
			batch->pfn[n++] = pfn++;
		}
		if (n)
			err = walk_pages(look->subject->walk, batch->pfn, n, batch->page);
		for (size_t i = 0; i < n && !err; i++)
			if (batch->page[i].kind)
				err = pfnset_add(&look->subject->suspects, batch->pfn[i]);
	}
	pfnset_free(&odd);
	return err;
}

/* Later looks: are the suspects that leaves were found to map unfit now? */
static int read_suspects(struct look *look, struct page_batch *batch)
{
	struct findings *list = &look->findings;
	size_t kept = 0;
	int err = 0;

	for (size_t i = 0; i < list->nr; i++) {
		struct finding *finding = &list->finding[i];

		if (finding->invariant == LEAF_NOT_TABLE) {
			batch->pfn[0] = finding->pfn;
			err = err ? err : walk_pages(look->subject->walk, batch->pfn, 1, batch->page);
			finding->found = unfit(look, finding->pfn, &batch->page[0]);
			if (!finding->found)
				continue;
		}
		list->finding[kept++] = *finding;
	}
	list->nr = kept;
	return err;
}

/* Tables of this mm that leaves map; inside huge leaves too, of which only the first page is read. */
static int find_own_tables(struct look *look)
{
	struct pfnset *suspects = &look->subject->suspects;
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		__u64 pfn = snapshot_table(&look->snap, i)->pfn;

		if (pfnset_has(&look->pages, pfn) || pfnset_has(&look->huge, pfn >> 9))
			err = pfnset_add(suspects, pfn);
	}
	return err == -ERANGE ? 0 : err;
}

int ingest_pages(struct look *look)
{
	struct page_batch *batch;
	int err = 0;

	if (!look->wanted)
		err = find_own_tables(look);
	if (err)
		return err;
	batch = malloc(sizeof(*batch));
	if (!batch)
		return -ENOMEM;
	err = look->wanted ? read_suspects(look, batch) : read_pages(look, batch);
	free(batch);
	return err;
}

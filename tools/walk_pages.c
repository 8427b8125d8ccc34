// SPDX-License-Identifier: GPL-2.0-only
/* Struct pages by pfn: pieces of the vmemmap, read in batches. */
#include <errno.h>
#include <string.h>

#include "arch/arch.h"
#include "walk_private.h"

static __u8 kind_of(const struct walk_facts *facts, const struct walk_page *page)
{
	__u8 kind = 0;

	if (walk_type_is(facts->table, page->page_type))
		kind |= WALK_PAGE_TABLE;
	if (walk_type_is(facts->buddy, page->page_type))
		kind |= WALK_PAGE_BUDDY;
	if (walk_type_is(facts->slab, page->page_type) || page->flags & facts->slab_flag)
		kind |= WALK_PAGE_SLAB;
	return kind;
}

bool walk_type_is_table(const struct walk *walk, __u32 page_type)
{
	return walk_type_is(walk->facts.table, page_type);
}

bool walk_type_is_only_table(const struct walk *walk, __u32 page_type)
{
	return walk_type_is(walk->facts.only_table, page_type);
}

bool walk_page_is_buddy(const struct walk *walk, const struct walk_page *page)
{
	(void)walk;
	return page->kind & WALK_PAGE_BUDDY;
}

bool walk_page_is_slab(const struct walk *walk, const struct walk_page *page)
{
	(void)walk;
	return page->kind & WALK_PAGE_SLAB;
}

/*
 * pfn of the head, given the word that marks a tail with bit 0: a pointer to
 * the head's struct page, or since 7.x with power of two sized struct pages a
 * mask that makes the head's address out of the tail's.
 */
__u64 walk_head_of(struct walk *walk, __u64 pfn, __u64 info)
{
	const struct walk_kernel *k = &walk->kernel;
	__u64 address, end = k->vmemmap + k->max_pfn * k->page_size;

	address = info - 1;
	if (address < k->vmemmap || address >= end)
		address = (k->vmemmap + pfn * k->page_size) & info;
	if (address < k->vmemmap || address >= end || (address - k->vmemmap) % k->page_size)
		return pfn;
	return (address - k->vmemmap) / k->page_size;
}

static void decode(struct walk *walk, const struct walk_facts *facts, __u64 pfn, const void *raw,
		   struct walk_page *page)
{
	__u64 info = walk_word(raw, facts->compound_head);

	page->head = info & 1 ? walk_head_of(walk, pfn, info) : pfn;
	page->flags = walk_word(raw, facts->flags);
	page->mapping = walk_word(raw, facts->mapping);
	page->page_type = walk_half(raw, facts->type);
	page->refcount = walk_half(raw, facts->refcount);
	page->valid = true;
	page->kind = kind_of(facts, page);
}

/* A batch of requests, each for the run of struct pages of wanted pfns first to last. */
struct run {
	__u64 first, last;
	size_t from, to;	/* what it serves of the caller's arrays */
};

static int read_runs(struct walk *walk, const __u64 *pfns, struct walk_page *pages,
		     const struct run *runs, size_t n)
{
	const struct walk_kernel *k = &walk->kernel;
	const struct walk_facts facts = walk->facts;
	size_t i, j;
	int error;

	for (i = 0; i < n; i++)
		walk->requests[i] = (struct walk_request){
			.address = k->vmemmap + runs[i].first * k->page_size,
			.size = (runs[i].last - runs[i].first + 1) * k->page_size, .slot = i,
		};
	error = walk_call(walk, WALK_COPY, n);
	if (error)
		return walk_fail(walk, -error, "read: struct pages: %s", strerror(-error));
	for (i = 0; i < n; i++) {
		const char *slot = (const char *)walk->tables[i];

		if (walk->requests[i].error)
			continue;	/* no memmap there: not valid */
		for (j = runs[i].from; j < runs[i].to; j++)
			if (pfns[j] >= runs[i].first && pfns[j] <= runs[i].last)
				decode(walk, &facts, pfns[j], slot + (pfns[j] - runs[i].first) * k->page_size, &pages[j]);
	}
	return 0;
}

static int read_pages(struct walk *walk, const __u64 *pfns, size_t n, struct walk_page *pages)
{
	const struct walk_kernel *k = &walk->kernel;
	const __u64 most = WALK_TABLE_SIZE / k->page_size;
	struct run runs[WALK_BATCH];
	size_t i, used = 0;
	int error = 0;

	memset(pages, 0, n * sizeof(*pages));
	for (i = 0; i < n && !error; i++) {
		struct run *run = used ? &runs[used - 1] : NULL;
		__u64 pfn = pfns[i];

		if (pfn >= k->max_pfn)
			continue;
		if (run && pfn >= run->first && pfn - run->first < most) {
			if (pfn > run->last)
				run->last = pfn;
			run->to = i + 1;
			continue;
		}
		if (used == WALK_BATCH) {
			error = read_runs(walk, pfns, pages, runs, used);
			used = 0;
		}
		runs[used++] = (struct run){ pfn, pfn, i, i + 1 };
	}
	if (used && !error)
		error = read_runs(walk, pfns, pages, runs, used);
	return error;
}

/* Tail pages say nothing of themselves: neighbours share a head, which is read once for them. */
#define HEADS	256

struct heads {
	__u64 pfn[HEADS];
	size_t nr;
	size_t from;		/* first of the caller's pages that they are for */
};

static bool is_tail(const struct walk_page *page, __u64 pfn)
{
	return page->valid && page->head != pfn;
}

/* Put the heads in the place of the tails among pages[heads->from] to pages[to - 1]. */
static int resolve(struct walk *walk, const __u64 *pfns, struct walk_page *pages, size_t to,
		   struct heads *heads)
{
	struct walk_page found[HEADS];
	int error = read_pages(walk, heads->pfn, heads->nr, found);
	size_t i, next = 0;

	for (i = heads->from; i < to && !error; i++) {
		__u64 head = pages[i].head;

		if (!is_tail(&pages[i], pfns[i]))
			continue;
		while (heads->pfn[next] != head)
			next++;
		pages[i] = found[next];
		pages[i].head = head;
	}
	heads->nr = 0;
	heads->from = to;
	return error;
}

/*
 * Of a free block only the first page is marked, with the block's order in
 * private. Others have no reference and no mark: look for a block around them.
 */
static void find_free_block(struct walk *walk, __u64 pfn, struct walk_page *page)
{
	const struct walk_facts *facts = &walk->facts;
	char raw[64];
	unsigned int order;

	for (order = 1; order <= ARCH_MAX_ORDER; order++) {
		__u64 first = pfn >> order << order;

		if (walk_copy(walk, walk->kernel.vmemmap + first * walk->kernel.page_size, raw, sizeof(raw)))
			return;
		if (walk_type_is(facts->buddy, walk_half(raw, facts->type))) {
			if (walk_word(raw, facts->private) >= order)
				page->kind |= WALK_PAGE_BUDDY;
			return;
		}
	}
}

int walk_pages(struct walk *walk, const __u64 *pfns, size_t n, struct walk_page *pages)
{
	int error = read_pages(walk, pfns, n, pages);
	struct heads heads = { .nr = 0, .from = 0 };
	size_t i;

	for (i = 0; i < n && !error; i++) {
		__u64 head = pages[i].head;

		if (!is_tail(&pages[i], pfns[i]) || (heads.nr && heads.pfn[heads.nr - 1] == head))
			continue;
		if (heads.nr == HEADS)
			error = resolve(walk, pfns, pages, i, &heads);
		heads.pfn[heads.nr++] = head;
	}
	if (heads.nr && !error)
		error = resolve(walk, pfns, pages, n, &heads);
	for (i = 0; i < n && !error; i++)
		if (pages[i].valid && !pages[i].refcount && !pages[i].kind)
			find_free_block(walk, pages[i].head, &pages[i]);
	return error;
}

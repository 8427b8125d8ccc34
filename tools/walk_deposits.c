// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables that are deposited at a pmd table: a circular list, through
 * page->lru or through the first words of the tables.
 */
#include "arch/arch.h"
#include "walk_private.h"

/* How far a list was followed. */
struct chain {
	__u64 first, at;	/* addresses; at first again: the list is circular */
	__u64 low, span;	/* where they may be */
	__s32 link;		/* in each, the address of the next one's link */
	unsigned int ask;	/* for how many, the next time */
	unsigned int length;	/* of what was followed the last time ... */
	__u64 places[WALK_REQUESTS];	/* ... and where that is */
};

static void begin(const struct walk *walk, struct chain *chain, __u64 first)
{
	const struct walk_kernel *k = &walk->kernel;

	chain->first = chain->at = first;
	chain->low = ARCH_DEPOSIT_LRU ? k->vmemmap : k->page_offset;
	chain->span = k->max_pfn * (ARCH_DEPOSIT_LRU ? k->page_size : ARCH_PAGE_SIZE);
	chain->link = ARCH_DEPOSIT_LRU ? walk->facts.list : 0;
	chain->ask = 16;
}

/*
 * Those that come next: fewer than are asked for if the list ends, or leads back to
 * its first, or to where none can be. Most lists are short: more each time. 0 or -errno.
 */
static int follow(struct walk *walk, struct chain *chain)
{
	const unsigned int asked = chain->ask;
	int error;

	chain->length = 0;
	if (chain->at - chain->low >= chain->span)
		return 0;
	/* pointers lead to links */
	*walk->shared.bounds = (struct walk_bounds){ chain->low + chain->link, chain->span };
	for (unsigned int i = 0; i < asked; i++) {
		walk_ask(&walk->requests[i], i ? 0 : chain->at + chain->link, sizeof(__u64));
		walk->requests[i].from = i;
	}
	error = walk_call(walk, WALK_COPY, asked);
	for (unsigned int i = 0; i < asked && !error && !walk->requests[i].error; i++) {
		chain->places[chain->length++] = chain->at;
		chain->at = walk_word(walk->requests[i].data, 0) - chain->link;
		if (chain->at == chain->first)
			break;
	}
	chain->ask = asked < WALK_REQUESTS / 4 ? asked * 4 : WALK_REQUESTS;
	return error;
}

static bool is_closed(const struct chain *chain)
{
	return chain->length && chain->at == chain->first;
}

/* pfn of the table whose place in the list is there; false: no table's is. */
static bool table_at(const struct walk_kernel *k, __u64 address, __u64 *pfn)
{
	__u64 offset = address - (ARCH_DEPOSIT_LRU ? k->vmemmap : k->page_offset);
	__u64 page = ARCH_DEPOSIT_LRU ? k->page_size : ARCH_PAGE_SIZE;

	*pfn = offset / page;
	return *pfn < k->max_pfn && !(offset % (ARCH_DEPOSIT_LRU ? page : ARCH_TABLE_ALIGN));
}

size_t walk_deposits(struct walk *walk, __u64 pmd_huge_pte, size_t n, __u64 *pfns)
{
	struct chain chain;
	unsigned int asked;
	size_t nr = 0;

	begin(walk, &chain, pmd_huge_pte);
	do {
		asked = chain.ask;
		if (follow(walk, &chain))
			break;
		for (unsigned int i = 0; i < chain.length && nr < n; i++, nr++)
			if (!table_at(&walk->kernel, chain.places[i], &pfns[nr]))
				return nr;
	} while (chain.length == asked && nr < n && !is_closed(&chain));
	return nr;
}

/* How many of the places are tables', up to the first that is none's. A negative errno. */
static int count_tables(struct walk *walk, const struct chain *chain)
{
	const struct walk_kernel *k = &walk->kernel;
	unsigned int asked, i;
	int error;

	for (asked = 0; asked < chain->length; asked++) {
		__u64 pfn;

		if (!table_at(k, chain->places[asked], &pfn))
			break;
		walk_ask(&walk->requests[asked], k->vmemmap + pfn * k->page_size + walk->facts.type, sizeof(__u32));
	}
	error = asked ? walk_call(walk, WALK_COPY, asked) : 0;
	if (error)
		return error;
	for (i = 0; i < asked; i++)
		if (walk->requests[i].error || !walk_type_is_table(walk, walk_half(walk->requests[i].data, 0)))
			break;
	return i;
}

int walk_count_deposits(struct walk *walk, struct walk_table *table, __u64 *calls)
{
	struct chain chain;

	begin(walk, &chain, table->pmd_huge_pte);
	do {
		unsigned int asked;
		int tables;

		if (chain.ask > WALK_CHAIN_MAX - table->deposited)
			chain.ask = WALK_CHAIN_MAX - table->deposited;
		asked = chain.ask;
		tables = follow(walk, &chain);
		if (!tables)
			tables = count_tables(walk, &chain);
		*calls += 2;
		if (tables < 0)
			return tables;
		table->deposited += tables;
		if ((unsigned int)tables < chain.length || (chain.length < asked && !is_closed(&chain))) {
			table->flags |= WALK_CHAIN_BAD;
			return 0;
		}
	} while (!is_closed(&chain) && table->deposited < WALK_CHAIN_MAX);
	if (!is_closed(&chain))
		table->flags |= WALK_CHAIN_LONG;
	return 0;
}

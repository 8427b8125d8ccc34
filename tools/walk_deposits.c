// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables that are deposited at a pmd table: a circular list, through
 * page->lru or through the first words of the tables.
 */
#include "arch/arch.h"
#include "walk_private.h"

static void begin(struct walk *walk, __u64 first)
{
	const struct walk_kernel *k = &walk->kernel;
	struct walk_chain *chain = walk->shared.chain;

	*chain = (struct walk_chain){
		.first = first, .at = first, .low = k->page_offset, .span = k->max_pfn * ARCH_PAGE_SIZE,
	};
	if (ARCH_DEPOSIT_LRU) {
		chain->low = k->vmemmap;
		chain->span = k->max_pfn * k->page_size;
		chain->link = walk->facts.list;
	}
}

/*
 * How many come next, with their addresses in the requests: as many as there is
 * room for unless the list ends. *closed: it led back to its first. A negative errno.
 */
static long follow(struct walk *walk, bool *closed)
{
	const struct walk_chain *chain = walk->shared.chain;
	int error = walk_call(walk, WALK_FOLLOW, 0);

	*closed = chain->length && chain->at == chain->first;
	return error ? error : (long)chain->length;
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
	size_t nr = 0;
	long length;
	bool closed;

	begin(walk, pmd_huge_pte);
	do {
		length = follow(walk, &closed);
		for (long i = 0; i < length && nr < n; i++, nr++)
			if (!table_at(&walk->kernel, walk->requests[i].address, &pfns[nr]))
				return nr;
	} while (length == WALK_REQUESTS && nr < n && !closed);
	return nr;
}

/* Of so many whose addresses are in the requests: tables, up to the first that is none. A negative errno. */
static long count_tables(struct walk *walk, long length)
{
	const struct walk_kernel *k = &walk->kernel;
	long asked, i;
	int error;

	for (asked = 0; asked < length; asked++) {
		struct walk_request *request = &walk->requests[asked];
		__u64 pfn;

		if (!table_at(k, request->address, &pfn))
			break;
		request->address = k->vmemmap + pfn * k->page_size + walk->facts.type;
		request->size = sizeof(__u32);
		request->slot = WALK_NO_SLOT;
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
	long length, tables;
	bool closed;

	begin(walk, table->pmd_huge_pte);
	do {
		length = follow(walk, &closed);
		tables = length < 0 ? length : count_tables(walk, length);
		*calls += 2;
		if (tables < 0)
			return tables;
		table->deposited += tables;
		if (tables < length || (length < WALK_REQUESTS && !closed)) {
			table->flags |= WALK_CHAIN_BAD;
			return 0;
		}
	} while (!closed && table->deposited < WALK_CHAIN_MAX);
	if (!closed)
		table->flags |= WALK_CHAIN_LONG;
	return 0;
}

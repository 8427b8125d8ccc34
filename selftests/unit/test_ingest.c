// SPDX-License-Identifier: GPL-2.0-only
/* The leaves of a pte table, which are taken 64 or eight at a time: each is judged, and its page noted. */
#include <stdlib.h>
#include "arch/arch.h"
#include "fake_walk.h"
#include "ingest.h"
#include "ktap.h"
#include "verdict.h"

/* They are taken together, where nothing is wrong; each must be seen all the same. */
static void each_of_many(void)
{
	static const int orders[][2] = { { 0, 1 }, { 3, 1 }, { 510, -1 }, { 0, 37 } };

	for (unsigned int o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
		struct check check;
		__u64 *ptes;

		fake_mm_build(4);
		ptes = fake_entries(fake.pte);
		for (int i = 0; i < ARCH_ENTRIES - 1; i++)
			ptes[i] = fake_entry(1024 + (orders[o][0] + i * orders[o][1]) % 511, 0);
		fake_check(&check);
		CHECK_EQ(check.status, CHECK_HOLDS);
		CHECK_EQ(check.tally[LEAF_NOT_TABLE].checked, ARCH_ENTRIES - 1 + FAKE_THPS);
		CHECK_EQ(check.tally[USER_BIT].checked, ARCH_ENTRIES + FAKE_THPS + 3);
		check_free(&check);
		for (unsigned int i = 56; i < 72; i++) {
			__u64 entry = ptes[i], pfn = arch_pfn(entry, WALK_PTE);

			ptes[i] = entry & ~ARCH_USER;
			CHECK_EQ(violated(), USER_BIT);
			ptes[i] = fake_entry(FAKE_PAGES + i, 0);
			CHECK_EQ(violated(), ENTRY_SANE);
			ptes[i] = entry;
			fake.page[pfn].table.page_type = FAKE_TYPE_BUDDY;
			CHECK_EQ(violated(), LEAF_NOT_TABLE);
			fake.page[pfn].table.page_type = FAKE_TYPE_NONE;
			CHECK_EQ(violated(), 0);
		}
	}
}

/* What is wrong with all of n, or with the last ones of n that follow one another. */
static void all_of(unsigned int n)
{
	__u64 *ptes;

	fake_mm_build(4);
	ptes = fake_entries(fake.pte);
	for (unsigned int i = 64; i < 64 + n; i++)
		ptes[i] &= ~ARCH_USER;
	CHECK_EQ(violated(), USER_BIT);
	for (unsigned int beyond = 1; beyond <= n; beyond++) {
		for (unsigned int i = 64; i < 64 + n; i++)
			ptes[i] = fake_entry(FAKE_PAGES - n + beyond + i - 64, 0);
		CHECK_EQ(violated(), ENTRY_SANE);
	}
	for (unsigned int i = 64; i < 64 + n; i++)
		ptes[i] = fake_entry(FAKE_PAGES - n + i - 64, 0);
	CHECK_EQ(violated(), 0);
}

static void all_of_many(void)
{
	all_of(8);
	all_of(64);
}

#define CHUNK		(1ULL << PFNSET_CHUNK_SHIFT)
#define CHUNKS		3
#define TABLES		400

/* Of which pages were leaves made? */
static bool mapped[CHUNKS * CHUNK];

/* A pfn, often next to where one word or chunk of the set ends and the next begins. */
static __u64 some_pfn(void)
{
	__u64 step = random() % 2 ? 64 : CHUNK, ends = CHUNKS * CHUNK / step - 1;

	return random() % 4 ? (1 + random() % ends) * step - 8 + random() % 16 : random() % (CHUNKS * CHUNK);
}

/* Pages in turn, the other way round, scattered, or every now and then none. */
static void make_leaves(__u64 *entries)
{
	for (unsigned int i = 0; i < ARCH_ENTRIES; ) {
		unsigned int n = 1 + random() % (random() % 2 ? 40 : 250), kind = random() % 4;
		__u64 pfn = some_pfn();

		for (; n && i < ARCH_ENTRIES; n--, i++) {
			entries[i] = kind == 3 ? 0 : fake_entry(pfn, 0);
			if (kind == 3)
				continue;
			mapped[pfn] = true;
			pfn = kind == 0 ? pfn + 1 : kind == 1 ? pfn - 1 : some_pfn();
			pfn %= CHUNKS * CHUNK;
		}
	}
}

static void notes(void)
{
	struct look look = { .subject = &fake.subject };
	__u64 entries[ARCH_ENTRIES], most = CHUNKS * CHUNK, n = 0, next = 0;

	fake_mm_build(4);
	fake.kernel.max_pfn = most;
	fake.kernel.zero_pfn = 0;
	snapshot_init(&look.snap, 4);
	for (unsigned int i = 0; i < TABLES; i++) {
		const struct walk_table table = { .level = WALK_PTE, .pfn = fake.pte };

		make_leaves(entries);
		CHECK_EQ(ingest_table(&table, entries, &look), 0);
	}
	for (__u64 pfn = 0; pfn < most; pfn++) {
		n += mapped[pfn];
		if (mapped[pfn])
			CHECK_EQ(next = pfnset_next(&look.pages, next), pfn);
		next += mapped[pfn];
	}
	CHECK_EQ(pfnset_next(&look.pages, next), PFNSET_END);
	CHECK_EQ(look.findings.nr, 0);
	pfnset_count(&look.pages);
	CHECK_EQ(look.pages.nr, n);
	look_free(&look);
}

static const struct ktap_test tests[] = {
	{ "each of the leaves that are taken together", each_of_many },
	{ "all of the leaves that are taken together", all_of_many },
	{ "the pages of leaves in any order are noted", notes },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	fake_mm_free();
	return status;
}

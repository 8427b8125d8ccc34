// SPDX-License-Identifier: GPL-2.0-only
/*
 * A walk's records and entries, whatever they say: taken in, judged by every
 * invariant, confirmed, counted and printed. Each record is 10 bytes: level,
 * flags, type, references, an index into the table above and how to fill the
 * entries; so that the fuzzer soon comes to trees that look like some.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "arch/arch.h"
#include "fake_walk.h"
#include "fuzz.h"
#include "json.h"
#include "lookup.h"
#include "text.h"

struct record {
	uint8_t page, level, type, refcount, flags, deposited, index, fill;
	uint8_t word[2];
};

/* Into one of the first 64 pages. */
static void apply(const struct record *r)
{
	struct fake_page *page = &fake.page[r->page % 64];
	static const __u32 types[] = {
		FAKE_TYPE_TABLE, FAKE_TYPE_NONE, FAKE_TYPE_BUDDY, FAKE_TYPE_SLAB, 0,
	};
	__u64 word = (r->word[0] | r->word[1] << 8) % (FAKE_PAGES + 64);

	if (!page->entries && r->fill & 1)
		page->entries = calloc(ARCH_ENTRIES, sizeof(*page->entries));
	page->table.page_type = types[r->type % 5];
	page->table.refcount = (int8_t)r->refcount;
	page->table.flags = r->flags & (WALK_MOVED | WALK_NO_PAGE | WALK_CHAIN_LONG | WALK_CHAIN_BAD);
	page->table.deposited = r->deposited;
	page->table.ptl = page->table.memcg_data = page->table.pt_mm = (__u64)word << r->index % 64;
	page->kind = r->level % 5;
	if (!page->entries)
		return;
	for (unsigned int i = 0; i < 1U + (r->fill >> 4); i++)
		page->entries[(r->index * 2 + i) % ARCH_ENTRIES] =
			(word + i) << ARCH_PAGE_SHIFT | (__u64)r->level << (r->fill & 2 ? 56 : 0) |
			(r->fill & 4 ? ARCH_PRESENT | ARCH_USER : 0) | (r->fill & 8 ? ARCH_PSE : 0);
}

static void report(const struct check *check)
{
	FILE *file = fopen("/dev/null", "w");

	json_begin(file, &fake.kernel, "processes", false);
	json_check(file, check, true, true);
	json_end(file, NULL, 0, check->status);
	if (check->looked)
		text_check(file, check, true);
	fclose(file);
}

static void look_up(void)
{
	struct lookup lookup;

	lookup_run(&lookup, fake.subject.walk, &fake.sources, getpid(), FAKE_VA + 4096 * 3);
	REQUIRE(lookup.nr <= WALK_LEVELS);
	lookup_free(&lookup);
}

/* Time flies: what does not settle is given up after some fifteen looks instead of a hundred. */
static void pause_long(void *arg, __u64 nsec)
{
	(void)arg;
	fake.now += nsec + 2000000000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record record;
	struct check check;

	if (!size || size > 64 * sizeof(record))
		return 0;
	fake_mm_build(4 + (data[0] & 1));
	fake.machine.pti = data[0] & 2;
	for (size_t at = 1; at + sizeof(record) <= size; at += sizeof(record)) {
		memcpy(&record, data + at, sizeof(record));
		apply(&record);
	}
	fake.time.pause = pause_long;
	fake.most_tables = 2000;	/* tables that lead to one another would keep it busy */
	fake_check(&check);
	REQUIRE(check.status == CHECK_HOLDS || check.status == CHECK_VIOLATED || check.status == CHECK_FAILED ||
		check.status == CHECK_INCOMPLETE);
	report(&check);
	check_free(&check);
	look_up();
	fake_mm_free();
	return 0;
}

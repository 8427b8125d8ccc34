// SPDX-License-Identifier: GPL-2.0-only
/* --address: each kind of entry at the end of a path, tables that move, and what is printed. */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <unistd.h>
#include "arch/arch.h"
#include "fake_walk.h"
#include "json.h"
#include "ktap.h"
#include "lookup.h"
#include "text.h"

static struct lookup lookup;

static const struct lookup_step *look_up(__u64 address)
{
	lookup_free(&lookup);
	lookup_run(&lookup, fake.subject.walk, &fake.sources, getpid(), address);
	return lookup.nr ? lookup_last(&lookup) : &lookup.step[0];
}

static __u64 *pte(unsigned int i)
{
	return &fake_entries(fake.pte)[i];
}

static void paths(void)
{
	for (unsigned int levels = 4; levels <= 5; levels++) {
		const struct lookup_step *last;

		fake_mm_build(levels);
		last = look_up(FAKE_VA + 7 * 4096 + 0x123);
		CHECK_EQ(lookup.status, CHECK_HOLDS);
		CHECK_EQ(lookup.nr, levels);
		CHECK_EQ(lookup.mm.tables, levels);	/* the others were not walked */
		CHECK_EQ(lookup.step[0].table.pfn, fake.pgd);
		CHECK_EQ(lookup_pfn(&lookup, &lookup.step[levels - 2]), fake.pte);
		CHECK_EQ(last->table.pfn, fake.pte);
		CHECK_EQ(last->index, 7);
		CHECK_EQ(last->kind, ENTRY_LEAF);
		CHECK_EQ(lookup.pfn, 1024 + 7);
		CHECK(lookup.has_page && lookup.vma && lookup.vma->start == FAKE_VA);
		/* nothing at all there: the pgd says so, or the p4d table that has all of the rest */
		last = look_up(0x1000);
		CHECK_EQ(lookup.nr, levels - 3);
		CHECK_EQ(last->kind, ENTRY_NONE);
		CHECK(!lookup.vma && !lookup.has_page);
	}
}

static void leaves(void)
{
	const struct lookup_step *last;

	fake_mm_build(4);
	/* inside of the second huge page */
	last = look_up(FAKE_THP_VA + (3ULL << 20));
	CHECK_EQ(last->table.level, WALK_PMD);
	CHECK_EQ(lookup.pfn, 2048 + 512 + 256);
	/* PROT_NONE: the address is stored inverted, bit 8 alone says present */
	*pte(0) = (~(1024ULL << 12) & ARCH_ADDR_MASK) | 1ULL << 8;
	last = look_up(FAKE_VA);
	CHECK_EQ(last->kind, ENTRY_LEAF);
	CHECK_EQ(lookup.pfn, 1024);
	/* a pfn without a struct page */
	*pte(1) = fake_entry(FAKE_PAGES + 5, 0);
	last = look_up(FAKE_VA + 4096);
	CHECK_EQ(lookup.pfn, FAKE_PAGES + 5);
	CHECK(!lookup.has_page);
}

static void not_present(void)
{
	const struct lookup_step *last;

	fake_mm_build(4);
	/* swap type 3, offset 0x12345: offset inverted from bit 9 on, type from bit 59 */
	*pte(2) = (~0x12345ULL << 14 >> 5) | 3ULL << 59;
	last = look_up(FAKE_VA + 2 * 4096);
	CHECK_EQ(last->kind, ENTRY_SWAP);
	CHECK_EQ(arch_swap_type(last->entry), 3);
	CHECK_EQ(arch_swap_offset(last->entry), 0x12345);
	CHECK(!lookup.has_page);
	*pte(3) = 0;
	CHECK_EQ(look_up(FAKE_VA + 3 * 4096)->kind, ENTRY_NONE);
	*pte(4) = ARCH_ACCESSED | ARCH_DIRTY;	/* pte_none() too */
	CHECK_EQ(look_up(FAKE_VA + 4 * 4096)->kind, ENTRY_NONE);
}

static void moves_twice(struct fake *f, unsigned int walk)
{
	f->moved_level = walk < 2 ? WALK_PTE : 0;
}

static void moves_always(struct fake *f, unsigned int walk)
{
	(void)walk;
	f->moved_level = WALK_PMD;
}

static void moving(void)
{
	fake_mm_build(4);
	fake.before_walk = moves_twice;
	look_up(FAKE_VA);
	CHECK_EQ(fake.walks, 3);
	CHECK_EQ(lookup.status, CHECK_HOLDS);
	CHECK(!lookup.moved);
	fake_mm_build(4);
	fake.before_walk = moves_always;
	look_up(FAKE_VA);
	CHECK_EQ(fake.walks, LOOKUP_TRIES);
	CHECK_EQ(lookup.status, CHECK_INCOMPLETE);
	CHECK(lookup.moved && strstr(lookup.error, "changed each"));
	fake_mm_build(4);
	fake.walk_error = -EOWNERDEAD;
	look_up(FAKE_VA);
	CHECK_EQ(lookup.status, CHECK_INCOMPLETE);
	CHECK_EQ(lookup.nr, 0);
	fake.walk_error = -EIO;
	look_up(FAKE_VA);
	CHECK_EQ(lookup.status, CHECK_FAILED);
	CHECK(lookup.error[0]);
}

/* An entry that leads beyond memory ends the path, which then says so. */
static void astray(void)
{
	fake_mm_build(4);
	fake_entries(fake.pmd)[arch_index(FAKE_VA, WALK_PMD, 4)] = fake_entry(FAKE_PAGES + 9, 0);
	look_up(FAKE_VA);
	CHECK_EQ(lookup.nr, 4);
	CHECK(lookup_last(&lookup)->table.flags & WALK_BAD_PFN);
	CHECK_EQ(lookup_last(&lookup)->kind, ENTRY_NONE);
}

static const char *flags_of(__u64 entry, unsigned int level)
{
	static char text[256];
	const char *name;
	unsigned int at = 0;

	text[0] = '\0';
	while ((name = entry_flag_next(entry, level, &at)))
		strcat(strcat(text, text[0] ? " " : ""), name);
	return text;
}

static void flags(void)
{
	CHECK_STR(flags_of(0x8000000012345067, WALK_PTE), "present write user accessed dirty nx");
	CHECK_STR(flags_of(0x0000000012345025, WALK_PTE), "present user accessed");
	CHECK_STR(flags_of(0x00000000123450a5, WALK_PTE), "present user accessed pat");
	CHECK_STR(flags_of(0x00000000122001e3, WALK_PMD), "present write accessed dirty huge global");
	CHECK_STR(flags_of(0x00000000122010e3, WALK_PMD), "present write accessed dirty huge pat");
	CHECK_STR(flags_of(0x0000000012345067, WALK_PMD), "present write user accessed");
	CHECK_STR(flags_of(0x000ffffedcba9100, WALK_PTE), "protnone");
	CHECK_STR(flags_of(0x1800ffffedcba002 & ~1ULL, WALK_PTE), "soft_dirty");
	CHECK_STR(flags_of(0x2800000012345067, WALK_PTE), "present write user accessed dirty pkey1 pkey4");
	CHECK_STR(flags_of(0, WALK_PTE), "");
	CHECK_STR(entry_kind_name(entry_kind(0x67, WALK_PMD)), "table");
}

static void canonical(void)
{
	CHECK(lookup_canonical(0x7fffffffffff, 4));
	CHECK(!lookup_canonical(0x800000000000, 4));
	CHECK(!lookup_canonical(0xffff7fffffffffff, 4));
	CHECK(lookup_canonical(0xffff800000000000, 4));
	CHECK(lookup_canonical(0x800000000000, 5));
	CHECK(lookup_canonical(0xff00000000000000, 5));
	CHECK(!lookup_canonical(0x100000000000000, 5));
}

static bool narrow(char *text)
{
	bool fits = true;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		fits &= strlen(line) <= 80;
	return fits;
}

static void printed(void)
{
	static const __u64 addresses[] = { FAKE_VA + 5, FAKE_THP_VA, 0, FAKE_VA + 8192 };
	char *text = NULL;
	size_t size;
	FILE *file;

	fake_mm_build(5);
	*pte(2) = (~0x12345ULL << 14 >> 5) | 3ULL << 59;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		struct json_object *root, *array, *value;

		look_up(addresses[i]);
		file = open_memstream(&text, &size);
		text_lookup(file, &lookup);
		fclose(file);
		CHECK(narrow(text));
		free(text);
		file = open_memstream(&text, &size);
		json_begin(file, &fake.kernel, "lookups", i & 1);
		json_lookup(file, &lookup, true);
		json_end(file, NULL, 0, lookup.status);
		fclose(file);
		root = json_tokener_parse(text);
		CHECK(root && json_object_object_get_ex(root, "lookups", &array));
		CHECK(json_object_object_get_ex(json_object_array_get_idx(array, 0), "path", &value));
		CHECK_EQ(json_object_array_length(value), lookup.nr);
		json_object_put(root);
		free(text);
	}
}

static const struct ktap_test tests[] = {
	{ "paths, 4 and 5 levels", paths },
	{ "leaves: huge, PROT_NONE, beyond memory", leaves },
	{ "swap and empty entries", not_present },
	{ "tables that move", moving },
	{ "an entry that leads beyond memory", astray },
	{ "flags by name", flags },
	{ "addresses that can be", canonical },
	{ "text and JSON", printed },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	lookup_free(&lookup);
	fake_mm_free();
	return status;
}

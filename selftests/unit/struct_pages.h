/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Struct pages of many kinds, in an array, as several kernels lay them out; and
 * beside them what each is, for tests of what takes many at a time.
 */
#ifndef STRUCT_PAGES_H
#define STRUCT_PAGES_H

#include <stdint.h>
#include <string.h>

#include "walk_private.h"

#define FRAMES		98304
#define LARGEST		64	/* bytes of a struct page */
#define FOREIGN_TYPE	0xf1000000U
#define NO_TYPE		(~0U)	/* and a count of no mappings */
#define SLAB_FLAG	(1ULL << 9)

/* Struct pages as some kernels have them. */
static const struct layout {
	struct walk_facts facts;
	unsigned int size;
	__u32 table, buddy, slab;	/* page_type words */
} layouts[] = {
	/* a bit for each type, slab a flag, which alone tells a slab */
	{ { .compound_head = 8, .type = 48, .refcount = 52, .slab_flag = SLAB_FLAG, .slab_counted = true,
	    .table = { 0xf0000200, 0xf0000000 }, .buddy = { 0xf0000080, 0xf0000000 } },
	  56, 0xfffffdff, 0xffffff7f, NO_TYPE },
	/* types by number */
	{ { .compound_head = 8, .type = 48, .refcount = 52, .can_glance = 1,
	    .table = { 0xff000000, 0xf2000000 }, .buddy = { 0xff000000, 0xf0000000 }, .slab = { 0xff000000, 0xf5000000 } },
	  64, 0xf2000000, 0xf0ffffff, 0xf5000001 },
	/* type and references apart */
	{ { .compound_head = 8, .type = 48, .refcount = 40,
	    .table = { 0xff000000, 0xf2000000 }, .buddy = { 0xff000000, 0xf0000000 }, .slab = { 0xff000000, 0xf5000000 } },
	  64, 0xf2ffffff, 0xf0000000, 0xf5000000 },
	/* references before the type */
	{ { .compound_head = 8, .type = 52, .refcount = 48, .slab_flag = SLAB_FLAG, .slab_counted = true,
	    .table = { 0xf0000200, 0xf0000000 }, .buddy = { 0xf0000080, 0xf0000000 } },
	  64, 0xfffffdff, 0xffffff7f, NO_TYPE },
	/* slab a flag, and its type that of no page in use */
	{ { .compound_head = 8, .type = 48, .refcount = 52, .slab_flag = SLAB_FLAG,
	    .table = { 0xf0000200, 0xf0000000 }, .buddy = { 0xf0000080, 0xf0000000 } },
	  64, 0xfffffdff, 0xffffff7f, NO_TYPE },
};

static const struct layout *layout;

enum kind {
	MAPPED, MAPPED_OFTEN,	/* simply in use */
	UNMAPPED, FOREIGN, OVERFLOWN, KINDS_FIT,
	TABLE = KINDS_FIT, TABLE_FREE, BUDDY, BUDDY_USED, SLAB, FREE, FREE_MAPPED, KINDS
};

static char memmap[FRAMES * LARGEST] __attribute__((aligned(4096)));
static struct { enum kind kind; bool odd, simple; __u64 head; } model[FRAMES];	/* what is in it */
static __u64 seed;

/* xorshift64 */
static __u64 some(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static char *frame(__u64 pfn)
{
	return memmap + pfn * layout->size;
}

static void put(__u64 pfn, __s32 offset, const void *value, size_t size)
{
	memcpy(frame(pfn) + offset, value, size);
}

static void put_word(__u64 pfn, __s32 offset, __u64 value)
{
	put(pfn, offset, &value, sizeof(value));
}

static void put_state(__u64 pfn, __u32 type, __u32 refcount)
{
	put(pfn, layout->facts.type, &type, sizeof(type));
	put(pfn, layout->facts.refcount, &refcount, sizeof(refcount));
}

static __u32 one_of(__u32 a, __u32 b, __u32 low, __u32 high)
{
	switch (some() % 3) {
	case 0: return a;
	case 1: return b;
	default: return low + some() % (high - low + 1);
	}
}

/* A page that is not part of a larger one; of all else that is in a struct page anything. */
static void make(__u64 pfn, enum kind kind)
{
	const struct walk_facts *facts = &layout->facts;
	__u32 type = one_of(0, 0x7fffffff, 1, 3), refcount = one_of(1, 0x7fffffff, 2, 5);
	__u64 flags = some() & ~SLAB_FLAG;

	/* what is taken for type and references is likely to look like a page in use */
	for (unsigned int i = 0; i < layout->size; i += 8)
		put_word(pfn, i, (some() & ~(1ULL << 63 | 1ULL << 31)) | 1ULL << 32);
	switch (kind) {
	case MAPPED: type = 0; refcount = 1; break;
	case UNMAPPED: type = NO_TYPE; break;
	case FOREIGN: type = facts->table.mask == 0xff000000 ? FOREIGN_TYPE : 0xfffffeff; break;
	case OVERFLOWN: refcount = one_of(0x80000001, 0xffffffff, 0x80000002, 0xfffffffe); break;
	case TABLE_FREE: refcount = 0; /* fallthrough */
	case TABLE: type = layout->table; break;
	case BUDDY: refcount = 0; /* fallthrough */
	case BUDDY_USED: type = layout->buddy; break;
	case SLAB:
		if (facts->slab_flag)
			flags |= SLAB_FLAG;
		if (!facts->slab_counted)
			type = layout->slab;
		break;
	case FREE: type = NO_TYPE; /* fallthrough */
	case FREE_MAPPED: refcount = 0; break;
	default: break;
	}
	put_word(pfn, facts->flags, flags);
	put_word(pfn, facts->compound_head, some() & ~1ULL);
	put_state(pfn, type, refcount);
	model[pfn].kind = kind;
	model[pfn].head = pfn;
	model[pfn].odd = kind >= KINDS_FIT;
	model[pfn].simple = kind == MAPPED || kind == MAPPED_OFTEN || kind == OVERFLOWN;
}

/* The tails behind a head are what that is. */
static void make_tails(__u64 head, unsigned int n, bool by_mask)
{
	for (__u64 pfn = head + 1; pfn <= head + n; pfn++) {
		make(pfn, FREE);
		put_word(pfn, layout->facts.compound_head,
			 1 + (by_mask ? ~(layout->size * (n + 1ULL) - 1) : (uintptr_t)frame(head)));
		model[pfn].odd = model[head].odd;
		model[pfn].head = head;
	}
}

#endif /* STRUCT_PAGES_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of many pages are not simply pages in use? Where the kernel can, a BPF
 * program of its own glances at them; else their struct pages are copied.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "arch/arch.h"
#include "walk_private.h"

/* Pages. Fewer are copied in less time than it takes to load the program: on 7.2 (on 6.12 as from 40000 it pays). */
#define WORTH_LOADING	98304

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#include "walk_glance.lskel.h"	/* needs the types above */

static void load(struct walk *walk)
{
	struct walk_glance_bpf *bpf = walk_glance_bpf__open();
	int error = bpf ? walk_glance_bpf__load(bpf) : -ENOMEM;

	if (!error) {
		walk->glance = bpf;
		walk->glances = bpf->bss->glances;
		walk->programs[WALK_GLANCE] = bpf->progs.glance.prog_fd;
		return;
	}
	/* it is done without */
	if (walk->verbose && bpf && bpf->ctx.log_buf)
		fputs((const char *)(uintptr_t)bpf->ctx.log_buf, stderr);
	walk_glance_bpf__destroy(bpf);
	walk->facts.can_glance = false;
}

void walk_glance_unload(struct walk *walk)
{
	walk_glance_bpf__destroy(walk->glance);
}

__u64 walk_glance_longest_call(const struct walk *walk)
{
	return walk->glance ? walk->glance->bss->longest_call : 0;
}

#else

static void load(struct walk *walk)
{
	walk->facts.can_glance = false;
}

void walk_glance_unload(struct walk *walk)
{
	(void)walk;
}

__u64 walk_glance_longest_call(const struct walk *walk)
{
	(void)walk;
	return 0;
}

#endif

static int run(struct walk *walk, unsigned int n)
{
	const struct walk_kernel *k = &walk->kernel;

	return walk_call(walk, WALK_GLANCE, n, k->vmemmap + walk->facts.type, k->page_size);
}

/* What a struct page is looked at for. */
struct glance {
	const struct walk_facts *facts;
	__u64 good_head;	/* a head that was found fit, for the tails behind it */
	unsigned int size;	/* of a struct page */
};

/* The same as the program knows: types have the highest bit set, counts of mappings have not. */
static bool simple(const struct walk_facts *facts, const char *page)
{
	return !(walk_half(page, facts->type) >> 31) && walk_half(page, facts->refcount) &&
	       !(walk_word(page, facts->flags) & facts->slab_flag);
}

static bool fit(const struct walk_facts *facts, const char *page)
{
	__u32 type = walk_half(page, facts->type);

	return walk_half(page, facts->refcount) && !walk_type_is(facts->table, type) &&
	       !walk_type_is(facts->buddy, type) && !walk_type_is(facts->slab, type) &&
	       !(walk_word(page, facts->flags) & facts->slab_flag);
}

/* pfn's struct page, in a copy of those from pfn first on. */
static bool ordinary(struct walk *walk, struct glance *glance, const char *copy, __u64 first, __u64 pfn)
{
	const char *page = copy + (pfn - first) * glance->size;
	__u64 info = walk_word(page, glance->facts->compound_head), head;

	if (!(info & 1))
		return fit(glance->facts, page);
	head = walk_head_of(walk, pfn, info);
	if (head == glance->good_head)
		return true;
	if (head < first || head > pfn || !fit(glance->facts, copy + (head - first) * glance->size))
		return false;
	glance->good_head = head;
	return true;
}

/* 64 pfns at a time, whose struct pages are one piece of at most a table's size. */
#define GROUP	64

/*
 * The words that pages of a group have at one place, or'ed, less so much each.
 * Inlined: where the size is known, so are all places.
 */
static inline __attribute__((always_inline)) __u64 together(const char *at, size_t size, __u64 less)
{
	__u64 all = 0, word;

#pragma GCC unroll 16
	for (unsigned int i = 0; i < GROUP; i++) {
		memcpy(&word, at + i * size, sizeof(word));
		all |= word - less;
	}
	return all;
}

/*
 * Are all pages of a group simple? Type and references are one word: it is in
 * doubt when the type's highest bit is set, or taking one reference off borrows.
 */
static bool all_simple(const struct walk_facts *facts, const char *copy, unsigned int size)
{
	const char *types = copy + facts->type;
	__u64 all;

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || facts->refcount != facts->type + 4)
		return false;
	all = size == 64 ? together(types, 64, 1ULL << 32) : together(types, size, 1ULL << 32);
	if ((all >> 63 | all >> 31) & 1)
		return false;
	return !facts->slab_counted || !(together(copy + facts->flags, size, 0) & facts->slab_flag);
}

/* Of one group's wanted pages, bits: those that are not simple. */
static __u64 doubts(const struct walk_facts *facts, const char *copy, unsigned int size, __u64 bits)
{
	__u64 doubt = 0;

	if (!~bits && all_simple(facts, copy, size))
		return 0;
	for (__u64 left = bits; left; left &= left - 1) {
		unsigned int i = __builtin_ctzll(left);

		if (!simple(facts, copy + (size_t)i * size))
			doubt |= 1ULL << i;
	}
	return doubt;
}

/*
 * What is copied of groups next to each other: from where the folio of the first
 * wanted page may begin, to the last wanted one. Memory that nobody has looked at
 * lately comes slowly: groups are one piece only if that takes no page in addition.
 */
#define FOLIO	16ULL	/* pages; of a larger one the head may be missing, and fn is told its tails */

struct piece {
	__u64 first;		/* pfn */
	unsigned int pages;	/* how many */
	unsigned int groups;	/* that it is of */
};

static unsigned int wanted_from(const struct walk_glance *group)
{
	return __builtin_ctzll(group->pages) & -FOLIO;
}

static unsigned int wanted_to(const struct walk_glance *group)
{
	return GROUP - __builtin_clzll(group->pages);
}

/* The piece that begins with the first of n groups. */
static struct piece next_piece(const struct walk_glance *group, unsigned int n, unsigned int size)
{
	struct piece piece = { group->first + wanted_from(group), 0, 1 };

	while (piece.groups < n && (piece.groups + 1) * GROUP * size <= WALK_COPY_MAX &&
	       wanted_to(group) == GROUP && group[1].first == group->first + GROUP && !wanted_from(&group[1])) {
		piece.groups++;
		group++;
	}
	piece.pages = group->first + wanted_to(group) - piece.first;
	return piece;
}

/* Ask for the pieces of n groups, each into the slot of its first group. How many. */
static unsigned int ask_for(struct walk *walk, const struct walk_glance *groups, unsigned int n, struct piece *pieces)
{
	const struct walk_kernel *k = &walk->kernel;
	unsigned int asked = 0;

	for (unsigned int i = 0; i < n; i += pieces[asked++].groups) {
		struct walk_request *request = &walk->requests[asked];

		pieces[asked] = next_piece(&groups[i], n - i, k->page_size);
		walk_ask(request, k->vmemmap + pieces[asked].first * k->page_size, pieces[asked].pages * k->page_size);
		request->slot = i;
	}
	return asked;
}

static int copy_groups(struct walk *walk, const struct walk_glance *groups, unsigned int n,
		       walk_odd_fn fn, void *arg)
{
	struct glance glance = { &walk->facts, PFNSET_END, walk->kernel.page_size };
	struct piece pieces[WALK_GLANCES];
	unsigned int asked = ask_for(walk, groups, n, pieces);
	int error, stop = 0;

	error = walk_call(walk, WALK_COPY, asked);
	if (error)
		return walk_fail(walk, -error, "read: struct pages: %s", strerror(-error));
	for (unsigned int i = 0; i < asked; i++) {
		const struct piece *piece = &pieces[i];
		const char *copy = (const char *)walk->tables[walk->requests[i].slot];
		bool read = !walk->requests[i].error;

		for (const struct walk_glance *end = groups + piece->groups; groups < end; groups++) {
			/* its first page would be there, before the piece if that is not wanted */
			const char *page = copy + (__s64)(groups->first - piece->first) * glance.size;
			__u64 left = groups->pages;

			if (read)
				left = doubts(&walk->facts, page, glance.size, left);
			for (; left && !stop; left &= left - 1) {
				__u64 pfn = groups->first + __builtin_ctzll(left);

				if (!read || !ordinary(walk, &glance, copy, piece->first, pfn))
					stop = fn(pfn, arg);
			}
		}
	}
	return stop;
}

/* Copy of n groups those in which a glance leaves a doubt. */
static int look_at(struct walk *walk, struct walk_glance *groups, unsigned int n, walk_odd_fn fn, void *arg)
{
	struct walk_glance doubtful[WALK_GLANCES];
	unsigned int left = 0;
	int error;

	if (!walk->glance)
		return copy_groups(walk, groups, n, fn, arg);
	error = run(walk, n);
	if (error)
		return walk_fail(walk, -error, "read: struct pages: %s", strerror(-error));
	for (unsigned int i = 0; i < n; i++) {
		doubtful[left] = groups[i];
		doubtful[left].pages &= groups[i].doubt;
		left += !!doubtful[left].pages;
	}
	return left ? copy_groups(walk, doubtful, left, fn, arg) : 0;
}

int walk_odd_pages(struct walk *walk, const struct pfnset *pages, walk_odd_fn fn, void *arg)
{
	struct walk_glance own[WALK_GLANCES], *groups;
	unsigned int n = 0;
	__u64 at = 0, bits;
	int stop = 0;

	if (GROUP * walk->kernel.page_size > WALK_TABLE_SIZE) {
		for (; (at = pfnset_next(pages, at)) != PFNSET_END && !stop; at++)
			stop = fn(at, arg);
		return stop;
	}
	if (walk->facts.can_glance && !walk->glance && pages->nr >= WORTH_LOADING)
		load(walk);
	groups = walk->glance ? walk->glances : own;
	while (!stop && (bits = pfnset_bits(pages, at, &at))) {
		groups[n++] = (struct walk_glance){ .first = at, .pages = bits };
		at += GROUP;
		if (n < WALK_GLANCES)
			continue;
		stop = look_at(walk, groups, n, fn, arg);
		n = 0;
	}
	return n ? look_at(walk, groups, n, fn, arg) : stop;
}

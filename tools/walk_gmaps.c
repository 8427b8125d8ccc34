// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of guest address spaces (gmaps, s390). An mm has few of them, and
 * none without a guest: user space follows them, by copies of what is there.
 * No lock is held: a list or a table may change or go meanwhile.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "walk_private.h"

#define LIST_TRIES	5
#define GMAPS_MAX	4096	/* of an mm, or shadows of one gmap */

/* Tables on the path from the highest down. */
struct gmap_walk {
	struct walk *walk;
	walk_gmap_fn fn;
	void *arg;
	__u64 address[WALK_LEVELS];	/* by level, of the entry there that was followed */
	__u64 entry[WALK_LEVELS];
	__u64 entries[WALK_LEVELS][ARCH_ENTRIES];
};

static int read_word(struct walk *walk, __u64 address, __u64 *word)
{
	return walk_copy(walk, address, word, sizeof(*word));
}

/*
 * The gmaps that hang from a list's head, last. 0, or -EAGAIN: it did not lead
 * back to where it began.
 */
static int read_list(struct walk *walk, __u64 head, __u64 *gmaps, unsigned int *n)
{
	__u64 at = head;

	for (*n = 0; *n <= GMAPS_MAX; (*n)++) {
		if (read_word(walk, at, &at))
			return -EAGAIN;
		if (at == head)
			return 0;
		if (*n < GMAPS_MAX)
			gmaps[*n] = at - walk->facts.gmap.list;
	}
	return -EAGAIN;
}

/* Which may change while it is followed. */
static int gmaps_of(struct walk *walk, __u64 head, __u64 *gmaps, unsigned int *n)
{
	int error = -EAGAIN;

	for (int try = 0; try < LIST_TRIES && error; try++)
		error = read_list(walk, head, gmaps, n);
	return error;
}

/* Does every entry on the path to this table still say what was followed, and the gmap where it begins? */
static bool path_changed(const struct gmap_walk *w, const struct walk_gmap_table *table)
{
	__u64 now;

	for (; table->above; table = table->above)
		if (read_word(w->walk, w->address[table->above->level], &now) ||
		    now != w->entry[table->above->level])
			return true;
	return read_word(w->walk, table->gmap->address + w->walk->facts.gmap.asce, &now) ||
	       now != table->gmap->asce;
}

static void read_gaddr(struct walk *walk, struct walk_gmap_table *table)
{
	const struct walk_kernel *k = &walk->kernel;

	if (table->pfn >= k->max_pfn)
		table->flags |= WALK_BAD_PFN;
	else if (read_word(walk, k->vmemmap + table->pfn * k->page_size + walk->facts.gmap.gaddr, &table->gaddr))
		table->flags |= WALK_NO_PAGE;
}

/* The table at this address (physical), and all that hang from it. 0, or what the callback returned. */
static int follow(struct gmap_walk *w, struct walk_gmap_table *table, __u64 address)
{
	__u64 from = w->walk->kernel.page_offset + address, *entries = w->entries[table->level];
	struct walk_gmap_table below = { .gmap = table->gmap, .above = table, .level = table->level - 1 };
	/* below these are pages, or the mm's own page tables */
	unsigned int last = table->gmap->parent ? WALK_PTE : WALK_PMD;
	int stop;

	table->pfn = address >> ARCH_PAGE_SHIFT;
	read_gaddr(w->walk, table);
	if (!(table->flags & WALK_BAD_PFN) && table->level > last &&
	    walk_copy(w->walk, from, entries, WALK_TABLE_SIZE))
		table->flags |= WALK_NO_TABLE;
	if (path_changed(w, table))
		table->flags |= WALK_MOVED;
	stop = w->fn(table, w->arg);
	if (table->level == last || table->flags & (WALK_BAD_PFN | WALK_NO_TABLE | WALK_MOVED))
		return stop;
	for (below.index = 0; below.index < ARCH_ENTRIES && !stop; below.index++) {
		__u64 entry = entries[below.index];

		if (!arch_table(entry, table->level))
			continue;
		w->address[table->level] = from + below.index * sizeof(entry);
		w->entry[table->level] = entry;
		below.va = table->va + below.index * arch_entry_span(table->level, ARCH_LEVELS_MAX);
		below.flags = 0;
		below.gaddr = 0;
		stop = follow(w, &below, arch_table_addr(entry, table->level));
	}
	return stop;
}

/* One gmap. What cannot be read has gone meanwhile. */
static int walk_one(struct gmap_walk *w, struct walk_gmap *gmap)
{
	const struct walk_gmap_facts *facts = &w->walk->facts.gmap;
	struct walk_gmap_table top = { .gmap = gmap };

	if (read_word(w->walk, gmap->address + facts->asce, &gmap->asce) ||
	    read_word(w->walk, gmap->address + facts->orig_asce, &gmap->shadowed) ||
	    walk_copy(w->walk, gmap->address + facts->edat_level, &gmap->edat_level, sizeof(gmap->edat_level)) ||
	    !gmap->asce)
		return 0;
	top.level = arch_asce_levels(gmap->asce);
	return follow(w, &top, arch_asce_table(gmap->asce));
}

static int walk_list(struct gmap_walk *w, __u64 head, const struct walk_gmap *parent, unsigned int *number)
{
	__u64 *gmaps = calloc(GMAPS_MAX, sizeof(*gmaps));
	unsigned int n = 0;
	int stop = gmaps ? gmaps_of(w->walk, head, gmaps, &n) : -ENOMEM;

	for (unsigned int i = 0; i < n && !stop; i++) {
		struct walk_gmap gmap = { .address = gmaps[i], .parent = parent, .number = (*number)++ };

		stop = walk_one(w, &gmap);
		if (!stop && !parent)
			stop = walk_list(w, gmap.address + w->walk->facts.gmap.children, &gmap, number);
	}
	free(gmaps);
	return stop;
}

int walk_gmaps(struct walk *walk, walk_gmap_fn fn, void *arg)
{
	unsigned int number = 0;
	struct gmap_walk *w;
	int stop;

	if (!ARCH_GMAP || !(walk->kernel.fields & WALK_HAS_GADDR) || !walk->attached)
		return 0;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->walk = walk;
	w->fn = fn;
	w->arg = arg;
	stop = walk_list(w, walk_mm_state(walk)->mm + walk->facts.gmap.gmaps, NULL, &number);
	free(w);
	return stop;
}

int walk_gmap_word(struct walk *walk, const struct walk_gmap *gmap, __u64 gaddr, __u64 *word)
{
	__u64 base = walk->kernel.page_offset, address = arch_asce_table(gmap->asce), entry;

	for (unsigned int level = arch_asce_levels(gmap->asce); level; level--) {
		__u64 span = arch_entry_span(level, ARCH_LEVELS_MAX);

		if (read_word(walk, base + address + arch_index(gaddr, level, ARCH_LEVELS_MAX) * sizeof(entry), &entry))
			return -EFAULT;
		if (arch_leaf(entry, level))
			return read_word(walk, base + (arch_pfn(entry, level) << ARCH_PAGE_SHIFT) +
					 (gaddr & (span - 1)), word) ? -EFAULT : 0;
		if (!arch_table(entry, level))
			return -EFAULT;
		address = arch_table_addr(entry, level);
	}
	return -EFAULT;
}

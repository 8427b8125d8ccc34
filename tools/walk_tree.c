// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the pgd to the tables below, depth first. What is read in the kernel is
 * asked for here: tables of one parent, each with its descriptor and then the
 * entry that led there, and in the end the rest of the path, which tells
 * whether all of it still does.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "arch/arch.h"
#include "walk_private.h"

/* A table that keeps changing its place is handed out as moved in the end. */
#define CORRECTIONS	3

/* On the path, by height: 1 is the pte table, levels the pgd. */
struct place {
	__u64 va;			/* first address that the table maps */
	__u64 address;			/* of the table, in the direct map */
	__u64 *entries;			/* as read; those that changed since, corrected when they are followed */
	unsigned int index, end;	/* the entry to follow next; where to stop */
};

/* A table of a batch, and what was read after it. */
struct found {
	struct walk_table table;
	unsigned int index;		/* in its parent, of the entry that led to it ... */
	__u64 entry;			/* ... and what that is now */
	unsigned int changed;		/* greatest height at which the rest of the path has changed, 0: none */
};

struct tree {
	struct walk *walk;
	struct walk_mm *mm;
	walk_fn fn;
	void *arg;
	__u64 low, last;		/* range, last address included */
	__u64 base;			/* address of the pgd's entry 0, as if all entries were of one half */
	unsigned int limit;		/* entries of the pgd: where to stop */
	unsigned int levels;
	unsigned int least;		/* height of the lowest tables to read */
	unsigned int corrections;	/* of the entry that is followed */
	unsigned int changed;		/* greatest height at which the path has changed, 0: none */
	bool dead;
	struct place at[ARCH_LEVELS_MAX + 2];
	struct found found[WALK_BATCH];
};

static __u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static unsigned int level_of(const struct tree *tree, unsigned int height)
{
	return height == tree->levels ? WALK_PGD : height;
}

static unsigned int slot_of(unsigned int height, unsigned int i)
{
	return height == 1 ? i : WALK_BATCH + height;
}

static bool differ(__u64 a, __u64 b)
{
	return (a ^ b) & ~ARCH_VOLATILE;
}

static void ask_entry(const struct tree *tree, struct walk_request *request, unsigned int height,
		      unsigned int index)
{
	walk_ask(request, tree->at[height].address + index * sizeof(__u64), sizeof(__u64));
}

/* The entries that are followed, from this height up to the pgd. */
static struct walk_request *ask_path(const struct tree *tree, struct walk_request *request, unsigned int height)
{
	for (unsigned int h = height; h <= tree->levels; h++)
		ask_entry(tree, request++, h, tree->at[h].index);
	return request;
}

/* Greatest height from this one up at which the path is not what was asked for; *request: the answers, in turn. */
static unsigned int path_changed(const struct tree *tree, const struct walk_request **request, unsigned int height)
{
	unsigned int changed = 0;

	for (unsigned int h = height; h <= tree->levels; h++, ++*request)
		if (differ(arch_entry((*request)->data[0]), tree->at[h].entries[tree->at[h].index]))
			changed = h;
	return changed;
}

/* Page tables of no architecture are compound; others may be. */
static bool may_be_large(const struct walk_table *table)
{
	return table->level != WALK_PTE;
}

/* What has no struct page reads as zeroes. */
static struct walk_request *ask_table(const struct tree *tree, struct walk_request *request,
				      const struct walk_table *table, unsigned int slot)
{
	const struct walk_kernel *k = &tree->walk->kernel;
	const struct walk_facts *facts = &tree->walk->facts;
	bool there = !(table->flags & WALK_BAD_PFN);
	__u64 page = there ? k->vmemmap + table->pfn * k->page_size : 0;
	__u64 address = there ? k->page_offset + table->pfn * ARCH_PAGE_SIZE + table->offset : 0;
	__u64 order = there && facts->order >= 0 ? page + k->page_size + facts->order : 0;

	walk_ask(request, address, arch_table_bytes(table->level));
	request->slot = slot;
	walk_ask(request + 1, page, sizeof(request->data));
	if (!may_be_large(table))
		return request + 2;
	walk_ask(request + 2, order, 1);
	return request + 3;
}

static void take_table(const struct tree *tree, const struct walk_request **request, struct walk_table *table)
{
	const struct walk_facts *facts = &tree->walk->facts;
	const struct walk_request *body = (*request)++, *descriptor = (*request)++;
	const struct walk_request *tail = may_be_large(table) ? (*request)++ : NULL;
	const void *page = descriptor->data;

	if (body->error)
		table->flags |= WALK_NO_TABLE;
	if (descriptor->error)
		table->flags |= WALK_NO_PAGE;
	table->page_flags = walk_word(page, facts->flags);
	table->mapping = walk_word(page, facts->mapping);
	table->page_type = walk_half(page, facts->type);
	table->refcount = walk_half(page, facts->refcount);
	if (tree->walk->kernel.fields & WALK_HAS_PMD_HUGE_PTE)
		table->pmd_huge_pte = walk_word(page, facts->pmd_huge_pte);
	table->pt_mm = walk_word(page, facts->pt_mm);
	table->memcg_data = walk_word(page, facts->memcg_data);
	table->ptl = facts->fields & WALK_PTL_POINTER ? walk_word(page, facts->ptl) : walk_half(page, facts->ptl);
	if (table->page_flags & facts->head_flag && tail && !tail->error)
		table->order = *(const __u8 *)tail->data;
}

static void ask_bytes(const struct tree *tree, struct walk_request *request)
{
	walk_ask(request, walk_mm_state(tree->walk)->mm + tree->walk->facts.pgtables_bytes, sizeof(__u64));
}

/* Where the requests of a call begin, and their answers: the first is call()'s. */
static struct walk_request *requests(const struct tree *tree)
{
	return tree->walk->requests + 1;
}

/*
 * What is charged to the mm is read right before and after what a call reads: a
 * table that came and went between the ends of the walk is noticed then, whether
 * the walk saw it or not.
 */
static int call(struct tree *tree, struct walk_request *end)
{
	struct walk *walk = tree->walk;
	const struct walk_request *first = walk->requests;
	const __u64 bytes = tree->mm->pgtables_bytes[0];
	__u64 start = now();
	int error;

	ask_bytes(tree, walk->requests);
	ask_bytes(tree, end);
	error = walk_call(walk, WALK_COPY, end + 1 - first);
	tree->mm->kernel_nsec += now() - start;
	tree->mm->batches++;
	if (error)
		return walk_fail(walk, -error, "walk: process %d: %s", walk->pid, strerror(-error));
	tree->mm->bytes_moved |= walk_word(first->data, 0) != bytes || walk_word(end->data, 0) != bytes;
	return 0;
}

/* Entries as values, where they are kept otherwise. */
static void to_cpu(const struct tree *tree, unsigned int height, unsigned int i)
{
	__u64 *entries = tree->walk->tables[slot_of(height, i)];

	for (unsigned int j = 0; ARCH_ENTRIES_BE && j < arch_entries(level_of(tree, height)); j++)
		entries[j] = arch_entry(entries[j]);
}

/* Read the tables of this height that were found: the pgd, or what n entries of one table lead to. */
static int read_batch(struct tree *tree, unsigned int height, unsigned int n)
{
	struct walk *walk = tree->walk;
	const struct walk_request *answer = requests(tree);
	struct walk_request *next = requests(tree);
	unsigned int changed;
	int error;

	for (unsigned int i = 0; i < n; i++) {
		next = ask_table(tree, next, &tree->found[i].table, slot_of(height, i));
		if (height < tree->levels)
			ask_entry(tree, next++, height + 1, tree->found[i].index);
	}
	/* the rest of the path, which they share */
	next = ask_path(tree, next, height + 2);
	walk_ask(next++, walk_mm_state(walk)->mm + walk->facts.mm_users, sizeof(__s32));
	error = call(tree, next);
	if (error)
		return error;
	for (unsigned int i = 0; i < n; i++) {
		struct found *found = &tree->found[i];

		take_table(tree, &answer, &found->table);
		to_cpu(tree, height, i);
		if (height < tree->levels)
			found->entry = arch_entry((answer++)->data[0]);
	}
	changed = path_changed(tree, &answer, height + 2);
	for (unsigned int i = 0; i < n; i++)
		tree->found[i].changed = changed;
	tree->dead = (__s32)walk_half(answer->data, 0) <= 0;
	return 0;
}

static void find(struct tree *tree, struct found *found, unsigned int height, __u64 address, __u64 va)
{
	found->table = (struct walk_table){
		.va = va, .pfn = address >> ARCH_PAGE_SHIFT, .offset = address & (ARCH_PAGE_SIZE - 1),
		.level = level_of(tree, height),
	};
	if (found->table.pfn >= tree->walk->kernel.max_pfn)
		found->table.flags = WALK_BAD_PFN;
}

static unsigned int shift_of(unsigned int height)
{
	return arch_shift(height, ARCH_LEVELS_MAX);
}

/* The tables that the next entries of the table at this height lead to: several if nothing hangs below them. */
static unsigned int find_batch(struct tree *tree, unsigned int height)
{
	unsigned int level = level_of(tree, height), most = height == 2 ? WALK_BATCH : 1, n = 0;
	struct place *place = &tree->at[height];

	for (unsigned int i = place->index; i < place->end && n < most; i++) {
		struct found *found = &tree->found[n];
		__u64 entry = place->entries[i];

		if (!entry || !arch_table(entry, level))	/* most are nothing */
			continue;
		find(tree, found, height - 1, arch_table_addr(entry & ~tree->walk->kernel.crypt, level),
		     place->va + ((__u64)i << shift_of(height)));
		found->table.entry = entry;
		found->index = i;
		n++;
	}
	return n;
}

/* Go on in this table: from which entry, up to which. */
static void enter(struct tree *tree, unsigned int height, const struct walk_table *table)
{
	unsigned int entries = arch_entries(table->level), shift = shift_of(height);
	struct place *place = &tree->at[height];

	*place = (struct place){
		.va = table->va, .end = height == tree->levels ? tree->limit : entries,
		.address = tree->walk->kernel.page_offset + table->pfn * ARCH_PAGE_SIZE + table->offset,
		.entries = tree->walk->tables[slot_of(height, 0)],
	};
	if (table->va < tree->low)
		place->index = (tree->low >> shift) & (entries - 1);
	if (tree->last < table->va + ((__u64)entries << shift) - 1)
		place->end = ((tree->last >> shift) & (entries - 1)) + 1;
}

static int hand_out(struct tree *tree, const struct walk_table *table, unsigned int height, unsigned int i)
{
	tree->mm->tables++;
	tree->mm->moved += !!(table->flags & WALK_MOVED);
	return tree->fn(table, tree->walk->tables[slot_of(height, i)], tree->arg);
}

/* Tables deposited at a pmd table are counted while the path holds. */
static int read_deposits(struct tree *tree, struct found *found, unsigned int height)
{
	struct walk *walk = tree->walk;
	const struct walk_request *answer = requests(tree);
	__u64 start = now();
	int error = walk_count_deposits(walk, &found->table, &tree->mm->batches);

	tree->mm->kernel_nsec += now() - start;
	if (!error)
		error = call(tree, ask_path(tree, requests(tree), height + 1));
	if (!error)
		found->changed = path_changed(tree, &answer, height + 1);
	return error;
}

/*
 * A table that the entry at place has led to: is it still so? If not the copy is
 * corrected and asked again; 0: that is to be done.
 */
static bool holds(struct tree *tree, struct place *place, struct found *found, unsigned int height)
{
	if (!differ(found->entry, found->table.entry))
		return true;
	place->entries[found->index] = found->entry;
	if (!arch_table(found->entry, level_of(tree, height + 1))) {
		tree->mm->vanished++;
		return false;
	}
	if (tree->corrections++ < CORRECTIONS)
		return false;
	found->changed = found->changed ? found->changed : height + 1;
	return true;
}

static int descend(struct tree *tree, unsigned int height);

/* One of a batch. Sets changed when what hangs below that height is not this mm's any more. */
static int take(struct tree *tree, unsigned int height, unsigned int i)
{
	struct found found = tree->found[i];
	struct walk_table *table = &found.table;
	int stop = 0;

	tree->corrections = 0;
	if (table->pmd_huge_pte && table->level == WALK_PMD && !found.changed)
		stop = read_deposits(tree, &found, height);
	if (found.changed)
		table->flags |= WALK_MOVED;
	tree->changed = found.changed;
	if (!stop)
		stop = hand_out(tree, table, height, i);
	if (stop || tree->changed || height <= tree->least || table->flags & (WALK_BAD_PFN | WALK_NO_TABLE))
		return stop;
	enter(tree, height, table);
	return descend(tree, height);
}

/* All that hangs below the table at this height. 0, or what ended the walk. */
static int descend(struct tree *tree, unsigned int height)
{
	struct place *place = &tree->at[height];
	unsigned int n;
	int stop = 0;

	while (!stop && !tree->dead && (n = find_batch(tree, height))) {
		stop = read_batch(tree, height - 1, n);
		for (unsigned int i = 0; i < n && !stop && !tree->dead; i++) {
			place->index = tree->found[i].index;
			if (!holds(tree, place, &tree->found[i], height - 1)) {
				if (arch_table(tree->found[i].entry, level_of(tree, height)))
					break;
				continue;
			}
			stop = take(tree, height - 1, i);
			place->index++;
			if (tree->changed > height)
				return stop;
			if (tree->changed)
				break;
		}
		tree->changed = 0;
	}
	return stop;
}

/* In which half of the pgd, and from where to where? */
static void set_range(struct tree *tree, const struct walk_range *range)
{
	unsigned int levels = tree->walk->kernel.levels;

	tree->limit = ARCH_USER_ENTRIES;
	tree->last = arch_user_end(levels) - 1;
	if (ARCH_KERNEL_HALF && range && range->low >= arch_kernel_start(levels)) {
		tree->base = -arch_table_span(WALK_PGD, levels);
		tree->limit = ARCH_ENTRIES;
		tree->last = ~0ULL;
	}
	tree->least = range && range->least ? range->least : WALK_PTE;
	if (range)
		tree->low = range->low;
	if (range && range->high && range->high - 1 < tree->last)
		tree->last = range->high - 1;
}

int walk_tree(struct walk *walk, const struct walk_range *range, walk_fn fn, void *arg, struct walk_mm *mm)
{
	const struct walk_mm_state *state = walk_mm_state(walk);
	struct tree tree = { .walk = walk, .mm = mm, .fn = fn, .arg = arg, .levels = walk->kernel.levels };
	unsigned int top = tree.levels;
	int stop;

	set_range(&tree, range);
	if (tree.low > tree.last)
		return 0;
	find(&tree, &tree.found[0], top,
	     ARCH_ASCE ? arch_asce_table(state->asce) : state->pgd - walk->kernel.page_offset, tree.base);
	stop = read_batch(&tree, top, 1);
	if (!stop && !tree.dead)
		stop = take(&tree, top, 0);
	return stop;
}

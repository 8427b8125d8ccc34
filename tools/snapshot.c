// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "arch/arch.h"
#include "snapshot.h"

_Static_assert(sizeof(struct snap_table) <= 112, "with the hash, 128 bytes per table");

void snapshot_init(struct snapshot *snap, unsigned int levels)
{
	memset(snap, 0, sizeof(*snap));
	snap->levels = levels;
	for (unsigned int i = 0; i < WALK_LEVELS; i++)
		snap->path[i] = SNAP_NONE;
}

void snapshot_free(struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_chunks; i++)
		free(snap->chunk[i]);
	free(snap->chunk);
	free(snap->hash);
	memset(snap, 0, sizeof(*snap));
}

static __u32 hash_slot(const struct snapshot *snap, __u64 pfn, unsigned int offset)
{
	return ((pfn << ARCH_PAGE_SHIFT | offset) * 0x9e3779b97f4a7c15ULL) >> (64 - snap->hash_bits);
}

static bool at(const struct snap_table *table, __u64 pfn, unsigned int offset)
{
	return table->pfn == pfn && table->offset == offset;
}

static void hash_insert(struct snapshot *snap, __u32 index)
{
	__u32 mask = (1U << snap->hash_bits) - 1;
	const struct snap_table *table = snapshot_table(snap, index);
	__u32 slot = hash_slot(snap, table->pfn, table->offset);

	while (snap->hash[slot]) {
		if (at(snapshot_table(snap, snap->hash[slot] - 1), table->pfn, table->offset))
			return;		/* the first stays */
		slot = (slot + 1) & mask;
	}
	snap->hash[slot] = index + 1;
}

/* Keep the hash at most 3/4 full. */
static int hash_room(struct snapshot *snap)
{
	__u32 bits = snap->hash_bits ? snap->hash_bits + 1 : 10;
	__u32 *new;

	if (snap->hash && snap->nr < (3U << snap->hash_bits) / 4)
		return 0;
	if (bits > 30)
		return -1;
	new = calloc(1U << bits, sizeof(*new));
	if (!new)
		return -1;
	free(snap->hash);
	snap->hash = new;
	snap->hash_bits = bits;
	for (__u32 i = 0; i < snap->nr; i++)
		hash_insert(snap, i);
	return 0;
}

struct snap_table *snapshot_add(struct snapshot *snap, const struct walk_table *table)
{
	unsigned int level = table->level % WALK_LEVELS;
	struct snap_table *new;
	__u32 index = snap->nr;

	if (hash_room(snap))
		return NULL;
	if (index / SNAP_CHUNK == snap->nr_chunks) {
		struct snap_table **chunk;

		chunk = reallocarray(snap->chunk, snap->nr_chunks + 1, sizeof(*chunk));
		if (!chunk)
			return NULL;
		snap->chunk = chunk;
		chunk[snap->nr_chunks] = malloc(SNAP_CHUNK * sizeof(**chunk));
		if (!chunk[snap->nr_chunks])
			return NULL;
		snap->nr_chunks++;
	}
	new = snapshot_table(snap, index);
	*new = (struct snap_table){
		.va = table->va, .pfn = table->pfn, .entry = table->entry,
		.page_flags = table->page_flags, .mapping = table->mapping,
		.pmd_huge_pte = table->pmd_huge_pte, .pt_mm = table->pt_mm,
		.ptl = table->ptl, .memcg_data = table->memcg_data,
		.page_type = table->page_type, .refcount = table->refcount,
		.deposited = table->deposited, .parent = SNAP_NONE,
		.level = level, .flags = table->flags, .order = table->order,
		.offset = table->offset,
	};
	/* its page's deposits are counted with the page's first table */
	if (ARCH_PMD_FRAGMENTS && level == WALK_PMD && snapshot_find_in_page(snap, table->pfn) != SNAP_NONE)
		new->deposited = 0;
	for (unsigned int up = level + 1; up < WALK_LEVELS; up++) {
		if (snap->path[up] != SNAP_NONE) {
			new->parent = snap->path[up];
			break;
		}
	}
	for (unsigned int down = 0; down < level; down++)
		snap->path[down] = SNAP_NONE;
	snap->path[level] = index;
	snap->nr++;
	hash_insert(snap, index);
	return new;
}

__u32 snapshot_find(const struct snapshot *snap, __u64 pfn, unsigned int offset)
{
	__u32 mask, slot;

	if (!snap->hash)
		return SNAP_NONE;
	mask = (1U << snap->hash_bits) - 1;
	for (slot = hash_slot(snap, pfn, offset); snap->hash[slot]; slot = (slot + 1) & mask)
		if (at(snapshot_table(snap, snap->hash[slot] - 1), pfn, offset))
			return snap->hash[slot] - 1;
	return SNAP_NONE;
}

__u32 snapshot_find_in_page(const struct snapshot *snap, __u64 pfn)
{
	__u32 found = SNAP_NONE;

	for (unsigned int at = 0; at < ARCH_PAGE_SIZE && found == SNAP_NONE; at += ARCH_TABLE_ALIGN)
		found = snapshot_find(snap, pfn, at);
	return found;
}

__u64 snapshot_end(const struct snapshot *snap, const struct snap_table *table)
{
	if (table->level == WALK_PGD)
		return arch_user_end(snap->levels);
	return table->va + arch_table_span(table->level, snap->levels);
}

unsigned int snapshot_slots(unsigned int level)
{
	return level == WALK_PGD ? ARCH_USER_ENTRIES : arch_entries(level);
}

const char *walk_level_name(unsigned int level)
{
	static const char *const names[WALK_LEVELS] = {
		"mm", "pte", "pmd", "pud", "p4d", "pgd"
	};

	return level < WALK_LEVELS ? names[level] : "?";
}

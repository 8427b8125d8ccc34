// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest address in a descriptor: of the tables of guest address spaces
 * (gmaps, s390), and in no other.
 */
#include <errno.h>
#include "arch/arch.h"
#include "judge.h"

/* Where in guest memory the table is that a shadow's table stands for. */
struct original {
	__u64 address;
	bool fake;		/* no table: memory that is mapped there */
};

/*
 * Found from the top as the machine would, each table of the guest's leading to
 * the next, and not by what descriptors say. False: not known.
 */
static bool find_original(struct walk *walk, const struct walk_gmap_table *table, struct original *original)
{
	const struct walk_gmap_table *above = table->above;
	struct original up;
	__u64 entry;

	if (!above) {
		original->fake = table->gmap->shadowed & ARCH_ASCE_REAL;
		original->address = original->fake ? 0 : arch_asce_table(table->gmap->shadowed);
		return true;
	}
	if (!find_original(walk, above, &up))
		return false;
	*original = up;
	if (up.fake) {
		original->address += table->index * arch_entry_span(above->level, ARCH_LEVELS_MAX);
		return true;
	}
	if (walk_gmap_word(walk, table->gmap->parent, up.address + table->index * sizeof(entry), &entry))
		return false;
	original->fake = arch_guest_large(entry, above->level, table->gmap->edat_level);
	if (original->fake)
		original->address = arch_pfn(entry, above->level) << ARCH_PAGE_SHIFT;
	else
		original->address = arch_table_addr(entry, above->level);
	return arch_guest_valid(entry);
}

/* What the descriptor must say; false: only its flags are known. */
static bool expected_gaddr(struct walk *walk, const struct walk_gmap_table *table, __u64 *expected)
{
	struct original original;

	*expected = ARCH_GMAP_TABLE | table->va;
	if (!table->gmap->parent)
		return true;
	*expected = ARCH_GMAP_TABLE;
	if (!table->above)
		return true;
	*expected |= ARCH_GMAP_SHADOW;
	if (!find_original(walk, table, &original))
		return false;
	*expected |= original.address | (original.fake ? ARCH_GMAP_FAKE : 0);
	return true;
}

static int judge_gmap_table(const struct walk_gmap_table *table, void *arg)
{
	struct look *look = arg;
	struct finding finding = {
		.invariant = GADDR_MATCHES, .level = table->level, .index = table->gmap->number,
		.va = table->va, .pfn = table->pfn, .moving = table->flags & WALK_MOVED,
		.other = table->gmap->address,
	};

	if (table->flags & (WALK_BAD_PFN | WALK_NO_PAGE))
		return 0;
	look->checked[GADDR_MATCHES]++;
	finding.found = finding.raw = table->gaddr;
	if (!expected_gaddr(look->subject->walk, table, &finding.expected)) {
		const __u64 flags = ARCH_GMAP_TABLE | ARCH_GMAP_SHADOW;

		if ((finding.found & flags) == flags)
			return 0;
	}
	return finding.found == finding.expected ? 0 : look_report(look, &finding);
}

int judge_gaddr_matches(struct look *look)
{
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		struct finding finding = judge_about(GADDR_MATCHES, table);

		if (!judge_readable(look, table))
			continue;
		look->checked[GADDR_MATCHES]++;
		finding.found = finding.raw = table->mapping;
		if (table->mapping)
			err = look_report(look, &finding);
	}
	if (!err)
		err = walk_gmaps(look->subject->walk, judge_gmap_table, look);
	if (err == -EAGAIN) {
		struct finding finding = {
			.invariant = GADDR_MATCHES, .index = FINDING_NO_INDEX, .moving = true, .doubt = true,
		};

		err = look_report(look, &finding);
	}
	return err;
}

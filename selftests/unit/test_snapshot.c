// SPDX-License-Identifier: GPL-2.0-only
/* What is kept of a walk: tables, parents, the hash by pfn; sets of pfns; what it all costs. */
#include <stdlib.h>
#include "arch/arch.h"
#include "fake_walk.h"
#include "ktap.h"

static void sets(void)
{
	static const __u64 members[] = { 0, 63, 64, (1 << 18) - 1, 1 << 18, 5000000, 1ULL << 30 };
	struct pfnset set = { 0 };
	unsigned int i;
	__u64 pfn, bits;

	CHECK_EQ(pfnset_next(&set, 0), PFNSET_END);
	CHECK(!pfnset_has(&set, 0));
	for (i = 0; i < 7; i++) {
		CHECK_EQ(pfnset_add(&set, members[i]), 0);
		CHECK_EQ(pfnset_add(&set, members[i]), 0);
	}
	CHECK_EQ(set.nr, 7);
	for (i = 0, pfn = 0; (pfn = pfnset_next(&set, pfn)) != PFNSET_END; i++, pfn++)
		CHECK_EQ(pfn, members[i]);
	CHECK_EQ(i, 7);
	/* the same by words of 64 */
	for (i = 0, pfn = 0; (bits = pfnset_bits(&set, pfn, &pfn)); pfn += 64)
		for (; bits; bits &= bits - 1)
			CHECK_EQ(pfn + __builtin_ctzll(bits), members[i++]);
	CHECK_EQ(i, 7);
	CHECK_EQ(pfn, PFNSET_END);
	CHECK(!pfnset_has(&set, 1) && !pfnset_has(&set, 1ULL << 50));
	CHECK(pfnset_add(&set, PFNSET_LIMIT) < 0);
	CHECK(pfnset_add(&set, ~0ULL) < 0);
	CHECK_EQ(set.nr, 7);
	/* by the words of a chunk that is there, and of one that is not */
	CHECK(!pfnset_chunk(&set, PFNSET_LIMIT));
	pfnset_chunk(&set, 5000000)[1] = ~0ULL;
	pfnset_chunk(&set, 1ULL << 31)[2] = 6;
	pfnset_count(&set);
	CHECK_EQ(set.nr, 7 + 64 + 2);
	CHECK(pfnset_has(&set, (5000000 & ~((1ULL << 18) - 1)) + 127) && pfnset_has(&set, (1ULL << 31) + 129));
	pfnset_free(&set);
	CHECK(!pfnset_has(&set, 0));
}

/* Fragments of one page are two tables. */
static void shared_page(void)
{
	struct walk_table table = { .pfn = 7, .level = WALK_PTE, .offset = 2048 };
	struct snapshot snap;

	snapshot_init(&snap, 4);
	CHECK(snapshot_add(&snap, &table));
	CHECK_EQ(snapshot_find(&snap, 7, 0), SNAP_NONE);
	table.offset = 0;
	CHECK(snapshot_add(&snap, &table));
	CHECK_EQ(snapshot_find(&snap, 7, 2048), 0);
	CHECK_EQ(snapshot_find(&snap, 7, 0), 1);
	CHECK_EQ(snapshot_find_in_page(&snap, 7), 1);
	CHECK_EQ(snapshot_find_in_page(&snap, 8), SNAP_NONE);
	snapshot_free(&snap);
}

static void many_tables(void)
{
	struct snapshot snap;
	__u32 i;

	snapshot_init(&snap, 4);
	CHECK_EQ(snapshot_find(&snap, 1, 0), SNAP_NONE);
	for (i = 0; i < 100000; i++) {
		struct walk_table table = { .pfn = i * 7 % 90000, .level = i ? WALK_PTE : WALK_PGD,
					    .va = (__u64)i << 21 };

		CHECK(snapshot_add(&snap, &table));
	}
	CHECK_EQ(snap.nr, 100000);
	for (i = 0; i < 100000; i++) {
		__u32 first = snapshot_find(&snap, snapshot_table(&snap, i)->pfn, 0);

		CHECK(first <= i);
		CHECK_EQ(snapshot_table(&snap, first)->pfn, snapshot_table(&snap, i)->pfn);
	}
	CHECK_EQ(snapshot_find(&snap, 90001, 0), SNAP_NONE);
	CHECK(snap.nr_chunks * SNAP_CHUNK * sizeof(struct snap_table) +
	      (4ULL << snap.hash_bits) <= 128ULL * snap.nr);
	snapshot_free(&snap);
}

static void parents(void)
{
	for (unsigned int levels = 4; levels <= 5; levels++) {
		struct look look;
		unsigned int seen = 0;

		fake_mm_build(levels);
		CHECK_EQ(look_run(&look, &fake.subject, NULL, 0), 0);
		CHECK(look.whole);
		for (__u32 i = 0; i < look.snap.nr; i++) {
			const struct snap_table *table = snapshot_table(&look.snap, i);
			const struct snap_table *up;

			seen |= 1 << table->level;
			if (table->level == WALK_PGD) {
				CHECK_EQ(table->parent, SNAP_NONE);
				continue;
			}
			up = snapshot_table(&look.snap, table->parent);
			CHECK_EQ(arch_below(up->level, levels), table->level);
			CHECK(table->va >= up->va && table->va < snapshot_end(&look.snap, up));
		}
		CHECK_EQ(seen, (levels == 5 ? 0x3e : 0x2e));
		look_free(&look);
	}
}

static void counted_entries(void)
{
	struct look look;
	struct cost cost;
	__u64 *ptes;

	fake_mm_build(4);
	ptes = fake_entries(fake.pte);
	ptes[0] = 0;
	ptes[1] = 0x7c00000000001234ULL;
	ptes[2] = ARCH_DIRTY;
	fake_entries(fake.pmd)[50] = fake_entry(fake_table(WALK_PTE, true), 0);
	fake_entries(fake.pmd)[51] = fake_entry(fake_table(WALK_PTE, true), 0);
	fake_entries(fake.next_pfn - 1)[7] = fake_entry(900, 0);
	fake.vma[0].end = FAKE_VA + (1 << 30);
	CHECK_EQ(look_run(&look, &fake.subject, NULL, 0), 0);
	CHECK_EQ(look.findings.nr, 0);
	CHECK_EQ(look.leaves, 509 + FAKE_THPS + 1);
	cost_count(&cost, &look.snap, &look.vmas);
	CHECK_EQ(cost.level[WALK_PTE].tables, 3);
	CHECK_EQ(cost.level[WALK_PTE].leaves, 510);
	CHECK_EQ(cost.level[WALK_PTE].swapped, 1);
	CHECK_EQ(cost.level[WALK_PTE].none, 3 * 512 - 511);
	CHECK_EQ(cost.level[WALK_PTE].empty, 1);
	CHECK_EQ(cost.level[WALK_PTE].few, 1);
	CHECK_EQ(cost.level[WALK_PMD].links, 3);
	CHECK_EQ(cost.level[WALK_PMD].leaves, FAKE_THPS);
	CHECK_EQ(cost.level[WALK_PGD].none, 255);
	CHECK_EQ(cost.level[0].tables, 6);
	CHECK_EQ(cost.deposited, FAKE_THPS);
	CHECK_EQ(cost.anon, FAKE_THPS);
	CHECK_EQ(cost.mapped, 510 * 4096 + (FAKE_THPS << 21));
	CHECK_EQ(cost_bytes(&cost), (6 + FAKE_THPS) * 4096);
	CHECK_EQ(cost.nr_top, 1);
	CHECK_EQ(cost.top[0].tables, 3);
	CHECK_EQ(cost.top[0].empty, 1);
	look_free(&look);
}

static void top_vmas(void)
{
	static const unsigned int tables[7] = { 2, 5, 1, 9, 3, 4, 9 };
	struct snapshot snap;
	struct mm_vma vma[7];
	struct mm_vmas vmas = { .vma = vma, .nr = 7 };
	struct cost cost;

	snapshot_init(&snap, 4);
	for (unsigned int i = 0; i < 7; i++) {
		__u64 start = (__u64)(i + 1) << 30;

		vma[i] = (struct mm_vma){ .start = start, .end = start + (1 << 29) };
		for (unsigned int t = 0; t < tables[i]; t++) {
			struct walk_table table = { .level = WALK_PTE, .pfn = i * 100 + t,
						    .va = start + ((__u64)t << 21) };

			CHECK(snapshot_add(&snap, &table));
		}
	}
	cost_count(&cost, &snap, &vmas);
	CHECK_EQ(cost.nr_top, COST_VMAS);
	CHECK(cost.top[0].vma == &vma[3] && cost.top[1].vma == &vma[6]);
	CHECK_EQ(cost.top[2].tables, 5);
	CHECK_EQ(cost.top[3].tables, 4);
	CHECK_EQ(cost.top[4].tables, 3);
	snapshot_free(&snap);
}

static void iomem(void)
{
	static char text[] = "00001000-0009fbff : System RAM\n000a0000-000bffff : PCI Bus 0000:00\n"
			     "00100000-3fffffff : System RAM\n  01000000-01ffffff : Kernel code\n"
			     "140000000-53fffffff : Persistent Memory\n"
			     "  140000000-53fffffff : System RAM (kmem)\n";
	static char hidden[] = "00000000-00000000 : System RAM\n";
	FILE *file = fmemopen(text, strlen(text), "r");
	struct machine machine = { 0 };

	CHECK_EQ(machine_parse_iomem(&machine, file), 0);
	fclose(file);
	CHECK_EQ(machine.nr_ram, 3);
	CHECK(!machine_is_ram(&machine, 0));
	CHECK(machine_is_ram(&machine, 1) && machine_is_ram(&machine, 0x9f));
	CHECK(!machine_is_ram(&machine, 0xa0) && machine_is_ram(&machine, 0x100));
	CHECK(machine_is_ram(&machine, 0x53ffff) && !machine_is_ram(&machine, 0x540000));
	machine_free(&machine);
	file = fmemopen(hidden, strlen(hidden), "r");
	CHECK_EQ(machine_parse_iomem(&machine, file), 0);
	fclose(file);
	CHECK_EQ(machine.nr_ram, 0);
	CHECK(machine_is_ram(&machine, 12345));
	machine_free(&machine);
}

static void zones(void)
{
	static const char text[] =
		"Node 0, zone      DMA\n  pages free     0\n        spanned  4095\n        present  3998\n"
		"  start_pfn:           1\n"
		"Node 0, zone   Normal\n        spanned  8192\n  start_pfn:           4096\n"
		"Node 0, zone  Movable\n        spanned  4096\n  start_pfn:           10240\n"
		"Node 1, zone  Movable\n        spanned  0\n  start_pfn:           0\n"
		"Node 1, zone   Device\n        spanned  16\n  start_pfn:           65536\n";
	FILE *file = fmemopen((void *)text, sizeof(text) - 1, "r");
	struct machine machine = { .nr_zones = 0 };

	CHECK(!machine_has_movable(&machine) && !machine_is_movable(&machine, 10240));
	CHECK_EQ(machine_end(&machine), 0);
	CHECK_EQ(machine_parse_zoneinfo(&machine, file), 0);
	CHECK_EQ(machine.nr_zones, 4);
	CHECK_EQ(machine_end(&machine), 65552);
	CHECK(machine_has_movable(&machine));
	CHECK(!machine_is_movable(&machine, 0) && !machine_is_movable(&machine, 4096));
	/* to 12287 both: it may be of either */
	CHECK(!machine_is_movable(&machine, 10240) && !machine_is_movable(&machine, 12287));
	CHECK(machine_is_movable(&machine, 12288) && machine_is_movable(&machine, 14335));
	CHECK(!machine_is_movable(&machine, 14336));
	CHECK(machine_is_movable(&machine, 65536) && machine_is_movable(&machine, 65551));
	CHECK(!machine_is_movable(&machine, 65552));
	CHECK_EQ(machine_nodes(&machine), 2);
	CHECK_EQ(machine_node_of(&machine, 10240), 0);
	CHECK_EQ(machine_node_of(&machine, 65540), 1);
	CHECK_EQ(machine_node_of(&machine, 0), MACHINE_NO_NODE);
	machine.zone[3].first = 14000;	/* in Movable of node 0, too */
	CHECK_EQ(machine_node_of(&machine, 14001), MACHINE_NO_NODE);
	machine.zone[3].last = 14001;	/* not the last in the list */
	CHECK_EQ(machine_end(&machine), 14336);
	fclose(file);
	machine_free(&machine);
}

static const struct ktap_test tests[] = {
	{ "sets of pfns", sets },
	{ "fragments of one page", shared_page },
	{ "100000 tables in at most 128 bytes each", many_tables },
	{ "parents and spans, 4 and 5 levels", parents },
	{ "entries by kind, and the cost", counted_entries },
	{ "the VMAs with most tables", top_vmas },
	{ "System RAM", iomem },
	{ "zones of movable memory", zones },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	fake_mm_free();
	return status;
}

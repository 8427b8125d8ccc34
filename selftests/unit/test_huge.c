// SPDX-License-Identifier: GPL-2.0-only
/* Leaves above the pte level: pages of 1 GiB, and huge pages of files, which look like others but for what they count as. */
#include "arch/arch.h"
#include "cost.h"
#include "entry_sane.h"
#include "fake_walk.h"
#include "ingest.h"
#include "ktap.h"
#include "verdict.h"

#define GIGANTIC	(1ULL << 18)	/* pages of it; the first such pfn too, where the fake has no struct pages */
#define AT		7		/* the pud's entry */

/* A pud table with one leaf of 1 GiB in its process, of hugetlb. */
static void build(void)
{
	fake_mm_build(4);
	fake.kernel.max_pfn = 2 * GIGANTIC;
	fake_entries(fake.pud)[AT] = fake_entry(GIGANTIC, ARCH_PSE);
	fake.vma[1] = (struct mm_vma){ .start = FAKE_VA + ((__u64)AT << 30), .end = FAKE_VA + ((AT + 1ULL) << 30),
				       .kind = MM_VMA_HUGETLB, .name = "/x" };
	fake.nr_vmas = 2;
}

static void gigantic(void)
{
	struct cost cost;
	struct look look;

	build();
	CHECK_EQ(violated(), 0);
	fake.kernel.max_pfn--;		/* its last page is beyond memory */
	CHECK_EQ(violated(), ENTRY_SANE);
	fake.kernel.max_pfn++;
	fake_entries(fake.pud)[AT] |= 1ULL << 20;	/* not aligned, if only by 1 MiB */
	CHECK_EQ(violated(), ENTRY_SANE);
	fake_entries(fake.pud)[AT] = fake_entry(GIGANTIC, ARCH_PSE) & ~ARCH_USER;
	CHECK_EQ(violated(), USER_BIT);
	fake_entries(fake.pud)[AT] = fake_entry(0, ARCH_PSE);	/* it has this mm's own tables */
	CHECK_EQ(violated(), LEAF_NOT_TABLE);
	fake_entries(fake.pud)[AT] = fake_entry(GIGANTIC, ARCH_PSE);
	CHECK_EQ(look_run(&look, &fake.subject, NULL, 0), 0);
	CHECK_EQ(look.findings.nr, 0);
	CHECK_EQ(look.huge.nr, GIGANTIC / 512 + FAKE_THPS);
	CHECK(pfnset_has(&look.huge, GIGANTIC / 512) && pfnset_has(&look.huge, 2 * GIGANTIC / 512 - 1));
	cost_count(&cost, &look.snap, &look.vmas);
	CHECK_EQ(cost.level[WALK_PUD].tables, 1);
	CHECK_EQ(cost.level[WALK_PUD].leaves, 1);
	CHECK_EQ(cost.level[WALK_PUD].links, 1);
	CHECK_EQ(cost.level[WALK_PMD].leaves, FAKE_THPS);
	CHECK_EQ(cost.mapped, (1ULL << 30) + (FAKE_THPS << 21) + ARCH_ENTRIES * ARCH_PAGE_SIZE);
	/* by kind only those of pmd tables are counted */
	CHECK_EQ(cost.anon, FAKE_THPS);
	CHECK_EQ(cost.hugetlb + cost.file + cost.zero, 0);
	look_free(&look);
}

/* The one finding when this pfn is no page for user space: its pfn, or 0 for none. */
static __u64 found(__u64 suspect, __u64 *va)
{
	struct walk_table table = { .level = WALK_PUD, .pfn = fake.pud, .va = FAKE_VA };
	struct look look = { .subject = &fake.subject };
	__u64 pfn = 0;

	snapshot_init(&look.snap, 4);
	CHECK_EQ(pfnset_add(&fake.subject.suspects, suspect), 0);
	CHECK_EQ(ingest_table(&table, fake_entries(fake.pud), &look), 0);
	CHECK_EQ(look.kinds_unknown, 0);
	CHECK(look.findings.nr <= 1);
	for (size_t i = 0; i < look.findings.nr; i++) {
		CHECK_EQ(look.findings.finding[i].invariant, LEAF_NOT_TABLE);
		CHECK_EQ(look.findings.finding[i].level, WALK_PUD);
		CHECK_EQ(look.findings.finding[i].index, AT);
		*va = look.findings.finding[i].va;
		pfn = look.findings.finding[i].pfn;
	}
	look_free(&look);
	pfnset_free(&fake.subject.suspects);
	return pfn;
}

/* Any of its pages may be the one. */
static void within(void)
{
	static const __u64 pages[] = { 0, 1, 511, 512, 513, 5000, GIGANTIC - 513, GIGANTIC - 1 };
	__u64 va = 0;

	build();
	/* what kind it is is nobody's question */
	fake.sources.kind = NULL;
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		CHECK_EQ(found(GIGANTIC + pages[i], &va), GIGANTIC + pages[i]);
		CHECK_EQ(va, FAKE_VA + ((__u64)AT << 30));
	}
	CHECK_EQ(found(GIGANTIC - 1, &va), 0);
	CHECK_EQ(found(2 * GIGANTIC, &va), 0);
}

/* Of shared memory, or a file's: no table is deposited for them. */
static void of_files(void)
{
	const unsigned int first = arch_index(FAKE_THP_VA, WALK_PMD, 4) + FAKE_THPS;
	struct walk_table *table;
	struct cost cost;
	struct look look;

	fake_mm_build(4);
	table = &fake.page[fake.pmd].table;
	for (unsigned int i = 0; i < 2; i++) {
		fake.page[3072 + 512 * i].kind = PAGE_KIND_OTHER;
		fake_entries(fake.pmd)[first + i] = fake_entry(3072 + 512 * i, ARCH_PSE);
	}
	fake.vma[1] = fake.vma[0];
	fake.vma[1].start = fake.vma[0].end;
	fake.vma[1].end += 2 << 21;
	fake.vma[1].kind = MM_VMA_SHMEM;
	fake.nr_vmas = 2;
	CHECK_EQ(violated(), 0);
	CHECK_EQ(look_run(&look, &fake.subject, NULL, 0), 0);
	CHECK_EQ(look.kinds_unknown, 0);
	cost_count(&cost, &look.snap, &look.vmas);
	CHECK_EQ(cost.level[WALK_PMD].leaves, FAKE_THPS + 2);
	CHECK_EQ(cost.anon, FAKE_THPS);
	CHECK_EQ(cost.file, 2);
	CHECK_EQ(cost.zero + cost.hugetlb, 0);
	look_free(&look);
	/* one that is deposited for them is one too many */
	table->deposited++;
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] += ARCH_PAGE_SIZE;
	CHECK_EQ(violated(), DEPOSIT_MATCHES);
	table->deposited--;
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] -= ARCH_PAGE_SIZE;
	/* each other kind is counted as that */
	fake.page[3072].kind = PAGE_KIND_ZERO;
	fake.page[3072 + 512].kind = PAGE_KIND_HUGETLB;
	fake_entries(fake.pmd)[first] &= ~ARCH_RW;
	CHECK_EQ(look_run(&look, &fake.subject, NULL, 0), 0);
	cost_count(&cost, &look.snap, &look.vmas);
	CHECK_EQ(cost.anon, FAKE_THPS);
	CHECK_EQ(cost.file, 0);
	CHECK_EQ(cost.zero, 1);
	CHECK_EQ(cost.hugetlb, 1);
	look_free(&look);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "a page of 1 GiB", gigantic },
		{ "a page of the kernel's within one of 1 GiB", within },
		{ "huge pages of files", of_files },
	};

	return KTAP_RUN(tests);
}

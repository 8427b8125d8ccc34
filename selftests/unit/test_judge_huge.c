// SPDX-License-Identifier: GPL-2.0-only
/* The invariants of pmd tables with huge pages: what is deposited at them, and which mms share them. */
#include <string.h>
#include "arch/arch.h"
#include "fake_walk.h"
#include "ktap.h"
#include "verdict.h"

/* A pmd table of hugetlb leaves, reached from two puds. */
static __u64 share_pmd(void)
{
	__u64 pmd = fake_table(WALK_PMD, true), *puds = fake_entries(fake.pud);

	for (unsigned int i = 0; i < 2; i++) {
		fake.page[3072 + 512 * i].kind = PAGE_KIND_HUGETLB;
		fake_entries(pmd)[i] = fake_entry(3072 + 512 * i, ARCH_PSE);
	}
	puds[10] = puds[11] = fake_entry(pmd, 0);
	fake.pgtables_bytes[0] += ARCH_PAGE_SIZE;	/* charged once per entry */
	fake.pgtables_bytes[1] += ARCH_PAGE_SIZE;
	fake.vma[1] = (struct mm_vma){ .start = FAKE_VA + (10ULL << 30),
				       .end = FAKE_VA + (12ULL << 30),
				       .kind = MM_VMA_HUGETLB, .flags = MM_VMA_SHARED, .name = "/x" };
	fake.nr_vmas = 2;
	return pmd;
}

static void shared_pmd(void)
{
	__u64 pmd;

	fake_mm_build(4);
	pmd = share_pmd();
	descriptor(pmd)->pt_mm = 1;
	CHECK_EQ(violated(), 0);
	/* a huge page of another kind, a private mapping, a VMA for a part of it, or of something else */
	fake.page[3072].kind = PAGE_KIND_OTHER;
	CHECK_EQ(violated(), SHARED_HUGETLB);
	fake.page[3072].kind = PAGE_KIND_HUGETLB;
	fake.vma[1].flags = 0;
	CHECK_EQ(violated(), SHARED_HUGETLB);
	fake.vma[1].flags = MM_VMA_SHARED;
	fake.vma[1].end -= 2 << 20;
	CHECK_EQ(violated(), SHARED_HUGETLB);
	fake.vma[1].end += 2 << 20;
	fake.vma[1].kind = MM_VMA_SHMEM;
	CHECK_EQ(violated(), SHARED_HUGETLB);
	fake.vma[1].kind = MM_VMA_HUGETLB;
	fake.vma[1].start += 2 << 20;
	CHECK_EQ(violated(), SHARED_HUGETLB);
	fake.vma[1].start -= 2 << 20;
	CHECK_EQ(violated(), 0);
	descriptor(pmd)->refcount = 2;	/* where sharers are counted they hold none */
	CHECK_EQ(violated(), REFCOUNT_ONE);
	descriptor(pmd)->refcount = 1;
	descriptor(pmd)->pt_mm = 0;	/* nobody said that it is shared */
	CHECK_EQ(violated(), SINGLE_PARENT);
	descriptor(pmd)->pt_mm = 0xffff888100000000ULL;	/* the upper half is stale, not a count */
	CHECK_EQ(violated(), SINGLE_PARENT);
	/* Kernels before pt_share_count: sharers held references. */
	fake.kernel.fields &= ~WALK_HAS_SHARE_COUNT;
	CHECK(strstr(unchecked(SHARED_HUGETLB), "pt_share_count"));
	descriptor(pmd)->refcount = 2;
	CHECK_EQ(violated(), 0);
	descriptor(pmd)->refcount = 0;
	CHECK_EQ(violated(), REFCOUNT_ONE);
}

/* The same, reached once. */
static __u64 one_pmd(void)
{
	__u64 pmd;

	fake_mm_build(4);
	pmd = share_pmd();
	fake_entries(fake.pud)[11] = 0;
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] -= ARCH_PAGE_SIZE;
	return pmd;
}

/* Tables that none can share, whatever their counts say. */
static void never_shared(void)
{
	__u64 pmd = one_pmd(), pte = fake_table(WALK_PTE, true);

	fake_entries(pmd)[2] = fake_entry(pte, 0);
	CHECK_EQ(violated(), 0);
	descriptor(pmd)->pt_mm = 1;
	CHECK_EQ(violated(), SHARED_HUGETLB);
	/* huge pages that need deposits need them even there */
	pmd = one_pmd();
	descriptor(pmd)->pt_mm = 1;
	CHECK_EQ(violated(), 0);
	fake.page[3072].kind = PAGE_KIND_ANON;
	CHECK_EQ(violated(), INVARIANTS + 1);
	/* and those that do not have none */
	pmd = one_pmd();
	descriptor(pmd)->deposited = 1;
	descriptor(pmd)->pmd_huge_pte = fake.next_pfn;
	(void)fake_table(WALK_PTE, true);
	CHECK_EQ(violated(), DEPOSIT_MATCHES);
	/* what was a count once is none below the pmd tables */
	fake_mm_build(4);
	descriptor(fake.pte)->pt_mm = 1;
	fake_entries(fake.pmd)[arch_index(FAKE_VA, WALK_PMD, 4) + 5] = fake_entry(fake.pte, 0);
	fake.vma[0].end = FAKE_VA + (64ULL << 20);
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] += ARCH_PAGE_SIZE;
	CHECK_EQ(violated(), SINGLE_PARENT);
	/* references that a sharer may hold, on kernels before pt_share_count */
	pmd = one_pmd();
	fake.kernel.fields &= ~WALK_HAS_SHARE_COUNT;
	descriptor(pmd)->refcount = 2;
	CHECK_EQ(violated(), 0);
	fake.page[3072].kind = PAGE_KIND_OTHER;
	CHECK_EQ(violated(), REFCOUNT_ONE);
	fake_entries(pmd)[0] = fake_entries(pmd)[1] = 0;
	CHECK_EQ(violated(), 0);
	fake_entries(pmd)[0] = fake_entry(fake_table(WALK_PTE, true), 0);
	CHECK_EQ(violated(), REFCOUNT_ONE);
	fake_mm_build(4);
	fake.kernel.fields &= ~WALK_HAS_SHARE_COUNT;
	descriptor(fake.pte)->refcount = 2;
	CHECK_EQ(violated(), REFCOUNT_ONE);
}

static void deposit_matches(void)
{
	struct walk_table *pmd;

	fake_mm_build(4);
	pmd = descriptor(fake.pmd);
	pmd->deposited--;
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] -= ARCH_PAGE_SIZE;
	CHECK_EQ(violated(), DEPOSIT_MATCHES);
	pmd->deposited++;
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] += ARCH_PAGE_SIZE;
	pmd->flags = WALK_CHAIN_BAD;
	CHECK_EQ(violated(), DEPOSIT_MATCHES);
	pmd->flags = WALK_CHAIN_LONG;
	CHECK_EQ(violated(), DEPOSIT_MATCHES);
	pmd->flags = 0;
	fake.page[2048].kind = PAGE_KIND_ZERO;		/* deposits too */
	fake_entries(fake.pmd)[arch_index(FAKE_THP_VA, WALK_PMD, 4)] &= ~ARCH_RW;
	CHECK_EQ(violated(), 0);
	fake.page[2048].kind = PAGE_KIND_OTHER;		/* file THPs do not */
	CHECK_EQ(violated(), DEPOSIT_MATCHES);
	fake.page[2048].kind = PAGE_KIND_HUGETLB;
	CHECK_EQ(violated(), DEPOSIT_MATCHES);
	fake.page[2048].kind = PAGE_KIND_UNKNOWN;
	CHECK(strstr(unchecked(DEPOSIT_MATCHES), "kpageflags"));
	fake.kernel.fields &= ~WALK_HAS_PMD_HUGE_PTE;
	CHECK(strstr(unchecked(DEPOSIT_MATCHES), "pmd_huge_pte"));
}

static void deposit_unused(void)
{
	__u64 first;

	fake_mm_build(4);
	first = descriptor(fake.pmd)->pmd_huge_pte;
	fake_entries(first)[0] = ARCH_ACCESSED | ARCH_DIRTY;	/* pte_none() ignores those */
	CHECK_EQ(violated(), 0);
	fake_entries(first + 1)[511] = 0x7c00000000001234ULL;
	CHECK_EQ(violated(), DEPOSIT_UNUSED);
	fake_entries(first + 1)[511] = 0;
	/* one that an entry leads to: mm and VMA know it there */
	fake_entries(fake.pmd)[200] = fake_entry(first, 0);
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] += ARCH_PAGE_SIZE;
	fake.vma[1] = (struct mm_vma){ .start = FAKE_VA + (200ULL << 21),
				       .end = FAKE_VA + (201ULL << 21), .name = "" };
	fake.nr_vmas = 2;
	CHECK_EQ(violated(), DEPOSIT_UNUSED);
	fake.kernel.fields &= ~WALK_HAS_PMD_HUGE_PTE;
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1];
	CHECK(strstr(unchecked(DEPOSIT_UNUSED), "pmd_huge_pte"));
}

/* The list is another by the time that the table was read: a split took it. */
static void deposit_taken(void)
{
	struct check check;

	fake_mm_build(4);
	fake_entries(descriptor(fake.pmd)->pmd_huge_pte)[3] = fake_entry(1, 0);
	fake.deposits_change = true;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_INCOMPLETE);
	CHECK_EQ(check.tally[DEPOSIT_UNUSED].unsettled, 1);
	check_free(&check);
}

static const struct ktap_test tests[] = {
	{ "shared hugetlb pmd tables", shared_pmd },
	{ "tables that cannot be shared", never_shared },
	{ "deposit-matches", deposit_matches },
	{ "deposit-unused", deposit_unused },
	{ "a deposited table that is taken while it is read", deposit_taken },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	fake_mm_free();
	return status;
}

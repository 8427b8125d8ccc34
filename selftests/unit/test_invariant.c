// SPDX-License-Identifier: GPL-2.0-only
/* Each invariant but those of test_judge_*: silent on a correct mm and on its exceptions, the only one to fire on its violation. */
#include <errno.h>
#include <stdlib.h>
#include "arch/arch.h"
#include "fake_walk.h"
#include "ktap.h"
#include "verdict.h"

static void correct_mm(void)
{
	for (unsigned int levels = 4; levels <= 5; levels++) {
		struct check check;

		fake_mm_build(levels);
		fake.machine.pti = true;
		fake_check(&check);
		CHECK_EQ(check.status, CHECK_HOLDS);
		CHECK_EQ(check.confirm.nr, 0);
		CHECK_EQ(fake.walks, 1);
		for (unsigned int id = 1; id <= INVARIANTS; id++) {
			if (!invariant_of_process(invariant_by_id(id)))
				continue;
			/* of other architectures */
			if (id == FRAGMENTS_AGREE || id == GADDR_MATCHES) {
				CHECK(check.tally[id].unchecked);
				continue;
			}
			CHECK(!check.tally[id].unchecked);
			CHECK(check.tally[id].checked);
		}
		CHECK_EQ(check.tally[TABLE_TYPED].checked, levels);
		CHECK_EQ(check.tally[LEAF_NOT_TABLE].checked, ARCH_ENTRIES - 1 + FAKE_THPS);
		CHECK_EQ(check.tally[ZERO_READONLY].checked, 1);
		CHECK_EQ(check.tally[USER_BIT].checked, ARCH_ENTRIES + FAKE_THPS + levels - 1);
		check_free(&check);
	}
}

static void table_typed(void)
{
	fake_mm_build(4);
	descriptor(fake.pte)->page_type = FAKE_TYPE_NONE;
	CHECK_EQ(violated(), TABLE_TYPED);
	descriptor(fake.pte)->page_type = FAKE_TYPE_TABLE;
	CHECK_EQ(violated(), 0);
	/* An untyped pgd is wrong only where the kernel types it. */
	descriptor(fake.pgd)->page_type = FAKE_TYPE_NONE;
	CHECK_EQ(violated(), TABLE_TYPED);
	fake.kernel.typed &= ~(1 << WALK_PGD);
	CHECK_EQ(violated(), 0);
	/* pte and pmd tables always are, even if the tool's own looked otherwise. */
	fake.kernel.typed = 0;
	descriptor(fake.pmd)->page_type = FAKE_TYPE_NONE;
	CHECK_EQ(violated(), TABLE_TYPED);
}

static void refcount_one(void)
{
	fake_mm_build(4);
	descriptor(fake.pud)->refcount = 2;
	CHECK_EQ(violated(), REFCOUNT_ONE);
	descriptor(fake.pud)->refcount = 0;
	CHECK_EQ(violated(), REFCOUNT_ONE);
	descriptor(fake.pud)->refcount = -5;
	CHECK_EQ(violated(), REFCOUNT_ONE);
}

static void only_table(void)
{
	fake_mm_build(4);
	for (unsigned int bit = 0; bit < 64; bit++) {
		descriptor(fake.pud)->page_flags = 1ULL << bit;
		CHECK_EQ(violated(), FAKE_FOREIGN >> bit & 1 ? ONLY_TABLE : 0);
	}
	descriptor(fake.pud)->page_flags = 0;
	descriptor(fake.pte)->mapping = 1;		/* as of anonymous memory */
	CHECK_EQ(violated(), ONLY_TABLE);
	descriptor(fake.pte)->mapping = 0;
	descriptor(fake.pte)->page_type = FAKE_TYPE_TWO;
	CHECK_EQ(violated(), ONLY_TABLE);
	descriptor(fake.pte)->page_type = FAKE_TYPE_TABLE;
	/* where pgds are not typed, they are nothing else either */
	fake.kernel.typed &= ~(1 << WALK_PGD);
	descriptor(fake.pgd)->page_type = FAKE_TYPE_NONE;
	CHECK_EQ(violated(), 0);
	descriptor(fake.pgd)->page_flags = FAKE_FOREIGN;
	CHECK_EQ(violated(), ONLY_TABLE);
}

static void single_parent(void)
{
	__u64 *entries;

	fake_mm_build(4);
	entries = fake_entries(fake.pmd);
	entries[arch_index(FAKE_VA, WALK_PMD, 4) + 5] = fake_entry(fake.pte, 0);
	fake.vma[0].end = FAKE_VA + (64ULL << 20);
	fake.pgtables_bytes[0] += ARCH_PAGE_SIZE;
	fake.pgtables_bytes[1] += ARCH_PAGE_SIZE;
	CHECK_EQ(violated(), SINGLE_PARENT);
}

static void add_memory(void *arg)
{
	(void)arg;
	fake.machine.ram->last = FAKE_PAGES - 1;
}

static void entry_sane(void)
{
	static struct machine_ram ram = { 0, 100 };
	__u64 *pmds, *ptes, at = arch_index(FAKE_VA, WALK_PMD, 4);

	fake_mm_build(4);
	pmds = fake_entries(fake.pmd);
	ptes = fake_entries(fake.pte);
	ptes[3] |= 1ULL << 50;				/* beyond the CPU's address bits */
	CHECK_EQ(violated(), ENTRY_SANE);
	fake.machine.crypt = 1ULL << 50;		/* unless it marks encrypted memory */
	CHECK_EQ(violated(), 0);
	fake.machine.crypt = 0;
	ptes[3] = fake_entry(1027, 0);
	pmds[at + 1] |= 1ULL << 14;			/* a huge leaf that is not aligned */
	CHECK_EQ(violated(), ENTRY_SANE);
	pmds[at + 1] &= ~(1ULL << 14);
	pmds[at + 1] |= ARCH_PAT_LARGE;
	CHECK_EQ(violated(), 0);
	fake_entries(fake.pgd)[arch_index(FAKE_VA, WALK_PGD, 4)] |= ARCH_PSE;
	CHECK_EQ(violated(), ENTRY_SANE);
	fake_entries(fake.pgd)[arch_index(FAKE_VA, WALK_PGD, 4)] &= ~ARCH_PSE;
	pmds[at + 40] = fake_entry(FAKE_PAGES + 7, 0);	/* a table beyond memory */
	fake.vma[0].end = FAKE_VA + (1ULL << 30);
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] += ARCH_PAGE_SIZE;
	CHECK_EQ(violated(), ENTRY_SANE);
	pmds[at + 40] = 0;
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] -= ARCH_PAGE_SIZE;
	CHECK_EQ(violated(), 0);
	/* A pfn that exists but is not RAM. */
	fake.machine.ram = &ram;
	pmds[at + 40] = fake_entry(fake.next_pfn = 200, 0);
	(void)fake_table(WALK_PTE, true);
	CHECK_EQ(violated(), ENTRY_SANE);
	fake.sources.refresh = add_memory;		/* memory that was added meanwhile */
	CHECK_EQ(violated(), 0);
	fake.machine.nr_ram = 0;			/* not known: not judged */
	CHECK_EQ(violated(), 0);
}

static void foreign_leaves(void)
{
	__u64 *ptes;

	fake_mm_build(4);
	ptes = fake_entries(fake.pte);
	ptes[1] = fake_entry(FAKE_PAGES + 99, 0);
	CHECK_EQ(violated(), ENTRY_SANE);
	ptes[1] |= ARCH_SPECIAL;			/* as remap_pfn_range() leaves it */
	CHECK_EQ(violated(), 0);
	ptes[1] &= ~ARCH_SPECIAL;
	fake.raw[0] = fake.vma[0];			/* or smaps says VM_PFNMAP */
	fake.nr_raw = 1;
	CHECK_EQ(violated(), 0);
	/* which excuses the leaf, and nothing else there */
	ptes[2] &= ~ARCH_USER;
	CHECK_EQ(violated(), USER_BIT);
	fake.nr_raw = 0;
	fake.raw_asked = 0;
	fake.vma[0].kind = MM_VMA_DEVICE;
	CHECK_EQ(violated(), USER_BIT);
	ptes[2] |= ARCH_USER;
	fake.raw_asked = 0;
	CHECK_EQ(violated(), 0);
	CHECK_EQ(fake.raw_asked, 0);
	/* nor what is before the device's mapping */
	fake.vma[0].start += 2 * ARCH_PAGE_SIZE;
	CHECK_EQ(violated(), ENTRY_SANE);
}

static void odd_leaves(void)
{
	__u64 *ptes;

	fake_mm_build(4);
	ptes = fake_entries(fake.pte);
	ptes[1] = 0;
	ptes[2] = 0x7c00000000001234ULL;		/* swap */
	ptes[3] = (~(1040ULL << ARCH_PAGE_SHIFT) & ARCH_ADDR_MASK) | ARCH_PROTNONE;	/* PROT_NONE */
	ptes[4] = ARCH_ACCESSED | ARCH_DIRTY;		/* pte_none() ignores those */
	fake_entries(fake.pmd)[300] = 0x7c00000000001234ULL;	/* migration: a deposit is allowed */
	CHECK_EQ(violated(), 0);
	descriptor(fake.pmd)->deposited++;
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] += ARCH_PAGE_SIZE;
	CHECK_EQ(violated(), 0);
}

static void counts_agree(void)
{
	fake_mm_build(4);
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] += ARCH_PAGE_SIZE;
	CHECK_EQ(violated(), COUNTS_AGREE);
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] -= 2 * ARCH_PAGE_SIZE;
	CHECK_EQ(violated(), COUNTS_AGREE);
	/* What an LDT costs where page tables are isolated. */
	fake.pgtables_bytes[0] = fake.pgtables_bytes[1] += 4 * ARCH_PAGE_SIZE;
	CHECK_EQ(violated(), COUNTS_AGREE);
	fake.machine.pti = true;
	CHECK_EQ(violated(), 0);
	/* Half an mm cannot be counted. */
	fake.machine.pti = false;
	fake.subject.range = (struct walk_range){ .low = FAKE_VA, .high = FAKE_VA + 4096 };
	CHECK(strstr(unchecked(COUNTS_AGREE), "-A"));
}

static void leaf_not_table(void)
{
	__u64 *ptes;

	fake_mm_build(4);
	ptes = fake_entries(fake.pte);
	ptes[7] = fake_entry(fake.pte, 0);		/* its own table */
	CHECK_EQ(violated(), LEAF_NOT_TABLE);
	ptes[7] |= ARCH_SPECIAL;
	CHECK_EQ(violated(), 0);
	ptes[7] = (~(fake.pmd << ARCH_PAGE_SHIFT) & ARCH_ADDR_MASK) | ARCH_PROTNONE;
	CHECK_EQ(violated(), LEAF_NOT_TABLE);
	ptes[7] = fake_entry(600, 0);
	CHECK_EQ(violated(), 0);
	descriptor(600)->page_type = FAKE_TYPE_BUDDY;
	CHECK_EQ(violated(), LEAF_NOT_TABLE);
	descriptor(600)->page_type = FAKE_TYPE_SLAB;
	CHECK_EQ(violated(), LEAF_NOT_TABLE);
	descriptor(600)->page_type = FAKE_TYPE_TABLE;	/* somebody else's */
	CHECK_EQ(violated(), LEAF_NOT_TABLE);
	fake.raw[0] = fake.vma[0];
	fake.nr_raw = 1;
	CHECK_EQ(violated(), 0);
	fake.nr_raw = 0;
	fake.vma[0].kind = MM_VMA_SPECIAL;
	CHECK_EQ(violated(), 0);
}

/*
 * To read the VMAs' flags makes the kernel follow the tables, and one leads
 * beyond memory: the leaf in the same process is left unsettled instead.
 */
static void leaf_beside_wild_entry(void)
{
	struct check check;

	fake_mm_build(4);
	fake_entries(fake.pte)[7] = fake_entry(fake.pte, 0);
	CHECK_EQ(violated(), LEAF_NOT_TABLE);
	CHECK(fake.raw_asked);
	fake.raw_asked = 0;
	fake_entries(fake.pmd)[1 + FAKE_THPS] = fake_entry(FAKE_PAGES + 5, 0);
	fake_check(&check);
	CHECK_EQ(fake.raw_asked, 0);
	CHECK(check.tally[ENTRY_SANE].violated);
	CHECK_EQ(check.tally[LEAF_NOT_TABLE].violated, 0);
	CHECK_EQ(check.tally[LEAF_NOT_TABLE].unsettled, 1);
	check_free(&check);
}

/* The pud of a kernel that types none, mapped by a leaf; and a table inside a huge leaf. */
static void leaf_maps_untyped_table(void)
{
	fake_mm_build(4);
	fake.kernel.typed = 0;
	descriptor(fake.pud)->page_type = FAKE_TYPE_NONE;
	fake_entries(fake.pte)[9] = fake_entry(fake.pud, 0);
	CHECK_EQ(violated(), LEAF_NOT_TABLE);
	fake_entries(fake.pte)[9] = 0;
	CHECK_EQ(violated(), 0);
	fake_entries(fake.pmd)[100] = fake_entry(0, ARCH_PSE);	/* pfns 0 to 511 */
	CHECK_EQ(violated(), LEAF_NOT_TABLE);
}

static void table_in_vma(void)
{
	struct check check;

	fake_mm_build(4);
	fake_entries(fake.pmd)[200] = fake_entry(fake_table(WALK_PTE, true), 0);
	CHECK_EQ(violated(), TABLE_IN_VMA);
	fake.vma[1] = (struct mm_vma){ .start = FAKE_VA + (200ULL << 21) + 4096,
				       .end = FAKE_VA + (200ULL << 21) + 8192, .name = "" };
	fake.nr_vmas = 2;				/* one page of it is enough */
	CHECK_EQ(violated(), 0);
	fake.nr_vmas = 1;
	fake.threads = LOOK_BLOCKED;			/* an munmap() may be under way */
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_INCOMPLETE);
	CHECK_EQ(check.tally[TABLE_IN_VMA].unsettled, 1);
	check_free(&check);
}

static void ptl_sane(void)
{
	static const __u32 good[] = { 0, 1, 3, 0x101, 0x100, 1U << 18, (4U << 18) | 1, 3U << 16 };
	static const __u32 bad[] = { 2, 0x200, 0xffffffff, 0x12345678, 5U << 18, 0x6b6b6b6b };

	fake_mm_build(4);
	for (unsigned int i = 0; i < sizeof(good) / sizeof(*good); i++) {
		descriptor(fake.pte)->ptl = 0xdead00000000ULL << 16 | good[i];
		CHECK_EQ(violated(), 0);
	}
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		descriptor(fake.pte)->ptl = bad[i];
		CHECK_EQ(violated(), PTL_SANE);
	}
	fake.kernel.fields |= WALK_PTL_DEBUG;
	CHECK(strstr(unchecked(PTL_SANE), "debug"));
	fake.kernel.fields |= WALK_PTL_POINTER;
	CHECK(strstr(unchecked(PTL_SANE), "pointer"));
	fake.kernel.fields &= ~(WALK_PTL_DEBUG | WALK_PTL_POINTER | WALK_HAS_PTL);
	CHECK(strstr(unchecked(PTL_SANE), "no ptl"));
	fake.kernel.fields |= WALK_HAS_PTL;
	descriptor(fake.pte)->ptl = 0;
	descriptor(fake.pud)->ptl = 1;			/* no lock up there */
	CHECK_EQ(violated(), PTL_SANE);
	descriptor(fake.pud)->ptl = 0;
	descriptor(fake.pgd)->ptl = 1;			/* under Xen it has something there */
	CHECK_EQ(violated(), 0);
}

static void charge_sane(void)
{
	fake_mm_build(4);
	descriptor(fake.pmd)->memcg_data = 0xffff888000012300 | 2;
	CHECK_EQ(violated(), 0);
	descriptor(fake.pmd)->memcg_data = 0xffff888000012300 | 1;	/* a slab's */
	CHECK_EQ(violated(), CHARGE_SANE);
	descriptor(fake.pmd)->memcg_data = 0xffff888000012300;		/* a page's of user space */
	CHECK_EQ(violated(), CHARGE_SANE);
	fake.kernel.fields &= ~WALK_HAS_MEMCG;
	CHECK(strstr(unchecked(CHARGE_SANE), "memcg_data"));
}

static void zero_readonly(void)
{
	__u64 *ptes, *pmds, at = arch_index(FAKE_THP_VA, WALK_PMD, 4);

	fake_mm_build(4);
	ptes = fake_entries(fake.pte);
	pmds = fake_entries(fake.pmd);
	ptes[ARCH_ENTRIES - 1] |= ARCH_RW;
	CHECK_EQ(violated(), ZERO_READONLY);
	fake.kernel.zero_pfn = 0;
	CHECK(strstr(unchecked(ZERO_READONLY), "zero page"));
	fake.kernel.zero_pfn = FAKE_ZERO_PFN;
	ptes[ARCH_ENTRIES - 1] &= ~ARCH_RW;
	fake.page[2048].kind = PAGE_KIND_ZERO;
	CHECK_EQ(violated(), ZERO_READONLY);
	pmds[at] &= ~ARCH_RW;
	CHECK_EQ(violated(), 0);
}

static void user_bit(void)
{
	__u64 *ptes;

	fake_mm_build(4);
	ptes = fake_entries(fake.pte);
	ptes[9] &= ~ARCH_USER;
	CHECK_EQ(violated(), USER_BIT);
	ptes[9] = (~(1033ULL << 12) & ARCH_ADDR_MASK) | ARCH_PROTNONE;	/* lets nobody in */
	CHECK_EQ(violated(), 0);
	fake_entries(fake.pud)[arch_index(FAKE_VA, WALK_PUD, 4)] &= ~ARCH_USER;
	CHECK_EQ(violated(), USER_BIT);
}

static void unmovable(void)
{
	struct machine_zone zones[] = {
		{ .first = 0, .last = 1023 }, { .first = 1024, .last = FAKE_PAGES - 1, .movable = true },
	};

	fake_mm_build(4);
	fake.machine.zone = zones;
	fake.machine.nr_zones = 1;
	CHECK_STR(unchecked(UNMOVABLE), "there is no such zone");
	fake.machine.nr_zones = 2;
	CHECK_EQ(violated(), 0);
	zones[0].last = fake.pte - 1;
	zones[1].first = fake.pte;
	CHECK_EQ(violated(), UNMOVABLE);
}

static void listed(void)
{
	struct check check;

	fake_mm_build(4);
	pfnset_free(&fake.listed);
	for (__u64 pfn = fake.pgd; pfn < fake.pte; pfn++)
		(void)pfnset_add(&fake.listed, pfn);
	CHECK_EQ(violated(), LISTED);
	fake.subject.saved_listing = true;		/* older than the walk: no verdict */
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_INCOMPLETE);
	CHECK_EQ(check.tally[LISTED].unsettled, 1);
	check_free(&check);
	fake.subject.saved_listing = false;
	fake.sources.listing = NULL;
	CHECK(strstr(unchecked(LISTED), "ptdesc.ko"));
}

static int no_vmas_later(void *arg, struct mm_vmas *vmas)
{
	(void)arg;
	*vmas = (struct mm_vmas){ 0 };
	return fake.walks > 1 ? -EIO : 0;
}

static int no_listing_later(void *arg, struct pfnset *set)
{
	(void)arg;
	(void)set;
	return fake.walks > 1 ? -EIO : 0;
}

/* What cannot be read again (rmmod) is no answer: neither settled nor violated. */
static void sources_fail_later(void)
{
	struct check check;

	fake_mm_build(4);
	fake.sources.vmas = no_vmas_later;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_INCOMPLETE);
	CHECK_EQ(check.tally[TABLE_IN_VMA].unsettled, 3);
	CHECK_EQ(check.confirm.cases[0].why, WHY_FAILED);
	check_free(&check);
	fake_mm_build(4);
	fake.sources.listing = no_listing_later;
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_INCOMPLETE);
	CHECK_EQ(check.tally[LISTED].unsettled, 4);
	check_free(&check);
	fake_mm_build(4);
	fake.sources.listing = no_listing_later;
	fake.sources.listing_why = "listing x: why";
	fake.walks = 1;			/* at once: could not check */
	fake_check(&check);
	CHECK_EQ(check.status, CHECK_FAILED);
	CHECK_STR(check.error, "listing x: why");
	check_free(&check);
}

static const struct ktap_test tests[] = {
	{ "a correct mm holds, with 4 and 5 levels", correct_mm },
	{ "table-typed", table_typed },
	{ "refcount-one", refcount_one },
	{ "single-parent", single_parent },
	{ "only-table", only_table },
	{ "entry-sane", entry_sane },
	{ "leaves beyond memory", foreign_leaves },
	{ "swap, migration, PROT_NONE and empty entries", odd_leaves },
	{ "counts-agree", counts_agree },
	{ "leaf-not-table", leaf_not_table },
	{ "a leaf beside an entry that leads beyond memory", leaf_beside_wild_entry },
	{ "leaf-not-table where tables are not typed", leaf_maps_untyped_table },
	{ "table-in-vma", table_in_vma },
	{ "ptl-sane", ptl_sane },
	{ "unmovable", unmovable },
	{ "listed", listed },
	{ "charge-sane", charge_sane },
	{ "zero-readonly", zero_readonly },
	{ "user-bit", user_bit },
	{ "sources that fail in a later look", sources_fail_later },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	fake_mm_free();
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only
/* s390x' entry formats, on whatever builds this. Bits by their value, lowest 0: the manual counts from the highest. */
#include "arch/s390x.h"
#include "ktap.h"

enum { PTE = 1, PMD, PUD, P4D, PGD };

static const __u64 page = 0x123456789ULL << 12;
static const __u64 segment = 0x123456ULL << 20;		/* 1 MiB */
static const __u64 region = 0x2468aULL << 31;		/* 2 GiB */

static void spans(void)
{
	CHECK_EQ(arch_shift(PTE, 3), 12);
	CHECK_EQ(arch_shift(PMD, 3), 20);
	CHECK_EQ(arch_shift(PGD, 3), 31);
	CHECK_EQ(arch_shift(PGD, 4), 42);
	CHECK_EQ(arch_shift(PGD, 5), 53);
	CHECK_EQ(arch_entries(PTE), 256);
	CHECK_EQ(arch_entries(PMD), 2048);
	CHECK_EQ(arch_entries(PGD), 2048);
	CHECK_EQ(arch_user_end(3), 1ULL << 42);
	CHECK_EQ(arch_user_end(4), 1ULL << 53);
	CHECK_EQ(arch_user_end(5), 0xfffffffffffff000);
	CHECK_EQ(arch_index(0xfffffffffffff000, PGD, 5), 2047);
	CHECK_EQ(arch_below(PGD, 3), PMD);
	CHECK_EQ(arch_below(PGD, 5), P4D);
}

static void roots(void)
{
	/* table length 3, private space and alternate event bits, which are of no interest */
	CHECK_EQ(arch_asce_levels(0x12340000 | 0x187), 3);
	CHECK_EQ(arch_asce_levels(0x12340000 | 0x18b), 4);
	CHECK_EQ(arch_asce_levels(0x12340000 | 0x18f), 5);
	CHECK_EQ(arch_asce_table(0x12340000 | 0x18f), 0x12340000);
}

static void kinds(void)
{
	/* nothing there: invalid, and the type of a region */
	CHECK(arch_none(0x400, PTE) && !arch_present(0x400, PTE) && !arch_swap(0x400, PTE));
	CHECK(arch_none(0x20, PMD) && arch_none(0x24, PUD) && arch_none(0x28, P4D) && arch_none(0x2c, PGD));
	CHECK(!arch_table(0x20, PMD) && !arch_table(0x24, PGD) && !arch_swap(0x24, PUD));
	/* a page table is a half of a page, others are aligned to one */
	CHECK(arch_table(page | 0x800, PMD));
	CHECK_EQ(arch_table_addr(page | 0x800, PMD), page | 0x800);
	CHECK(arch_table(page | 7, PUD) && !arch_leaf(page | 7, PUD));
	CHECK_EQ(arch_table_addr(page | 7, PUD), page);
	/* present, young, read, write */
	CHECK(arch_leaf(page | 0x235, PTE) && arch_valid(page | 0x235) && !arch_table(page | 0x235, PTE));
	CHECK(arch_writable(page | 0x235, PTE) && !arch_writable(page | 0x215, PTE));
	CHECK(arch_leaf(segment | 0x1403, PMD) && !arch_table(segment | 0x1403, PMD));
	CHECK(arch_leaf(region | 0x1407, PUD) && arch_leaf(region | 0x1407, PGD));
	/* PROT_NONE: the CPU finds nothing */
	CHECK(arch_leaf(page | 0x601, PTE) && !arch_valid(page | 0x601));
	CHECK(arch_leaf(segment | 0x620, PMD) && !arch_table(segment | 0x620, PMD));
	CHECK(arch_special(page | 0x241, PTE));
}

static void swap(void)
{
	__u64 entry = 0x600 | 0x15 << 2 | 0x123456789aULL << 12;

	CHECK(arch_swap(entry, PTE) && !arch_present(entry, PTE) && !arch_none(entry, PTE));
	CHECK_EQ(arch_swap_type(entry), 0x15);
	CHECK_EQ(arch_swap_offset(entry), 0x123456789a);
}

static void pfns(void)
{
	CHECK_EQ(arch_pfn(page | 0x23d, PTE), 0x123456789);
	CHECK_EQ(arch_pfn(segment | 0x7403, PMD), segment >> 12);
	CHECK_EQ(arch_pfn(region | 0x7407, PUD), region >> 12);
}

static void reserved(void)
{
	CHECK_EQ(arch_reserved(page | 0x235, PTE, 0, 0), 0);
	CHECK_EQ(arch_reserved(page | 0xa35, PTE, 0, 0), 0x800);
	CHECK_EQ(arch_reserved(page | 0x800, PMD, 0, 0), 0);
	CHECK_EQ(arch_reserved(page | 0x140, PMD, 0, 0), 0x140);
	CHECK_EQ(arch_reserved(page | 7, PUD, 0, 0), 0);
	/* of another level */
	CHECK_EQ(arch_reserved(page | 0xb, PUD, 0, 0), 0xc);
	CHECK_EQ(arch_reserved(page | 0xb, P4D, 0, 0), 0);
	CHECK_EQ(arch_reserved(page | 4, PMD, 0, 0), 4);
	CHECK_EQ(arch_reserved(page | 0xf, PGD, 0, 0), 0);
	CHECK_EQ(arch_reserved(page | 0x1f, PGD, 0, 0), 0x10);
	CHECK_EQ(arch_reserved(segment | 0x1403, PMD, 0, 0), 0);
	CHECK_EQ((page | 0x235) & arch_plain_mask(0, 0), arch_plain_value());
	CHECK(((page | 0x275) & arch_plain_mask(0, 0)) != arch_plain_value());
	CHECK((0x400 & arch_plain_mask(0, 0)) != arch_plain_value());
}

static void fragments(void)
{
	const unsigned int upper = 0x800;

	/* alone, with the other half, with the other half waiting to be freed */
	for (unsigned int bits = 0; bits < 3; bits++) {
		__u32 lower_half = (const __u32[]){ 0x01, 0x03, 0x21 }[bits];
		__u32 upper_half = (const __u32[]){ 0x02, 0x03, 0x12 }[bits];

		CHECK_EQ(lower_half & arch_fragment_mask(lower_half, 0, 0), arch_fragment_value(0, 0));
		CHECK_EQ(upper_half & arch_fragment_mask(upper_half, upper, 0), arch_fragment_value(upper, 0));
	}
	CHECK_EQ(arch_fragment_value(0, 1), 0x03);
	CHECK_EQ(0x01 & arch_fragment_mask(0x01, 0, 1), 0x01);
	/* not allocated, about to be freed, both */
	CHECK_EQ(0x02 & arch_fragment_mask(0x02, 0, 0), 0x00);
	CHECK_EQ(0x12 & arch_fragment_mask(0x12, 0, 0), 0x10);
	CHECK_EQ(0x11 & arch_fragment_mask(0x11, 0, 0), 0x11);
	CHECK_EQ(0x23 & arch_fragment_mask(0x23, upper, 0), 0x22);
	/* the other half is both: impossible for whom ever */
	CHECK_EQ(0x23 & arch_fragment_mask(0x23, 0, 0), 0x23);
	/* no bits */
	CHECK_EQ(0x10000001 & arch_fragment_mask(0x10000001, 0, 0), 0x10000001);
	CHECK_EQ(0x45 & arch_fragment_mask(0x45, 0, 0), 0x45);
}

static const struct ktap_test tests[] = {
	{ "spans, 3 to 5 levels", spans },
	{ "the ASCE", roots },
	{ "empty entries, tables, leaves, PROT_NONE", kinds },
	{ "swap entries", swap },
	{ "page frame numbers", pfns },
	{ "reserved bits, ordinary pages", reserved },
	{ "which halves of a page are tables", fragments },
};

int main(void)
{
	return KTAP_RUN(tests);
}

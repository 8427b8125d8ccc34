// SPDX-License-Identifier: GPL-2.0-only
/* ppc64le's entry format (radix, 64 KiB pages), on whatever builds this. Entries as values: big-endian in memory. */
#include "arch/ppc64le.h"
#include "ktap.h"

#define BIT(n)	(1ULL << (n))

enum { PTE = 1, PMD, PUD, P4D, PGD };

/* present, pte, read, write, accessed, dirty */
static const __u64 leaf = BIT(63) | BIT(62) | BIT(2) | BIT(1) | BIT(8) | BIT(7);
static const __u64 page = 0x12345ULL << 16;
static const __u64 huge = 0x12340ULL << 16;		/* 2 MiB */

static void spans(void)
{
	CHECK_EQ(arch_shift(PTE, 4), 16);
	CHECK_EQ(arch_shift(PMD, 4), 21);
	CHECK_EQ(arch_shift(PUD, 4), 30);
	CHECK_EQ(arch_shift(PGD, 4), 39);
	CHECK_EQ(arch_entries(PTE), 32);
	CHECK_EQ(arch_entries(PMD), 512);
	CHECK_EQ(arch_entries(PUD), 512);
	CHECK_EQ(arch_entries(PGD), 8192);
	CHECK_EQ(arch_user_end(4), BIT(52));
	CHECK_EQ(arch_below(PGD, 4), PUD);
	CHECK_EQ(arch_index(BIT(52) - 1, PGD, 4), 8191);
	CHECK_EQ(arch_index(0x1f0000, PTE, 4), 31);
}

static void kinds(void)
{
	/* a table says how large it is */
	CHECK(arch_table(BIT(63) | 0x1234500 | 5, PMD) && !arch_leaf(BIT(63) | 0x1234500 | 5, PMD));
	CHECK_EQ(arch_table_addr(BIT(63) | 0x1234500 | 5, PMD), 0x1234500);
	CHECK(!arch_table(BIT(63) | 0x1234500 | 5, PTE));
	CHECK(arch_leaf(leaf | page, PTE) && arch_valid(leaf | page));
	CHECK(arch_leaf(leaf | huge, PMD) && !arch_table(leaf | huge, PMD));
	/* PROT_NONE: for the kernel alone, and not even for that */
	CHECK(arch_leaf((leaf & ~6ULL) | BIT(3) | page, PTE) && arch_user((leaf & ~6ULL) | BIT(3) | page, PTE));
	CHECK(!arch_user(leaf | BIT(3) | page, PTE));
	/* a THP while it is split: invalid in the place of present */
	CHECK(arch_leaf((leaf & ~BIT(63)) | BIT(61) | huge, PMD) && !arch_valid(BIT(62) | BIT(61)));
	CHECK(arch_special(leaf | BIT(10), PTE));
	CHECK(arch_none(0, PTE) && arch_none(BIT(7) | BIT(8), PTE) && !arch_none(BIT(9), PTE));
	CHECK(arch_writable(leaf, PTE) && !arch_writable(leaf & ~BIT(1), PTE));
}

static void swap(void)
{
	__u64 entry = BIT(62) | 0x15 | 0x123456789ULL << 16;

	CHECK(arch_swap(entry, PTE) && !arch_present(entry, PTE));
	CHECK_EQ(arch_swap_type(entry), 0x15);
	CHECK_EQ(arch_swap_offset(entry), 0x123456789);
}

static void pfns(void)
{
	CHECK_EQ(arch_pfn(leaf | page, PTE), 0x12345);
	CHECK_EQ(arch_pfn(leaf | huge, PMD), 0x12340);
}

static void reserved(void)
{
	CHECK_EQ(arch_reserved(leaf | page, PTE, 0, 0), 0);
	CHECK_EQ(arch_reserved(leaf | page | BIT(12) | BIT(6), PTE, 0, 0), BIT(12) | BIT(6));
	CHECK_EQ(arch_reserved(leaf | huge, PMD, 0, 0), 0);
	CHECK_EQ(arch_reserved(leaf | huge | BIT(16), PMD, 0, 0), BIT(16));
	CHECK_EQ(arch_reserved(leaf | page | BIT(40), PTE, 40, 0), BIT(40));
	CHECK_EQ(arch_reserved(BIT(63) | 0x1234500 | 5, PMD, 0, 0), 0);
	CHECK_EQ(arch_reserved(BIT(63) | 0x1234000 | 9, PGD, 0, 0), 0);
	CHECK_EQ(arch_reserved(BIT(63) | 0x1234000 | 8, PUD, 0, 0), 1);
	CHECK_EQ(arch_reserved(BIT(63) | 0x1234500 | 5 | BIT(5), PMD, 0, 0), BIT(5));
	CHECK_EQ((leaf | page) & arch_plain_mask(0, 0), arch_plain_value());
	CHECK(((leaf | page | BIT(10)) & arch_plain_mask(0, 0)) != arch_plain_value());
	CHECK(((leaf | page | BIT(3)) & arch_plain_mask(0, 0)) != arch_plain_value());
	CHECK(((leaf & ~BIT(63)) & arch_plain_mask(0, 0)) != arch_plain_value());
}

static const struct ktap_test tests[] = {
	{ "spans", spans },
	{ "tables, leaves, PROT_NONE", kinds },
	{ "swap entries", swap },
	{ "page frame numbers", pfns },
	{ "reserved bits, ordinary pages", reserved },
};

int main(void)
{
	return KTAP_RUN(tests);
}

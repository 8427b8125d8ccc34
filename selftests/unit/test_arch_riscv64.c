// SPDX-License-Identifier: GPL-2.0-only
/* riscv64's entry format, on whatever builds this. Entries by bit number, as the manual has them. */
#include "arch/riscv64.h"
#include "ktap.h"

#define BIT(n)	(1ULL << (n))

enum { PTE = 1, PMD, PUD, P4D, PGD };

static const __u64 page = 0x123456789ULL << 10;		/* pfn 0x123456789 */
static const __u64 huge = 0x12345600ULL << 10;		/* 2 MiB */

static void spans(void)
{
	CHECK_EQ(arch_shift(PGD, 3), 30);
	CHECK_EQ(arch_shift(PGD, 4), 39);
	CHECK_EQ(arch_shift(PGD, 5), 48);
	CHECK_EQ(arch_below(PGD, 3), PMD);
	CHECK_EQ(arch_below(PGD, 5), P4D);
	CHECK_EQ(arch_user_end(3), BIT(38));
	CHECK_EQ(arch_user_end(4), BIT(47));
	CHECK_EQ(arch_kernel_start(3), 0xffffffc000000000);
	CHECK_EQ(arch_kernel_start(5), 0xff00000000000000);
}

static void kinds(void)
{
	CHECK(arch_table(page | 1, PMD) && !arch_leaf(page | 1, PMD));
	CHECK(arch_table(page | 1, PGD) && !arch_table(page | 1, PTE));
	for (__u64 rwx = 2; rwx < 16; rwx += 2) {
		CHECK(arch_leaf(huge | rwx | 1, PMD) && !arch_table(huge | rwx | 1, PMD));
		CHECK(arch_leaf(page | rwx | 1, PTE));
	}
	/* PROT_NONE: bits 5 and 1, without V */
	CHECK(arch_leaf(page | BIT(5) | BIT(1), PTE) && !arch_valid(page | BIT(5) | BIT(1)));
	CHECK(arch_leaf(huge | BIT(5) | BIT(1), PMD));
	/* a THP while it is split */
	CHECK(arch_leaf(huge | BIT(1) | BIT(2), PMD) && !arch_table(huge | BIT(1), PMD));
	CHECK(arch_special(page | BIT(8) | 3, PTE));
	CHECK(arch_none(0, PTE) && !arch_none(BIT(8), PTE));
}

static void swap(void)
{
	__u64 entry = 0x15ULL << 6 | 0x123456789aULL << 11;

	CHECK(arch_swap(entry, PTE) && !arch_present(entry, PTE));
	CHECK_EQ(arch_swap_type(entry), 0x15);
	CHECK_EQ(arch_swap_offset(entry), 0x123456789a);
}

static void pfns(void)
{
	CHECK_EQ(arch_pfn(page | 0xdf, PTE), 0x123456789);
	CHECK_EQ(arch_pfn(page | 0xdf | BIT(61) | BIT(62) | BIT(63), PTE), 0x123456789);
	CHECK_EQ(arch_pfn(page | 1, PMD), 0x123456789);
	CHECK_EQ(arch_pfn(huge | BIT(10) | 0xdf, PMD), 0x12345600);
}

static void reserved(void)
{
	CHECK_EQ(arch_reserved(page | 0xdf, PTE, 0, 0), 0);
	CHECK_EQ(arch_reserved(page | 0xdf | BIT(54), PTE, 0, 0), BIT(54));
	CHECK_EQ(arch_reserved(huge | 0xdf, PMD, 0, 0), 0);
	CHECK_EQ(arch_reserved(huge | BIT(12) | 0xdf, PMD, 0, 0), BIT(12));
	CHECK_EQ(arch_reserved(page | 1, PMD, 0, 0), 0);
	CHECK_EQ(arch_reserved(page | 1 | BIT(4) | BIT(6), PMD, 0, 0), BIT(4) | BIT(6));
	CHECK_EQ(arch_reserved(page | BIT(5) | BIT(60), PTE, 0, 0), 0);
	CHECK_EQ((page | 0xdf) & arch_plain_mask(0, 0), arch_plain_value());
	CHECK(((page | 0xdf | BIT(8)) & arch_plain_mask(0, 0)) != arch_plain_value());
	CHECK(((page | BIT(5) | 2) & arch_plain_mask(0, 0)) != arch_plain_value());
}

/* A kernel that fills vmalloc's entries at boot is told by their number. */
static void lazy(void)
{
	__u64 pgd[ARCH_ENTRIES] = { 0 };

	for (unsigned int i = 0; i < ARCH_USER_ENTRIES; i++)
		pgd[i] = page | 1;
	pgd[352] = pgd[510] = pgd[511] = page | 1;
	CHECK(arch_kernel_lazy(pgd));
	for (unsigned int i = 288; i < 352; i++)
		pgd[i] = page | 1;
	CHECK(!arch_kernel_lazy(pgd));
}

static const struct ktap_test tests[] = {
	{ "spans, 3 to 5 levels", spans },
	{ "tables, leaves, PROT_NONE", kinds },
	{ "swap entries", swap },
	{ "page frame numbers", pfns },
	{ "entries that come when they are used", lazy },
	{ "reserved bits, ordinary pages", reserved },
};

int main(void)
{
	return KTAP_RUN(tests);
}

// SPDX-License-Identifier: GPL-2.0-only
/* arm64's entry format, on whatever builds this. Entries by bit number, as the manual has them. */
#include "arch/arm64.h"
#include "ktap.h"

int arch_present_by_ng;

#define BIT(n)	(1ULL << (n))

enum { PTE = 1, PMD, PUD, P4D, PGD };

static const __u64 address = 0x123456789000;	/* pfn 0x123456789 */

static void spans(void)
{
	CHECK_EQ(arch_shift(PGD, 4), 39);
	CHECK_EQ(arch_shift(PGD, 3), 30);
	CHECK_EQ(arch_shift(PUD, 4), 30);
	CHECK_EQ(arch_below(PGD, 4), PUD);
	CHECK_EQ(arch_below(PGD, 3), PMD);
	CHECK_EQ(arch_user_end(4), BIT(48));
	CHECK_EQ(arch_user_end(3), BIT(39));
	CHECK_EQ(arch_index(0xffffffffffff, PGD, 4), 511);
	CHECK(!ARCH_KERNEL_HALF);
}

static void kinds(void)
{
	/* table: bits 1:0 are 3; block: 1; page: 3 */
	CHECK(arch_table(address | 3, PMD) && !arch_leaf(address | 3, PMD));
	CHECK(arch_table(address | 3 | BIT(59) | BIT(60), PGD));
	CHECK(!arch_table(address | 1, PMD) && arch_leaf(0x12345200000 | 1, PMD));
	CHECK(arch_leaf(0x12340000000 | 1, PUD));
	CHECK(arch_leaf(address | 3, PTE) && !arch_table(address | 3, PTE));
	CHECK(!arch_leaf(address | 1, PGD));
	CHECK(!arch_present(address, PTE) && !arch_table(address | 2, PMD));
	/* PROT_NONE: bit 58 instead of bit 0 */
	CHECK(arch_leaf(address | BIT(58) | 2, PTE) && !arch_valid(address | BIT(58) | 2));
	CHECK(arch_leaf(0x12345200000 | BIT(58), PMD));
	/* a THP while it is split: bit 59 */
	CHECK(arch_leaf(0x12345200000 | BIT(59), PMD) && !arch_table(0x12345200000 | BIT(59), PMD));
	CHECK(!arch_present(address | BIT(59), PTE));
	CHECK(arch_special(address | 3 | BIT(56), PTE) && !arch_special(address | 3, PTE));
	CHECK(arch_none(0, PTE) && !arch_none(BIT(10), PTE));
}

/* Since 6.11: bit 11 of an entry that is not valid says that it is present, at any level. */
static void newer(void)
{
	const __u64 swapped = 0x15ULL << 6 | 0x123456789aULL << 12;

	arch_learn(address | BIT(11) | BIT(7) | 2);
	CHECK(arch_leaf(address | BIT(11) | 2, PTE) && !arch_valid(address | BIT(11) | 2));
	CHECK(arch_leaf(0x12345200000 | BIT(11), PMD) && !arch_table(0x12345200000 | BIT(11), PMD));
	CHECK(!arch_present(address | BIT(58), PTE) && !arch_present(address | BIT(59), PMD));
	CHECK(arch_swap(swapped, PTE) && !arch_present(swapped, PTE));
	CHECK_EQ(arch_swap_type(swapped), 0x15);
	CHECK_EQ(arch_swap_offset(swapped), 0x123456789a);

	arch_learn(address | BIT(58) | BIT(11) | BIT(7) | 2);
	CHECK(!arch_present(address | BIT(11), PTE) && arch_present(address | BIT(58), PTE));
}

static void swap(void)
{
	__u64 entry = 0x15ULL << 3 | 0x123456789aULL << 8;

	CHECK(arch_swap(entry, PTE) && !arch_present(entry, PTE));
	CHECK_EQ(arch_swap_type(entry), 0x15);
	CHECK_EQ(arch_swap_offset(entry), 0x123456789a);
	CHECK(arch_swap(entry | BIT(2), PTE));	/* exclusive */
	CHECK_EQ(arch_swap_type(entry | BIT(2)), 0x15);
}

static void pfns(void)
{
	CHECK_EQ(arch_pfn(address | BIT(54) | BIT(53) | 0xf43, PTE), 0x123456789);
	CHECK_EQ(arch_pfn(address | 3, PMD), 0x123456789);
	CHECK_EQ(arch_pfn(0x12345200000 | BIT(16) | 0x701, PMD), 0x12345200000 >> 12);
	CHECK_EQ(arch_pfn(0x12340000000 | 0x701, PUD), 0x12340000000 >> 12);
}

static void reserved(void)
{
	CHECK_EQ(arch_reserved(address | 3, PTE, 0, 0), 0);
	CHECK_EQ(arch_reserved(address | 3, PTE, 40, 0), address & ~(BIT(40) - 1));
	CHECK_EQ(arch_reserved(0x12345200000 | 1 | BIT(16), PMD, 0, 0), 0);	/* nT */
	CHECK_EQ(arch_reserved(0x12345200000 | 1 | BIT(13), PMD, 0, 0), BIT(13));
	CHECK_EQ(arch_reserved(address | 3, PMD, 0, 0), 0);
	CHECK_EQ(arch_reserved(address | BIT(58), PTE, 40, 0), 0);
	/* ordinary pages take the short way, others do not */
	CHECK_EQ((address | 0xf43) & arch_plain_mask(0, 0), arch_plain_value());
	CHECK(((address | 0xf43 | BIT(56)) & arch_plain_mask(0, 0)) != arch_plain_value());
	CHECK(((address | BIT(58)) & arch_plain_mask(0, 0)) != arch_plain_value());
}

static const struct ktap_test tests[] = {
	{ "spans and indices", spans },
	{ "tables, blocks, pages, PROT_NONE", kinds },
	{ "swap entries", swap },
	{ "not valid but present, since 6.11", newer },
	{ "page frame numbers", pfns },
	{ "reserved bits, ordinary pages", reserved },
};

int main(void)
{
	return KTAP_RUN(tests);
}

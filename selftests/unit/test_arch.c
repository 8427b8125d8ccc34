// SPDX-License-Identifier: GPL-2.0-only
/*
 * The architecture's entry format. Entries are written here by bit number, as
 * the hardware's manual and the kernel's headers give them, not with the
 * header's own names.
 */
#include "arch/arch.h"
#include "ktap.h"

#define BIT(n)	(1ULL << (n))

enum { PTE = 1, PMD, PUD, P4D, PGD };

static const __u64 address = 0x123456789000;	/* pfn 0x123456789 */

static void spans(void)
{
	CHECK_EQ(arch_shift(PTE, 4), 12);
	CHECK_EQ(arch_shift(PMD, 4), 21);
	CHECK_EQ(arch_shift(PUD, 5), 30);
	CHECK_EQ(arch_shift(P4D, 5), 39);
	CHECK_EQ(arch_shift(PGD, 5), 48);
	CHECK_EQ(arch_shift(PGD, 4), 39);
	CHECK_EQ(arch_below(PGD, 4), PUD);
	CHECK_EQ(arch_below(PGD, 5), P4D);
	CHECK_EQ(arch_below(PMD, 4), PTE);
	CHECK_EQ(arch_entry_span(PMD, 4), 2 << 20);
	CHECK_EQ(arch_table_span(PTE, 5), 2 << 20);
	CHECK_EQ(arch_user_end(4), BIT(47));
	CHECK_EQ(arch_user_end(5), BIT(56));
	CHECK_EQ(arch_index(0x7fffffffffff, PGD, 4), 255);
	CHECK_EQ(arch_index(0x7fffffffffff, PGD, 5), 0);
	CHECK_EQ(arch_index(0x7fffffffffff, PTE, 4), 511);
	CHECK_EQ(arch_index(0x40201000, PMD, 4), 1);
}

static void present(void)
{
	CHECK(arch_present(address | BIT(0), PTE));
	CHECK(arch_leaf(address | BIT(0), PTE));
	CHECK(!arch_table(address | BIT(0), PTE));
	CHECK(arch_table(address | BIT(0), PMD));
	CHECK(!arch_leaf(address | BIT(0), PMD));
	CHECK(arch_leaf(address | BIT(0) | BIT(7), PUD));
	CHECK(!arch_table(address | BIT(0) | BIT(7), PMD));
	/* bit 7 is no leaf above the pud, and PAT in a pte */
	CHECK(arch_table(address | BIT(0) | BIT(7), PGD));
	CHECK(arch_leaf(address | BIT(0) | BIT(7), PTE));
	/* mprotect(PROT_NONE), NUMA hinting */
	CHECK(arch_leaf(~address & ARCH_ADDR_MASK & ~1ULL, PTE) == 0);
	CHECK(arch_leaf((~address & ARCH_ADDR_MASK) | BIT(8), PTE));
	CHECK(arch_leaf((~address & ARCH_ADDR_MASK) | BIT(8) | BIT(7), PMD));
	CHECK(!arch_table((~address & ARCH_ADDR_MASK) | BIT(8) | BIT(7), PMD));
	/* a THP while it is split */
	CHECK(arch_leaf((~address & ARCH_ADDR_MASK) | BIT(7), PMD));
}

static void pfns(void)
{
	const __u64 huge = 0x12345200000, giant = 0x12340000000;

	CHECK_EQ(arch_pfn(address | 0x8000000000000067, PTE), 0x123456789);
	CHECK_EQ(arch_pfn(address | 0x67, PMD), 0x123456789);
	CHECK_EQ(arch_pfn((~address & ARCH_ADDR_MASK) | BIT(8), PTE), 0x123456789);
	/* bit 12 of a huge leaf is PAT, no address */
	CHECK_EQ(arch_pfn(huge | BIT(0) | BIT(7) | BIT(12), PMD), huge >> 12);
	CHECK_EQ(arch_pfn(giant | BIT(0) | BIT(7) | BIT(12), PUD), giant >> 12);
	CHECK_EQ(arch_pfn((~huge & ARCH_ADDR_MASK) | BIT(7) | BIT(8), PMD), huge >> 12);
}

static void swapped(void)
{
	/* type 3, offset 0x1234: type in the top 5 bits, offset inverted from bit 9 */
	const __u64 entry = 3ULL << 59 | ((~0x1234ULL << 9) & (BIT(59) - 1));

	CHECK(arch_swap(entry, PTE));
	CHECK(!arch_present(entry, PTE));
	CHECK(!arch_none(entry, PTE));
	CHECK_EQ(arch_swap_type(entry), 3);
	CHECK_EQ(arch_swap_offset(entry), 0x1234);
	CHECK(arch_none(0, PTE));
	CHECK(!arch_swap(0, PMD));
	/* accessed and dirty may stay in an empty entry */
	CHECK(arch_none(BIT(5) | BIT(6), PTE));
	CHECK(!arch_swap(BIT(6), PTE));
}

static void one_of_each(void)
{
	__u64 entry = 88172645463325252ULL;
	unsigned int level, i;

	for (i = 0; i < 1000000; i++) {
		entry ^= entry << 13;
		entry ^= entry >> 7;
		entry ^= entry << 17;
		for (level = PTE; level <= PGD; level++) {
			__u64 e = i & 1 ? entry : entry & 0x1e1;

			if (arch_none(e, level) + arch_swap(e, level) + !!arch_present(e, level) != 1 ||
			    (arch_leaf(e, level) && arch_table(e, level)) ||
			    ((arch_leaf(e, level) || arch_table(e, level)) && !arch_present(e, level)) ||
			    (level > PTE && arch_table(e, level) != ((e & arch_table_mask(level)) == BIT(0)))) {
				CHECK_EQ(e, level);
				return;
			}
		}
	}
}

static void reserved(void)
{
	CHECK_EQ(arch_reserved(address | 0x67, PTE, 52, 0), 0);
	CHECK_EQ(arch_reserved(BIT(46) | 0x67, PTE, 46, 0), BIT(46));
	CHECK_EQ(arch_reserved(BIT(46) | 0x67, PTE, 47, 0), 0);
	CHECK_EQ(arch_reserved(BIT(47) | 0x67, PTE, 47, BIT(47)), 0);
	CHECK_EQ(arch_reserved(BIT(51) | 0x67, PTE, 0, 0), 0);
	CHECK_EQ(arch_reserved(0x200000 | 0xe7, PMD, 46, 0), 0);
	CHECK_EQ(arch_reserved(0x200000 | 0x10e7, PMD, 46, 0), 0);
	CHECK_EQ(arch_reserved(0x202000 | 0xe7, PMD, 46, 0), 0x2000);
	CHECK_EQ(arch_reserved(0x40200000 | 0xe7, PUD, 46, 0), 0x200000);
	CHECK_EQ(arch_reserved(address | 0xe7, PGD, 52, 0), BIT(7));
	CHECK_EQ(arch_reserved(address | 0xe7, P4D, 52, 0), BIT(7));
	CHECK_EQ(arch_reserved(BIT(46) | 0x100, PTE, 46, 0), 0);
	CHECK_EQ(arch_reserved(BIT(63) | 0x67, PMD, 46, 0), 0);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "each level's entries map what they should, folded p4d or not", spans },
		{ "present, leaf and table are as the kernel takes them", present },
		{ "the pfn comes out of inverted and huge entries", pfns },
		{ "swap entries have type and offset", swapped },
		{ "an entry is empty, swapped or present, and leaf or table", one_of_each },
		{ "reserved bits are found, and no others", reserved },
	};

	return KTAP_RUN(tests);
}

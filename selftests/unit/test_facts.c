// SPDX-License-Identifier: GPL-2.0-only
/* What follows from what a kernel's BTF says: each form that kernels have had. */
#include "ktap.h"
#include "walk.h"
#include "walk_facts.h"

/* x86_64: 6.1 with the series, CONFIG_SLUB. */
static const struct walk_btf series = {
	.page_size = 64, .lock_size = 4,
	.mapping = 24, .compound_head = 8, .private = 40, .type = 48, .refcount = 52, .list = 8, .order = 17,
	.pt_mm = 32, .pmd_huge_pte = 16, .memcg_data = 56, .ptl = 40, .mm_users = 116, .pgtables_bytes = 124,
	.ptdesc = 1, .rcu_tables = 1, .paravirt_free = 1,
	.slab_type = 1, .slab_flag = 9, .head_flag = 16, .lru_flag = 4, .reserved_flag = 11,
};

/* 6.12: types are numbers in the top byte. */
static const struct walk_btf bytes = {
	.page_size = 64, .lock_size = 4,
	.mapping = 24, .compound_head = 8, .private = 40, .type = 48, .refcount = 52, .list = 8,
	.pt_mm = 32, .pmd_huge_pte = 16, .memcg_data = 56, .ptl = 40, .mm_users = 116, .pgtables_bytes = 124,
	.ptdesc = 1, .share_count = 1, .rcu_tables = 1, .rdonly_cast = 1,
	.table_byte = 0xf2, .buddy_byte = 0xf0, .slab_byte = 0xf5, .slab_type = 1,
	.head_flag = 6, .lru_flag = 5, .reserved_flag = 14,
};

#define TYPE_IS(is, m, v)	do { CHECK_EQ((is).mask, m); CHECK_EQ((is).value, v); } while (0)

static void types_unknown_to_btf(void)
{
	struct walk_facts facts = walk_facts(&series);

	TYPE_IS(facts.table, 0xf0000200, 0xf0000000);
	TYPE_IS(facts.buddy, 0xf0000080, 0xf0000000);
	TYPE_IS(facts.slab, 0, 0);
	TYPE_IS(facts.only_table, 0xffffffff, 0xfffffdff);
	CHECK_EQ(facts.slab_flag, 1 << 9);
	CHECK_EQ(facts.head_flag, 1 << 16);
	CHECK_EQ(facts.foreign_flags, 1 << 4 | 1 << 11 | 1 << 9);
}

static void types_as_bits(void)
{
	struct walk_btf btf = series;
	struct walk_facts facts;

	btf.table_bit = 0x200;	/* 6.10 */
	btf.buddy_bit = 0x80;
	btf.slab_bit = 0x1000;
	btf.slab_flag = 0;
	facts = walk_facts(&btf);
	TYPE_IS(facts.table, 0xf0000200, 0xf0000000);
	TYPE_IS(facts.slab, 0xf0001000, 0xf0000000);
	CHECK_EQ(facts.slab_flag, 0);
	CHECK_EQ(facts.foreign_flags, 1 << 4 | 1 << 11);

	btf.table_bit = 0x04000000;	/* 6.11 */
	btf.buddy_bit = 0x40000000;
	btf.slab_bit = 0x02000000;
	facts = walk_facts(&btf);
	TYPE_IS(facts.table, 0x84000000, 0x80000000);
	TYPE_IS(facts.buddy, 0xc0000000, 0x80000000);
	TYPE_IS(facts.slab, 0x82000000, 0x80000000);
	TYPE_IS(facts.only_table, 0xffffffff, 0xfbffffff);
}

static void types_as_bytes(void)
{
	struct walk_facts facts = walk_facts(&bytes);

	TYPE_IS(facts.table, 0xff000000, 0xf2000000);
	TYPE_IS(facts.buddy, 0xff000000, 0xf0000000);
	TYPE_IS(facts.slab, 0xff000000, 0xf5000000);
	TYPE_IS(facts.only_table, 0xff000000, 0xf2000000);
	CHECK_EQ(facts.foreign_flags, 1 << 5 | 1 << 14);
}

/* SLAB keeps a count where the type is, and kernels before 5.17 may. */
static void slabs_that_count(void)
{
	struct walk_btf btf = series;

	CHECK(!walk_facts(&btf).slab_counted);
	btf.slab_type = 0;
	CHECK(walk_facts(&btf).slab_counted);
	btf.slab_flag = 0;
	CHECK(!walk_facts(&btf).slab_counted);
}

static void places(void)
{
	struct walk_btf btf = series;
	struct walk_facts facts = walk_facts(&btf);

	CHECK_EQ(facts.page_size, 64);
	CHECK_EQ(facts.flags, 0);
	CHECK_EQ(facts.mapping, 24);
	CHECK_EQ(facts.compound_head, 8);
	CHECK_EQ(facts.private, 40);
	CHECK_EQ(facts.type, 48);
	CHECK_EQ(facts.refcount, 52);
	CHECK_EQ(facts.list, 8);
	CHECK_EQ(facts.mm_users, 116);
	CHECK_EQ(facts.pgtables_bytes, 124);
	CHECK_EQ(facts.pt_mm, 32);
	CHECK_EQ(facts.pmd_huge_pte, 16);
	CHECK_EQ(facts.memcg_data, 56);
	CHECK_EQ(facts.ptl, 40);
	CHECK_EQ(facts.order, 17);

	btf.order = 0;	/* 6.6: in the first tail's flags */
	CHECK_EQ(walk_facts(&btf).order, 0);
	btf.ptdesc = 0;
	CHECK_EQ(walk_facts(&btf).order, -1);

	btf.pt_mm = btf.pmd_huge_pte = btf.memcg_data = btf.ptl = 0;
	facts = walk_facts(&btf);
	CHECK_EQ(facts.pt_mm, -1);
	CHECK_EQ(facts.pmd_huge_pte, -1);
	CHECK_EQ(facts.memcg_data, -1);
	CHECK_EQ(facts.ptl, -1);
}

#define USUAL	(WALK_HAS_PTDESC | WALK_HAS_PTL | WALK_HAS_PMD_HUGE_PTE | WALK_HAS_MEMCG)

static void fields(void)
{
	struct walk_btf btf = series;

	CHECK_EQ(walk_facts(&series).fields, USUAL);
	CHECK_EQ(walk_facts(&bytes).fields, USUAL | WALK_HAS_SHARE_COUNT);
	btf.mm_pmd_huge_pte = 1;
	CHECK_EQ(walk_facts(&btf).fields, (USUAL & ~WALK_HAS_PMD_HUGE_PTE) | WALK_MM_PMD_HUGE_PTE);
	btf.mm_pmd_huge_pte = btf.pmd_huge_pte = btf.memcg_data = btf.ptdesc = 0;
	CHECK_EQ(walk_facts(&btf).fields, WALK_HAS_PTL);
	/* neither on this architecture, whatever a type may have */
	btf.fragments = btf.fragment_bits = 1;
	CHECK_EQ(walk_facts(&btf).fields, WALK_HAS_PTL);
	btf.gmap.gaddr = 32;
	CHECK_EQ(walk_facts(&btf).fields, WALK_HAS_PTL | WALK_HAS_GADDR);
	CHECK_EQ(walk_facts(&btf).gmap.gaddr, 32);
}

static void locks(void)
{
	struct walk_btf btf = series;

	btf.lock_size = 72;
	btf.ptl = 0;
	btf.ptl_pointer = 40;
	CHECK_EQ(walk_facts(&btf).fields, USUAL | WALK_PTL_POINTER | WALK_PTL_DEBUG);
	CHECK_EQ(walk_facts(&btf).ptl, 40);
	btf.ptl_pointer = 0;	/* not split */
	CHECK_EQ(walk_facts(&btf).fields, (USUAL & ~WALK_HAS_PTL) | WALK_PTL_DEBUG);
	btf.ptl = 40;
	btf.lock_size = 0;	/* one CPU */
	CHECK_EQ(walk_facts(&btf).fields, USUAL & ~WALK_HAS_PTL);
}

static void grace(void)
{
	struct walk_btf btf = series;

	CHECK(!walk_facts(&btf).rcu_known && !walk_facts(&btf).rcu_freed);
	btf.paravirt_free = 0;
	CHECK(walk_facts(&btf).rcu_known && walk_facts(&btf).rcu_freed);
	btf.rcu_tables = 0;
	CHECK(walk_facts(&btf).rcu_known && !walk_facts(&btf).rcu_freed);
	btf.paravirt_free = 1;
	CHECK(walk_facts(&btf).rcu_known && !walk_facts(&btf).rcu_freed);
}

static void glancing(void)
{
	struct walk_btf btf = bytes;

	CHECK(walk_facts(&btf).can_glance);
	btf.rdonly_cast = 0;
	CHECK(!walk_facts(&btf).can_glance);
	btf.rdonly_cast = 1;
	btf.slab_flag = 9;
	CHECK(!walk_facts(&btf).can_glance);
	btf.slab_flag = 0;
	btf.refcount = 28;
	CHECK(!walk_facts(&btf).can_glance);
}

static const struct ktap_test tests[] = {
	{ "page types that BTF knows nothing of", types_unknown_to_btf },
	{ "page types that are bits, low and high", types_as_bits },
	{ "page types that are numbers", types_as_bytes },
	{ "slabs whose type looks like a count", slabs_that_count },
	{ "where the fields are, and that they are not", places },
	{ "which fields there are", fields },
	{ "locks: in the word, elsewhere, none", locks },
	{ "tables freed after a grace period: yes, no, not known", grace },
	{ "whether a program can glance at pages", glancing },
};

int main(void)
{
	return KTAP_RUN(tests);
}

// SPDX-License-Identifier: GPL-2.0-only
/* From what the kernel's BTF says to what the walk needs to know. */
#include "arch/arch.h"
#include "walk.h"
#include "walk_facts.h"

/*
 * Page types. 6.12 (4ffca5a96678): the top byte is one of enum pagetype's
 * PGTY_*. Before: one bit for each, clear when the type is set, below a base
 * of bits that stay set. These bits are in enum pagetype since 6.10
 * (ff202303c398), and in the upper half of the word in 6.11 (8db00ad56461);
 * before they are preprocessor constants, of which BTF knows nothing
 * (include/linux/page-flags.h). Slab is a page flag until 6.10 (46df8e73a4a3).
 */
#define TYPE_BASE_HIGH	0x80000000u	/* of bits in the upper half */
#define TYPE_BASE_LOW	0xf0000000u
#define PG_BUDDY_OLD	0x00000080u
#define PG_TABLE_OLD	0x00000200u

static struct walk_type top_byte(__u32 type)
{
	return (struct walk_type){ 0xff000000u, type << 24 };
}

static struct walk_type clear_bit(__u32 bit)
{
	__u32 base = bit >> 16 ? TYPE_BASE_HIGH : TYPE_BASE_LOW;

	return (struct walk_type){ base | bit, base };
}

static __u64 flag(__u32 number)
{
	return number ? 1ULL << number : 0;
}

static void take_types(struct walk_facts *facts, const struct walk_btf *btf)
{
	if (btf->table_byte) {
		facts->table = top_byte(btf->table_byte);
		facts->buddy = top_byte(btf->buddy_byte);
	} else {
		facts->table = clear_bit(btf->table_bit ? btf->table_bit : PG_TABLE_OLD);
		facts->buddy = clear_bit(btf->table_bit ? btf->buddy_bit : PG_BUDDY_OLD);
	}

	/* a word of bits has all of them set but its type's */
	facts->only_table = facts->table;
	if (!btf->table_byte)
		facts->only_table = (struct walk_type){ ~0u, ~(facts->table.mask ^ facts->table.value) };

	if (btf->slab_byte)
		facts->slab = top_byte(btf->slab_byte);
	else if (btf->slab_bit)
		facts->slab = clear_bit(btf->slab_bit);
	facts->slab_flag = flag(btf->slab_flag);
	facts->slab_counted = btf->slab_flag && !btf->slab_type;
	facts->head_flag = flag(btf->head_flag);
	facts->foreign_flags = flag(btf->lru_flag) | flag(btf->reserved_flag) | facts->slab_flag;
}

static __s32 offset(__u32 where)
{
	return where ? (__s32)where : -1;
}

/*
 * log2 of the pages of a compound page: a byte of its own, or since 6.6 and
 * ebc1baf5c9b4 the low one of flags. Kernels from 6.2 to 6.5 keep it elsewhere,
 * but have no compound tables.
 */
#define LOW_BYTE	(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 7)

static void take_offsets(struct walk_facts *facts, const struct walk_btf *btf)
{
	facts->page_size = btf->page_size;
	facts->flags = 0;	/* the first word, whatever its type */
	facts->mapping = btf->mapping;
	facts->compound_head = btf->compound_head;
	facts->private = btf->private;
	facts->type = btf->type;
	facts->refcount = btf->refcount;
	facts->list = btf->list;
	facts->mm_users = btf->mm_users;
	facts->pgtables_bytes = btf->pgtables_bytes;
	facts->pt_mm = offset(btf->pt_mm);
	facts->pmd_huge_pte = offset(btf->pmd_huge_pte);
	facts->memcg_data = offset(btf->memcg_data);
	facts->ptl = offset(btf->ptl ? btf->ptl : btf->ptl_pointer);
	facts->order = btf->order ? (__s32)btf->order : btf->ptdesc ? LOW_BYTE : -1;
	facts->gmap = btf->gmap;
}

static unsigned int fields_of(const struct walk_btf *btf)
{
	unsigned int fields = 0;

	if (btf->ptdesc)
		fields |= WALK_HAS_PTDESC;
	if (btf->lock_size && (btf->ptl || btf->ptl_pointer))	/* of no size: one CPU, nothing to lock */
		fields |= WALK_HAS_PTL;
	if (btf->ptl_pointer)
		fields |= WALK_PTL_POINTER;
	if (btf->lock_size > 4)
		fields |= WALK_PTL_DEBUG;
	if (btf->share_count)
		fields |= WALK_HAS_SHARE_COUNT;
	if (btf->mm_pmd_huge_pte)
		fields |= WALK_MM_PMD_HUGE_PTE;
	else if (btf->pmd_huge_pte)
		fields |= WALK_HAS_PMD_HUGE_PTE;
	if (btf->memcg_data)
		fields |= WALK_HAS_MEMCG;
	if (ARCH_FRAGMENTS && (ARCH_FRAGMENT_BITS ? btf->fragment_bits : btf->fragments))
		fields |= WALK_HAS_FRAGMENTS;
	if (btf->gmap.gaddr)
		fields |= WALK_HAS_GADDR;
	return fields;
}

struct walk_facts walk_facts(const struct walk_btf *btf)
{
	struct walk_facts facts = { .fields = fields_of(btf) };

	take_offsets(&facts, btf);
	take_types(&facts, btf);
	/*
	 * Can a program load from any address by itself? 6.2, a35b9af4ec2c, has
	 * bpf_rdonly_cast(). (The mere call is refused where the architecture's
	 * compiler cannot do it: ARCH_KFUNC.) And does one word of a struct page tell
	 * its type and its references? Not as long as slab is a flag.
	 */
	facts.can_glance = ARCH_KFUNC && btf->rdonly_cast && !btf->slab_flag && btf->refcount == btf->type + 4;
	/*
	 * Are tables freed after an RCU grace period? Yes if the mmu_gather can and
	 * x86's paravirt hook that may bypass it is gone; no if it cannot; unknown if
	 * the hook is there (its target is no fact of BTF).
	 */
	facts.rcu_known = !btf->rcu_tables || !btf->paravirt_free;
	facts.rcu_freed = btf->rcu_tables && facts.rcu_known;
	return facts;
}

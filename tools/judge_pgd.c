// SPDX-License-Identifier: GPL-2.0-only
/* The pgd against what must be the same in it as elsewhere: the kernel's half, and the copy for user space. */
#include "arch/arch.h"
#include "judge.h"

/* A pgd's entries are told apart by index; any address of user space leads to all of them. */
static struct finding about_entry(enum invariant_id id, const struct look *look, unsigned int i)
{
	const struct snap_table *pgd = snapshot_table(&look->snap, 0);

	return (struct finding){
		.invariant = id, .level = WALK_PGD, .index = i, .pfn = pgd->pfn,
		.moving = pgd->flags & WALK_MOVED,
	};
}

static bool readable(const struct look *look, __u64 entries[ARCH_ENTRIES])
{
	const struct snap_table *pgd;

	if (!look->snap.nr)
		return false;
	pgd = snapshot_table(&look->snap, 0);
	return pgd->level == WALK_PGD && !(pgd->flags & (WALK_BAD_PFN | WALK_NO_TABLE)) &&
	       !walk_read_table(look->subject->walk, pgd->pfn, entries);
}

int judge_kernel_half(struct look *look)
{
	unsigned int own = arch_index(arch_private_start(look->snap.levels), WALK_PGD, look->snap.levels);
	__u64 here[ARCH_ENTRIES], there[ARCH_ENTRIES];
	bool lazy;
	int err = 0;

	if (!readable(look, here) ||
	    walk_read_table(look->subject->walk, look->subject->kernel->own_pgd, there))
		return 0;
	lazy = arch_kernel_lazy(there);
	for (unsigned int i = ARCH_USER_ENTRIES; i < ARCH_ENTRIES && !err; i++) {
		struct finding finding = about_entry(KERNEL_HALF, look, i);

		if (i == own)
			continue;
		look->checked[KERNEL_HALF]++;
		finding.expected = there[i] & ~ARCH_VOLATILE;
		finding.found = finding.raw = here[i] & ~ARCH_VOLATILE;
		if (lazy && (!finding.expected || !finding.found))
			continue;
		if (finding.expected != finding.found)
			err = look_report(look, &finding);
	}
	return err;
}

/*
 * Of the kernel the copy has only what entering it takes, the same for all
 * (arch/x86/mm/pti.c), and the LDT's entry, if there is one.
 */
int judge_pti_copy(struct look *look)
{
	unsigned int own = arch_index(arch_private_start(look->snap.levels), WALK_PGD, look->snap.levels);
	__u64 kernel[ARCH_ENTRIES], user[ARCH_ENTRIES], there[ARCH_ENTRIES];
	struct walk *walk = look->subject->walk;
	int err = 0;

	if (!readable(look, kernel) ||
	    walk_read_table(walk, snapshot_table(&look->snap, 0)->pfn + 1, user) ||
	    walk_read_table(walk, look->subject->kernel->own_pgd + 1, there))
		return 0;
	for (unsigned int i = 0; i < ARCH_ENTRIES && !err; i++) {
		struct finding finding = about_entry(PTI_COPY, look, i);

		look->checked[PTI_COPY]++;
		finding.expected = (i < ARCH_USER_ENTRIES ? kernel[i] & ~ARCH_PTI_BITS :
				    i == own && user[i] ? kernel[i] : i == own ? 0 : there[i]) & ~ARCH_VOLATILE;
		finding.found = finding.raw = user[i] & ~ARCH_VOLATILE;
		if (finding.expected != finding.found)
			err = look_report(look, &finding);
	}
	return err;
}

/*
 * memcg_data of a table is 0 (of the root cgroup, or not charged) or an object
 * cgroup with MEMCG_DATA_KMEM (include/linux/memcontrol.h): no slab's vector,
 * no plain memory cgroup.
 */
#define CHARGE_FLAGS	3ULL
#define CHARGE_KMEM	2ULL

int judge_charge_sane(struct look *look)
{
	int err = 0;

	for (__u32 i = 0; i < look->snap.nr && !err; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);
		struct finding finding = judge_about(CHARGE_SANE, table);

		if (!judge_readable(look, table))
			continue;
		look->checked[CHARGE_SANE]++;
		if (!table->memcg_data || (table->memcg_data & CHARGE_FLAGS) == CHARGE_KMEM)
			continue;
		finding.found = finding.raw = table->memcg_data;
		err = look_report(look, &finding);
	}
	return err;
}

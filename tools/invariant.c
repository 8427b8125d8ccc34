// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "arch/arch.h"
#include "census.h"
#include "entry_sane.h"
#include "invariant.h"
#include "judge.h"

#define LEVEL(level)	(1 << WALK_##level)
#define ALL_LEVELS	(LEVEL(PTE) | LEVEL(PMD) | LEVEL(PUD) | LEVEL(P4D) | LEVEL(PGD))
#define BELOW_PGD	(ALL_LEVELS & ~LEVEL(PGD))

#define SAY(buf, ...)	((void)snprintf(buf, INVARIANT_TEXT, __VA_ARGS__))

#define GONE	"the process exited, or ran another program, meanwhile"

static const char *no_counts(const struct look *look)
{
	if (look->subject->kernel->fields & WALK_MM_PMD_HUGE_PTE)
		return "this kernel keeps deposited tables at the mm";
	return look->whole ? NULL : "needs the whole address space: drop -A";
}

static const char *no_vmas(const struct look *look)
{
	if (look->gone)
		return GONE;
	return look->vmas_error ? "/proc/PID/maps could not be read" : NULL;
}

static const char *no_owner(const struct look *look)
{
	(void)look;
	return ARCH_PGD_LIST ? NULL : "on this architecture no descriptor names an mm";
}

static const char *no_kernel_half(const struct look *look)
{
	(void)look;
	return ARCH_KERNEL_HALF ? NULL : "on this architecture a pgd has no kernel's half";
}

static const char *no_pti(const struct look *look)
{
	return look->subject->machine->pti ? NULL : "the kernel does not isolate page tables";
}

static const char *no_memcg(const struct look *look)
{
	return look->subject->kernel->fields & WALK_HAS_MEMCG ? NULL :
	       "this kernel's descriptor has no memcg_data";
}

static const char *no_zero(const struct look *look)
{
	return look->subject->kernel->zero_pfn ? NULL : "where the zero page is was not found out";
}

static const char *no_user_bit(const struct look *look)
{
	(void)look;
	return ARCH_HAS_USER_BIT ? NULL : "this architecture has no such bit";
}

static const char *no_ptl(const struct look *look)
{
	unsigned int fields = look->subject->kernel->fields;

	if (!ARCH_QSPINLOCK)
		return "any word is possible in this lock";
	if (!(fields & WALK_HAS_PTL))
		return "this kernel's descriptor has no ptl";
	if (fields & WALK_PTL_POINTER)
		return "this kernel's ptl is a pointer, not a lock";
	if (fields & WALK_PTL_DEBUG)
		return "its ptl is a debug lock of unknown layout";
	return NULL;
}

static const char *no_deposits(const struct look *look)
{
	if (!(look->subject->kernel->fields & WALK_HAS_PMD_HUGE_PTE))
		return "this kernel's descriptor has no pmd_huge_pte";
	if (look->kinds_unknown)
		return "/proc/kpageflags could not be read";
	if (ARCH_PMD_FRAGMENTS && !look->whole)
		return "tables of a page share deposits: drop -A";
	return no_vmas(look);
}

static const char *no_look_at_deposits(const struct look *look)
{
	if (!(look->subject->kernel->fields & WALK_HAS_PMD_HUGE_PTE))
		return "this kernel's descriptor has no pmd_huge_pte";
	return ARCH_DEPOSIT_LRU ? NULL : "here their list is inside the tables";
}

static const char *no_sharing(const struct look *look)
{
	if (!(look->subject->kernel->fields & WALK_HAS_SHARE_COUNT))
		return "this kernel's descriptor has no pt_share_count";
	if (look->kinds_unknown)
		return "/proc/kpageflags could not be read";
	return no_vmas(look);
}

static const char *no_fragments(const struct look *look)
{
	if (!ARCH_FRAGMENTS)
		return "on this architecture no tables share a page";
	return look->subject->kernel->fields & WALK_HAS_FRAGMENTS ? NULL :
	       "this kernel's descriptor has no fragments";
}

static const char *no_gaddr(const struct look *look)
{
	if (!ARCH_GMAP)
		return "this architecture has no gmaps";
	if (!(look->subject->kernel->fields & WALK_HAS_GADDR))
		return "this kernel's descriptor has no guest address";
	return look->whole ? NULL : "needs the whole address space: drop -A";
}

static const char *no_movable(const struct look *look)
{
	return machine_has_movable(look->subject->machine) ? NULL : "there is no such zone";
}

static const char *no_listing(const struct look *look)
{
	if (look->subject->joined)
		return "checked for all processes at once";
	if (!look->subject->sources->listing)
		return "no listing: ptdesc.ko is not loaded";
	return look->gone ? GONE : NULL;
}

static void say_typed(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "a page typed as a page table");
	SAY(found, "page_type 0x%08llx", f->found);
}

static void say_refcount(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "reference count 1");
	SAY(found, "reference count %lld", (long long)f->found);
}

static void say_parent(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "one entry that leads to this table");
	SAY(found, "a second one: it is also the %s table at 0x%llx",
	    walk_level_name(f->found), f->other);
}

static void say_entry(const struct finding *f, char *expected, char *found)
{
	switch ((enum entry_fault)f->expected) {
	case ENTRY_RESERVED:
		SAY(expected, "no reserved bit set");
		SAY(found, "reserved bits 0x%llx", f->found);
		break;
	case ENTRY_TABLE_BEYOND:
		SAY(expected, "a table below pfn %llu, the end of memory", f->found);
		SAY(found, "pfn %llu", f->pfn);
		break;
	case ENTRY_TABLE_NO_RAM:
		SAY(expected, "a table in System RAM");
		SAY(found, "pfn %llu, which is none", f->pfn);
		break;
	case ENTRY_NO_PAGE:
		SAY(expected, "a table with a struct page");
		SAY(found, "pfn %llu, whose struct page cannot be read", f->pfn);
		break;
	case ENTRY_NO_TABLE:
		SAY(expected, "a table that can be read");
		SAY(found, "pfn %llu, whose memory cannot be read", f->pfn);
		break;
	case ENTRY_LEAF_BEYOND:
		SAY(expected, "memory below pfn %llu, the end of memory", f->found);
		SAY(found, "pfn %llu in an ordinary mapping", f->pfn);
		break;
	}
}

static void say_owner(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "pt_mm 0x%llx, this mm", f->expected);
	SAY(found, "pt_mm 0x%llx", f->found);
}

static void say_counts(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "pgtables_bytes %llu, what the tables reached take (%llu of them deposited)",
	    f->expected, f->other);
	SAY(found, "pgtables_bytes %llu (%+lld)", f->found, (long long)(f->found - f->expected));
}

static void say_leaf(const struct finding *f, char *expected, char *found)
{
	static const char *const what[] = {
		[LEAF_MAPS_TABLE] = "a page table",
		[LEAF_MAPS_BUDDY] = "a page free in the buddy allocator",
		[LEAF_MAPS_SLAB] = "a slab page",
		[LEAF_MAPS_OWN_TABLE] = "a page table of this mm",
	};
	unsigned int kind = f->found >> 32;

	SAY(expected, "a page for user space");
	SAY(found, "pfn %llu, %s (page_type 0x%08x)", f->pfn,
	    kind && kind < sizeof(what) / sizeof(*what) ? what[kind] : "?", (unsigned int)f->found);
}

static void say_vma(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "a VMA that meets 0x%llx-0x%llx", f->va, f->other);
	SAY(found, "none (%llu tables with %llu entries in the gap)", f->expected, f->found);
}

static void say_ptl(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "%s", f->level > WALK_PMD ? "0: these tables have no lock" : "a possible spinlock");
	SAY(found, "ptl 0x%08llx", f->found);
}

static void say_deposit(const struct finding *f, char *expected, char *found)
{
	if (f->expected == f->other)
		SAY(expected, "%llu deposited tables", f->expected);
	else
		SAY(expected, "%llu to %llu deposited tables", f->expected, f->other);
	SAY(found, "%u%s%s", (unsigned int)f->found,
	    f->found & DEPOSIT_CHAIN_LONG ? " and a chain without end" : "",
	    f->found & DEPOSIT_CHAIN_BAD ? " and then what is no table" : "");
}

static void say_listed(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "pfn %llu in the inspector's listing", f->pfn);
	if (f->level)
		SAY(found, "it is not there (page_type 0x%08llx)", f->found);
	else	/* of all processes */
		SAY(found, "it is not there; it is the %s table at 0x%llx of process %llu",
		    walk_level_name(f->found), f->other, f->expected);
}

static void say_reached(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "an entry that leads to pfn %llu, or a pmd table where it is deposited", f->pfn);
	SAY(found, "none in any mm, nor in the kernel's tables: it is lost");
}

static void say_pages(const struct finding *f, char *found)
{
	long long more = f->found - f->expected;

	if (f->other && f->other < CENSUS_MANY)
		SAY(found, "nr_page_table_pages %llu (%+lld, while up to %llu came)", f->found, more, f->other);
	else
		SAY(found, "nr_page_table_pages %llu (%+lld)", f->found, more);
}

static void say_population(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "nr_page_table_pages %llu, the pages of the listed tables", f->expected);
	say_pages(f, found);
}

static void say_kernel_half(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "entry %u as in other pgds: 0x%llx", f->index, f->expected);
	SAY(found, "0x%llx", f->found);
}

static void say_pti_copy(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "0x%llx in the user's copy of the pgd, pfn %llu", f->expected, f->pfn + 1);
	SAY(found, "0x%llx", f->found);
}

static void say_share_count(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "pt_share_count %llu, since %llu entries lead to it", f->expected, f->expected + 1);
	SAY(found, "pt_share_count %lld", (long long)f->found);
}

static void say_charge(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "memcg_data 0, or an object cgroup with MEMCG_DATA_KMEM (2)");
	SAY(found, "memcg_data 0x%llx", f->found);
}

static void say_zero(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "the zero page, pfn %llu, read-only", f->pfn);
	SAY(found, "it may be written");
}

static void say_user(const struct finding *f, char *expected, char *found)
{
	(void)f;
	SAY(expected, "an entry that lets user space in");
	SAY(found, "one for the kernel alone");
}

static void say_memcg(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "pagetables %llu pages, of the listed tables charged to cgroup inode %llu and below",
	    f->expected, f->va);
	SAY(found, "pagetables %llu pages (%+lld; %llu may be added later)", f->found,
	    (long long)(f->found - f->expected), f->other);
}

static void say_only(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "no flag of 0x%llx, mapping 0, no type but that of tables", f->expected);
	SAY(found, "flags 0x%llx, mapping 0x%llx, page_type 0x%08llx", f->found, f->other, f->raw);
}

static void say_deposit_used(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "an empty table that no entry leads to");
	if (f->expected)
		SAY(found, "%llu entries in use; it is also the table at 0x%llx", f->found, f->other);
	else
		SAY(found, "%llu entries in use", f->found);
}

static void say_shared(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "only hugetlb pages, in a shared VMA of these, or pt_share_count 0");
	SAY(found, "pt_share_count %lld, %llu hugetlb pages, %llu other entries", (long long)f->found,
	    f->expected, f->other);
}

static void say_linked(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "the pgd of process %llu, pfn %llu, in the list", f->expected, f->pfn);
	SAY(found, "it is not there");
}

static void say_one_mm(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "the table at 0x%llx of process %llu, pfn %llu, in that mm alone", f->raw, f->expected,
	    f->pfn);
	SAY(found, "it is also the table at 0x%llx of process %llu", f->other, f->found);
}

static void say_uncharged(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "memcg_data 0, of the kernel's table at 0x%llx, pfn %llu", f->other, f->pfn);
	SAY(found, "memcg_data 0x%llx", f->found);
}

static void say_fragments(const struct finding *f, char *expected, char *found)
{
	static const char *const what[] = { "the lower half", "the upper half", "the whole page" };

	if (ARCH_FRAGMENT_BITS) {
		SAY(expected, "%s allocated and not about to be freed: 0x%llx", what[f->other % 3], f->expected);
		SAY(found, "0x%llx (the other half left out, if right)", f->found);
		return;
	}
	SAY(expected, "%llu to %llu tables in the page, since %llu are reached", f->expected, f->other,
	    f->expected);
	SAY(found, "%lld", (long long)f->found);
}

static void say_gaddr(const struct finding *f, char *expected, char *found)
{
	if (f->doubt)
		SAY(expected, "a list of gmaps that does not change while it is followed");
	else if (!f->other)
		SAY(expected, "0, as the table is of no gmap");
	else
		SAY(expected, "0x%llx, in the gmap at 0x%llx", f->expected, f->other);
	SAY(found, "0x%llx", f->found);
}

static void say_movable(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "a page of another zone");
	SAY(found, "pfn %llu, of zone Movable or Device", f->pfn);
}

static void say_node(const struct finding *f, char *expected, char *found)
{
	SAY(expected, "nr_page_table_pages %llu on node %llu, the pages of the listed tables", f->expected,
	    f->va);
	say_pages(f, found);
}

const struct invariant invariants[INVARIANTS] = {
	{
		TABLE_TYPED, "table-typed", SCOPE_TABLE, ALL_LEVELS, INVARIANT_AT_ONCE,
		"each table's page is typed as a page table",
		"levels that this kernel does not type",
		0, NULL, judge_table_typed, say_typed,
	}, {
		REFCOUNT_ONE, "refcount-one", SCOPE_TABLE, ALL_LEVELS, INVARIANT_AT_ONCE,
		"a table's page has one reference",
		"shared hugetlb pmd tables where the kernel has no pt_share_count",
		0, NULL, judge_refcount_one, say_refcount,
	}, {
		SINGLE_PARENT, "single-parent", SCOPE_MM, BELOW_PGD, INVARIANT_APART,
		"a table hangs from one entry",
		"hugetlb pmd tables with pt_share_count above 0",
		0, NULL, judge_single_parent, say_parent,
	}, {
		ENTRY_SANE, "entry-sane", SCOPE_ENTRY, ALL_LEVELS, INVARIANT_AT_ONCE,
		"a present entry leads to RAM (a table) or is aligned (a leaf), with no reserved bit set",
		"leaves of device memory, whose pfn may lie anywhere",
		0, NULL, NULL, say_entry,
	}, {
		PGD_OWNER, "pgd-owner", SCOPE_TABLE, LEVEL(PGD), INVARIANT_AT_ONCE,
		"pt_mm of the pgd is this mm",
		NULL,
		0, no_owner, judge_pgd_owner, say_owner,
	}, {
		COUNTS_AGREE, "counts-agree", SCOPE_MM, LEVEL(PTE) | LEVEL(PMD) | LEVEL(PUD), INVARIANT_APART,
		"pgtables_bytes (VmPTE) is what the tables reached and deposited take",
		"12 KiB more with page table isolation: an LDT, mapped in the kernel's half",
		0, no_counts, judge_counts_agree, say_counts,
	}, {
		LEAF_NOT_TABLE, "leaf-not-table", SCOPE_ENTRY, LEVEL(PTE) | LEVEL(PMD) | LEVEL(PUD), INVARIANT_APART,
		"no leaf maps a page table, a free page or a slab page",
		"special entries; VMAs with VM_PFNMAP, VM_MIXEDMAP or VM_IO",
		0, NULL, NULL, say_leaf,
	}, {
		TABLE_IN_VMA, "table-in-vma", SCOPE_TABLE, BELOW_PGD, INVARIANT_APART,
		"what a table spans meets a VMA",
		"an munmap() under way, whose VMAs go first",
		0, no_vmas, judge_table_in_vma, say_vma,
	}, {
		PTL_SANE, "ptl-sane", SCOPE_TABLE, BELOW_PGD, INVARIANT_AT_ONCE,
		"the ptl word is a possible spinlock, of a pud or p4d table 0",
		"debug and real-time kernels: not checked",
		0, no_ptl, judge_ptl_sane, say_ptl,
	}, {
		DEPOSIT_MATCHES, "deposit-matches", SCOPE_TABLE, LEVEL(PMD), INVARIANT_APART,
		"a pmd table has one table deposited for each anonymous THP and huge zero page",
		"up to one more for each pmd swap or migration entry",
		0, no_deposits, judge_deposit_matches, say_deposit,
	}, {
		LISTED, "listed", SCOPE_MM, ALL_LEVELS, INVARIANT_APART,
		"each table reached is in the inspector's listing",
		"levels that this kernel does not type",
		0, no_listing, judge_listed, say_listed,
	}, {
		REACHED, "reached", SCOPE_MACHINE, ALL_LEVELS, INVARIANT_APART,
		"each table in the listing is reached from the pgd of an mm or of the kernel, or deposited",
		"as many as threads are inside a page fault; a table that RCU is about to free",
		1000, NULL, NULL, say_reached,
	}, {
		POPULATION, "population", SCOPE_MACHINE, ALL_LEVELS, INVARIANT_APART,
		"nr_page_table_pages is the number of pages that the listed tables take",
		"while tables come and go as many more or less as pages are allocated meanwhile",
		1000, NULL, NULL, say_population,
	}, {
		KERNEL_HALF, "kernel-half", SCOPE_ENTRY, LEVEL(PGD), INVARIANT_APART,
		"the kernel's half of the pgd is the same as in every pgd",
		"the entry of an LDT, with page table isolation; on riscv before 6.5 one that is still empty",
		0, no_kernel_half, judge_kernel_half, say_kernel_half,
	}, {
		PTI_COPY, "pti-copy", SCOPE_ENTRY, LEVEL(PGD), INVARIANT_APART,
		"the pgd for user mode has the same tables for user space, and the kernel's as in every pgd",
		NULL,
		0, no_pti, judge_pti_copy, say_pti_copy,
	}, {
		SHARE_COUNT, "share-count", SCOPE_MACHINE, LEVEL(PMD), INVARIANT_APART,
		"as many entries of all mms lead to a pmd table as pt_share_count says, and one",
		NULL,
		300, NULL, NULL, say_share_count,
	}, {
		CHARGE_SANE, "charge-sane", SCOPE_TABLE, ALL_LEVELS, INVARIANT_AT_ONCE,
		"a table is charged as kernel memory, or not at all",
		NULL,
		0, no_memcg, judge_charge_sane, say_charge,
	}, {
		ZERO_READONLY, "zero-readonly", SCOPE_ENTRY, LEVEL(PTE) | LEVEL(PMD), INVARIANT_AT_ONCE,
		"the zero page and the huge zero page are mapped read-only",
		NULL,
		0, no_zero, NULL, say_zero,
	}, {
		USER_BIT, "user-bit", SCOPE_ENTRY, ALL_LEVELS, INVARIANT_AT_ONCE,
		"each entry that serves user space lets it in",
		"PROT_NONE and NUMA hinting, which let nobody in",
		0, no_user_bit, NULL, say_user,
	}, {
		MEMCG_POPULATION, "memcg-population", SCOPE_MACHINE, ALL_LEVELS, INVARIANT_APART,
		"pagetables of a memory cgroup is what the listed tables charged to it take",
		"192 pages for each CPU and 128, which the kernel may add up later",
		1000, NULL, NULL, say_memcg,
	}, {
		ONLY_TABLE, "only-table", SCOPE_TABLE, ALL_LEVELS, INVARIANT_AT_ONCE,
		"a table's page is nothing else: on no LRU list, not reserved, in no mapping, of no other type",
		NULL,
		0, NULL, judge_only_table, say_only,
	}, {
		DEPOSIT_UNUSED, "deposit-unused", SCOPE_TABLE, LEVEL(PMD), INVARIANT_APART,
		"a table deposited at a pmd table is empty, and no entry leads to it",
		NULL,
		0, no_look_at_deposits, judge_deposit_unused, say_deposit_used,
	}, {
		SHARED_HUGETLB, "shared-hugetlb", SCOPE_TABLE, LEVEL(PMD), INVARIANT_APART,
		"a pmd table with pt_share_count above 0 maps hugetlb pages, in one shared VMA of these",
		"an munmap() under way, whose VMAs go first",
		0, no_sharing, judge_shared_hugetlb, say_shared,
	}, {
		PGD_LINKED, "pgd-linked", SCOPE_MACHINE, LEVEL(PGD), INVARIANT_APART,
		"the pgd of each process is in the kernel's list of pgds",
		NULL,
		300, NULL, NULL, say_linked,
	}, {
		ONE_MM, "one-mm", SCOPE_MACHINE, LEVEL(PTE) | LEVEL(PUD) | LEVEL(P4D) | LEVEL(PGD), INVARIANT_APART,
		"a table hangs in one mm only",
		"pmd tables, which share-count judges",
		300, NULL, NULL, say_one_mm,
	}, {
		KERNEL_UNCHARGED, "kernel-uncharged", SCOPE_MACHINE, BELOW_PGD, INVARIANT_APART,
		"a table of the kernel's half is charged to no memory cgroup",
		"those of an LDT",
		300, NULL, NULL, say_uncharged,
	}, {
		FRAGMENTS_AGREE, "fragments-agree", SCOPE_TABLE, LEVEL(PTE) | LEVEL(PMD), INVARIANT_APART,
		"of a page that tables share, the descriptor says that those reached are in use",
		"on powerpc only how many, those included that the mm keeps to give out",
		0, no_fragments, judge_fragments_agree, say_fragments,
	}, {
		GADDR_MATCHES, "gaddr-matches", SCOPE_TABLE, ALL_LEVELS, INVARIANT_APART,
		"a table of a gmap has the guest address that it maps or shadows, any other none",
		"the address of a shadow where the guest's own table cannot be read: only its flags",
		0, no_gaddr, judge_gaddr_matches, say_gaddr,
	}, {
		UNMOVABLE, "unmovable", SCOPE_TABLE, ALL_LEVELS, INVARIANT_AT_ONCE,
		"no table is in the zone of memory that can be moved, nor in a device's",
		NULL,
		0, no_movable, judge_unmovable, say_movable,
	}, {
		NODE_POPULATION, "node-population", SCOPE_MACHINE, ALL_LEVELS, INVARIANT_APART,
		"nr_page_table_pages of each NUMA node is the number of pages that the listed tables there take",
		"while tables come and go as many more or less as pages are allocated meanwhile",
		1000, NULL, NULL, say_node,
	},
};

const struct invariant *invariant_by_id(unsigned int id)
{
	return id >= 1 && id <= INVARIANTS ? &invariants[id - 1] : NULL;
}

const struct invariant *invariant_by_name(const char *name)
{
	char *end;
	unsigned long id = strtoul(name, &end, 10);

	if (end != name && !*end)
		return invariant_by_id(id <= INVARIANTS ? id : 0);
	for (unsigned int i = 0; i < INVARIANTS; i++)
		if (!strcmp(invariants[i].name, name))
			return &invariants[i];
	return NULL;
}

const char *invariant_scope_name(enum invariant_scope scope)
{
	static const char *const names[] = {
		[SCOPE_ENTRY] = "entry", [SCOPE_TABLE] = "table", [SCOPE_MM] = "mm",
		[SCOPE_MACHINE] = "machine",
	};

	return names[scope];
}

const char *invariant_unit(const struct invariant *inv)
{
	switch (inv->id) {
	case LEAF_NOT_TABLE:
		return "pages";
	case POPULATION:
		return "count";
	case NODE_POPULATION:
		return "nodes";
	case MEMCG_POPULATION:
		return "cgroups";
	case COUNTS_AGREE:
		return "mm";
	default:
		return inv->scope == SCOPE_ENTRY ? "entries" : "tables";
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the kernel keeps its direct map and its struct pages. Nothing exports
 * that on every kernel (kallsyms lacks data symbols without KALLSYMS_ALL and
 * shows zeroes under kptr_restrict), so it is found from pages of our own:
 *
 *  - page_offset: the one base under which our own page tables, followed from
 *    mm->pgd, lead to a page that holds a random marker that we wrote;
 *  - vmemmap: the struct page pointer that the page cache has for that page,
 *    of a file in memory, whose pfn the tables just told;
 *  - levels: whichever number makes the above come out.
 *
 * Then it is proved by a walk of our own mm: the pgd's descriptor must name
 * our mm (where it names one), the tables must be marked as page tables and add up to VmPTE.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "arch/arch.h"
#include "walk_private.h"

#define PROOFS	5	/* tries at an own mm that stands still */

struct marker {
	unsigned char byte[64];
};

/* Address bits that can be set for a pfn below max_pfn: what is above them is an attribute. */
static __u64 address_mask(__u64 max_pfn)
{
	return ((1ULL << (64 - __builtin_clzll(max_pfn))) << ARCH_PAGE_SHIFT) - 1;
}

/* What a pte has for an address: with attributes that lie among its bits. */
static __u64 address_in(__u64 entry)
{
	return arch_pfn(entry, WALK_PTE) << ARCH_PAGE_SHIFT;
}

/*
 * Follow va from the pgd, with a direct map at base. Returns the entry in the
 * pte table, valid or not; 0 if there is no such table.
 */
static __u64 follow(struct walk *walk, __u64 pgd, __u64 base, unsigned int levels, __u64 va, __u64 mask)
{
	__u64 table = pgd, entry = 0;
	unsigned int height;

	for (height = levels; height; height--) {
		unsigned int level = height == levels ? WALK_PGD : height;

		if (walk_copy(walk, table + arch_index(va, level, levels) * sizeof(entry), &entry, sizeof(entry)))
			return 0;
		entry = arch_entry(entry);
		if (height == 1)
			break;
		if (!arch_table(entry, level))
			return 0;
		table = base + (arch_table_addr(entry, level) & mask);
	}
	return entry;
}

/*
 * The direct map starts below the pgd, at a multiple of ARCH_DIRECT_MAP_ALIGN.
 * The lowest candidate comes first: a base too low leads into the hole below
 * the direct map or into memory, one too high might lead to a device's registers.
 */
static int find_direct_map(struct walk *walk, __u64 pgd, const struct marker *marker, __u64 *leaf)
{
	struct walk_kernel *k = &walk->kernel;
	__u64 top = pgd & -ARCH_DIRECT_MAP_ALIGN, mask = address_mask(k->max_pfn);
	__u64 steps = (k->max_pfn << ARCH_PAGE_SHIFT) / ARCH_DIRECT_MAP_ALIGN + 1, i;
	struct marker found;
	unsigned int levels;

	for (levels = ARCH_LEVELS_MIN; levels <= ARCH_LEVELS_MAX; levels++) {
		if (ARCH_ASCE && levels != arch_asce_levels(walk_mm_state(walk)->asce))
			continue;
		for (i = steps + 1; i--; ) {
			__u64 base = top - i * ARCH_DIRECT_MAP_ALIGN, entry;

			/* neither below where the kernel begins nor, wrapped around, above */
			if (base - ARCH_KERNEL_START > top - ARCH_KERNEL_START)
				continue;
			entry = follow(walk, pgd, base, levels, (__u64)(uintptr_t)marker, mask);
			if (!arch_valid(entry) ||
			    walk_copy(walk, base + (address_in(entry) & mask), &found, sizeof(found)) ||
			    memcmp(&found, marker, sizeof(found)))
				continue;
			k->levels = levels;
			k->page_offset = base;
			k->crypt = address_in(entry) & ~mask;
			*leaf = address_in(entry) & mask;
			return 0;
		}
	}
	return walk_fail(walk, EOPNOTSUPP,
			 "start: kernel %s: its direct map was not found from this process' own page tables (please report)",
			 k->release);
}

#define MOVES	10	/* of the marker's page from one page frame to another, until we give up */

/* The struct page of the first page of a file of which no other is in memory; 0: not found. */
static __u64 first_page(struct walk *walk, __u64 file)
{
	const struct walk_btf *btf = walk_btf(walk);

	*walk->shared.bounds = (struct walk_bounds){ 0, ~0ULL };
	walk_ask(&walk->requests[0], file + btf->f_mapping, sizeof(__u64));
	walk_ask(&walk->requests[1], btf->xa_head, sizeof(__u64));
	walk->requests[1].from = 1;
	return walk_call(walk, WALK_COPY, 2) ? 0 : walk_word(walk->requests[1].data, 0);
}

/* The marker is the first page of the file. Meanwhile it may be moved, by compaction. */
static int find_with_file(struct walk *walk, const struct marker *marker, int file)
{
	struct walk_kernel *k = &walk->kernel;
	__u64 leaf = 0, page = 0, now, address = walk_file(walk, file);
	int try, error;

	for (try = 0; try < MOVES; try++) {
		now = address ? first_page(walk, address) : 0;
		if (!now)
			return walk_fail(walk, EOPNOTSUPP, "start: kernel %s: the struct page of a file's page was not found (please report)",
					 k->release);
		if (page == now)
			break;
		page = now;
		error = find_direct_map(walk, walk_mm_state(walk)->pgd, marker, &leaf);
		if (error)
			return error;
	}
	k->vmemmap = page - (leaf >> ARCH_PAGE_SHIFT) * k->page_size;
	return 0;
}

#if ARCH_LEARNS
int arch_present_by_ng;
#endif

/* What an entry of memory looks like that nobody may touch. */
static void learn_format(struct walk *walk)
{
	struct walk_kernel *k = &walk->kernel;
	volatile char *page = mmap(NULL, ARCH_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 entry = 0;

	if (page == MAP_FAILED)
		return;
	*page = 1;
	if (!mprotect((void *)page, ARCH_PAGE_SIZE, PROT_NONE))
		entry = follow(walk, walk_mm_state(walk)->pgd, k->page_offset, k->levels, (__u64)(uintptr_t)page,
			       address_mask(k->max_pfn));
	if (entry && !arch_valid(entry))
		arch_learn(entry);
	munmap((void *)page, ARCH_PAGE_SIZE);
}

/* What is read before it is written is the zero page. */
static void find_zero_page(struct walk *walk)
{
	struct walk_kernel *k = &walk->kernel;
	volatile char *page = mmap(NULL, ARCH_PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 entry;

	if (page == MAP_FAILED)
		return;
	(void)*page;
	entry = follow(walk, walk_mm_state(walk)->pgd, k->page_offset, k->levels, (__u64)(uintptr_t)page,
		       address_mask(k->max_pfn));
	if (arch_valid(entry) && arch_special(entry, WALK_PTE))
		k->zero_pfn = (address_in(entry) & address_mask(k->max_pfn)) >> ARCH_PAGE_SHIFT;
	munmap((void *)page, ARCH_PAGE_SIZE);
}

static int find_layout(struct walk *walk)
{
	int file = memfd_create("ptdesc-check", MFD_CLOEXEC), error;
	struct marker *marker = MAP_FAILED;

	if (file >= 0 && !ftruncate(file, ARCH_PAGE_SIZE))
		marker = mmap(NULL, ARCH_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (marker == MAP_FAILED) {
		error = walk_fail(walk, errno, "start: a file in memory: %s", strerror(errno));
	} else {
		madvise(marker, ARCH_PAGE_SIZE, MADV_NOHUGEPAGE);
		if (getrandom(marker, sizeof(*marker), 0) != sizeof(*marker))
			error = walk_fail(walk, EIO, "start: random numbers: %s", strerror(errno));
		else
			error = find_with_file(walk, marker, file);
		munmap(marker, ARCH_PAGE_SIZE);
	}
	if (file >= 0)
		close(file);
	if (!error) {
		walk->kernel.own_pgd = (walk_mm_state(walk)->pgd - walk->kernel.page_offset) >> ARCH_PAGE_SHIFT;
		if (ARCH_LEARNS)
			learn_format(walk);
		find_zero_page(walk);
	}
	return error;
}

struct proof {
	const struct walk *walk;
	__u64 bytes;
	unsigned int seen, untyped;	/* bits (1 << level) */
	unsigned int flags;		/* of all tables */
	__u64 pgd_mm;
	__u64 at[WALK_LEVELS];		/* one table of each level */
	__u64 locks;			/* ptl words of pte and pmd tables, together */
};

static int prove_table(const struct walk_table *table, const __u64 *entries, void *arg)
{
	struct proof *p = arg;

	(void)entries;
	p->flags |= table->flags;
	p->seen |= 1 << table->level;
	if (!walk_type_is_table(p->walk, table->page_type))
		p->untyped |= 1 << table->level;
	if (table->level <= WALK_PMD)
		p->locks |= table->ptl;
	if (table->level == WALK_PGD)
		p->pgd_mm = table->pt_mm;
	if (table->level <= WALK_PUD)
		p->bytes += arch_table_bytes(table->level) + table->deposited * arch_table_bytes(WALK_PTE);
	p->at[table->level] = table->pfn;
	return 0;
}

/* Levels whose tables are slab objects. */
static unsigned int slab_levels(struct walk *walk, const struct proof *p)
{
	unsigned int slab = 0;
	struct walk_page page;

	for (unsigned int level = WALK_PTE; level <= WALK_PGD; level++)
		if (p->seen & 1 << level && !walk_pages(walk, &p->at[level], 1, &page) &&
		    page.kind & WALK_PAGE_SLAB)
			slab |= 1 << level;
	return slab;
}

static int prove_layout(struct walk *walk)
{
	const unsigned int always = 1 << WALK_PTE | 1 << WALK_PMD;
	struct walk_kernel *k = &walk->kernel;
	bool proved = false, unlocked = k->fields & WALK_PTL_POINTER;
	struct proof p;
	struct walk_mm mm;
	int try, error;

	for (try = 0; try < PROOFS && !(proved && unlocked); try++) {
		p = (struct proof){ .walk = walk };
		error = walk_run(walk, NULL, prove_table, &p, &mm);
		if (error)
			return error;
		proved = !p.flags && !mm.vanished && mm.pgtables_bytes[0] == p.bytes &&
			 mm.pgtables_bytes[1] == p.bytes;
		unlocked |= !p.locks;
	}
	if (ARCH_PGD_LIST && p.pgd_mm != mm.mm)
		return walk_fail(walk, EOPNOTSUPP,
				 "start: kernel %s: the descriptor of this process' own pgd does not name its mm (please report)",
				 k->release);
	if (!proved)
		return walk_fail(walk, EOPNOTSUPP,
				 "start: kernel %s: this process' own page tables, %llu bytes in %llu tables, flags 0x%x, are not the %llu bytes of its VmPTE (please report)",
				 k->release, p.bytes, mm.tables, p.flags, mm.pgtables_bytes[1]);
	k->typed = p.seen & ~p.untyped;
	k->slab = slab_levels(walk, &p);
	/* hardly anybody else takes our locks: held each time, the word is no lock (they are not split) */
	if (!unlocked)
		k->fields &= ~WALK_HAS_PTL;
	if ((k->typed & always) != always)
		return walk_fail(walk, EOPNOTSUPP,
				 "start: kernel %s: this process' own page tables are not marked as page tables (please report)",
				 k->release);
	return 0;
}

int walk_layout(struct walk *walk)
{
	struct walk_facts *facts = &walk->facts;
	struct walk_kernel *k = &walk->kernel;
	struct utsname uts;
	int error;

	uname(&uts);
	snprintf(k->release, sizeof(k->release), "%s", uts.release);
	error = walk_call(walk, WALK_DESCRIBE, 0);
	if (error)
		return walk_fail(walk, -error, "start: BPF program: %s", strerror(-error));
	*facts = walk_facts(walk_btf(walk));
	k->fields = facts->fields;
	/* without THP the field is there, but nobody writes it */
	if (access("/sys/kernel/mm/transparent_hugepage", F_OK))
		k->fields &= ~WALK_HAS_PMD_HUGE_PTE;
	k->page_size = facts->page_size;
	k->foreign_flags = facts->foreign_flags;
	k->rcu_known = facts->rcu_known;
	k->rcu_freed = facts->rcu_freed;
	if (!k->max_pfn)
		return walk_fail(walk, EOPNOTSUPP, "start: /proc/zoneinfo: it does not tell where memory ends");

	error = walk_attach(walk, getpid());
	if (!error)
		error = find_layout(walk);
	if (!error)
		error = prove_layout(walk);
	walk_detach(walk);
	return error;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "arch/arch.h"
#include "fake_walk.h"

struct fake fake;

struct walk {
	int unused;
};

static struct walk the_walk;

int walk_open(struct walk **walk, __u64 max_pfn, bool verbose)
{
	(void)max_pfn;
	(void)verbose;
	*walk = &the_walk;
	return 0;
}

void walk_close(struct walk *walk)
{
	(void)walk;
}

const char *walk_error(const struct walk *walk)
{
	(void)walk;
	return "walk: fake: told to fail";
}

const struct walk_kernel *walk_kernel(const struct walk *walk)
{
	(void)walk;
	return &fake.kernel;
}

int walk_attach(struct walk *walk, pid_t pid)
{
	(void)walk;
	fake.attached_mm = FAKE_MM;
	fake.attached_pgd = fake.pgd;
	if (!fake.nr_mms || pid == getpid())
		return pid > 0 ? 0 : -ESRCH;
	for (size_t i = 0; i < fake.nr_mms; i++) {
		if (fake.mm[i].pid != pid || !pid)
			continue;
		fake.attached_mm = fake.mm[i].mm;
		fake.attached_pgd = fake.mm[i].pgd;
		return fake.mm[i].attach_error;
	}
	return -ESRCH;
}

int walk_attach_mm(struct walk *walk, __u64 mm)
{
	(void)walk;
	for (size_t i = 0; i < fake.nr_mms; i++) {
		if (fake.mm[i].mm != mm)
			continue;
		fake.attached_mm = mm;
		fake.attached_pgd = fake.mm[i].pgd;
		return 0;
	}
	return -EOWNERDEAD;
}

__u64 walk_attached_mm(struct walk *walk)
{
	(void)walk;
	return fake.attached_mm;
}

void walk_detach(struct walk *walk)
{
	(void)walk;
}

int walk_pgds(struct walk *walk, walk_pgd_fn fn, void *arg)
{
	int err = fake.pgds_error;

	(void)walk;
	for (size_t i = 0; i < fake.nr_mms && !err; i++)
		if (fake.mm[i].pgd != fake.unlinked_pgd)
			err = fn(fake.mm[i].pgd, fake.mm[i].mm, arg);
	return err;
}

/* pmd_huge_pte is the first pfn here, and the others follow it. */
size_t walk_deposits(struct walk *walk, __u64 pmd_huge_pte, size_t n, __u64 *pfns)
{
	bool backwards = fake.deposits_change && fake.deposits_read++ & 1;

	(void)walk;
	for (size_t i = 0; i < n; i++)
		pfns[i] = pmd_huge_pte + (backwards ? n - 1 - i : i);
	return n;
}

static bool meets(const struct walk_range *range, __u64 start, __u64 end)
{
	return !range || (end > range->low && (!range->high || start < range->high));
}

struct step {
	const struct walk_range *range;
	walk_fn fn;
	void *arg;
	struct walk_mm *mm;
};

static int follow(const struct step *step, __u64 pfn, unsigned int level, __u64 va, __u64 entry)
{
	static const __u64 nothing[WALK_ENTRIES_MAX];
	const __u64 *entries = nothing;
	struct walk_table table = { 0 };
	unsigned int slots = level == WALK_PGD ? ARCH_USER_ENTRIES : ARCH_ENTRIES;
	int err;

	if (pfn < FAKE_PAGES)
		table = fake.page[pfn].table;
	if (pfn >= fake.kernel.max_pfn)
		table.flags |= WALK_BAD_PFN;
	else if (!fake.page[pfn].entries)
		table.flags |= WALK_NO_TABLE;
	else
		entries = fake.page[pfn].entries;
	table.pfn = pfn;
	table.level = level;
	table.va = va;
	table.entry = entry;
	if (level == fake.moved_level)
		table.flags |= WALK_MOVED;
	step->mm->moved += table.flags & WALK_MOVED ? 1 : 0;
	if (++step->mm->tables == fake.most_tables)
		return -ENOMEM;
	err = step->fn(&table, entries, step->arg);
	for (unsigned int i = 0; i < slots && !err; i++) {
		__u64 span = arch_entry_span(level, fake.kernel.levels), start = va + i * span;

		if (arch_table(entries[i], level) && !(step->range && level <= step->range->least) && meets(step->range, start, start + span))
			err = follow(step, arch_pfn(entries[i], level),
				     arch_below(level, fake.kernel.levels), start, entries[i]);
	}
	return err;
}

int walk_run(struct walk *walk, const struct walk_range *range, walk_fn fn, void *arg,
	     struct walk_mm *mm)
{
	struct step step = { range, fn, arg, mm };

	(void)walk;
	if (!fake.nr_mms)
		(void)walk_attach(walk, 1);
	*mm = (struct walk_mm){ .mm = fake.attached_mm, .pgd_pfn = fake.attached_pgd, .mm_users = 1 };
	if (range && range->low >= arch_kernel_start(fake.kernel.levels)) {
		struct walk_table table = fake.page[fake.kernel_pfn].table;

		table.pfn = fake.kernel_pfn;
		table.level = WALK_PUD;
		return fake.kernel_pfn ? fn(&table, NULL, arg) : 0;
	}
	fake.least = range ? range->least : 0;
	if (fake.before_walk)
		fake.before_walk(&fake, fake.walks);
	fake.walks++;
	if (fake.walk_error)
		return fake.walk_error;
	memcpy(mm->pgtables_bytes, fake.pgtables_bytes, sizeof(mm->pgtables_bytes));
	mm->bytes_moved = fake.bytes_moved || mm->pgtables_bytes[0] != mm->pgtables_bytes[1];
	return follow(&step, fake.attached_pgd, WALK_PGD, 0, 0);
}

bool walk_used(struct walk *walk)
{
	(void)walk;
	return !fake.gone;
}

int walk_pages(struct walk *walk, const __u64 *pfns, size_t n, struct walk_page *pages)
{
	(void)walk;
	for (size_t i = 0; i < n; i++) {
		pages[i] = (struct walk_page){ .head = pfns[i] };
		if (pfns[i] >= FAKE_PAGES)
			continue;
		pages[i].page_type = fake.page[pfns[i]].table.page_type;
		pages[i].refcount = fake.page[pfns[i]].table.refcount;
		pages[i].valid = true;
		if (pages[i].page_type == FAKE_TYPE_TABLE)
			pages[i].kind = WALK_PAGE_TABLE;
		else if (pages[i].page_type == FAKE_TYPE_BUDDY)
			pages[i].kind = WALK_PAGE_BUDDY;
		else if (pages[i].page_type == FAKE_TYPE_SLAB)
			pages[i].kind = WALK_PAGE_SLAB;
	}
	return 0;
}

int walk_read_table(struct walk *walk, __u64 pfn, __u64 entries[WALK_ENTRIES_MAX])
{
	(void)walk;
	if (pfn >= FAKE_PAGES || !fake.page[pfn].entries)
		return -EFAULT;
	memcpy(entries, fake.page[pfn].entries, ARCH_ENTRIES * sizeof(*entries));
	return 0;
}

int walk_odd_pages(struct walk *walk, const struct pfnset *pages, walk_odd_fn fn, void *arg)
{
	int stop = 0;

	for (__u64 pfn = 0; !stop && (pfn = pfnset_next(pages, pfn)) != PFNSET_END; pfn++) {
		struct walk_page page;

		(void)walk_pages(walk, &pfn, 1, &page);
		stop = page.kind ? fn(pfn, arg) : 0;
	}
	return stop;
}

/* x86_64 has none: what judges them has tests of its own. */
int walk_gmaps(struct walk *walk, walk_gmap_fn fn, void *arg)
{
	(void)walk;
	(void)fn;
	(void)arg;
	return 0;
}

int walk_gmap_word(struct walk *walk, const struct walk_gmap *gmap, __u64 gaddr, __u64 *word)
{
	(void)walk;
	(void)gmap;
	(void)gaddr;
	(void)word;
	return -EFAULT;
}

bool walk_type_is_table(const struct walk *walk, __u32 page_type)
{
	(void)walk;
	return page_type == FAKE_TYPE_TABLE || page_type == FAKE_TYPE_TWO;
}

bool walk_type_is_only_table(const struct walk *walk, __u32 page_type)
{
	(void)walk;
	return page_type == FAKE_TYPE_TABLE;
}

static int copy_vmas(const struct mm_vma *from, size_t nr, struct mm_vmas *vmas)
{
	memset(vmas, 0, sizeof(*vmas));
	vmas->vma = calloc(nr ? nr : 1, sizeof(*from));
	if (!vmas->vma)
		return -ENOMEM;
	memcpy(vmas->vma, from, nr * sizeof(*from));
	vmas->nr = nr;
	return 0;
}

static int fake_vmas(void *arg, struct mm_vmas *vmas)
{
	(void)arg;
	return copy_vmas(fake.vma, fake.nr_vmas, vmas);
}

static int fake_raw_vmas(void *arg, struct mm_vmas *vmas)
{
	(void)arg;
	fake.raw_asked++;
	return copy_vmas(fake.raw, fake.nr_raw, vmas);
}

static int fake_listing(void *arg, struct pfnset *listed)
{
	(void)arg;
	for (__u64 pfn = 0; (pfn = pfnset_next(&fake.listed, pfn)) != PFNSET_END; pfn++)
		if (pfnset_add(listed, pfn))
			return -ENOMEM;
	return 0;
}

static enum page_kind fake_kind(void *arg, __u64 pfn)
{
	(void)arg;
	return pfn < FAKE_PAGES ? fake.page[pfn].kind : PAGE_KIND_OTHER;
}

static unsigned int fake_threads(void *arg)
{
	(void)arg;
	return fake.threads;
}

static __u64 fake_clock(void *arg)
{
	(void)arg;
	return fake.now += 1000;
}

static void fake_pause(void *arg, __u64 nsec)
{
	(void)arg;
	fake.now += nsec;
}

static __u64 fake_used(void *arg, pid_t pid)
{
	(void)arg;
	(void)pid;
	return fake.runs ? fake.now : 5;
}

static void fake_grace(void *arg)
{
	(void)arg;
	fake.graces++;
}

__u64 fake_table(enum walk_level level, bool charge)
{
	__u64 pfn = fake.next_pfn++;
	struct fake_page *page = &fake.page[pfn];

	*page = (struct fake_page){
		.table = { .page_type = FAKE_TYPE_TABLE, .refcount = 1 },
		.entries = calloc(ARCH_ENTRIES, sizeof(__u64)),
	};
	if (level == WALK_PGD)
		page->table.pt_mm = FAKE_MM;
	if (charge) {
		fake.pgtables_bytes[0] += ARCH_PAGE_SIZE;
		fake.pgtables_bytes[1] += ARCH_PAGE_SIZE;
	}
	(void)pfnset_add(&fake.listed, pfn);
	return pfn;
}

__u64 *fake_entries(__u64 pfn)
{
	return fake.page[pfn].entries;
}

__u64 fake_entry(__u64 pfn, __u64 flags)
{
	return pfn << ARCH_PAGE_SHIFT | ARCH_PRESENT | ARCH_RW | ARCH_USER | flags;
}

static void link_table(__u64 above, unsigned int level, __u64 below)
{
	fake_entries(above)[arch_index(FAKE_VA, level, fake.kernel.levels)] = fake_entry(below, 0);
	if (above != fake.pgd)
		return;
	fake_entries(above + 1)[arch_index(FAKE_VA, level, fake.kernel.levels)] = fake_entry(below, 0);
	fake_entries(above)[arch_index(FAKE_VA, level, fake.kernel.levels)] |= ARCH_NX;
}

static void build_tables(unsigned int levels)
{
	unsigned int i, at;

	fake.pgd = fake_table(WALK_PGD, false);
	fake.next_pfn++;	/* the copy for user mode, see link_table() */
	fake.page[fake.pgd + 1].entries = calloc(ARCH_ENTRIES, sizeof(__u64));
	fake.kernel.own_pgd = fake.other_pgd = 4;
	fake.page[4].entries = calloc(ARCH_ENTRIES, sizeof(__u64));
	fake.page[5].entries = calloc(ARCH_ENTRIES, sizeof(__u64));
	for (i = ARCH_USER_ENTRIES; i < ARCH_ENTRIES; i += 3)
		fake_entries(fake.pgd)[i] = fake_entries(4)[i] = fake_entry(i, 0) & ~ARCH_USER;
	fake.p4d = levels == 5 ? fake_table(WALK_P4D, false) : 0;
	fake.pud = fake_table(WALK_PUD, true);
	fake.pmd = fake_table(WALK_PMD, true);
	fake.pte = fake_table(WALK_PTE, true);
	link_table(fake.pgd, WALK_PGD, levels == 5 ? fake.p4d : fake.pud);
	if (levels == 5)
		link_table(fake.p4d, WALK_P4D, fake.pud);
	link_table(fake.pud, WALK_PUD, fake.pmd);
	link_table(fake.pmd, WALK_PMD, fake.pte);
	for (i = 0; i < ARCH_ENTRIES; i++)	/* pages 1024 to 1535 */
		fake_entries(fake.pte)[i] = fake_entry(1024 + i, 0);
	fake_entries(fake.pte)[ARCH_ENTRIES - 1] = fake_entry(FAKE_ZERO_PFN, ARCH_SPECIAL) & ~ARCH_RW;
	at = arch_index(FAKE_THP_VA, WALK_PMD, levels);
	for (i = 0; i < FAKE_THPS; i++) {	/* pages 2048 and on */
		fake.page[2048 + 512 * i].kind = PAGE_KIND_ANON;
		fake_entries(fake.pmd)[at + i] = fake_entry(2048 + 512 * i, ARCH_PSE);
		fake.pgtables_bytes[0] += ARCH_PAGE_SIZE;
		fake.pgtables_bytes[1] += ARCH_PAGE_SIZE;
	}
	fake.page[fake.pmd].table.deposited = FAKE_THPS;
	fake.page[fake.pmd].table.pmd_huge_pte = fake.next_pfn;
	for (i = 0; i < FAKE_THPS; i++)
		(void)fake_table(WALK_PTE, false);
}

__u64 fake_another_mm(pid_t pid, pid_t another)
{
	__u64 pgd = fake_table(WALK_PGD, false), above = pgd;

	if (!fake.nr_mms)
		fake.mm[fake.nr_mms++] = (struct fake_mm){ pid, FAKE_MM, fake.pgd, 0 };
	for (unsigned int level = WALK_PGD; level > WALK_PTE; ) {
		unsigned int down = arch_below(level, fake.kernel.levels);
		__u64 below = fake_table(down, false);

		link_table(above, level, below);
		above = below;
		level = down;
	}
	fake.mm[fake.nr_mms] = (struct fake_mm){ another, FAKE_MM + 0x1000 * fake.nr_mms, pgd, 0 };
	fake.page[pgd].table.pt_mm = fake.mm[fake.nr_mms++].mm;
	return pgd;
}

void fake_mm_build(unsigned int levels)
{
	static struct machine_ram ram = { 0, FAKE_PAGES - 1 };
	/* what user space has is in the second one */
	static struct machine_zone zones[] = {
		{ .first = 0, .last = 1023 }, { .first = 1024, .last = FAKE_PAGES - 1, .movable = true },
	};

	fake_mm_free();
	memset(&fake, 0, sizeof(fake));
	fake.kernel = (struct walk_kernel){
		.release = "fake", .levels = levels, .max_pfn = FAKE_PAGES,
		.vmemmap = 0xffffea0000000000ULL, .page_size = 64, .foreign_flags = FAKE_FOREIGN, .zero_pfn = FAKE_ZERO_PFN,
		.fields = WALK_HAS_PTL | WALK_HAS_SHARE_COUNT | WALK_HAS_PMD_HUGE_PTE |
			  WALK_HAS_MEMCG | WALK_HAS_PTDESC,
		.typed = 1 << WALK_PTE | 1 << WALK_PMD | 1 << WALK_PUD | 1 << WALK_P4D |
			 1 << WALK_PGD,
		.rcu_freed = true, .rcu_known = true,
	};
	fake.machine = (struct machine){ .phys_bits = 46, .cpus = 4, .ram = &ram, .nr_ram = 1,
					  .zone = zones, .nr_zones = 2 };
	fake.sources = (struct look_sources){
		.vmas = fake_vmas, .raw_vmas = fake_raw_vmas, .listing = fake_listing,
		.kind = fake_kind, .threads = fake_threads,
	};
	fake.time = (struct check_time){ .clock = fake_clock, .pause = fake_pause,
					 .grace = fake_grace, .used = fake_used };
	fake.subject = (struct look_subject){
		.walk = &the_walk, .kernel = &fake.kernel, .machine = &fake.machine,
		.sources = &fake.sources,
	};
	fake.next_pfn = 16;
	for (unsigned int i = 0; i < FAKE_PAGES; i++)
		fake.page[i].table = (struct walk_table){ .page_type = FAKE_TYPE_NONE,
							  .refcount = 1 };
	build_tables(levels);
	fake.vma[0] = (struct mm_vma){ .start = FAKE_VA, .end = FAKE_THP_VA + (FAKE_THPS << 21),
				       .name = "[heap]" };
	fake.nr_vmas = 1;
}

void fake_mm_free(void)
{
	for (unsigned int i = 0; i < FAKE_PAGES; i++)
		free(fake.page[i].entries);
	pfnset_free(&fake.listed);
	memset(&fake, 0, sizeof(fake));
}

void fake_check(struct check *check)
{
	check_run(check, getpid(), &fake.subject, &fake.time);
}

unsigned int fake_violated(const struct check *check)
{
	unsigned int which = 0;

	for (unsigned int id = 1; id <= INVARIANTS; id++)
		if (check->tally[id].violated)
			which = which ? INVARIANTS + 1 : id;
	return which;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include "arch/arch.h"
#include "census.h"

const char *census_unavailable(const struct census *census, const struct census_round *round,
			       const struct invariant *inv)
{
	const struct walk_kernel *kernel = census->subject->kernel;
	const struct census_sources *sources = census->sources;

	if (inv->id == SHARE_COUNT) {
		if (!(kernel->fields & WALK_HAS_SHARE_COUNT))
			return "this kernel's descriptor has no pt_share_count";
		return round->count.refused && !round->count.pgds_known ?
		       "some processes could not be looked at" : NULL;
	}
	if (inv->id == PGD_LINKED)
		return round->count.pgds_known ? NULL : "no such list, or it never held still";
	if (inv->id == ONE_MM)
		return NULL;
	if (inv->id == KERNEL_UNCHARGED)
		return !ARCH_KERNEL_HALF ? "on this architecture a pgd has no kernel's half" :
		       kernel->fields & WALK_HAS_MEMCG ? NULL : "this kernel's descriptor has no memcg_data";
	if (!round->listing_read)
		return "no listing: ptdesc.ko is not loaded";
	if (census->subject->saved_listing)
		return "the listing is a file that does not follow the kernel";
	if (inv->id == POPULATION)
		return round->count.table_pages[0] ? NULL :
		       "nr_page_table_pages could not be read";
	if (inv->id == NODE_POPULATION)
		return round->nodes == 1 ? "there is only one node" : round->nodes ? NULL :
		       "which node a page is of is not known";
	if (inv->id == MEMCG_POPULATION)
		return !round->memcgs.nr ? "no cgroup2 has the memory controller" :
		       !census->subject->machine->cpus ? "how many CPUs there are is not known" : NULL;
	if (inv->id != REACHED)
		return NULL;
	if (kernel->fields & WALK_MM_PMD_HUGE_PTE)
		return "this kernel keeps deposited tables at the mm";
	if (!round->count.pgds_known)
		return "mms without a process could not be found";
	return sources->hidden ? sources->hidden(sources->arg) : NULL;
}

static int add(struct census_round *round, struct finding finding)
{
	finding.index = FINDING_NO_INDEX;
	return findings_add(&round->findings, &finding);
}

struct still {
	const struct census_table *table;
	bool there;
};

/* A walk_fn. */
static int is_there(const struct walk_table *walked, const __u64 *entries, void *arg)
{
	struct still *still = arg;

	(void)entries;
	if (walked->level == still->table->level && walked->pfn == still->table->pfn &&
	    walked->offset == still->table->offset && !(walked->flags & WALK_MOVED))
		still->there = true;
	return 0;
}

/* Does this table hang there now? */
static bool still_there(const struct census *census, const struct census_table *table)
{
	struct walk_range range = { .low = table->va, .high = table->va + 1 };
	struct still still = { .table = table };
	struct walk *walk = census->subject->walk;
	struct walk_mm mm;
	int err = walk_attach(walk, table->pid);

	if (!err)
		err = walk_run(walk, &range, is_there, &still, &mm);
	walk_detach(walk);
	return !err && still.there;
}

#define ASKED_AGAIN	64	/* tables in a round, or pairs of them: each costs a walk or two */

/*
 * A table that is unlinked, freed and had again all the time may be on its way
 * whenever the listing is read. One that nobody knows stays as it is.
 */
#define GLANCES	20

/* Is it a table? Something that changes with what is in it. */
static bool is_table(struct walk *walk, __u64 pfn, __u64 *sum)
{
	__u64 entries[WALK_ENTRIES_MAX];
	struct walk_page page;

	*sum = 1;
	if (walk_pages(walk, &pfn, 1, &page) || !(page.kind & WALK_PAGE_TABLE))
		return false;
	if (!walk_read_table(walk, pfn, entries))
		for (unsigned int i = 0; i < WALK_ENTRIES_MAX; i++)
			*sum = *sum * 31 + entries[i];
	return true;
}

/* Of the findings from this one on, drop those of tables that change while they are watched. */
static void watch(const struct census *census, struct census_round *round, size_t from)
{
	struct findings *list = &round->findings;
	__u64 sum;

	for (unsigned int glance = 0; glance < GLANCES && list->nr > from; glance++) {
		size_t kept = from;

		if (glance)
			census->time->pause(census->time->arg, (1 + glance * 7 % 11) * 1000000ULL);
		for (size_t i = from; i < list->nr; i++) {
			struct finding *finding = &list->finding[i];

			if (!is_table(census->subject->walk, finding->pfn, &sum) ||
			    (glance && sum != finding->other))
				continue;
			finding->other = sum;
			list->finding[kept++] = *finding;
		}
		list->nr = kept;
	}
}

/* Described, but reached from nowhere. */
static int judge_reached(const struct census *census, struct census_round *round)
{
	const struct census_sources *sources = census->sources;
	size_t from = round->findings.nr;
	__u64 pfn = 0;
	int err = 0;

	for (; (pfn = pfnset_next(&round->listed, pfn)) != PFNSET_END && !err; pfn++)
		if (!pfnset_has(&round->reached, pfn))
			err = add(round, (struct finding){ .invariant = REACHED, .va = pfn, .pfn = pfn });
	if (!err)
		watch(census, round, from);
	/* as few as may be in the hands of threads that wait: nobody can tell which */
	if (round->findings.nr > from && sources->faulting &&
	    round->findings.nr - from <= sources->faulting(sources->arg, &round->procs))
		for (size_t i = from; i < round->findings.nr; i++)
			round->findings.finding[i].moving = true;
	return err;
}

/* Reached, at a level that this kernel types, but not described. */
static int judge_listed(const struct census *census, struct census_round *round)
{
	unsigned int levels = census->subject->kernel->typed | 1 << WALK_PTE | 1 << WALK_PMD;
	unsigned int asked = 0;
	int err = 0;

	for (size_t i = 0; i < round->nr && !err; i++) {
		const struct census_table *table = &round->table[i];

		if (table->owner != CENSUS_PROCESS || !(levels & 1 << table->level) ||
		    table->flags & (WALK_BAD_PFN | WALK_NO_PAGE) || pfnset_has(&round->listed, table->pfn))
			continue;
		/* freed before the listing was read? */
		if (asked++ < ASKED_AGAIN && !still_there(census, table))
			continue;
		/* the key: two processes may have the same address */
		err = add(round, (struct finding){
			.invariant = LISTED, .va = table->pfn, .pfn = table->pfn, .other = table->va,
			.expected = table->pid, .found = table->level,
			.moving = table->flags & WALK_MOVED || asked > ASKED_AGAIN,
		});
	}
	return err;
}

static int by_pfn(const void *a, const void *b)
{
	const struct census_table *x = *(const struct census_table *const *)a;
	const struct census_table *y = *(const struct census_table *const *)b;

	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

/* As far as they are of processes. */
static bool all_there(const struct census *census, const struct census_table **table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (table[i]->owner == CENSUS_PROCESS && !still_there(census, table[i]))
			return false;
	return true;
}

/*
 * Entries that lead to each pmd table, from all mms; a word that never was a
 * count says 0. Too many there are also when one mm had the table, gave it
 * back, and another got it.
 */
static int judge_share_count(const struct census *census, struct census_round *round)
{
	const struct census_table **pmd = malloc((round->nr + 1) * sizeof(*pmd));
	unsigned int asked = 0;
	size_t n = 0, next;
	int err = 0;

	if (!pmd)
		return -ENOMEM;
	for (size_t i = 0; i < round->nr; i++)
		if (round->table[i].level == WALK_PMD &&
		    !(round->table[i].flags & (WALK_BAD_PFN | WALK_NO_PAGE)))
			pmd[n++] = &round->table[i];
	if (n)
		qsort(pmd, n, sizeof(*pmd), by_pfn);
	for (size_t i = 0; i < n && !err; i = next) {
		bool moving = false;

		for (next = i; next < n && pmd[next]->pfn == pmd[i]->pfn; next++)
			moving |= pmd[next]->flags & WALK_MOVED;
		if (pmd[i]->sharers < next - i - 1) {
			if (asked++ < ASKED_AGAIN && !all_there(census, pmd + i, next - i))
				continue;
			moving |= asked > ASKED_AGAIN;
		}
		if (pmd[i]->sharers != next - i - 1)
			err = add(round, (struct finding){
				.invariant = SHARE_COUNT, .va = pmd[i]->pfn, .pfn = pmd[i]->pfn,
				.expected = next - i - 1, .found = (__s32)pmd[i]->sharers,
				.raw = pmd[i]->sharers, .moving = moving,
			});
	}
	free(pmd);
	return err;
}

static int judge_pgds(struct census_round *round)
{
	int err = 0;

	for (size_t i = 0; i < round->nr && !err; i++) {
		const struct census_table *table = &round->table[i];

		if (table->level != WALK_PGD || table->owner != CENSUS_PROCESS || pfnset_has(&round->pgds, table->pfn))
			continue;
		err = add(round, (struct finding){
			.invariant = PGD_LINKED, .va = table->pfn, .pfn = table->pfn, .expected = table->pid,
			.moving = table->flags & WALK_MOVED,
		});
	}
	return err;
}

static int by_place(const void *a, const void *b)
{
	const struct census_table *x = *(const struct census_table *const *)a;
	const struct census_table *y = *(const struct census_table *const *)b;

	if (x->pfn != y->pfn || x->offset != y->offset)
		return x->pfn != y->pfn ? by_pfn(a, b) : x->offset - y->offset;
	return x->pid != y->pid ? x->pid - y->pid : (x->va > y->va) - (x->va < y->va);
}

/*
 * By the time that one mm is walked a table of another, walked before, may have
 * been freed and be this one's: in both at once it is only if the first still
 * has it after the second was seen to.
 */
static int judge_one_mm(const struct census *census, struct census_round *round)
{
	const struct census_table **at = malloc((round->nr + 1) * sizeof(*at));
	unsigned int asked = 0;
	size_t n = 0;
	int err = 0;

	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < round->nr; i++)
		if (round->table[i].owner == CENSUS_PROCESS && round->table[i].level != WALK_PMD &&
		    !(round->table[i].flags & (WALK_BAD_PFN | WALK_NO_PAGE)))
			at[n++] = &round->table[i];
	if (n)
		qsort(at, n, sizeof(*at), by_place);
	for (size_t i = 1; i < n && !err; i++) {
		const struct census_table *one = at[i - 1], *other = at[i];

		if (one->pfn != other->pfn || one->offset != other->offset || one->pid == other->pid)
			continue;
		if (asked++ < ASKED_AGAIN && !(still_there(census, one) && still_there(census, other) &&
					       still_there(census, one)))
			continue;
		err = add(round, (struct finding){
			.invariant = ONE_MM, .va = one->pfn << ARCH_PAGE_SHIFT | one->offset, .pfn = one->pfn,
			.expected = one->pid, .found = other->pid, .other = other->va, .raw = one->va,
			.moving = asked > ASKED_AGAIN,
		});
	}
	free(at);
	return err;
}

/* Counted, however many came: how many too many or too few differs from look to look. */
#define GIST_TOO_FEW	(1ULL << 62)
#define GIST_TOO_MANY	(1ULL << 63)

/*
 * Pages that are listed, and what the kernel said of them before and after. If
 * tables came or went between these, the listing has all that were there all
 * the time and any number of the others: if c came, at most c more than there
 * were before, and at most c less than there were after.
 */
static int compare_pages(struct census_round *round, enum invariant_id id, __u64 key, __u64 listed,
			 const __u64 pages[2])
{
	__u64 came = round->count.came;
	struct finding finding = {
		.invariant = id, .va = key, .expected = listed, .found = pages[1], .raw = pages[1],
		.gist = pages[1] - listed, .vote = true,
	};

	if (pages[0] == listed && pages[1] == listed)
		return 0;
	if (listed > pages[0] + came)
		finding.gist = GIST_TOO_FEW;
	else if (listed + came < pages[1])
		finding.gist = GIST_TOO_MANY;
	else if (pages[0] != pages[1])
		finding.moving = true;
	if (finding.moving)
		finding.other = came;
	return add(round, finding);
}

static int judge_population(struct census_round *round)
{
	return compare_pages(round, POPULATION, 0, round->count.described_pages, round->count.table_pages);
}

static int judge_nodes(struct census_round *round)
{
	int err = 0;

	for (unsigned int i = 0; i < round->nodes && !err; i++)
		err = compare_pages(round, NODE_POPULATION, i, round->node[i].listed, round->node[i].pages);
	return err;
}

static __u64 distance(__u64 a, __u64 b)
{
	return a > b ? a - b : b - a;
}

/* What a cgroup says before or after the listing must be near what the listing has, its slack apart. */
static int judge_memcgs(const struct census *census, struct census_round *round)
{
	__u64 slack = memcg_slack(census->subject->machine->cpus);
	int err = 0;

	for (size_t i = 0; i < round->memcgs.nr && !err; i++) {
		const struct memcg *memcg = &round->memcgs.memcg[i];

		if (memcg->pages[0] == MEMCG_UNKNOWN || memcg->pages[1] == MEMCG_UNKNOWN)
			continue;
		round->count.memcgs++;
		if (distance(memcg->pages[0], memcg->listed) <= slack ||
		    distance(memcg->pages[1], memcg->listed) <= slack)
			continue;
		/* a cgroup that came meanwhile has its tables charged somewhere below */
		err = add(round, (struct finding){
			.invariant = MEMCG_POPULATION, .va = memcg->ino, .expected = memcg->listed,
			.found = memcg->pages[1], .raw = memcg->pages[1], .other = slack, .vote = true,
			.gist = memcg->pages[1] - memcg->listed,
			.moving = memcg->pages[0] != memcg->pages[1] || round->memcgs.unknown,
		});
	}
	return err;
}

int census_judge(const struct census *census, struct census_round *round)
{
	int err = 0;

	for (unsigned int i = 0; i < INVARIANTS && !err; i++) {
		const struct invariant *inv = &invariants[i];

		if (!census_judges(inv) || (round->wanted && !(round->wanted & 1U << inv->id)) ||
		    census_unavailable(census, round, inv))
			continue;
		if (inv->id == REACHED)
			err = judge_reached(census, round);
		else if (inv->id == SHARE_COUNT)
			err = judge_share_count(census, round);
		else if (inv->id == LISTED)
			err = judge_listed(census, round);
		else if (inv->id == MEMCG_POPULATION)
			err = judge_memcgs(census, round);
		else if (inv->id == PGD_LINKED)
			err = judge_pgds(round);
		else if (inv->id == ONE_MM)
			err = judge_one_mm(census, round);
		else if (inv->id == NODE_POPULATION)
			err = judge_nodes(round);
		else if (inv->id == POPULATION)
			err = judge_population(round);
	}
	findings_sort(&round->findings);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "arch/arch.h"
#include "census.h"

/* Tables deposited at a pmd table that the walk just passed: read when it is over. */
struct chain {
	__u64 first;
	__u32 length;
};

/* The walk of one mm, or of the kernel's half. */
struct take {
	struct census_round *round;
	pid_t pid;
	enum census_owner owner;
	bool shared;		/* the kernel's half, the same in every mm */
	struct chain *chain;
	size_t nr_chains, room;
};

static int add_table(struct census_round *round, const struct census_table *table)
{
	int err = pfnset_add(&round->reached, table->pfn);

	if (err == -ENOMEM)
		return err;
	round->count.tables[table->owner][table->level]++;
	round->count.all[table->owner]++;
	/* the kernel's are many, and only whether a page is among them is asked */
	if (table->owner == CENSUS_KERNEL)
		return 0;
	if (round->nr == round->room) {
		size_t room = round->room ? round->room * 2 : 4096;
		struct census_table *new = reallocarray(round->table, room, sizeof(*new));

		if (!new)
			return -ENOMEM;
		round->table = new;
		round->room = room;
	}
	round->table[round->nr++] = *table;
	return 0;
}

static int note_chain(struct take *take, const struct walk_table *table)
{
	for (size_t i = 0; ARCH_PMD_FRAGMENTS && i < take->nr_chains; i++)
		if (take->chain[i].first == table->pmd_huge_pte)
			return 0;
	if (take->nr_chains == take->room) {
		size_t room = take->room ? take->room * 2 : 64;
		struct chain *new = reallocarray(take->chain, room, sizeof(*new));

		if (!new)
			return -ENOMEM;
		take->chain = new;
		take->room = room;
	}
	take->chain[take->nr_chains++] = (struct chain){ table->pmd_huge_pte, table->deposited };
	return 0;
}

/* Not yet seen, and charged: a finding, which needs nothing else to be judged by. */
static int judge_charge(struct census_round *round, const struct walk_table *walked)
{
	struct finding finding = {
		.invariant = KERNEL_UNCHARGED, .index = FINDING_NO_INDEX, .va = walked->pfn,
		.pfn = walked->pfn, .found = walked->memcg_data, .raw = walked->memcg_data,
		.other = walked->va, .moving = walked->flags & WALK_MOVED,
	};

	if (!walked->memcg_data || walked->level == WALK_PGD || pfnset_has(&round->reached, walked->pfn))
		return 0;
	return findings_add(&round->findings, &finding);
}

/* A walk_fn. */
static int take_table(const struct walk_table *walked, const __u64 *entries, void *arg)
{
	struct take *take = arg;
	struct census_table table = {
		.pfn = walked->pfn, .va = walked->va, .pid = take->pid, .level = walked->level,
		.owner = take->owner, .flags = walked->flags, .offset = walked->offset,
		.sharers = walked->pt_mm,
	};
	int err = take->shared ? judge_charge(take->round, walked) : 0;

	(void)entries;
	if (!err)
		err = add_table(take->round, &table);
	if (!err && walked->level == WALK_PMD && walked->deposited && take->owner != CENSUS_KERNEL)
		err = note_chain(take, walked);
	return err;
}

static int take_chains(struct census *census, struct take *take)
{
	__u64 pfns[512];	/* the walk counts no further */
	int err = 0;

	for (size_t i = 0; i < take->nr_chains && !err; i++) {
		__u32 length = take->chain[i].length;
		size_t n = walk_deposits(census->subject->walk, take->chain[i].first,
					 length < 512 ? length : 512, pfns);

		for (size_t j = 0; j < n && !err; j++) {
			struct census_table table = {
				.pfn = pfns[j], .pid = take->pid,
				.owner = take->owner == CENSUS_PROCESS ? CENSUS_DEPOSITED : take->owner,
			};

			err = add_table(take->round, &table);
		}
	}
	free(take->chain);
	return err;
}

/* The attached mm. -EOWNERDEAD: it is gone. */
static int take_mm(struct census *census, struct census_round *round, pid_t pid, enum census_owner owner)
{
	unsigned int levels = census->subject->kernel->levels;
	struct walk_range private = { .low = arch_private_start(levels), .high = arch_private_end(levels) };
	struct take take = { .round = round, .pid = pid, .owner = owner };
	struct walk *walk = census->subject->walk;
	struct walk_mm mm;
	int err, more;

	err = walk_run(walk, NULL, take_table, &take, &mm);
	if (!err && census->subject->machine->pti && private.low) {
		take.owner = CENSUS_KERNEL;
		err = walk_run(walk, &private, take_table, &take, &mm);
		take.owner = owner;
	}
	more = take_chains(census, &take);
	return err ? err : more;
}

struct mms {
	struct { __u64 mm; pid_t pid; } *at;
	size_t nr, room;
};

static bool mms_have(const struct mms *mms, __u64 mm)
{
	for (size_t i = 0; i < mms->nr; i++)
		if (mms->at[i].mm == mm)
			return true;
	return false;
}

static int mms_add(struct mms *mms, __u64 mm, pid_t pid)
{
	if (mms->nr == mms->room) {
		size_t room = mms->room ? mms->room * 2 : 256;
		void *new = reallocarray(mms->at, room, sizeof(*mms->at));

		if (!new)
			return -ENOMEM;
		mms->at = new;
		mms->room = room;
	}
	mms->at[mms->nr].mm = mm;
	mms->at[mms->nr++].pid = pid;
	return 0;
}

static int take_processes(struct census *census, struct census_round *round, struct mms *mms)
{
	struct walk *walk = census->subject->walk;
	int err = 0;

	for (size_t i = 0; i < round->procs.nr && !err; i++) {
		pid_t pid = round->procs.pid[i];
		__u64 mm;

		err = walk_attach(walk, pid);
		mm = walk_attached_mm(walk);
		if (!err && mms_have(mms, mm)) {
			round->count.sharers++;
			continue;
		}
		if (!err)
			err = mms_add(mms, mm, pid);
		if (!err)
			err = take_mm(census, round, pid, CENSUS_PROCESS);
		round->count.mms += !err;
		round->count.gone += err == -EOWNERDEAD || err == -ESRCH;
		round->count.refused += err == -EPERM || err == -EACCES;
		if (err == -EOWNERDEAD || err == -ESRCH || err == -EPERM || err == -EACCES)
			err = 0;
	}
	walk_detach(walk);
	return err;
}

struct pgds {
	struct census_round *round;
	const struct mms *mms;
	struct mms idle;
	int err;
};

/* A walk_pgd_fn. The PGD itself is there whether or not anybody uses its mm. */
static int note_pgd(__u64 pfn, __u64 mm, void *arg)
{
	struct pgds *pgds = arg;

	if (pfnset_add(&pgds->round->reached, pfn) == -ENOMEM ||
	    pfnset_add(&pgds->round->pgds, pfn) == -ENOMEM)
		return -ENOMEM;
	if (mms_have(pgds->mms, mm) || mms_have(&pgds->idle, mm))
		return 0;
	return mms_add(&pgds->idle, mm, 0);
}

/* mms without a process: lent to kernel threads, of the kernel itself, of an exec() under way. */
static int take_idle(struct census *census, struct census_round *round, const struct mms *mms)
{
	const struct census_sources *sources = census->sources;
	struct walk *walk = census->subject->walk;
	struct pgds pgds = { .round = round, .mms = mms };
	__u64 known[8];
	size_t n = sources->kernel_mms ? sources->kernel_mms(sources->arg, known, 8) : 0;
	int err = walk_pgds(walk, note_pgd, &pgds);

	round->count.pgds_known = !err;
	if (err == -EOPNOTSUPP || err == -EAGAIN)
		err = 0;
	while (n-- && !err)
		err = mms_add(&pgds.idle, known[n], 0);
	for (size_t i = 0; i < pgds.idle.nr && !err; i++) {
		round->count.idle_mms++;
		err = walk_attach_mm(walk, pgds.idle.at[i].mm);
		if (!err)
			err = take_mm(census, round, 0, CENSUS_IDLE);
		if (err == -EOWNERDEAD)
			err = 0;
	}
	walk_detach(walk);
	free(pgds.idle.at);
	return err;
}

static int take_kernel(struct census *census, struct census_round *round)
{
	struct walk_range range = { .low = arch_kernel_start(census->subject->kernel->levels) };
	struct take take = { .round = round, .owner = CENSUS_KERNEL, .shared = true };
	struct walk *walk = census->subject->walk;
	struct walk_mm mm;
	int err;

	if (!ARCH_KERNEL_HALF)
		return 0;
	err = walk_attach(walk, getpid());
	if (!err)
		err = walk_run(walk, &range, take_table, &take, &mm);
	walk_detach(walk);
	return err;
}

/* A listing_fn. */
static int take_row(const struct listing_row *row, void *arg)
{
	struct census_round *round = arg;

	round->count.described++;
	round->count.described_pages += 1ULL << row->order;
	round->count.gmap += row->gmap;
	if (row->memcg)
		memcgs_charge(&round->memcgs, row->memcg, 1ULL << row->order);
	if (round->nodes) {
		unsigned int node = machine_node_of(round->machine, row->pfn);

		if (node < round->nodes)
			round->node[node].listed += 1ULL << row->order;
		else
			round->nodes = 0;
	}
	if (row->gmap && pfnset_add(&round->reached, row->pfn) == -ENOMEM)
		return -ENOMEM;
	return pfnset_add(&round->listed, row->pfn);
}

static void read_nodes(const struct census *census, struct census_round *round, unsigned int which)
{
	const struct census_sources *sources = census->sources;

	for (unsigned int i = 0; i < round->nodes; i++)
		if (sources->node_pages(sources->arg, i, &round->node[i].pages[which]))
			round->nodes = 0;
}

/* Pages allocated since the round began, and one for each CPU that had one in its hands. */
static __u64 may_have_come(const struct census *census, int err, __u64 before)
{
	const struct census_sources *sources = census->sources;
	unsigned int cpus = census->subject->machine->cpus;
	__u64 now;

	if (err || !cpus || sources->allocated(sources->arg, &now) || now < before)
		return CENSUS_MANY;
	return now - before + cpus;
}

/*
 * The listing is read when all walks are over: a table that was reached has
 * then had time to be described; one that comes later is a candidate, and gone
 * in the next round.
 */
static int take_listing(struct census *census, struct census_round *round)
{
	const struct census_sources *sources = census->sources;
	__u64 *pages = round->count.table_pages, allocated = 0;
	int err, unknown;

	if (!sources->listing)
		return 0;
	if (sources->memcgs && sources->memcgs(sources->arg, &round->memcgs))
		memcgs_free(&round->memcgs);
	if (round->memcgs.nr)
		sources->memcg_pages(sources->arg, &round->memcgs, 0);
	unknown = sources->allocated ? sources->allocated(sources->arg, &allocated) : -ENOSYS;
	if (sources->table_pages && sources->table_pages(sources->arg, &pages[0]))
		pages[0] = 0;
	round->machine = census->subject->machine;
	round->nodes = sources->node_pages ? machine_nodes(round->machine) : 0;
	if (round->nodes > CENSUS_NODES)
		round->nodes = 0;
	read_nodes(census, round, 0);
	err = sources->listing(sources->arg, take_row, round);
	if (sources->table_pages && sources->table_pages(sources->arg, &pages[1]))
		pages[1] = 0;
	read_nodes(census, round, 1);
	round->count.came = may_have_come(census, unknown, allocated);
	if (round->memcgs.nr)
		sources->memcg_pages(sources->arg, &round->memcgs, 1);
	memcgs_sum(&round->memcgs);
	round->listing_read = !err;
	return err;
}

/* Everything that keeps a table. */
static int take_tables(struct census *census, struct census_round *round)
{
	const struct census_sources *sources = census->sources;
	struct mms mms = { .nr = 0 };
	int err;

	err = sources->procs(sources->arg, &round->procs);
	if (!err)
		err = take_processes(census, round, &mms);
	if (!err)
		err = take_idle(census, round, &mms);
	if (!err)
		err = take_kernel(census, round);
	free(mms.at);
	return err;
}

static int run_round(struct census *census, struct census_round *round, unsigned int wanted)
{
	__u64 start = census->time->clock(census->time->arg);
	int err = 0;

	memset(round, 0, sizeof(*round));
	round->wanted = wanted;
	/* what is only counted needs no walk: the shorter a round, the likelier that tables rest in it */
	if (!wanted || wanted & ~(1U << POPULATION | 1U << MEMCG_POPULATION | 1U << NODE_POPULATION))
		err = take_tables(census, round);
	if (!err)
		err = take_listing(census, round);
	round->count.kernel_threads = round->procs.kernel;
	round->count.zombies = round->procs.dead;
	if (!err)
		err = census_judge(census, round);
	round->count.nsec = census->time->clock(census->time->arg) - start;
	census->rounds++;
	return err;
}

static void free_round(struct census_round *round)
{
	free(round->table);
	pfnset_free(&round->reached);
	pfnset_free(&round->listed);
	pfnset_free(&round->pgds);
	findings_free(&round->findings);
	procs_free(&round->procs);
	memcgs_free(&round->memcgs);
}

/* For confirm_run(). */
static int look_again(void *arg, const struct walk_range *range, unsigned int wanted, struct findings *now)
{
	struct census_round round;
	int err;

	(void)range;
	err = run_round(arg, &round, wanted);
	*now = round.findings;
	memset(&round.findings, 0, sizeof(round.findings));
	free_round(&round);
	return err;
}

static __u64 clock_again(void *arg)
{
	const struct census *census = arg;

	return census->time->clock(census->time->arg);
}

static void pause_again(void *arg, __u64 nsec)
{
	const struct census *census = arg;

	census->time->pause(census->time->arg, nsec);
}

static void grace_again(void *arg)
{
	const struct census *census = arg;

	census->time->grace(census->time->arg);
}

bool census_judges(const struct invariant *inv)
{
	return inv->scope == SCOPE_MACHINE || inv->id == LISTED;
}

static __u64 pmd_tables(const struct census_count *count)
{
	return count->tables[CENSUS_PROCESS][WALK_PMD] + count->tables[CENSUS_IDLE][WALK_PMD];
}

/* How many things an invariant was judged of. */
static __u64 judged(enum invariant_id id, const struct census_round *round)
{
	const struct census_count *count = &round->count;

	switch (id) {
	case REACHED:
		return count->described;
	case POPULATION:
		return 1;
	case MEMCG_POPULATION:
		return count->memcgs;
	case SHARE_COUNT:
		return pmd_tables(count);
	case PGD_LINKED:
		return count->mms;
	case NODE_POPULATION:
		return round->nodes;
	case KERNEL_UNCHARGED:
		return count->all[CENSUS_KERNEL];
	default:
		return round->nr;
	}
}

static const char *why_not(const struct census *census, const struct census_round *first, int err)
{
	const struct look_subject *subject = census->subject;

	if (err == -ENOMEM)
		return "all processes: out of memory";
	if (!first->listing_read && subject->sources->listing_why && *subject->sources->listing_why)
		return subject->sources->listing_why;
	return walk_error(subject->walk);
}

static void add_up(struct census *census, const struct census_round *first)
{
	struct check_tally *sum = &census->tally[0];

	for (size_t i = 0; i < census->confirm.nr; i++) {
		const struct confirm_case *c = &census->confirm.cases[i];
		struct check_tally *tally = &census->tally[c->finding.invariant];

		tally->violated += c->verdict == VERDICT_VIOLATED;
		tally->settled += c->verdict == VERDICT_SETTLED && !c->finding.doubt;
		tally->unsettled += c->verdict == VERDICT_UNSETTLED;
	}
	for (unsigned int i = 0; i < INVARIANTS; i++) {
		struct check_tally *tally = &census->tally[invariants[i].id];

		if (!census_judges(&invariants[i]))
			continue;
		tally->unchecked = census_unavailable(census, first, &invariants[i]);
		if (!tally->unchecked)
			tally->checked = judged(invariants[i].id, first);
		sum->checked += tally->checked;
		sum->violated += tally->violated;
		sum->settled += tally->settled;
		sum->unsettled += tally->unsettled;
	}
	sum->unsettled += census->confirm.lost;
	census->status = sum->violated ? CHECK_VIOLATED : sum->unsettled ? CHECK_INCOMPLETE : CHECK_HOLDS;
}

void census_run(struct census *census)
{
	struct confirm_ops ops = {
		.arg = census, .look = look_again, .clock = clock_again, .pause = pause_again,
		.grace = census->time->grace ? grace_again : NULL,
	};
	__u64 start = census->time->clock(census->time->arg), taken;
	struct census_round first;
	int err, look_error = 0;

	err = run_round(census, &first, 0);
	taken = census->time->clock(census->time->arg);
	if (!err)
		err = confirm_run(&census->confirm, &first.findings, taken, &ops, &look_error);
	if (err) {
		census->status = CHECK_FAILED;
		snprintf(census->error, sizeof(census->error), "%s", why_not(census, &first, err));
	} else {
		add_up(census, &first);
	}
	census->first = first.count;
	free_round(&first);
	census->nsec = census->time->clock(census->time->arg) - start;
}

void census_free(struct census *census)
{
	confirm_free(&census->confirm);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "arch/arch.h"
#include "lookup.h"

bool lookup_canonical(__u64 address, unsigned int levels)
{
	return address < arch_user_end(levels) ||
	       (ARCH_KERNEL_HALF && address >= arch_kernel_start(levels));
}

__u64 lookup_pfn(const struct lookup *lookup, const struct lookup_step *step)
{
	__u64 crypt = arch_valid(step->entry) ? lookup->kernel->crypt : 0;

	return arch_pfn(step->entry & ~crypt, step->table.level);
}

/* A walk_fn. */
static int take_step(const struct walk_table *table, const __u64 *entries, void *arg)
{
	struct lookup *lookup = arg;
	struct lookup_step *step;

	if (lookup->nr == WALK_LEVELS)
		return -EPROTO;
	step = &lookup->step[lookup->nr];
	step->table = *table;
	step->index = arch_index(lookup->address, table->level, lookup->kernel->levels);
	step->entry = entries[step->index];
	step->kind = entry_kind(step->entry, table->level);
	/* the entry that was followed is the one to show: the table was copied before */
	if (lookup->nr && (step[-1].entry ^ table->entry) & ~ARCH_VOLATILE)
		lookup->moved = true;
	lookup->moved |= table->flags & WALK_MOVED;
	lookup->nr++;
	return 0;
}

static int follow(struct lookup *lookup, struct walk *walk)
{
	struct walk_range range = { .low = lookup->address, .high = lookup->address + 1 };
	unsigned int tries = 0;
	int err;

	do {
		lookup->nr = 0;
		lookup->moved = false;
		err = walk_run(walk, &range, take_step, lookup, &lookup->mm);
		if (err)
			return err;
		/* nothing is below an entry that leads to a table: it was gone when the walk came there */
		lookup->moved |= !lookup->nr || lookup_last(lookup)->kind == ENTRY_TABLE;
		if (lookup->nr && lookup_last(lookup)->table.flags & (WALK_BAD_PFN | WALK_NO_TABLE))
			break;
	} while (lookup->moved && ++tries < LOOKUP_TRIES);
	return lookup->nr ? 0 : -EPROTO;
}

static void find_page(struct lookup *lookup, struct walk *walk)
{
	const struct lookup_step *last = lookup_last(lookup);
	__u64 span = arch_entry_span(last->table.level, lookup->kernel->levels);

	if (last->kind != ENTRY_LEAF)
		return;
	lookup->pfn = lookup_pfn(lookup, last) + ((lookup->address & (span - 1)) >> ARCH_PAGE_SHIFT);
	lookup->has_page = !walk_pages(walk, &lookup->pfn, 1, &lookup->page) && lookup->page.valid;
}

static void find_vma(struct lookup *lookup, const struct look_sources *sources)
{
	const struct mm_vma *vma;

	if (lookup->in_kernel || !sources->vmas || sources->vmas(sources->arg, &lookup->vmas))
		return;
	vma = mm_vmas_from(&lookup->vmas, lookup->address);
	if (vma && vma->start <= lookup->address)
		lookup->vma = vma;
}

void lookup_run(struct lookup *lookup, struct walk *walk, const struct look_sources *sources, pid_t pid,
		__u64 address)
{
	int err;

	memset(lookup, 0, sizeof(*lookup));
	lookup->pid = pid;
	lookup->address = address;
	lookup->kernel = walk_kernel(walk);
	lookup->in_kernel = ARCH_KERNEL_HALF && address >= arch_kernel_start(lookup->kernel->levels);
	lookup->status = CHECK_FAILED;
	err = walk_attach(walk, pid);
	lookup->has_status = !mm_status_read(&lookup->process, pid);
	if (!err)
		err = follow(lookup, walk);
	if (err == -EPROTO && !lookup_canonical(address, lookup->kernel->levels)) {
		snprintf(lookup->error, sizeof(lookup->error),
			 "address: process %d: 0x%llx: no table leads to it: its page tables end at 0x%llx", pid,
			 address, arch_user_end(lookup->kernel->levels));
	} else if (err == -EPROTO) {
		snprintf(lookup->error, sizeof(lookup->error),
			 "address: process %d: no path from the pgd to 0x%llx was seen (please report)", pid, address);
	} else if (err) {
		lookup->status = err == -EOWNERDEAD && lookup->mm.mm ? CHECK_INCOMPLETE : CHECK_FAILED;
		lookup->nr = 0;
		snprintf(lookup->error, sizeof(lookup->error), "%s", walk_error(walk));
	} else {
		find_page(lookup, walk);
		find_vma(lookup, sources);
		lookup->status = lookup->moved ? CHECK_INCOMPLETE : CHECK_HOLDS;
		if (lookup->moved)
			snprintf(lookup->error, sizeof(lookup->error),
				 "address: process %d: its tables changed each of %d times that 0x%llx was looked up",
				 pid, LOOKUP_TRIES, address);
	}
	walk_detach(walk);
}

void lookup_free(struct lookup *lookup)
{
	mm_vmas_free(&lookup->vmas);
}

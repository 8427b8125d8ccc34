// SPDX-License-Identifier: GPL-2.0-only
/* What no entry leads to: mms without a process. Their PGDs hang in a list of struct pages. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "arch/arch.h"
#include "walk_private.h"

#define PGDS_TRIES	20
#define PGDS_MAX	(1U << 22)	/* more than pids */

int walk_attach_mm(struct walk *walk, __u64 mm)
{
	struct walk_mm_state *state = walk_mm_state(walk);

	walk_detach(walk);
	walk->pid = 0;
	walk->runs = 0;
	state->mm = mm;
	state->mm_users = 0;
	state->pgd = 0;
	if (walk_find_mm(walk, 0) || state->mm_users <= 0)
		return walk_fail(walk, EOWNERDEAD, "attach: mm 0x%llx: nobody uses it", mm);
	walk->attached = true;
	return 0;
}

__u64 walk_attached_mm(struct walk *walk)
{
	return walk->attached ? walk_mm_state(walk)->mm : 0;
}

/* The struct page at this address: its pfn; false: there is none. */
static bool page_at(const struct walk_kernel *k, __u64 address, __u64 *pfn)
{
	__u64 offset = address - k->vmemmap;

	*pfn = offset / k->page_size;
	return address >= k->vmemmap && !(offset % k->page_size) && *pfn < k->max_pfn;
}

/* Is this the PGD of the mm that its descriptor names? Only then the list was followed right. */
static bool owned(struct walk *walk, __u64 pfn, __u64 mm)
{
	struct walk_mm_state *state = walk_mm_state(walk);

	state->mm = mm;
	state->pgd = 0;
	return !walk_find_mm(walk, 0) &&
	       state->pgd == walk->kernel.page_offset + pfn * ARCH_PAGE_SIZE;
}

/*
 * Once around, from and to the PGD at start. The list's head is no struct page:
 * it lies in the kernel's data, and only its first word is looked at.
 */
static int follow_pgds(struct walk *walk, __u64 start, walk_pgd_fn fn, void *arg)
{
	const struct walk_facts *facts = &walk->facts;
	__u64 at = start, pfn, link;
	unsigned int heads = 0;
	char raw[64];
	int stop = 0;

	for (unsigned int i = 0; i < PGDS_MAX && !stop; i++) {
		if (page_at(&walk->kernel, at, &pfn)) {
			if (walk_copy(walk, at, raw, sizeof(raw)) ||
			    !owned(walk, pfn, walk_word(raw, facts->pt_mm)))
				return -EAGAIN;
			stop = fn(pfn, walk_word(raw, facts->pt_mm), arg);
			link = walk_word(raw, facts->list);
		} else if (heads++ || walk_copy(walk, at + facts->list, &link, sizeof(link))) {
			return -EAGAIN;
		}
		at = link - facts->list;
		if (at == start)
			return stop ? stop : heads ? 0 : -EAGAIN;
	}
	return stop ? stop : -EAGAIN;
}

int walk_pgds(struct walk *walk, walk_pgd_fn fn, void *arg)
{
	const struct walk_kernel *k = &walk->kernel;
	int err = -EAGAIN;
	__u64 pgd;

	if (!ARCH_PGD_LIST || walk->facts.pt_mm < 0)
		return -EOPNOTSUPP;
	if (walk_attach(walk, getpid()))
		return -EOPNOTSUPP;
	pgd = (walk_mm_state(walk)->pgd - k->page_offset) / ARCH_PAGE_SIZE;
	walk_detach(walk);
	for (int i = 0; i < PGDS_TRIES && err == -EAGAIN; i++)
		err = follow_pgds(walk, k->vmemmap + pgd * k->page_size, fn, arg);
	return err;
}

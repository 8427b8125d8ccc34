// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds page tables by page frame number.
 *
 * Locking: none of any mm, zone or page. What keeps a struct page readable is
 * that its section is online: a block of pfns is checked and read inside one RCU
 * read-side section, and memory that goes offline waits for such sections to end
 * before its memmap is freed (ptdesc_memory_event()). A block is small, so that
 * this takes microseconds; between blocks the CPU is given to who wants it.
 */
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "compat.h"
#include "inspector.h"

/*
 * 2 MiB: what is online or valid changes in no smaller step (PAGES_PER_SUBSECTION),
 * and the memmap of it is one array in every memory model.
 */
#define PTDESC_BLOCK	(SZ_2M >> PAGE_SHIFT)

static void ptdesc_zone_span(struct zone *zone, unsigned long *start, unsigned long *end)
{
	unsigned int seq;

	do {
		seq = zone_span_seqbegin(zone);
		*start = zone->zone_start_pfn;
		*end = zone_end_pfn(zone);
	} while (zone_span_seqretry(zone, seq));
}

/* The first pfn not below *pfn that some zone spans, and where that zone ends. */
static bool ptdesc_next_span(unsigned long *pfn, unsigned long *end)
{
	unsigned long first = PTDESC_NO_PFN;
	int nid, i;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(nid)->node_zones[i];
			unsigned long zone_start, zone_end;

			if (zone_is_zone_device(zone))
				continue;
			ptdesc_zone_span(zone, &zone_start, &zone_end);
			zone_start = max(zone_start, *pfn);
			if (zone_start < zone_end && zone_start < first) {
				first = zone_start;
				*end = zone_end;
			}
		}
	}
	*pfn = first;
	return first != PTDESC_NO_PFN;
}

/* [pfn, end) has no memory: where to go on. */
static unsigned long ptdesc_skip_hole(unsigned long pfn, unsigned long end)
{
#ifdef CONFIG_SPARSEMEM
	if (!online_section_nr(pfn_to_section_nr(pfn)))
		return SECTION_ALIGN_DOWN(pfn) + PAGES_PER_SECTION;
#endif
	return end;
}

/* Records the tables of [*pfn, end), one block, until max; *pfn is then where it stopped. */
static int ptdesc_scan_block(unsigned long *pfn, unsigned long end,
			     struct ptdesc_record *records, int max)
{
	unsigned long start = *pfn;
	struct page *first, *page, *last;
	int count = 0;

	*pfn = end;
	rcu_read_lock();
	first = pfn_to_online_page(start);
	if (!first) {
		*pfn = ptdesc_skip_hole(start, end);
		goto out;
	}
	last = first + (end - start);
	for (page = first; page < last; page++) {
		if (likely(!ptdesc_page_is_table(page)))
			continue;
		if (count == max) {
			*pfn = start + (page - first);
			break;
		}
		count += ptdesc_record_page(&records[count], page, start + (page - first));
	}
out:
	rcu_read_unlock();
	return count;
}

/**
 * ptdesc_scan - record the page tables from a pfn on
 * @pfn: where to start; on return, where to go on
 * @records: gets at most @max records, in rising pfn order
 * @max: room in @records
 *
 * Each page table that exists during the whole call is recorded exactly once;
 * one that comes or goes meanwhile may be. May sleep.
 *
 * Return: the number of records. Fewer than @max: there is no page table beyond,
 * and @pfn is PTDESC_NO_PFN; or a fatal signal is pending.
 */
int ptdesc_scan(unsigned long *pfn, struct ptdesc_record *records, int max)
{
	unsigned long end;
	int count = 0;

	while (ptdesc_next_span(pfn, &end)) {
		while (*pfn < end) {
			unsigned long stop = ALIGN_DOWN(*pfn, PTDESC_BLOCK) + PTDESC_BLOCK;

			if (count == max || fatal_signal_pending(current))
				return count;
			count += ptdesc_scan_block(pfn, min(stop, end), &records[count],
						   max - count);
			cond_resched();
		}
	}
	return count;
}

#ifdef CONFIG_MEMORY_HOTPLUG
/*
 * Sections are marked offline before MEM_OFFLINE is sent (__offline_isolated_pages()),
 * the ones that hold a memory block's own memmap before MEM_FINISH_OFFLINE, and
 * memmaps are poisoned or freed after. So from here on no new reader finds the
 * memory online, and once synchronize_rcu() returns the old ones have left.
 */
static int ptdesc_memory_event(struct notifier_block *self, unsigned long action, void *arg)
{
	switch (action) {
	case MEM_GOING_ONLINE:
	case MEM_GOING_OFFLINE:
	case MEM_ONLINE:
		break;
	default:
		synchronize_rcu();
	}
	return NOTIFY_OK;
}

static struct notifier_block ptdesc_memory_notifier = {
	.notifier_call = ptdesc_memory_event,
};

int ptdesc_scan_init(void)
{
	return register_memory_notifier(&ptdesc_memory_notifier);
}

void ptdesc_scan_exit(void)
{
	unregister_memory_notifier(&ptdesc_memory_notifier);
}
#else
int ptdesc_scan_init(void)
{
	return 0;
}

void ptdesc_scan_exit(void)
{
}
#endif

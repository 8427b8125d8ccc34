/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts about the machine that page table entries are judged by. */
#ifndef MACHINE_H
#define MACHINE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct machine_ram {
	__u64 first, last;	/* pfns, both included */
};

/* What a zone spans, with holes and perhaps parts of other zones in it. */
struct machine_zone {
	__u64 first, last;	/* pfns, both included */
	unsigned int node;
	bool movable;		/* for memory that can be moved, or a device's own */
};

struct machine {
	unsigned int phys_bits;	/* physical address bits, 0: not known */
	__u64 crypt;		/* memory encryption bits of an entry */
	unsigned int cpus;	/* possible CPUs (nr_cpu_ids), 0: not known */
	bool pti;		/* the kernel isolates page tables (KPTI) */
	struct machine_ram *ram;	/* ascending */
	size_t nr_ram;		/* 0: not known */
	struct machine_zone *zone;
	size_t nr_zones;
};

/* Never fails: what cannot be read is "not known". Free with machine_free(). */
void machine_read(struct machine *machine);
void machine_free(struct machine *machine);

/* One past the highest pfn of any zone, 0: not known. The same, read anew. */
__u64 machine_end(const struct machine *machine);
__u64 machine_read_end(void);

/* Does any of the page lie in System RAM? True when that is not known. */
bool machine_is_ram(const struct machine *machine, __u64 pfn);

/* Is there such a zone? Does the page lie there, and nowhere else? */
bool machine_has_movable(const struct machine *machine);
bool machine_is_movable(const struct machine *machine, __u64 pfn);

/* The NUMA node that a page is of, or MACHINE_NO_NODE where zones do not tell. One past the highest. */
#define MACHINE_NO_NODE	(~0U)
unsigned int machine_node_of(const struct machine *machine, __u64 pfn);
unsigned int machine_nodes(const struct machine *machine);

/* Parse the format of /proc/iomem, of /proc/zoneinfo: 0, or -ENOMEM. Exposed for tests. */
int machine_parse_iomem(struct machine *machine, FILE *file);
int machine_parse_zoneinfo(struct machine *machine, FILE *file);

#endif /* MACHINE_H */

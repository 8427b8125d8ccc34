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

struct machine {
	unsigned int phys_bits;	/* physical address bits, 0: not known */
	__u64 crypt;		/* memory encryption bits of an entry */
	unsigned int cpus;	/* possible CPUs (nr_cpu_ids), 0: not known */
	bool pti;		/* the kernel isolates page tables (KPTI) */
	struct machine_ram *ram;	/* ascending */
	size_t nr_ram;		/* 0: not known */
};

/* Never fails: what cannot be read is "not known". Free with machine_free(). */
void machine_read(struct machine *machine);
void machine_free(struct machine *machine);

/* Does any of the page lie in System RAM? True when that is not known. */
bool machine_is_ram(const struct machine *machine, __u64 pfn);

/* Parse the format of /proc/iomem: 0, or -ENOMEM. Exposed for tests. */
int machine_parse_iomem(struct machine *machine, FILE *file);

#endif /* MACHINE_H */

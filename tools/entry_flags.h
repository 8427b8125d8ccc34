/* SPDX-License-Identifier: GPL-2.0-only */
/* The bits of an entry by name, as the architecture's header lists them in ARCH_ENTRY_FLAGS. */
#ifndef ENTRY_FLAGS_H
#define ENTRY_FLAGS_H

#include <linux/types.h>
#include <stddef.h>

/* What an entry is; also masks of what a flag is valid in. */
enum entry_kind {
	ENTRY_NONE = 0,
	ENTRY_TABLE = 1 << 0,	/* leads to a table */
	ENTRY_LEAF = 1 << 1,	/* maps memory */
	ENTRY_SWAP = 1 << 2,	/* neither: swap, migration, poison, marker */
};

struct entry_flag {
	__u64 mask, value;	/* set if (entry & mask) == value */
	const char *name;	/* a lower-case word */
	unsigned char kinds;	/* of entry, bits of enum entry_kind */
	unsigned char levels;	/* bits (1 << level); 0: all */
};

enum entry_kind entry_kind(__u64 entry, unsigned int level);

/* "table", "leaf", "swap", "none" */
const char *entry_kind_name(enum entry_kind kind);

/* The name of the i-th flag that is set, from *at on; NULL: no more. Start with *at 0. */
const char *entry_flag_next(__u64 entry, unsigned int level, unsigned int *at);

#endif /* ENTRY_FLAGS_H */

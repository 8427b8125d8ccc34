// SPDX-License-Identifier: GPL-2.0-only
#include "arch/arch.h"
#include "entry_flags.h"
#include "walk_table.h"

#define LEVEL(level)	(1 << WALK_##level)

static const struct entry_flag flags[] = { ARCH_ENTRY_FLAGS };

#define FLAGS	(sizeof(flags) / sizeof(*flags))

enum entry_kind entry_kind(__u64 entry, unsigned int level)
{
	if (arch_leaf(entry, level))
		return ENTRY_LEAF;
	if (arch_table(entry, level))
		return ENTRY_TABLE;
	return arch_none(entry, level) ? ENTRY_NONE : ENTRY_SWAP;
}

const char *entry_kind_name(enum entry_kind kind)
{
	switch (kind) {
	case ENTRY_NONE:
		return "none";
	case ENTRY_TABLE:
		return "table";
	case ENTRY_LEAF:
		return "leaf";
	case ENTRY_SWAP:
		return "swap";
	}
	return "?";
}

const char *entry_flag_next(__u64 entry, unsigned int level, unsigned int *at)
{
	unsigned int kind = entry_kind(entry, level);

	for (; *at < FLAGS; ++*at) {
		const struct entry_flag *flag = &flags[*at];

		if ((entry & flag->mask) != flag->value || !(kind & flag->kinds) ||
		    (flag->levels && !(flag->levels & 1 << level)))
			continue;
		++*at;
		return flag->name;
	}
	return NULL;
}

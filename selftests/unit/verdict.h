/* SPDX-License-Identifier: GPL-2.0-only */
/* What a whole check of the fake's mm comes to. */
#ifndef VERDICT_H
#define VERDICT_H

#include "fake_walk.h"
#include "ktap.h"

/* The only invariant that is violated, 0 for none, INVARIANTS + 1 for several. */
static inline unsigned int violated(void)
{
	struct check check;
	unsigned int which;

	fake_check(&check);
	which = fake_violated(&check);
	CHECK(check.looked);
	CHECK_EQ(check.status, which ? CHECK_VIOLATED : CHECK_HOLDS);
	check_free(&check);
	return which;
}

/* Of a check that finds nothing: why one invariant is not checked, "" if it is. */
static inline const char *unchecked(unsigned int id)
{
	struct check check;
	const char *why;

	fake_check(&check);
	why = check.tally[id].unchecked;
	CHECK_EQ(check.status, CHECK_HOLDS);
	check_free(&check);
	return why ? why : "";
}

static inline struct walk_table *descriptor(__u64 pfn)
{
	return &fake.page[pfn].table;
}

#endif /* VERDICT_H */

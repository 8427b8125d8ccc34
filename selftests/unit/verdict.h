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

#endif /* VERDICT_H */

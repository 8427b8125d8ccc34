// SPDX-License-Identifier: GPL-2.0-only
/* With several tables to a page, and more to a list than one call follows. */
#include "test_deposits.c"

_Static_assert(WALK_CHAIN_MAX > 2 * WALK_REQUESTS, "a list takes several calls");

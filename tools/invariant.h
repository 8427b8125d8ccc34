/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The invariants: one table says all about each. Ids and names are never
 * reused for something else.
 */
#ifndef INVARIANT_H
#define INVARIANT_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct look;
struct look_subject;
struct finding;

enum invariant_id {
	TABLE_TYPED = 1, REFCOUNT_ONE, SINGLE_PARENT, ENTRY_SANE, PGD_OWNER, COUNTS_AGREE,
	LEAF_NOT_TABLE, TABLE_IN_VMA, PTL_SANE, DEPOSIT_MATCHES, LISTED,
	REACHED, POPULATION, KERNEL_HALF, PTI_COPY, SHARE_COUNT, CHARGE_SANE, ZERO_READONLY, USER_BIT,
	MEMCG_POPULATION, ONLY_TABLE, DEPOSIT_UNUSED, SHARED_HUGETLB,
	PGD_LINKED, ONE_MM, KERNEL_UNCHARGED, FRAGMENTS_AGREE, GADDR_MATCHES, UNMOVABLE,
	NODE_POPULATION,
	INVARIANTS = NODE_POPULATION
};

enum invariant_scope { SCOPE_ENTRY, SCOPE_TABLE, SCOPE_MM, SCOPE_MACHINE };

/*
 * How many looks must agree. Where all that is compared is read in one go, and
 * then the entry that led there once more, only a fault keeps showing the same.
 *
 * What is read at two moments may agree by chance for as long as tables come and
 * go at that pace: a table is seen for as much of the time as it is there, and
 * missed by the other reading for as much as it is not. Looks come at random
 * moments, so that no more than half of them can see both, which leaves a false
 * alarm a chance of 2^-23 for each candidate.
 */
#define INVARIANT_AT_ONCE	6
#define INVARIANT_APART		24

/* Longest text of one describe() function, NUL included. */
#define INVARIANT_TEXT	160

struct invariant {
	enum invariant_id id;
	const char *name;	/* kebab-case */
	enum invariant_scope scope;
	unsigned int levels;	/* bit (1 << level): where it is checked */
	unsigned int reads;	/* agreeing looks that make a violation, the first included: INVARIANT_* */
	const char *text;	/* what holds, one sentence without the full stop */
	const char *except;	/* legitimate exceptions, or NULL */
	unsigned int msec;	/* that these looks must span; 0: CONFIRM_SPAN */
	/* Why it cannot be checked, or NULL. Constant strings. */
	const char *(*unavailable)(const struct look *look);
	/* Judge a look whose walk is over: 0 or -ENOMEM. NULL: judged while walking. */
	int (*judge)(struct look *look);
	/* What was expected and what was found, each in INVARIANT_TEXT bytes. */
	void (*describe)(const struct finding *finding, char *expected, char *found);
};

extern const struct invariant invariants[INVARIANTS];	/* id 1 is [0] */

const struct invariant *invariant_by_id(unsigned int id);
/* By name or by number as text; NULL: there is none. */
const struct invariant *invariant_by_name(const char *name);

/* Is it judged of one process, or of the machine (census.h)? */
static inline bool invariant_of_process(const struct invariant *inv)
{
	return inv->scope != SCOPE_MACHINE;
}

const char *invariant_scope_name(enum invariant_scope scope);
/* What is counted as checked: "tables", "entries", ... */
const char *invariant_unit(const struct invariant *inv);

#endif /* INVARIANT_H */

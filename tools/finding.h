/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A finding: one look at an mm showed something that an invariant forbids.
 * Only a candidate: confirm.h makes a verdict of it.
 *
 * Two findings of different looks are about the same thing when their keys
 * (invariant, level, va, index) are equal, and say the same when their
 * evidence (pfn, expected, found, raw, other) is equal too. Whoever makes a
 * finding leaves out of the evidence what may change legitimately.
 */
#ifndef FINDING_H
#define FINDING_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define FINDING_NO_INDEX	0xffff

struct finding {
	__u64 va;		/* what is mapped there: of the table, or of the entry at index */
	__u64 pfn;		/* page that the finding is about */
	__u64 expected;		/* meaning of the words: invariant.c, one describe() each */
	__u64 found;
	__u64 raw;		/* entry or descriptor word as read */
	__u64 other;
	__u64 gist;		/* of a vote: what stays of the evidence of a fault in an mm that never rests */
	__u16 index;		/* entry in its table, which of several address spaces, or FINDING_NO_INDEX */
	__u8 invariant;		/* id */
	__u8 level;		/* enum walk_level; 0: the mm as a whole */
	bool moving;		/* what it is about changed while it was read: says nothing */
	bool vote;		/* one look can be wrong either way: many decide */
	bool doubt;		/* nothing was wrong, but the mm did not rest */
};

struct findings {
	struct finding *finding;
	size_t nr, room;
	__u64 lost;		/* beyond FINDINGS_MAX: counted, not kept */
};

#define FINDINGS_MAX	65536

/* 0, or -ENOMEM. */
int findings_add(struct findings *list, const struct finding *finding);
void findings_free(struct findings *list);

/* Order by key; findings_find() needs it. */
void findings_sort(struct findings *list);
const struct finding *findings_find(const struct findings *list, const struct finding *key);
int finding_compare_keys(const struct finding *a, const struct finding *b);
bool finding_same_evidence(const struct finding *a, const struct finding *b);

#endif /* FINDING_H */

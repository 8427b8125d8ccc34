/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From candidate to verdict. A walk takes no lock: what one look shows may be
 * a table on its way out, or a page that was freed and used again between two
 * reads. So each finding of the first look is a candidate, and:
 *
 * - looked at again at growing, random intervals, all candidates in one look;
 * - not found any more: settled, it was a race;
 * - found while its path from the pgd moved: does not count as an agreement;
 * - found with other evidence: counting starts again from that evidence;
 * - found with the same evidence in as many looks as its invariant asks for
 *   (invariant.h), over CONFIRM_SPAN and a grace period of RCU that began after
 *   the first of them: violated. In a grace period what was unlinked before is
 *   freed, and each CPU gets on: also one that a hypervisor had stopped, of
 *   which no thread's state tells;
 * - where one look can be wrong either way (finding.vote: pgtables_bytes
 *   against the tables of an mm that does not rest), looks vote. One that finds
 *   the same gist is a vote for it, one that finds nothing is CONFIRM_VETO
 *   against: violated at CONFIRM_VOTES, over CONFIRM_GIST_SPAN and a grace
 *   period. By chance a gist is found in half of the looks at most: that comes to
 *   so many votes once in 2^24 times, however often it is looked. Not found
 *   any more in CONFIRM_NOTHINGS looks, and twice as often as found, whatever that
 *   was: settled. Twice as many for a sum of the machine, whose parts are read one
 *   after the other: where tables come and go quickly each fourth look that counts
 *   agrees by chance with a count that is wrong by one;
 * - neither within CONFIRM_LIMIT and CONFIRM_LOOKS looks, or the process exits: unsettled.
 */
#ifndef CONFIRM_H
#define CONFIRM_H

#include "finding.h"
#include "invariant.h"
#include "walk.h"

#define CONFIRM_SPAN	(300ULL * 1000 * 1000)	/* nsec that agreeing looks must span */
#define CONFIRM_VOTES	28
#define CONFIRM_VETO	3
#define CONFIRM_NOTHINGS 4
#define CONFIRM_GIST_SPAN (1000ULL * 1000 * 1000)
#define CONFIRM_LIMIT	(3000ULL * 1000 * 1000)	/* nsec until the rest is unsettled ... */
#define CONFIRM_LOOKS	100	/* ... but not before so many looks, on a slow machine, ... */
#define CONFIRM_PATIENCE (10 * CONFIRM_LIMIT)	/* ... unless it takes this long, and as many as a verdict takes */

enum verdict {
	VERDICT_OPEN,
	VERDICT_VIOLATED,
	VERDICT_SETTLED,	/* a race: nothing wrong */
	VERDICT_UNSETTLED,
};

enum unsettled_why {
	WHY_NONE,
	WHY_MOVING,	/* its tables changed during each look */
	WHY_CHANGING,	/* each look found something else wrong there */
	WHY_EXITED,	/* the process exited */
	WHY_FAILED,	/* it could not be looked at again */
	WHY_SAVED,	/* a saved listing cannot be read again */
	WHY_LIMIT,	/* too many candidates to keep */
	WHY_REASONS
};

struct confirm_case {
	struct finding finding;		/* as last seen */
	enum verdict verdict;
	enum unsettled_why why;		/* of VERDICT_UNSETTLED */
	unsigned int agreed;		/* looks with this evidence; of a vote, with this gist */
	unsigned int moving;		/* looks that did not count */
	unsigned int restarts;		/* changes of the evidence, or of the gist */
	unsigned int founds, nothings;	/* of a vote: looks that found it, with any gist, or nothing */
	int votes;			/* for this gist */
	__u64 since, until;		/* clock of the first and last agreeing look, nsec */
};

struct confirm_ops {
	void *arg;
	/*
	 * Look again at range ({0, 0}: all) for the invariants wanted, bits
	 * (1 << id), and fill now, sorted; the caller frees it. 0, or a negative errno: -EOWNERDEAD ends everything, others too.
	 */
	int (*look)(void *arg, const struct walk_range *range, unsigned int wanted,
		    struct findings *now);
	__u64 (*clock)(void *arg);			/* nsec, monotonic */
	void (*pause)(void *arg, __u64 nsec);
	/* Return when a grace period has passed; NULL: cannot be had. */
	void (*grace)(void *arg);
};

struct confirm {
	struct confirm_case *cases;	/* one per finding, sorted by key */
	size_t nr;
	__u64 lost;			/* findings beyond FINDINGS_MAX: unsettled, WHY_LIMIT */
	unsigned int looks;		/* beside the first */
	__u64 tally[VERDICT_UNSETTLED + 1];
};

/*
 * Give each finding of the first look, taken at clock `taken`, a verdict. 0 or
 * -ENOMEM. Whatever look() returned is kept as the reason of what it left
 * unsettled and returned in *look_error.
 */
int confirm_run(struct confirm *confirm, const struct findings *first, __u64 taken,
		const struct confirm_ops *ops, int *look_error);
void confirm_free(struct confirm *confirm);

const char *unsettled_text(enum unsettled_why why);

#endif /* CONFIRM_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine of several mms over fake_walk.h's memory, and all that a census
 * asks of it: processes, a listing, counters. A test builds it, breaks
 * something, and runs a census over it.
 */
#ifndef FAKE_CENSUS_H
#define FAKE_CENSUS_H

#include "census.h"
#include "fake_walk.h"

struct fake_machine {
	pid_t pids[8];
	size_t nr_pids;
	__u64 counted;		/* nr_page_table_pages; 0: as many as are listed */
	__u64 skew;		/* more of them at each second reading */
	unsigned int readings;
	__u64 allocated;	/* more pages at each reading; 0: cannot be read */
	unsigned int faulting;
	const char *hidden;
	struct pfnset order1;	/* listed with two pages */
	void (*before)(unsigned int round);
	unsigned int rounds;
	bool begun;		/* this round asked for the processes */
	__u64 border, node_skew;
	__u64 memcg_charged;	/* pages listed as charged to the lower of two cgroups, 0: none are there */
	__u64 memcg_says[2];	/* what the lower one says, before and after */
};

extern struct fake_machine now;
extern struct census census;
extern struct census_sources fake_sources;

/* Processes 1 and 10 with an mm each, 11 that shares 10's, and an mm of no process. */
void fake_census_build(void);
void fake_census_run(void);
void fake_census_free(void);

/* The only invariant that is violated, 0 for none, more than INVARIANTS for several. */
unsigned int fake_census_violated(void);

#endif

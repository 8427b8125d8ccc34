/* SPDX-License-Identifier: GPL-2.0-only */
/* From options to reports: which processes, in which form. */
#ifndef RUN_H
#define RUN_H

#include "check.h"
#include "options.h"
#include "sources.h"

struct run {
	const struct options *options;
	struct look_subject subject;
	struct sources sources;
	FILE *file;			/* the report's */
	enum check_status status;	/* the worst so far */
	unsigned int looked;		/* processes that there is something to say of */
};

/* Check, or look an address up in, the processes that were asked for. */
void run_pids(struct run *run);

/* -a: every process, and the machine as a whole (run_all.c). */
void run_all(struct run *run);

/* The report of one process, also on stderr if it could not be checked. */
void run_report(struct run *run, const struct check *check, bool first);

#endif /* RUN_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The look's sources on a live system: procfs, kpageflags, the inspector's listing. */
#ifndef SOURCES_H
#define SOURCES_H

#include <sys/types.h>
#include "listing.h"
#include "look.h"

struct sources_thread {
	pid_t tid;
	unsigned long long ran;		/* time on a CPU, nsec or ticks */
};

struct sources {
	struct look_sources look;	/* arg is the struct sources itself */
	pid_t pid;
	const struct walk *walk;	/* has the process attached when asked */
	struct machine *machine;	/* read again when a finding depends on it */
	const char *listing;		/* NULL: none */
	char listing_why[LISTING_ERROR + 256];
	int kpageflags;			/* fd, or -1 */
	struct sources_thread *threads;	/* see threads.h */
	size_t nr_threads;
};

/* listing: NULL for none; the machine and the walk must live as long. */
void sources_open(struct sources *sources, const char *listing, struct machine *machine,
		  const struct walk *walk);
void sources_close(struct sources *sources);

/* From now on about this process. */
void sources_set_pid(struct sources *sources, pid_t pid);

#endif /* SOURCES_H */

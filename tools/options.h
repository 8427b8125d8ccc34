/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>
#include "walk.h"

enum output_format { FORMAT_TEXT, FORMAT_JSON };

enum action { ACTION_CHECK, ACTION_DESCRIBE, ACTION_VERSION, ACTION_HELP };

struct options {
	enum action action;
	pid_t *pids;
	size_t nr_pids;
	struct walk_range range;	/* {0, 0}: everything */
	bool all;			/* every process, and the machine */
	bool lookup;			/* only say what is at address */
	__u64 address;
	bool list;
	bool quiet;
	bool verbose;
	bool pretty;
	enum output_format format;
	const char *output;		/* NULL or "-": stdout */
	const char *describe;
	const char *listing;		/* NULL: the default if it is there; "none" */
};

#define OPTIONS_ERROR	200

/*
 * 0, or -EINVAL with one line in error[]. format is right as far as it was
 * read even then, so that the error can be said in it. Free either way.
 */
int options_parse(struct options *options, int argc, char **argv, char error[OPTIONS_ERROR]);
void options_free(struct options *options);
void options_usage(FILE *file);

#endif /* OPTIONS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the report goes: stdout, or a file that is replaced only by
 * output_commit(), when all of it is on the disk. On any other way out,
 * signals included, nothing is left behind and an old file stays as it was.
 * One at a time in a process.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdio.h>

struct output {
	FILE *file;
	const char *path;	/* NULL: stdout */
	char *temp;
};

/* path: NULL or "-" for stdout. 0 or a negative errno. */
int output_open(struct output *output, const char *path);

/* 0, or a negative errno: then the file was not replaced. */
int output_commit(struct output *output);

/* Drop what was written, unless it was to stdout. */
void output_discard(struct output *output);

#endif /* OUTPUT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The report for people: fits 80 columns but for -l, no promise that it stays as it is. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stdio.h>
#include "census.h"
#include "lookup.h"

/* A process that was looked at (check->looked); the last line is the verdict. */
void text_check(FILE *file, const struct check *check, bool list);

/* -d: one invariant. */
void text_describe(FILE *file, const struct invariant *inv);

/* --address: the path and what is at its end. */
void text_lookup(FILE *file, const struct lookup *lookup);

/* -a: the machine as a whole, after all processes. */
void text_census(FILE *file, const struct census *census);

/* -a: the head of the table of processes, and a line of it. */
void text_processes(FILE *file, const struct walk_kernel *kernel);
void text_process(FILE *file, const struct check *check);

/* One line: what became of an invariant. */
void text_tally(FILE *file, const struct invariant *inv, const struct check_tally *tally);

/* What is violated and what is unsettled, with the evidence. */
void text_verdicts(FILE *file, const struct walk_kernel *kernel, const struct confirm *confirm);

/* "1.5 MiB": three digits that matter. */
#define TEXT_SIZE	16
const char *text_size(__u64 bytes, char buf[TEXT_SIZE]);

/* Names are any bytes: nothing that a terminal would act on; the end, if it is longer than most. */
void text_clean(FILE *file, const char *text, size_t most);

/* A label, padded to column indent, then text wrapped at column 80. */
void text_wrapped(FILE *file, int indent, const char *label, const char *text);

/* Names of the levels in a mask of bits (1 << level), "pte pmd"; buf of TEXT_LEVELS. */
#define TEXT_LEVELS	24
const char *text_levels(unsigned int levels, char buf[TEXT_LEVELS]);

#endif /* TEXT_H */

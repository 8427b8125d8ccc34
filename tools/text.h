/* SPDX-License-Identifier: GPL-2.0-only */
/* The report for people: fits 80 columns but for -l, no promise that it stays as it is. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stdio.h>
#include "check.h"

/* A process that was looked at (check->looked); the last line is the verdict. */
void text_check(FILE *file, const struct check *check, bool list);

/* -d: one invariant. */
void text_describe(FILE *file, const struct invariant *inv);

/* Names of the levels in a mask of bits (1 << level), "pte pmd"; buf of TEXT_LEVELS. */
#define TEXT_LEVELS	24
const char *text_levels(unsigned int levels, char buf[TEXT_LEVELS]);

#endif /* TEXT_H */

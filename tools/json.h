/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report for programs, one document a run, written piece by piece. Keys
 * are added, never renamed, retyped or removed within one format_version.
 * Addresses and raw words are strings "0x...", since they do not fit the
 * numbers of many readers; pfns, counts and bytes are numbers.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdio.h>
#include "census.h"
#include "lookup.h"

/* what: the key of the array that follows, "processes" or "lookups". */
void json_begin(FILE *file, const struct walk_kernel *kernel, const char *what, bool pretty);
void json_check(FILE *file, const struct check *check, bool list, bool first);
void json_lookup(FILE *file, const struct lookup *lookup, bool first);
/* census: of the machine, NULL: none was made. longest_call: see walk.h. */
void json_end(FILE *file, const struct census *census, __u64 longest_call, enum check_status status);
const char *json_status_name(enum check_status status);

/* Pieces: the key "machine"; "invariants" of those wanted; a key with verdicts of one kind. */
void json_census(FILE *file, const struct census *census);
void json_invariants(FILE *file, const struct check_tally tallies[INVARIANTS + 1],
		     bool (*wanted)(const struct invariant *inv));
void json_cases(FILE *file, const char *name, const struct walk_kernel *kernel,
		const struct confirm *confirm, enum verdict verdict);

/* A whole document that only says what went wrong. */
void json_error(FILE *file, const char *error, bool pretty);

#endif /* JSON_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pieces of a JSON document, written as they come, one document at a time.
 * Addresses and raw words are strings, since numbers beyond 2^53 lose bits in
 * many readers; pfns, counts and bytes are numbers.
 */
#ifndef JSON_OUT_H
#define JSON_OUT_H

#include <json-c/json.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>

/* "{" and the format's version. pretty: on many lines, indented. */
void json_document(FILE *file, bool pretty);

/* A bracket, deeper or back; a line of its own if pretty. */
void json_open(FILE *file, char bracket);
void json_close(FILE *file, char bracket);
void json_indent(FILE *file);

/* first: no comma before it */
void json_key(FILE *file, const char *name, bool first);

/* Write and free a value, indented as deep as its place in the document. */
void json_put(FILE *file, struct json_object *value);
void json_put_key(FILE *file, const char *name, struct json_object *value);

struct json_object *json_number(__u64 value);
struct json_object *json_word(__u64 value);

/* comm and file names need not be UTF-8, which JSON must be: other bytes become "?". */
struct json_object *json_text(const char *from);
void json_add(struct json_object *object, const char *name, struct json_object *value);

#endif /* JSON_OUT_H */

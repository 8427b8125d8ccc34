// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "json_out.h"
#include "version.h"

/* One document at a time: how it is laid out, and how deep the next piece is. */
static struct {
	bool pretty;
	unsigned int depth;
} out;

void json_indent(FILE *file)
{
	if (!out.pretty)
		return;
	fputc('\n', file);
	for (unsigned int i = 0; i < out.depth; i++)
		fputs("  ", file);
}

void json_put(FILE *file, struct json_object *value)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE |
		    (out.pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED : 0);
	const char *text = json_object_to_json_string_ext(value, flags);

	for (; *text; text++) {
		if (*text == '\n')	/* within strings it is "\n" */
			json_indent(file);
		else
			fputc(*text, file);
	}
	json_object_put(value);
}

void json_key(FILE *file, const char *name, bool first)
{
	if (!first)
		fputc(',', file);
	json_indent(file);
	fprintf(file, out.pretty ? "\"%s\": " : "\"%s\":", name);
}

void json_put_key(FILE *file, const char *name, struct json_object *value)
{
	json_key(file, name, false);
	json_put(file, value);
}

void json_open(FILE *file, char bracket)
{
	fputc(bracket, file);
	out.depth++;
}

void json_close(FILE *file, char bracket)
{
	out.depth--;
	json_indent(file);
	fputc(bracket, file);
}

struct json_object *json_number(__u64 value)
{
	return json_object_new_uint64(value);
}

struct json_object *json_word(__u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", value);
	return json_object_new_string(text);
}

struct json_object *json_text(const char *from)
{
	char copy[4096];
	size_t n = 0;

	for (; *from && n < sizeof(copy) - 1; from++)
		copy[n++] = *from & 0x80 ? '?' : *from;
	copy[n] = '\0';
	return json_object_new_string(copy);
}

void json_add(struct json_object *object, const char *name, struct json_object *value)
{
	json_object_object_add(object, name, value);
}

void json_document(FILE *file, bool pretty)
{
	out.pretty = pretty;
	out.depth = 0;
	json_open(file, '{');
	json_key(file, "format_version", true);
	fprintf(file, "%d", JSON_FORMAT);
}

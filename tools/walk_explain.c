// SPDX-License-Identifier: GPL-2.0-only
/*
 * The light skeleton says no more than an errno when it does not load. Only
 * then the same object is loaded once more through libbpf, whose warnings and
 * the verifier's log tell why.
 */
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "walk_private.h"
#include "walk.skel.h"	/* needs the types above */

static struct {
	bool verbose;
	char first[200];
} explain;

static int on_message(enum libbpf_print_level level, const char *format, va_list args)
{
	va_list again;

	if (level == LIBBPF_DEBUG)
		return 0;
	if (!explain.first[0]) {
		va_copy(again, args);
		vsnprintf(explain.first, sizeof(explain.first), format, again);
		va_end(again);
		explain.first[strcspn(explain.first, "\n")] = '\0';
	}
	return explain.verbose ? vfprintf(stderr, format, args) : 0;
}

void walk_explain(bool verbose, char *why, size_t size)
{
	struct walk_full *full;

	explain.verbose = verbose;
	explain.first[0] = '\0';
	libbpf_set_print(on_message);
	full = walk_full__open_and_load();
	if (full)
		snprintf(why, size, "the light skeleton is refused, the full one is not");
	else
		snprintf(why, size, "%s", explain.first[0] ? explain.first : "libbpf gives no reason");
	walk_full__destroy(full);
}

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

static struct {
	bool verbose;
	char warning[200];	/* libbpf's first */
	char verdict[200];	/* the line that the verifier ended with */
} explain;

static void copy_line(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%.*s", (int)strcspn(from, "\n"), from);
}

/* The last line before the verifier's statistics ("processed 12 insns ..."). */
static void find_verdict(char *log)
{
	char *end = strstr(log, "\nprocessed "), *line;

	if (!end)
		return;
	*end = '\0';
	line = strrchr(log, '\n');
	copy_line(explain.verdict, sizeof(explain.verdict), line ? line + 1 : log);
	*end = '\n';
}

static int on_message(enum libbpf_print_level level, const char *format, va_list args)
{
	static char text[1 << 16];
	const char *from = text;

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(text, sizeof(text), format, args);
	if (explain.verbose)
		fputs(text, stderr);
	if (!strncmp(from, "libbpf: ", 8))
		from += 8;
	if (!explain.warning[0] && !strstr(from, "RLIMIT_MEMLOCK"))
		copy_line(explain.warning, sizeof(explain.warning), from);
	if (!explain.verdict[0])
		find_verdict(text);
	return 0;
}

void walk_explain(bool verbose, char *why, size_t size)
{
	struct bpf_object *object;

	memset(&explain, 0, sizeof(explain));
	explain.verbose = verbose;
	libbpf_set_print(on_message);
	object = walk_object_load();
	if (object)
		snprintf(why, size, "it is refused in one way and not in another");
	else if (explain.verdict[0])
		snprintf(why, size, "the verifier says: %s", explain.verdict);
	else
		snprintf(why, size, "%s", explain.warning[0] ? explain.warning : "libbpf gives no reason");
	bpf_object__close(object);
}

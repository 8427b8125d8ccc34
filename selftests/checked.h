/* SPDX-License-Identifier: GPL-2.0-only */
/* What ptdesc-check says of a process with a descriptor that is not as it should be. */
#ifndef CHECKED_H
#define CHECKED_H

#include <stdint.h>

#include "kselftest.h"
#include "tool.h"

static inline void checked_print(const struct tool *t)
{
	const char *violations = strstr(t->out, "\"violations\":");

	ksft_print_msg("exit status %d %.300s\n", t->status, t->err);
	ksft_print_msg("%.1200s\n", violations ? violations : t->out);
}

/*
 * Does it find so many tables wrong, by this invariant, this page's among them,
 * and nothing else, unless it is by what else that makes untrue (NULL: nothing)?
 * And does it say this of them (NULL: whatever)?
 */
static inline bool checked_violated(pid_t pid, const char *invariant, const char *also, uint64_t pfn, int wrong,
				    const char *says)
{
	char of[16], text[32];
	struct tool t;
	bool ok;

	snprintf(of, sizeof(of), "%d", pid);
	snprintf(text, sizeof(text), "\"pfn\":%llu,", (unsigned long long)pfn);
	t = tool_run("-j", "--listing", "none", of);
	ok = t.status == TOOL_VIOLATED && tool_state(&t, invariant, "violated") &&
	     tool_number(&t, "\"summary\":", "\"violated\":") == (also ? 2 : 1) * wrong &&
	     tool_number(&t, invariant, "\"violated\":") == wrong &&
	     (!also || tool_number(&t, also, "\"violated\":") == wrong) &&
	     strstr(strstr(t.out, "\"violations\":"), text) &&
	     (!says || strstr(strstr(t.out, "\"violations\":"), says));
	if (!ok)
		checked_print(&t);
	tool_free(&t);
	return ok;
}

#endif /* CHECKED_H */

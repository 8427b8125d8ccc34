// SPDX-License-Identifier: GPL-2.0-only
/*
 * No false alarm: a process whose page tables never rest is checked again and
 * again, and nothing is ever called a violation. What the tool could not
 * settle it may say (exit status 3), but not that it could not look.
 */
#define _GNU_SOURCE
#include "churner.h"
#include "kselftest.h"
#include "tool.h"

#define RUNS		8
#define CHECKS		5	/* in each run: loading costs once */
#define TABLES_MIN	10000	/* all checks together: less would prove little */

struct sum {
	long long tables, moved, facts, settled, unsettled, violated;
	int checks, status[4], bad;
};

/* One process of the tool's report. */
static const char *add_check(struct sum *sum, const char *summary)
{
#define NUMBER(name) \
	tool_number_at(summary, (const char *const[]){ "\"" name "\":", NULL })

	sum->checks++;
	sum->tables += NUMBER("tables");
	sum->moved += NUMBER("tables_moved");
	sum->facts += NUMBER("checks");
	sum->settled += NUMBER("races_settled");
	sum->unsettled += NUMBER("unsettled");
	sum->violated += NUMBER("violated");
	return strstr(summary + 1, "\"summary\":");
}

static void add_run(struct sum *sum, const struct tool *t)
{
	const char *summary = strstr(t->out, "\"summary\":");

	if (t->status != TOOL_HOLDS && t->status != TOOL_INCOMPLETE) {
		const char *found = strstr(t->out, "\"violations\":[{");

		ksft_print_msg("exit status %d, %.200s", t->status, t->err);
		ksft_print_msg("%.900s\n", found ? found : t->out);
		sum->bad++;
		return;
	}
	sum->status[t->status]++;
	while (summary)
		summary = add_check(sum, summary);
}

int main(void)
{
	struct sum sum = { 0 };
	char pid_text[16];
	const char *args[CHECKS + 2] = { "-j" };
	bool alive;
	pid_t pid;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	tool_require();
	ksft_set_plan(3);
	pid = churner_start();
	if (pid < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	snprintf(pid_text, sizeof(pid_text), "%d", pid);
	for (int i = 0; i < CHECKS; i++)
		args[i + 1] = pid_text;
	for (int i = 0; i < RUNS && !sum.bad; i++) {
		struct tool t = tool_run_as(NULL, args);

		add_run(&sum, &t);
		tool_free(&t);
	}
	alive = !waitpid(pid, NULL, WNOHANG);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);

	ksft_print_msg("%d checks; runs: %d hold, %d incomplete, %d wrong\n",
		       sum.checks,
		       sum.status[TOOL_HOLDS], sum.status[TOOL_INCOMPLETE],
		       sum.bad);
	ksft_print_msg("%lld tables, %lld of them moved meanwhile; %lld facts, %lld races settled, %lld unsettled\n",
		       sum.tables, sum.moved, sum.facts, sum.settled,
		       sum.unsettled);
	ksft_test_result(alive, "the process churned to the end\n");
	ksft_test_result(sum.checks == RUNS * CHECKS && !sum.violated,
			 "%d checks, no false alarm\n", sum.checks);
	ksft_test_result(sum.tables >= TABLES_MIN, "%lld tables checked\n",
			 sum.tables);
	ksft_finished();
}

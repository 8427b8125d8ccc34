// SPDX-License-Identifier: GPL-2.0-only
#include "json.h"
#include "lookup.h"
#include "run.h"
#include "text.h"

void run_report(struct run *run, const struct check *check, bool first)
{
	const struct options *options = run->options;

	if (!check->looked)
		fprintf(stderr, "ptdesc-check: %s\n", check->error);
	run->looked += check->looked;
	run->status = check_worse(run->status, check->status);
	if (options->quiet)
		return;
	if (options->format == FORMAT_JSON)
		json_check(run->file, check, options->list, first);
	else if (options->all)
		text_process(run->file, check);
	else if (check->looked)
		text_check(run->file, check, options->list);
}

static void check_one(struct run *run, pid_t pid, bool first)
{
	struct check check;

	sources_set_pid(&run->sources, pid);
	check_run(&check, pid, &run->subject, &check_real_time);
	run_report(run, &check, first);
	check_pace(&check, &check_real_time);
	check_free(&check);
}

static void look_up_one(struct run *run, pid_t pid, bool first)
{
	struct lookup lookup;

	sources_set_pid(&run->sources, pid);
	lookup_run(&lookup, run->subject.walk, run->subject.sources, pid, run->options->address);
	if (lookup.error[0])
		fprintf(stderr, "ptdesc-check: %s\n", lookup.error);
	if (run->options->quiet)
		;
	else if (run->options->format == FORMAT_JSON)
		json_lookup(run->file, &lookup, first);
	else if (lookup.nr)
		text_lookup(run->file, &lookup);
	run->looked += lookup.nr != 0;
	run->status = check_worse(run->status, lookup.status);
	lookup_free(&lookup);
}

void run_pids(struct run *run)
{
	const struct options *options = run->options;
	bool json = options->format == FORMAT_JSON && !options->quiet;

	if (json)
		json_begin(run->file, run->subject.kernel, options->lookup ? "lookups" : "processes",
			   options->pretty);
	for (size_t i = 0; i < options->nr_pids; i++) {
		if (i && !json && !options->quiet)
			fputc('\n', run->file);
		if (options->lookup)
			look_up_one(run, options->pids[i], !i);
		else
			check_one(run, options->pids[i], !i);
	}
	if (json)
		json_end(run->file, NULL, walk_longest_call(run->subject.walk), run->status);
}

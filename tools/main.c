// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "arch/arch.h"
#include "json.h"
#include "lookup.h"
#include "options.h"
#include "output.h"
#include "run.h"
#include "text.h"
#include "version.h"

/* One line on stderr; in JSON also an object on stdout, where a program looks. */
static int complain(const struct options *options, const char *line)
{
	fprintf(stderr, "ptdesc-check: %s\n", line);
	if (options->format == FORMAT_JSON && !options->quiet &&
	    (!options->output || !strcmp(options->output, "-")))
		json_error(stdout, line, options->pretty);
	return CHECK_FAILED;
}

static int describe(const char *name)
{
	const struct invariant *inv = invariant_by_name(name);

	if (!strcmp(name, "all")) {
		for (unsigned int i = 0; i < INVARIANTS; i++)
			text_describe(stdout, &invariants[i]);
	} else if (inv) {
		text_describe(stdout, inv);
	} else {
		fprintf(stderr, "ptdesc-check: invariant %s: unknown (see -d all)\n", name);
		return CHECK_FAILED;
	}
	return fflush(stdout) ? CHECK_FAILED : 0;
}

/* The listing to use, NULL for none. What is wrong with it shows when it is read. */
static const char *choose_listing(const struct options *options, struct look_subject *subject)
{
	const char *path = options->listing ? options->listing : LISTING_DEFAULT;

	if (!strcmp(path, "none") || (!options->listing && access(path, F_OK)))
		return NULL;
	subject->saved_listing = !listing_is_live(path);
	return path;
}

/* What no address of the running kernel can be. */
static const char *wrong_address(const struct options *options, unsigned int levels)
{
	if (ARCH_ASCE)	/* another mm may have more levels than ours */
		levels = ARCH_LEVELS_MAX;
	if (options->lookup && !lookup_canonical(options->address, levels))
		return "address: neither of user space nor of the kernel: no table leads to it";
	if (options->range.high && options->range.low >= arch_user_end(levels))
		return "range: above user space: no table to check (--address looks up one of the kernel)";
	return NULL;
}

static int check_with(const struct options *options, struct walk *walk, struct machine *machine)
{
	const char *why = wrong_address(options, walk_kernel(walk)->levels);
	struct run run = { .options = options };
	struct output output;
	char line[512];
	const char *listing;
	int err;

	run.subject = (struct look_subject){
		.walk = walk, .kernel = walk_kernel(walk), .machine = machine,
		.sources = &run.sources.look, .range = options->range,
	};
	if (why)
		return complain(options, why);
	listing = choose_listing(options, &run.subject);
	err = output_open(&output, options->output);
	if (err) {
		snprintf(line, sizeof(line), "-o %s: %s", options->output, strerror(-err));
		return complain(options, line);
	}
	run.file = output.file;
	sources_open(&run.sources, listing, machine, walk);
	if (options->all)
		run_all(&run);
	else
		run_pids(&run);
	sources_close(&run.sources);
	if (!run.looked && output.temp) {	/* nothing to keep: leave the old file alone */
		output_discard(&output);
		return run.status;
	}
	err = output_commit(&output);
	if (err) {
		fprintf(stderr, "ptdesc-check: output %s: %s\n",
			options->output ? options->output : "to stdout", strerror(-err));
		return CHECK_FAILED;
	}
	return run.status;
}

/*
 * What is freed stays with us: given back after one look, it would be had anew in
 * the next. Of a process that takes time from others, more on a virtual machine,
 * and first of all from the process, which may be looked at a dozen times; of the
 * machine it comes between two readings of nr_page_table_pages, and if it takes a
 * page table of its own, the count never rests.
 */
static void keep_memory(void)
{
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_MMAP_MAX, 0);
}

static int check(const struct options *options)
{
	struct machine machine;
	struct walk *walk;
	int status;

	keep_memory();
	machine_read(&machine);
	if (walk_open(&walk, machine_end(&machine), options->verbose))
		status = complain(options, walk_error(walk));
	else
		status = check_with(options, walk, &machine);
	walk_close(walk);
	machine_free(&machine);
	return status;
}

int main(int argc, char **argv)
{
	char error[OPTIONS_ERROR];
	struct options options;
	int status = 0;

	if (options_parse(&options, argc, argv, error)) {
		status = complain(&options, error);
	} else {
		switch (options.action) {
		case ACTION_CHECK:
			status = check(&options);
			break;
		case ACTION_DESCRIBE:
			status = describe(options.describe);
			break;
		case ACTION_VERSION:
			version_print(stdout);
			break;
		case ACTION_HELP:
			options_usage(stdout);
			break;
		}
	}
	options_free(&options);
	return status;
}

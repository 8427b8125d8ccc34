// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "census_sources.h"
#include "json.h"
#include "run.h"
#include "text.h"

/* An mm that was checked, and the process by which it was found. */
struct seen {
	__u64 mm;
	pid_t pid;
};

struct all {
	struct run *run;
	struct procs procs;
	struct seen *seen;
	size_t nr_seen;
	bool reported;
	bool progress;		/* a line on the terminal that is written over */
};

static void say_progress(const struct all *all, size_t at)
{
	if (all->progress)
		fprintf(stderr, "\r%zu of %zu processes\033[K", at + 1, all->procs.nr);
}

static void end_progress(const struct all *all)
{
	if (all->progress)
		fputs("\r\033[K", stderr);
}

/* The mm of the process now: 0, or why it cannot be had. */
static int find_mm(const struct all *all, pid_t pid, __u64 *mm)
{
	struct walk *walk = all->run->subject.walk;
	int err = walk_attach(walk, pid);

	*mm = err ? 0 : walk_attached_mm(walk);
	walk_detach(walk);
	return err;
}

/*
 * Is this the mm of a process that was checked before? Its address alone says
 * little, since an mm may have been freed and another one put there; but no
 * process goes back to an old mm, so that one which has it still always had it.
 */
static bool seen_before(const struct all *all, __u64 mm)
{
	__u64 now;

	for (size_t i = all->nr_seen; i--; )
		if (all->seen[i].mm == mm)
			return !find_mm(all, all->seen[i].pid, &now) && now == mm;
	return false;
}

/* Ended, or another program by now: no fault of anybody's. */
static bool ended(const struct all *all, const struct check *check)
{
	__u64 mm;
	int err;

	if (check->status == CHECK_HOLDS || check->status == CHECK_VIOLATED)
		return false;
	err = find_mm(all, check->pid, &mm);
	return err == -ESRCH || err == -EOWNERDEAD || (!err && mm != check->first.mm.mm);
}

static void check_process(struct all *all, pid_t pid)
{
	struct run *run = all->run;
	struct check check;
	__u64 mm;

	if (!find_mm(all, pid, &mm) && seen_before(all, mm))
		return;
	sources_set_pid(&run->sources, pid);
	check_run(&check, pid, &run->subject, &check_real_time);
	if (!ended(all, &check)) {
		all->seen[all->nr_seen++] = (struct seen){ check.first.mm.mm, pid };
		if (check.status != CHECK_HOLDS)
			end_progress(all);
		run_report(run, &check, !all->reported);
		all->reported = true;
	}
	check_free(&check);
}

static void take_census(struct all *all, struct census *census)
{
	struct run *run = all->run;

	if (all->progress)
		fputs("\rthe machine as a whole\033[K", stderr);
	census_run(census);
	end_progress(all);
	if (census->status == CHECK_FAILED)
		fprintf(stderr, "ptdesc-check: %s\n", census->error);
	run->status = check_worse(run->status, census->status);
}

void run_all(struct run *run)
{
	const struct options *options = run->options;
	bool json = options->format == FORMAT_JSON && !options->quiet;
	bool text = options->format == FORMAT_TEXT && !options->quiet;
	struct all all = { .run = run, .progress = isatty(STDERR_FILENO) };
	struct census_sources sources;
	struct census census = {
		.subject = &run->subject, .time = &check_real_time, .sources = &sources,
	};
	int err = procs_read(&all.procs);

	if (!err) {
		all.seen = calloc(all.procs.nr + 1, sizeof(*all.seen));
		err = all.seen ? 0 : -ENOMEM;
	}
	if (err) {
		fprintf(stderr, "ptdesc-check: all processes: /proc: %s\n", strerror(-err));
		run->status = CHECK_FAILED;
	}
	census_sources_open(&sources, &run->sources);
	run->subject.joined = true;
	if (json)
		json_begin(run->file, run->subject.kernel, "processes", options->pretty);
	if (text)
		text_processes(run->file, run->subject.kernel);
	for (size_t i = 0; i < all.procs.nr && !err; i++) {
		say_progress(&all, i);
		check_process(&all, all.procs.pid[i]);
	}
	if (!err)
		take_census(&all, &census);
	if (text)
		text_census(run->file, &census);
	if (json)
		json_end(run->file, err ? NULL : &census, walk_longest_call(run->subject.walk), run->status);
	census_free(&census);
	free(all.seen);
	procs_free(&all.procs);
}

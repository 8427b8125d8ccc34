// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs ptdesc-check again and again, over the processes of a cgroup and over
 * the whole machine by turns, and adds up what its reports say.
 *
 * Usage: checks CHECKER CGROUP DIR FACTS SECONDS DONE
 *   DIR      gets report.N.json of each run that found something violated,
 *            unsettled, or that it could not check: the evidence
 *   FACTS    goes on until so many facts about tables are checked and the file
 *            DONE is there, or SECONDS have passed
 * Prints lines "sum NAME NUMBER" and "invariant NAME UNIT CHECKED SETTLED
 * UNSETTLED VIOLATED". Exit status 1: a run left no whole report.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIDS		48	/* in one run */
#define PIDS_MAX	4096
#define LARGEST		8	/* those with most tables, more often than the others: */
#define TURN		6	/* but for one run in so many */
#define ALL_EVERY	1000000	/* facts: then a run is of the whole machine, which takes long where nothing rests */
#define RUN_SECONDS	900	/* a checker that takes longer hangs */
#define INVARIANTS	64
#define EVIDENCE_MAX	200	/* reports kept */
#define SAY_SECONDS	30

struct row {
	char name[32], unit[16];
	long long checked, settled, unsettled, violated;
};

static struct {
	long long runs, machines, processes, tables, moved, facts, ended, failed, unsettled, violated;
	struct row row[INVARIANTS];
} sum;

static char report[4096], errors[4096];	/* of the last run */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "checks: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long number(struct json_object *object, const char *key)
{
	return json_object_get_int64(json_object_object_get(object, key));
}

static const char *text(struct json_object *object, const char *key)
{
	const char *found = json_object_get_string(json_object_object_get(object, key));

	return found ? found : "";
}

static struct row *row_of(const char *name, const char *unit)
{
	struct row *row = sum.row;

	while (*row->name && strcmp(row->name, name))
		if (++row == sum.row + INVARIANTS - 1)
			die("more invariants than expected");
	snprintf(row->name, sizeof(row->name), "%s", name);
	snprintf(row->unit, sizeof(row->unit), "%s", unit);
	return row;
}

static void add_invariants(struct json_object *list)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *invariant = json_object_array_get_idx(list, i);
		struct row *row = row_of(text(invariant, "name"), text(invariant, "unit"));

		row->checked += number(invariant, "checked");
		row->settled += number(invariant, "races_settled");
		row->unsettled += number(invariant, "unsettled");
		row->violated += number(invariant, "violated");
		sum.unsettled += number(invariant, "unsettled");
		sum.violated += number(invariant, "violated");
		if (!strcmp(row->unit, "tables"))
			sum.facts += number(invariant, "checked");
	}
}

/* Does the process still have memory? A zombie and one that is gone have none. */
static bool lives(int pid)
{
	char path[32], byte;
	int fd;
	bool some;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	some = fd >= 0 && read(fd, &byte, 1) == 1;
	if (fd >= 0)
		close(fd);
	return some;
}

static void add_process(struct json_object *process)
{
	struct json_object *summary = json_object_object_get(process, "summary");

	if (!summary) {
		if (lives(number(process, "pid")))
			sum.failed++;
		else
			sum.ended++;
		return;
	}
	sum.processes++;
	sum.ended += json_object_object_get_ex(process, "error", NULL);
	sum.tables += number(summary, "tables");
	sum.moved += number(summary, "tables_moved");
	sum.unsettled += number(summary, "candidates_lost");
	add_invariants(json_object_object_get(process, "invariants"));
}

static void add_report(struct json_object *document)
{
	struct json_object *processes, *machine = json_object_object_get(document, "machine");

	if (!json_object_object_get_ex(document, "processes", &processes)) {
		sum.failed++;
		return;
	}
	for (size_t i = 0; i < json_object_array_length(processes); i++)
		add_process(json_object_array_get_idx(processes, i));
	if (!machine)
		return;
	sum.machines++;
	sum.failed += !strcmp(text(machine, "status"), "could_not_check");
	add_invariants(json_object_object_get(machine, "invariants"));
}

/* The processes of a cgroup and of those below. */
static size_t read_pids(const char *dir, int *pids, size_t n)
{
	char path[4096];
	struct dirent *entry;
	DIR *d = opendir(dir);
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	f = fopen(path, "re");
	while (f && n < PIDS_MAX && fscanf(f, "%d", &pids[n]) == 1)
		n++;
	if (f)
		fclose(f);
	while (d && (entry = readdir(d)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
			n = read_pids(path, pids, n);
		}
	if (d)
		closedir(d);
	return n;
}

static long table_kib(int pid)
{
	char path[32], line[256];
	long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "VmPTE: %ld", &kib) != 1)
		;
	if (f)
		fclose(f);
	return kib;
}

struct process {
	int pid;
	long kib;
};

static int by_size(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return (x->kib < y->kib) - (x->kib > y->kib);
}

static size_t read_processes(const char *cgroup, struct process *processes)
{
	static int pids[PIDS_MAX];
	size_t n = read_pids(cgroup, pids, 0);

	for (size_t i = 0; i < n; i++)
		processes[i] = (struct process){ pids[i], table_kib(pids[i]) };
	qsort(processes, n, sizeof(*processes), by_size);
	return n;
}

/* Arguments for the next run: the machine, those with most tables, or some of the processes in turn. */
static void choose(const char *cgroup, char *argv[], char pid_text[PIDS][16])
{
	static struct process processes[PIDS_MAX];
	static long long all_at;
	static size_t at;
	bool largest = sum.runs % TURN;
	size_t n = 0;

	if (sum.facts >= all_at)
		all_at = sum.facts + ALL_EVERY;
	else
		n = read_processes(cgroup, processes);
	for (size_t i = 0; i < n && i < (largest ? LARGEST : PIDS); i++) {
		snprintf(pid_text[i], sizeof(pid_text[i]), "%d", processes[largest ? i : at++ % n].pid);
		*argv++ = pid_text[i];
	}
	if (!n)
		*argv++ = "-a";
	*argv = NULL;
}

static int run(const char *checker, const char *cgroup)
{
	char *argv[PIDS + 8] = { "ptdesc-check", "-j", "-o", report };
	char pid_text[PIDS][16];
	int status;
	pid_t pid;

	choose(cgroup, argv + 4, pid_text);
	unlink(report);
	pid = fork();
	if (!pid) {
		alarm(RUN_SECONDS);
		dup2(open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
		execv(checker, argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("ptdesc-check");
	return status;
}

static void append(FILE *out, const char *path)
{
	FILE *in = fopen(path, "re");
	char buf[65536];
	size_t n;

	while (in && (n = fread(buf, 1, sizeof(buf), in)))
		fwrite(buf, 1, n, out);
	if (in)
		fclose(in);
}

/* The report, and what the run said on its standard error. */
static void keep(const char *dir)
{
	static unsigned int kept;
	char to[4096];
	FILE *out;

	if (kept++ >= EVIDENCE_MAX)
		return;
	snprintf(to, sizeof(to), "%s/report.%lld.json", dir, sum.runs);
	out = fopen(to, "we");
	if (!out)
		die(to);
	append(out, report);
	append(out, errors);
	if (fclose(out))
		die(to);
	fprintf(stderr, "# %s kept: %lld violated, %lld unsettled, %lld could not be checked so far\n",
		to, sum.violated, sum.unsettled, sum.failed);
}

static void say(double since)
{
	fprintf(stderr, "# %.0f s: %lld runs, %lld tables, %lld facts about tables, %lld unsettled, %lld violated\n",
		now() - since, sum.runs, sum.tables, sum.facts, sum.unsettled, sum.violated);
}

static void print(void)
{
	printf("sum runs %lld\nsum machines %lld\nsum processes %lld\nsum tables %lld\nsum moved %lld\n"
	       "sum facts %lld\nsum ended %lld\nsum failed %lld\nsum unsettled %lld\nsum violated %lld\n",
	       sum.runs, sum.machines, sum.processes, sum.tables, sum.moved, sum.facts, sum.ended,
	       sum.failed, sum.unsettled, sum.violated);
	for (const struct row *row = sum.row; *row->name; row++)
		printf("invariant %s %s %lld %lld %lld %lld\n", row->name, row->unit,
		       row->checked, row->settled, row->unsettled, row->violated);
}

int main(int argc, char *argv[])
{
	double start = now(), said = start;
	long long facts, seconds, bad;

	if (argc != 7) {
		fprintf(stderr, "usage: checks CHECKER CGROUP DIR FACTS SECONDS DONE\n");
		return 1;
	}
	facts = atoll(argv[4]);
	seconds = atoll(argv[5]);
	snprintf(report, sizeof(report), "%s.json", argv[6]);
	snprintf(errors, sizeof(errors), "%s.errors", argv[6]);
	while ((sum.facts < facts || access(argv[6], F_OK)) && now() - start < seconds) {
		int status = run(argv[1], argv[2]);
		struct json_object *document = json_object_from_file(report);

		if (WIFSIGNALED(status) || WEXITSTATUS(status) > 3) {
			fprintf(stderr, "# ptdesc-check %s %d\n", WIFSIGNALED(status) ? "was killed by signal" : "ended with status",
				WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
			return 1;
		}
		/* No process was left of those asked for: there is no report then. */
		if (!document && WEXITSTATUS(status) != 2) {
			fprintf(stderr, "# ptdesc-check ended with status %d and left no report\n", WEXITSTATUS(status));
			return 1;
		}
		bad = sum.violated + sum.unsettled + sum.failed;
		if (document)
			add_report(document);
		sum.runs++;
		if (bad != sum.violated + sum.unsettled + sum.failed)
			keep(argv[3]);
		json_object_put(document);
		if (now() - said >= SAY_SECONDS) {
			said = now();
			say(start);
		}
	}
	say(start);
	print();
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs ptdesc-check again and again, two at a time, over the processes of a
 * cgroup in turn and now and then over the whole machine, and adds up what
 * their reports say. Most processes have few tables: one of the two takes those
 * with most, once the load has done its work, which it needs the CPUs for, or
 * half of the time is over; the other one leaves those to it.
 *
 * Usage: checks CHECKER CGROUP DIR FACTS SECONDS DONE
 *   DIR      gets report.N.json of each run that found something violated,
 *            unsettled, or that it could not check: the evidence
 *   FACTS    goes on until so many facts about tables are checked and the file
 *            DONE is there, or SECONDS have passed
 * A fact about a table: one invariant, judged of one table. Only invariants
 * whose unit is the table count, for FACTS as for what is unsettled of them;
 * those of entries, pages and sums have a line each, in their own units.
 * Prints lines "sum NAME NUMBER", "invariant NAME UNIT CHECKED SETTLED
 * UNSETTLED VIOLATED", and "program NAME PROCESSES TABLES FACTS": where the
 * facts are from. Exit status 1: a run left no whole report.
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

#define PIDS		8	/* in one run */
#define PIDS_MAX	4096
#define LARGEST		2	/* those with most tables: no more facts than all others give, unless time runs out */
#define ALL_FIRST	40	/* seconds: then a run is of the whole machine, ... */
#define ALL_EVERY	300	/* ... and again after so many; it takes long where nothing rests */
#define RUN_SECONDS	900	/* a checker that takes longer hangs */
#define INVARIANTS	64
#define PROGRAMS	256
#define EVIDENCE_MAX	100	/* reports kept of runs that only left something unsettled */
#define SAY_SECONDS	30

struct row {
	char name[32], unit[16];
	long long checked, settled, unsettled, violated;
};

struct program {
	char name[64];
	long long processes, tables, facts;
};

static struct {
	long long runs, machines, processes, tables, moved, facts, ended, failed, violated;
	long long undecided;	/* of the facts */
	long long unsettled;	/* of whatever unit */
	struct row row[INVARIANTS];
	struct program program[PROGRAMS];
} sum;

/* A run. */
struct slot {
	pid_t pid;		/* 0: none */
	bool largest;
	char report[4096], errors[4096];
};

static struct slot slots[2];
static long long facts_of_largest;

static const char *checker, *cgroup, *dir, *done;
static long long facts_wanted, seconds;
static double started;

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

/* Names come from processes: one word, and the last place is for those that find none. */
static struct program *program_of(const char *name)
{
	struct program *program = sum.program;
	char word[sizeof(program->name)];
	size_t n = 0;

	for (; name[n] && n < sizeof(word) - 1; n++)
		word[n] = name[n] > ' ' && name[n] < 127 ? name[n] : '_';
	word[n] = '\0';
	while (*program->name && strcmp(program->name, word))
		if (++program == sum.program + PROGRAMS - 1)
			break;
	snprintf(program->name, sizeof(program->name), "%s", program == sum.program + PROGRAMS - 1 ? "..." : word);
	return program;
}

/* Returns the facts among them. */
static long long add_invariants(struct json_object *list)
{
	long long facts = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *invariant = json_object_array_get_idx(list, i);
		struct row *row = row_of(text(invariant, "name"), text(invariant, "unit"));

		row->checked += number(invariant, "checked");
		row->settled += number(invariant, "races_settled");
		row->unsettled += number(invariant, "unsettled");
		row->violated += number(invariant, "violated");
		sum.unsettled += number(invariant, "unsettled");
		sum.violated += number(invariant, "violated");
		if (strcmp(row->unit, "tables"))
			continue;
		facts += number(invariant, "checked");
		sum.undecided += number(invariant, "unsettled");
	}
	sum.facts += facts;
	return facts;
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
	struct program *program;

	if (!summary) {
		/* incomplete: its mm went in the first look; where it runs another program now, it lives all the same */
		if (strcmp(text(process, "status"), "incomplete") && lives(number(process, "pid")))
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
	sum.undecided += number(summary, "candidates_lost");
	program = program_of(text(process, "comm"));
	program->processes++;
	program->tables += number(summary, "tables");
	program->facts += add_invariants(json_object_object_get(process, "invariants"));
}

static void add_report(struct json_object *document, bool largest)
{
	long long before = sum.facts;
	struct json_object *processes, *machine = json_object_object_get(document, "machine");

	if (!json_object_object_get_ex(document, "processes", &processes)) {
		sum.failed++;
		return;
	}
	for (size_t i = 0; i < json_object_array_length(processes); i++)
		add_process(json_object_array_get_idx(processes, i));
	if (largest)
		facts_of_largest += sum.facts - before;
	if (!machine)
		return;
	sum.machines++;
	sum.failed += !strcmp(text(machine, "status"), "could_not_check");
	program_of("(machine)")->facts += add_invariants(json_object_object_get(machine, "invariants"));
}

/* The processes of a cgroup and of those below. */
static size_t read_pids(const char *group, int *pids, size_t n)
{
	char path[4096];
	struct dirent *entry;
	DIR *d = opendir(group);
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	f = fopen(path, "re");
	while (f && n < PIDS_MAX && fscanf(f, "%d", &pids[n]) == 1)
		n++;
	if (f)
		fclose(f);
	while (d && (entry = readdir(d)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", group, entry->d_name);
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

static size_t read_processes(struct process *processes)
{
	static int pids[PIDS_MAX];
	size_t n = read_pids(cgroup, pids, 0);

	for (size_t i = 0; i < n; i++)
		processes[i] = (struct process){ pids[i], table_kib(pids[i]) };
	qsort(processes, n, sizeof(*processes), by_size);
	return n;
}

/* May the first of the two run? */
static bool for_volume(void)
{
	return !access(done, F_OK) || (now() - started) * 2 > seconds;
}

/* Is it the turn of those with most tables? */
static bool wants_largest(void)
{
	double elapsed = now() - started;

	return sum.facts * (double)seconds < facts_wanted * elapsed ||
	       facts_of_largest <= sum.facts - facts_of_largest;
}

/* Arguments for the next run: the machine, those with most tables, or some of the processes in turn. */
static void choose(struct slot *slot, char *argv[], char pid_text[PIDS][16])
{
	static struct process processes[PIDS_MAX];
	static double all_at = ALL_FIRST;
	static size_t at;
	size_t n = 0, large, wanted;

	/* one of the two keeps to the small ones */
	slot->largest = slot == slots && wants_largest();
	if (slot != slots && now() - started >= all_at)
		all_at = now() - started + ALL_EVERY;
	else
		n = read_processes(processes);
	large = n > LARGEST ? LARGEST : 0;
	wanted = slot->largest ? LARGEST : PIDS;
	for (size_t i = 0; i < n && i < wanted && (slot->largest || i < n - large); i++) {
		snprintf(pid_text[i], sizeof(pid_text[i]), "%d",
			 processes[slot->largest ? i : large + at++ % (n - large)].pid);
		*argv++ = pid_text[i];
	}
	if (!n)
		*argv++ = "-a";
	*argv = NULL;
}

static void start(struct slot *slot)
{
	char *argv[PIDS + 8] = { "ptdesc-check", "-j", "-o", slot->report };
	char pid_text[PIDS][16];

	choose(slot, argv + 4, pid_text);
	unlink(slot->report);
	slot->pid = fork();
	if (!slot->pid) {
		alarm(RUN_SECONDS);
		dup2(open(slot->errors, O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
		execv(checker, argv);
		_exit(127);
	}
	if (slot->pid < 0)
		die("fork");
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
static void keep(const struct slot *slot, bool must)
{
	static unsigned int kept;
	char to[4096];
	FILE *out;

	if (!must && kept++ >= EVIDENCE_MAX)
		return;
	snprintf(to, sizeof(to), "%s/report.%lld.json", dir, sum.runs);
	out = fopen(to, "we");
	if (!out)
		die(to);
	append(out, slot->report);
	append(out, slot->errors);
	if (fclose(out))
		die(to);
	fprintf(stderr, "# %s kept: %lld violated, %lld unsettled, %lld could not be checked so far\n",
		to, sum.violated, sum.unsettled, sum.failed);
}

static void say(void)
{
	fprintf(stderr, "# %.0f s: %lld runs, %lld tables, %lld facts about tables, %lld of them unsettled, %lld violated\n",
		now() - started, sum.runs, sum.tables, sum.facts, sum.undecided, sum.violated);
}

static void print(void)
{
	printf("sum runs %lld\nsum machines %lld\nsum processes %lld\nsum tables %lld\nsum moved %lld\n"
	       "sum facts %lld\nsum undecided %lld\nsum ended %lld\nsum failed %lld\nsum unsettled %lld\n"
	       "sum violated %lld\n",
	       sum.runs, sum.machines, sum.processes, sum.tables, sum.moved, sum.facts, sum.undecided,
	       sum.ended, sum.failed, sum.unsettled, sum.violated);
	for (const struct row *row = sum.row; *row->name; row++)
		printf("invariant %s %s %lld %lld %lld %lld\n", row->name, row->unit,
		       row->checked, row->settled, row->unsettled, row->violated);
	for (const struct program *program = sum.program; *program->name; program++)
		printf("program %s %lld %lld %lld\n", program->name, program->processes, program->tables,
		       program->facts);
}

/* A run is over: false if it left no whole report. */
static bool collect(struct slot *slot, int status)
{
	struct json_object *document = json_object_from_file(slot->report);
	long long worst = sum.violated + sum.undecided + sum.failed, unsettled = sum.unsettled;

	slot->pid = 0;
	if (WIFSIGNALED(status) || WEXITSTATUS(status) > 3) {
		fprintf(stderr, "# ptdesc-check %s %d\n", WIFSIGNALED(status) ? "was killed by signal" : "ended with status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		return false;
	}
	/* No process was left of those asked for: there is no report then. */
	if (!document && WEXITSTATUS(status) != 2) {
		fprintf(stderr, "# ptdesc-check ended with status %d and left no report\n", WEXITSTATUS(status));
		return false;
	}
	if (document)
		add_report(document, slot->largest);
	sum.runs++;
	if (worst != sum.violated + sum.undecided + sum.failed)
		keep(slot, true);
	else if (unsettled != sum.unsettled)
		keep(slot, false);
	json_object_put(document);
	return true;
}

static bool enough(void)
{
	return (sum.facts >= facts_wanted && !access(done, F_OK)) || now() - started >= seconds;
}

/* One more each time that one is over, until there is enough. */
static bool check(void)
{
	double said = started;

	for (;;) {
		struct slot *slot = slots;
		bool running = false;
		int status;
		pid_t pid;

		for (size_t i = 0; i < 2; i++) {
			if (!slots[i].pid && !enough() && (i || for_volume()))
				start(&slots[i]);
			running |= slots[i].pid != 0;
		}
		if (!running)
			return true;
		pid = wait(&status);
		if (pid < 0)
			die("wait");
		if (slot->pid != pid)
			slot++;
		if (slot->pid == pid && !collect(slot, status))
			return false;
		if (now() - said >= SAY_SECONDS) {
			said = now();
			say();
		}
	}
}

int main(int argc, char *argv[])
{
	bool whole;

	if (argc != 7) {
		fprintf(stderr, "usage: checks CHECKER CGROUP DIR FACTS SECONDS DONE\n");
		return 1;
	}
	checker = argv[1];
	cgroup = argv[2];
	dir = argv[3];
	facts_wanted = atoll(argv[4]);
	seconds = atoll(argv[5]);
	done = argv[6];
	started = now();
	for (size_t i = 0; i < 2; i++) {
		snprintf(slots[i].report, sizeof(slots[i].report), "%s.%zu.json", done, i);
		snprintf(slots[i].errors, sizeof(slots[i].errors), "%s.%zu.errors", done, i);
	}
	whole = check();
	say();
	print();
	return !whole;
}

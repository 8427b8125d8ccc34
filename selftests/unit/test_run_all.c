// SPDX-License-Identifier: GPL-2.0-only
/* All processes: which of them are checked, each mm once, and what is said of those that end meanwhile. */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include "arch/arch.h"
#include "census_sources.h"
#include "fake_walk.h"
#include "ktap.h"
#include "run.h"

/* Processes that no kernel has. */
#define ONE	5000001
#define OTHER	5000002
#define SHARER	5000003		/* of one's mm */
#define GONE	5000004		/* before it was looked at */

static const pid_t pids[] = { ONE, OTHER, SHARER, GONE };

int procs_read(struct procs *procs)
{
	*procs = (struct procs){ .nr = sizeof(pids) / sizeof(*pids), .pid = malloc(sizeof(pids)) };
	memcpy(procs->pid, pids, sizeof(pids));
	return 0;
}

void procs_free(struct procs *procs)
{
	free(procs->pid);
	memset(procs, 0, sizeof(*procs));
}

/* The first process becomes this before it is checked, but after its mm was asked for. */
static const struct fake_mm *becomes;

void sources_set_pid(struct sources *sources, pid_t pid)
{
	sources->pid = pid;
	if (becomes && pid == ONE)
		fake.mm[0] = *becomes;
}

static int census_procs(void *arg, struct procs *procs)
{
	(void)arg;
	return procs_read(procs);
}

void census_sources_open(struct census_sources *census, struct sources *sources)
{
	*census = (struct census_sources){ .arg = sources, .procs = census_procs };
}

__u64 walk_longest_call(const struct walk *walk)
{
	(void)walk;
	return 0;
}

/* Each mm is charged for what it has. */
static void charge(struct fake *fake, unsigned int walk)
{
	(void)walk;
	fake->pgtables_bytes[0] = (3 + (fake->attached_mm == FAKE_MM ? FAKE_THPS : 0)) * ARCH_PAGE_SIZE;
	fake->pgtables_bytes[1] = fake->pgtables_bytes[0];
}

static void build(void)
{
	__u64 pgd;

	fake_mm_build(4);
	pgd = fake_another_mm(ONE, OTHER);
	memcpy(fake_entries(pgd) + ARCH_USER_ENTRIES, fake_entries(fake.pgd) + ARCH_USER_ENTRIES,
	       (ARCH_ENTRIES - ARCH_USER_ENTRIES) * sizeof(__u64));
	fake.mm[fake.nr_mms] = fake.mm[0];
	fake.mm[fake.nr_mms++].pid = SHARER;
	fake.before_walk = charge;
}

/* The processes that are reported, in order; -1: what is said is no JSON. */
static int reported(pid_t *which, enum check_status status)
{
	const struct options options = { .all = true, .format = FORMAT_JSON };
	struct json_object *root, *processes, *machine, *value;
	char *text = NULL;
	size_t size;
	struct run run = {
		.options = &options, .subject = fake.subject, .file = open_memstream(&text, &size),
	};
	int n = -1;

	run_all(&run);
	fclose(run.file);
	root = json_tokener_parse(text);
	if (json_object_object_get_ex(root, "processes", &processes) &&
	    json_object_object_get_ex(root, "machine", &machine)) {
		n = json_object_array_length(processes);
		CHECK_EQ(run.looked, n);
		for (int i = 0; i < n; i++) {
			json_object_object_get_ex(json_object_array_get_idx(processes, i), "pid", &value);
			which[i] = json_object_get_int(value);
		}
	}
	CHECK_EQ(run.status, status);
	json_object_put(root);
	free(text);
	return n;
}

static void each_mm_once(void)
{
	pid_t which[4];

	build();
	CHECK_EQ(reported(which, CHECK_HOLDS), 2);
	CHECK_EQ(which[0], ONE);
	CHECK_EQ(which[1], OTHER);
}

/* What becomes of the first process. */
static struct fake_mm next;

static int (*read_vmas)(void *arg, struct mm_vmas *vmas);

static int after_walk(void *arg, struct mm_vmas *vmas)
{
	if (fake.walks == 1)
		fake.mm[0] = next;
	return read_vmas(arg, vmas);
}

static void change_after_walk(void)
{
	read_vmas = fake.sources.vmas;
	fake.sources.vmas = after_walk;
}

/* The mm at an address that was seen is another one if who had it then has it no more. */
static void same_address(void)
{
	for (unsigned int ends = 0; ends < 2; ends++) {
		pid_t which[4];

		build();
		next = ends ? fake.mm[0] : fake.mm[1];
		next.pid = ONE;
		next.attach_error = ends ? -ESRCH : 0;
		change_after_walk();
		CHECK_EQ(reported(which, CHECK_HOLDS), 3);
		CHECK_EQ(which[0], ONE);
		CHECK_EQ(which[1], OTHER);
		CHECK_EQ(which[2], SHARER);
	}
}

/* It is the mm that was checked that need not be checked again. */
static void before_check(void)
{
	pid_t which[4];

	build();
	next = fake.mm[1];
	next.pid = ONE;
	becomes = &next;
	CHECK_EQ(reported(which, CHECK_HOLDS), 2);
	CHECK_EQ(which[0], ONE);
	CHECK_EQ(which[1], SHARER);
	becomes = NULL;
}

/* Its mm goes while it is walked. */
static void in_walk(struct fake *fake, unsigned int walk)
{
	charge(fake, walk);
	fake->walk_error = walk ? 0 : -EOWNERDEAD;
	if (!walk)
		fake->mm[0] = next;
}

static void ended(void)
{
	for (unsigned int ends = 0; ends < 2; ends++) {
		pid_t which[4];

		build();
		next = ends ? fake.mm[0] : fake.mm[1];
		next.pid = ONE;
		next.attach_error = ends ? -EOWNERDEAD : 0;
		fake.before_walk = in_walk;
		CHECK_EQ(reported(which, CHECK_HOLDS), 2);
		CHECK_EQ(which[0], OTHER);
		CHECK_EQ(which[1], SHARER);
	}
}

/* What was found before it ended is said. */
static void violated(void)
{
	pid_t which[4];

	build();
	next = fake.mm[0];
	next.attach_error = -ESRCH;
	change_after_walk();
	fake.page[fake.pud].table.refcount = 2;
	CHECK_EQ(reported(which, CHECK_VIOLATED), 3);
	CHECK_EQ(which[0], ONE);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "each mm is checked once", each_mm_once },
		{ "another mm where one was", same_address },
		{ "another mm when it is checked", before_check },
		{ "who ends meanwhile is not reported", ended },
		{ "unless something was violated", violated },
	};

	return KTAP_RUN(tests);
}

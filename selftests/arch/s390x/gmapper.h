/* SPDX-License-Identifier: GPL-2.0-only */
/* Talks to ptdesc_gmap.ko, which says what its commands are. */
#ifndef GMAPPER_H
#define GMAPPER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sched.h>
#include <stdarg.h>

#include "listing.h"
#include "test_module.h"

#define GMAPPER_PATH	"/sys/kernel/debug/ptdesc_gmap"
#define GMAPPER_MODULE	"ptdesc_gmap"
#define GMAPPER_TABLES	512

struct gmapper_table {
	char level[4];
	unsigned long start;	/* address that the table begins with */
	uint64_t pfn;
	unsigned int offset;	/* in that page */
};

struct gmapper_tables {
	struct gmapper_table table[GMAPPER_TABLES];
	int count;
};

static int gmapper_fd = -1;

/* Loads the module and opens its file. NULL, or why not. */
static inline const char *gmapper_open(void)
{
	int error = test_module_load(GMAPPER_MODULE, "");

	if (!error) {
		test_module_unload(GMAPPER_MODULE);
		ksft_exit_fail_msg(GMAPPER_MODULE ".ko, which corrupts, can be loaded by mistake\n");
	}
	if (error == EPERM)
		error = test_module_load(GMAPPER_MODULE, "allow_corruption=1");
	if (error)
		return error < 0 ? "no " GMAPPER_MODULE ".ko in PTDESC_TEST_MODULES" :
				   "cannot load " GMAPPER_MODULE ".ko";
	gmapper_fd = open(GMAPPER_PATH, O_RDWR | O_CLOEXEC);
	return gmapper_fd < 0 ? "cannot open " GMAPPER_PATH : NULL;
}

static inline int gmapper_close(void)
{
	close(gmapper_fd);
	gmapper_fd = -1;
	return test_module_unload(GMAPPER_MODULE);
}

/* One command: 0 or the errno that it failed with. */
__attribute__((format(printf, 1, 2)))
static inline int gmapper(const char *format, ...)
{
	char line[128];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return write(gmapper_fd, line, n) == n ? 0 : errno;
}

/* What the last command said. */
static inline const char *gmapper_answer(void)
{
	static char text[1 << 16];
	ssize_t n = pread(gmapper_fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* The tables that "main", "shadowed" or "mm" finds; false if it fails. */
static inline bool gmapper_tables(const char *command, struct gmapper_tables *t)
{
	const char *at;

	t->count = 0;
	if (gmapper("%s", command))
		return false;
	for (at = gmapper_answer(); *at; at = strchr(at, '\n') + 1) {
		struct gmapper_table *table = &t->table[t->count];
		unsigned long pfn;

		table->offset = 0;
		if (t->count == GMAPPER_TABLES ||
		    sscanf(at, "%3s %lx %lx %x", table->level, &table->start, &pfn,
			   &table->offset) < 3 || !strchr(at, '\n'))
			return false;
		table->pfn = pfn;
		t->count++;
	}
	return true;
}

/* Our own tables as a walk finds them now, and the listing as it is then; frees the one before. */
static inline bool gmapper_look(struct gmapper_tables *t, struct listing *l)
{
	listing_free(l);
	if (!gmapper_tables("mm", t))
		return false;
	*l = listing_read(0);
	return !l->error;
}

static inline const struct gmapper_table *gmapper_table_at(const struct gmapper_tables *t,
							   const char *level, unsigned long start)
{
	for (int i = 0; i < t->count; i++)
		if (!strcmp(t->table[i].level, level) && t->table[i].start == start)
			return &t->table[i];
	return NULL;
}

/*
 * Page tables of processes that are gone are free after this: an idle CPU keeps the
 * mm that it ran last until another one runs there, and a grace period the rest.
 */
static inline bool gmapper_settle(void)
{
	cpu_set_t old, one;

	if (sched_getaffinity(0, sizeof(old), &old))
		return false;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (CPU_ISSET(cpu, &old) && sched_setaffinity(0, sizeof(one), &one))
			return false;
	}
	return !sched_setaffinity(0, sizeof(old), &old) && !gmapper("barrier");
}

#endif /* GMAPPER_H */

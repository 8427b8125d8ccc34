// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several readers at once get the same tables: that of a listing before and of
 * one after them, when these two are equal. Each reader has its memory before
 * any of them starts, so that reading changes no page table.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "listing.h"

#define READERS	4
#define PASSES	40	/* of each reader, so that they really meet */
#define TRIES	20
#define ROOM	(8UL << 20)

struct reader {
	pid_t pid;
	int go;			/* written to: start */
	char *text;		/* shared with the child */
};

/* pfn and order of each line: the other columns may change with the moment. */
static uint64_t digest(const char *text)
{
	uint64_t sum = 14695981039346656037U;
	int spaces = 0;

	for (; *text; text++) {
		if (*text == '\n')
			spaces = 0;
		else if (*text == ' ')
			spaces++;
		if (spaces < 2)
			sum = (sum ^ (unsigned char)*text) * 1099511628211U;
	}
	return sum;
}

static bool one_pass(struct reader *r)
{
	int fd = open(LISTING_PATH, O_RDONLY);
	size_t len = 0;
	ssize_t n = -1;

	while (fd >= 0 && len < ROOM - 1) {
		n = read(fd, r->text + len,
			 ROOM - 1 - len < 4096 ? ROOM - 1 - len : 4096);
		if (n <= 0)
			break;
		len += n;
	}
	close(fd);
	r->text[len] = '\0';
	return !n;
}

static void child(struct reader *r, int go, int ready)
{
	uint64_t first = 0;
	bool ok = true;
	char c;

	if (write(ready, "", 1) != 1 || read(go, &c, 1) != 1)
		_exit(1);
	for (int i = 0; ok && i < PASSES; i++) {
		ok = one_pass(r);
		if (!i)
			first = digest(r->text);
		ok = ok && first == digest(r->text);
	}
	/* stay: an exit would take page tables away under the others */
	if (write(ready, "", 1) != 1 || read(go, &c, 1) != 1)
		_exit(1);
	_exit(!ok);
}

/* So that a pass takes a while: 512 PTE tables with a page each. */
static void make_tables(void)
{
	size_t size = 1UL << 30, step = 2UL << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || madvise(p, size, MADV_NOHUGEPAGE) ||
	    madvise(p, size, MADV_DONTFORK))
		ksft_exit_fail_msg("no memory\n");
	for (size_t at = 0; at < size; at += step)
		((volatile char *)p)[at] = 1;
}

static void start(struct reader *r, int ready)
{
	int go[2];

	if (pipe(go))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	r->pid = fork();
	if (r->pid < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	if (!r->pid) {
		/* its own view of the shared memory, before it matters */
		for (size_t i = 0; i < ROOM; i += 4096)
			((volatile char *)r->text)[i] = 0;
		child(r, go[0], ready);
	}
	close(go[0]);
	r->go = go[1];
}

/* One round. Returns 1 equal, 0 different, -1 the guest was not quiet. */
static int round_of_readers(struct reader *readers, char *copy)
{
	struct listing before, after, l;
	int ready[2], ret = 1;
	char c;

	if (pipe(ready))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	for (int i = 0; i < READERS; i++)
		start(&readers[i], ready[1]);
	for (int i = 0; i < READERS; i++)
		if (read(ready[0], &c, 1) != 1)
			ret = 0;
	before = listing_read(0);
	for (int i = 0; i < READERS; i++)
		if (write(readers[i].go, "", 1) != 1)
			ret = 0;
	for (int i = 0; i < READERS; i++)
		if (read(ready[0], &c, 1) != 1)
			ret = 0;
	after = listing_read(0);
	for (int i = 0; i < READERS; i++) {
		int status;

		if (write(readers[i].go, "", 1) != 1)
			ret = 0;
		close(readers[i].go);
		if (waitpid(readers[i].pid, &status, 0) < 0 || status)
			ret = 0;
	}
	close(ready[0]);
	close(ready[1]);

	bool quiet = before.rows && before.rows == after.rows;

	for (size_t i = 0; quiet && i < before.rows; i++)
		quiet = before.row[i].pfn == after.row[i].pfn;
	for (int i = 0; quiet && ret && i < READERS; i++) {
		strcpy(copy, readers[i].text);
		l = listing_parse(copy, false);
		if (l.error || l.rows != after.rows)
			ret = 0;
		for (size_t r = 0; ret && r < l.rows; r++)
			ret = l.row[r].pfn == after.row[r].pfn &&
			      l.row[r].order == after.row[r].order;
		free(l.row);
	}
	listing_free(&before);
	listing_free(&after);
	return quiet ? ret : -1;
}

int main(void)
{
	struct reader readers[READERS];
	char *copy = malloc(ROOM);
	int ret = -1, failed = 0;

	listing_keep_memory();
	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	ksft_set_plan(1);
	make_tables();
	for (int i = 0; i < READERS; i++) {
		readers[i].text = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (readers[i].text == MAP_FAILED || !copy)
			ksft_exit_fail_msg("no memory\n");
	}
	/* a process that came and went between two listings is no failure */
	for (int i = 0; i < TRIES && ret <= 0 && failed < 3; i++) {
		ret = round_of_readers(readers, copy);
		failed += !ret;
	}
	if (ret < 0)
		ksft_print_msg("tables came and went in all of %d rounds\n",
			       TRIES);
	ksft_test_result(ret > 0,
			 "%d readers at once get the same tables, %d times\n",
			 READERS, PASSES);
	ksft_finished();
}

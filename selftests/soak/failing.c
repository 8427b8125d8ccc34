// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets each allocation fail in its turn, the first, the second, ..., until there
 * are no more (/proc/self/fail-nth): while the module is loaded, and while the
 * listing is opened, read and closed. Each time the one that asked is told
 * ENOMEM, or is not disturbed.
 *
 * Then no page at all is to be had while the listing is opened, since vmalloc()
 * makes up for one piece of memory that the module could not have.
 *
 * Usage: failing MODULE	the module is not loaded before, nor after
 * Prints how many failed; exit status 1 when one of them was not met cleanly, 4
 * when this kernel cannot let them fail.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LISTING	"/sys/kernel/debug/ptdesc"
#define FAIL_NTH "/proc/thread-self/fail-nth"
#define FAILSLAB "/sys/kernel/debug/failslab/"
#define FAIL_PAGE "/sys/kernel/debug/fail_page_alloc/"
#define MOST	100000
#define ROUNDS	20
#define TIMES	"1000000000"	/* counted down with each failure */

static int nth_fd;
static char text[1 << 20];	/* page tables of its own, before it matters */

static bool put(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, word, strlen(word)) == (ssize_t)strlen(word);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Also those that may wait; and nothing said, since the log is judged. */
static bool prepare(void)
{
	return put(FAILSLAB "ignore-gfp-wait", "N") &&
	       put(FAILSLAB "verbose", "0") &&
	       put(FAIL_PAGE "ignore-gfp-wait", "N") &&
	       put(FAIL_PAGE "ignore-gfp-highmem", "N") &&
	       put(FAIL_PAGE "min-order", "0") &&
	       put(FAIL_PAGE "task-filter", "Y") &&
	       put(FAIL_PAGE "verbose", "0");
}

static void arm(unsigned int nth)
{
	char word[16];
	int len = snprintf(word, sizeof(word), "%u", nth);

	if (pwrite(nth_fd, word, len, 0) != len) {
		perror(FAIL_NTH);
		exit(1);
	}
}

/* Did the one that was meant come? It is over in any case. */
static bool disarm(void)
{
	char word[16] = "";

	if (pread(nth_fd, word, sizeof(word) - 1, 0) <= 0) {
		perror(FAIL_NTH);
		exit(1);
	}
	arm(0);
	return !strcmp(word, "0\n");
}

/* 0 or an errno, EPROTO for a listing without an end. */
static int read_on(int fd)
{
	static const char end[] = "\n# end\n";
	bool ended = false;
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0)
		ended = n >= (ssize_t)strlen(end) && !memcmp(text + n - strlen(end), end, strlen(end));
	return n < 0 ? errno : ended ? 0 : EPROTO;
}

static int read_listing(void)
{
	int fd = open(LISTING, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = read_on(fd);
	close(fd);
	return err;
}

static int module_fd;

static int load(void)
{
	return syscall(SYS_finit_module, module_fd, "", 0) ? errno : 0;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "ptdesc", O_NONBLOCK) ? errno : 0;
}

/* False: not met cleanly. */
static bool each(const char *what, int (*act)(void), int (*undo)(void))
{
	unsigned int nth, told = 0;
	bool come = true;

	for (nth = 1; come && nth < MOST; nth++) {
		int err;

		arm(nth);
		err = act();
		come = disarm();
		if (err && (err != ENOMEM || !come)) {
			fprintf(stderr, "%s, allocation %u%s: %s\n", what, nth,
				come ? "" : ", which did not come", strerror(err));
			return false;
		}
		told += err == ENOMEM;
		err = !err && undo ? undo() : 0;
		if (err) {
			fprintf(stderr, "%s, undone after %u: %s\n", what, nth, strerror(err));
			return false;
		}
	}
	printf("%s: %u allocations failed in turn, %u times ENOMEM\n", what, nth - 2, told);
	return !come && told;
}

static int make_it_fail_fd;
/* FAIL_PAGE times, which can be read once each, opened when that can be had. */
static int counter[6];
static unsigned int counters_read;

static void set(const char *path, const char *word)
{
	if (!put(path, word)) {
		perror(path);
		exit(1);
	}
}

static void make_it_fail(const char *word)
{
	if (pwrite(make_it_fail_fd, word, 1, 0) != 1) {
		perror("make-it-fail");
		exit(1);
	}
}

/* However this ends: nothing fails any more. */
static void calm(void)
{
	pwrite(make_it_fail_fd, "0", 1, 0);
	pwrite(nth_fd, "0", 1, 0);
	put(FAIL_PAGE "probability", "0");
	put(FAIL_PAGE "times", "1");
}

static void starve(void)
{
	for (int i = 0; i < 6; i++)
		counter[i] = open(FAIL_PAGE "times", O_RDONLY | O_CLOEXEC);
	counters_read = 0;
	make_it_fail("1");
}

static void feed(void)
{
	make_it_fail("0");
	for (int i = 0; i < 6; i++)
		close(counter[i]);
}

static long times(void)
{
	char word[16] = "";

	if (read(counter[counters_read++], word, sizeof(word) - 1) <= 0) {
		perror(FAIL_PAGE "times");
		exit(1);
	}
	return atol(word);
}

struct opened {
	int fd;
	int err;
	long failed;	/* allocations of pages */
};

static struct opened open_counted(const char *path)
{
	long before = times();
	struct opened o = { .fd = open(path, O_RDONLY | O_CLOEXEC) };

	o.err = o.fd < 0 ? errno : 0;
	o.failed = before - times();
	return o;
}

static bool undisturbed(const struct opened *o)
{
	return !o->err && !o->failed;
}

static void shut(const struct opened *o)
{
	if (!o->err)
		close(o->fd);
}

/*
 * No pages at all: the memory of a reader can be had neither from kmalloc() nor
 * from vmalloc(). Nothing else was missing if before and after that another file
 * of debugfs' is opened with what the slabs have.
 * 1: ENOMEM; 0: something else was missing, too; -1: not met cleanly.
 */
static int refused(void)
{
	struct opened before, o, after;
	int ret = 0;

	set(FAIL_PAGE "min-order", "0");
	starve();
	before = open_counted(FAIL_PAGE "probability");
	o = open_counted(LISTING);
	after = open_counted(FAIL_PAGE "probability");
	feed();
	if (o.err != ENOMEM || !o.failed) {
		fprintf(stderr, "opening without pages, %ld failed: %s\n", o.failed, strerror(o.err));
		ret = -1;
	} else if (undisturbed(&before) && undisturbed(&after)) {
		ret = 1;
	}
	shut(&before);
	shut(&o);
	shut(&after);
	return ret;
}

/* None from kmalloc(). 1: as if nothing had been; -1: not. */
static int rescued(void)
{
	struct opened o;
	int err;

	set(FAIL_PAGE "min-order", "4");	/* more than any slab asks for */
	starve();
	o = open_counted(LISTING);
	feed();
	err = o.err ? o.err : read_on(o.fd);
	shut(&o);
	if (err || !o.failed) {
		fprintf(stderr, "opening without large pages, %ld failed: %s\n", o.failed, strerror(err));
		return -1;
	}
	return 1;
}

static bool without_pages(const char *what, int (*act)(void))
{
	unsigned int done = 0, tries;
	int ret = 0;

	for (tries = 0; tries < MOST && done < ROUNDS && ret >= 0; tries++) {
		ret = act();
		done += ret > 0;
	}
	printf("%s, %u times of %u\n", what, done, tries);
	return done == ROUNDS;
}

int main(int argc, char **argv)
{
	bool ok;

	if (argc != 2) {
		fprintf(stderr, "usage: failing MODULE\n");
		return 2;
	}
	nth_fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	make_it_fail_fd = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0 || make_it_fail_fd < 0 || !prepare()) {
		printf("no fault injection in this kernel\n");
		return 4;
	}
	module_fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (module_fd < 0) {
		perror(argv[1]);
		return 1;
	}
	memset(text, 1, sizeof(text));
	atexit(calm);
	ok = each("loading", load, unload);
	if (load()) {
		perror("loading after all that");
		return 1;
	}
	ok &= each("reading", read_listing, NULL);
	ok &= !read_listing();

	/* no page fault while pages fail, which would be tried again for ever */
	if (mlockall(MCL_CURRENT | MCL_FUTURE)) {
		perror("mlockall");
		return 1;
	}
	set(FAIL_PAGE "times", TIMES);
	set(FAIL_PAGE "probability", "100");
	ok &= without_pages("opening: ENOMEM without pages, when another file had all that it takes", refused);
	ok &= without_pages("opening: well without large pages", rescued);
	calm();
	ok &= !read_listing();
	return !ok | !!unload();
}

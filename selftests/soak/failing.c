// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets each allocation fail in its turn, the first, the second, ..., until there
 * are no more (/proc/self/fail-nth): while the module is loaded, and while the
 * listing is opened, read and closed. Each time the one that asked is told
 * ENOMEM, or is not disturbed.
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
#include <sys/syscall.h>
#include <unistd.h>

#define LISTING	"/sys/kernel/debug/ptdesc"
#define FAIL_NTH "/proc/thread-self/fail-nth"
#define MOST	100000

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
	return put("/sys/kernel/debug/failslab/ignore-gfp-wait", "N") &&
	       put("/sys/kernel/debug/failslab/verbose", "0") &&
	       put("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N") &&
	       put("/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N") &&
	       put("/sys/kernel/debug/fail_page_alloc/min-order", "0") &&
	       put("/sys/kernel/debug/fail_page_alloc/verbose", "0");
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

/* 0 or an errno. */
static int read_listing(void)
{
	int fd = open(LISTING, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	do {
		n = read(fd, text, sizeof(text));
		err = n < 0 ? errno : 0;
	} while (n > 0);
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

int main(int argc, char **argv)
{
	bool ok;

	if (argc != 2) {
		fprintf(stderr, "usage: failing MODULE\n");
		return 2;
	}
	nth_fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (nth_fd < 0 || !prepare()) {
		printf("no fault injection in this kernel\n");
		return 4;
	}
	module_fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (module_fd < 0) {
		perror(argv[1]);
		return 1;
	}
	memset(text, 1, sizeof(text));
	ok = each("loading", load, unload);
	if (load()) {
		perror("loading after all that");
		return 1;
	}
	ok &= each("reading", read_listing, NULL);
	ok &= !read_listing();
	return !ok | !!unload();
}

// SPDX-License-Identifier: GPL-2.0-only
/* ptdesc.ko comes and goes, but not under a reader. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "listing.h"

#define ROUNDS	20
#define RACES	100

static int load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = syscall(SYS_finit_module, fd, "", 0);
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return ret;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "ptdesc", O_NONBLOCK);
}

static bool listed(void)
{
	struct listing l = listing_read(0);
	bool ok = !l.error && l.rows;

	listing_free(&l);
	return ok;
}

/* Says that it has the file open, reads it, closes it; again for each word from go. */
static pid_t start_reader(const int opened[2], const int go[2])
{
	pid_t pid = fork();
	static char text[1 << 20];
	char c;

	if (pid)
		return pid;
	close(go[1]);
	while (read(go[0], &c, 1) == 1) {
		int fd = open(LISTING_PATH, O_RDONLY);

		if (fd < 0 || write(opened[1], &c, 1) != 1 ||
		    read(fd, text, sizeof(text)) <= 0 || close(fd))
			_exit(1);
	}
	_exit(0);
}

/*
 * Unloaded as soon as it can be while a reader reads and closes. Nobody opens
 * meanwhile: full_proxy_open() of Linux (6.1 to 7.2) warns of an owner that "did
 * not clean up at exit" when it comes between the last reference of any module
 * and the mark that it is going.
 */
static void test_race(const char *path)
{
	int go[2], opened[2], round, status = -1;
	long refused = 0;
	bool ok = true;
	pid_t pid;
	char c;

	if (pipe(go) || pipe(opened))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	pid = start_reader(opened, go);
	close(go[0]);
	close(opened[1]);
	for (round = 0; ok && round < RACES; round++) {
		ok = !load(path) && write(go[1], "", 1) == 1 &&
		     read(opened[0], &c, 1) == 1;
		while (ok && unload()) {
			ok = errno == EWOULDBLOCK;
			refused++;
		}
	}
	close(go[1]);
	waitpid(pid, &status, 0);
	ksft_print_msg("refused %ld times\n", refused);
	ksft_test_result(ok && !status && refused,
			 "is unloaded %d times just when its reader has closed it (did %d)\n",
			 RACES, round);
	close(opened[0]);
}

int main(void)
{
	const char *path = getenv("PTDESC_MODULE");
	char c[100];
	bool ok;
	int fd, i;

	ksft_print_header();
	if (geteuid())
		ksft_exit_skip("not root\n");
	if (!path || access(path, R_OK))
		ksft_exit_skip("PTDESC_MODULE names no module\n");
	if (load(path) && errno != EEXIST)
		ksft_exit_fail_msg("%s: insmod: %s\n", path, strerror(errno));
	ksft_set_plan(6);

	ksft_test_result(load(path) && errno == EEXIST,
			 "is not loaded a second time\n");

	fd = open(LISTING_PATH, O_RDONLY);
	ok = fd >= 0 && read(fd, c, sizeof(c)) > 0;
	ok = ok && unload() && errno == EWOULDBLOCK;
	ksft_test_result(ok, "is not unloaded under a reader\n");
	ksft_test_result(read(fd, c, sizeof(c)) > 0, "who reads on\n");
	close(fd);

	ok = !unload() && access(LISTING_PATH, F_OK) && errno == ENOENT;
	ksft_test_result(ok, "is unloaded afterwards, and its file is gone\n");

	ok = true;
	for (i = 0; ok && i < ROUNDS; i++)
		ok = !load(path) && listed() && !unload();
	ksft_test_result(ok, "comes and goes %d times (did %d)\n", ROUNDS, i);

	test_race(path);
	if (load(path))
		ksft_print_msg("insmod: %s\n", strerror(errno));
	ksft_finished();
}

// SPDX-License-Identifier: GPL-2.0-only
/* ptdesc.ko comes and goes, but not under a reader. */
#define _GNU_SOURCE
#include <sys/syscall.h>

#include "kselftest.h"
#include "listing.h"

#define ROUNDS	20

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
	ksft_set_plan(5);

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

	if (load(path))
		ksft_print_msg("insmod: %s\n", strerror(errno));
	ksft_finished();
}

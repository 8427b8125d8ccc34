/* SPDX-License-Identifier: GPL-2.0-only */
/* Speaks to ptdesc_inject.ko, see selftests/inject/main.c. */
#ifndef INJECTOR_H
#define INJECTOR_H

#include <fcntl.h>
#include <sys/syscall.h>

#include "kselftest.h"
#include "victim.h"

#define INJECT_DIR	"/sys/kernel/debug/ptdesc_inject/"
#define INJECT_NAMES	64

struct inject_name {
	char name[32], provokes[32], level[8], need[16];
};

/* Loads the module at $PTDESC_INJECT with these parameters. -1 and errno. */
static inline int injector_load(const char *params)
{
	const char *path = getenv("PTDESC_INJECT");
	int fd = open(path ? path : "", O_RDONLY | O_CLOEXEC);
	int ret, saved;

	if (fd < 0)
		return -1;
	ret = syscall(SYS_finit_module, fd, params, 0);
	saved = errno;
	close(fd);
	errno = saved;
	return ret;
}

static inline int injector_unload(void)
{
	return syscall(SYS_delete_module, "ptdesc_inject", O_NONBLOCK);
}

/* Loads it, or skips all of the test with the reason. */
static inline void injector_require(void)
{
	const char *path = getenv("PTDESC_INJECT");

	if (geteuid())
		ksft_exit_skip("not root\n");
	if (!path || access(path, R_OK))
		ksft_exit_skip("PTDESC_INJECT names no module\n");
	if (injector_load("allow_corruption=1") && errno != EEXIST)
		ksft_exit_fail_msg("%s: insmod: %s\n", path, strerror(errno));
	if (access(INJECT_DIR "names", R_OK))
		ksft_exit_fail_msg("no " INJECT_DIR "names\n");
}

/* What this module can corrupt; returns how many. */
static inline int injector_names(struct inject_name names[INJECT_NAMES])
{
	FILE *f = fopen(INJECT_DIR "names", "r");
	int n = 0;

	while (f && n < INJECT_NAMES &&
	       fscanf(f, "%31s %31s %7s %15s", names[n].name, names[n].provokes,
		      names[n].level, names[n].need) == 4)
		n++;
	if (f)
		fclose(f);
	return n;
}

/*
 * Corrupts. Returns the open file that keeps the corruption alive: closing it
 * undoes. -1 and errno if the kernel would not.
 */
static inline int injector_inject(const char *name, pid_t pid,
				  unsigned long addr)
{
	int fd = open(INJECT_DIR "inject", O_WRONLY | O_CLOEXEC);
	char line[96];
	int n = snprintf(line, sizeof(line), "%s %d %lx\n", name, pid, addr);
	int saved;

	if (fd < 0)
		return -1;
	if (write(fd, line, n) == n)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Reads the status file into line; returns its length. */
static inline int injector_status(char *line, size_t size)
{
	int fd = open(INJECT_DIR "status", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, size - 1);

	if (fd >= 0)
		close(fd);
	line[n > 0 ? n : 0] = '\0';
	return n;
}

#endif /* INJECTOR_H */

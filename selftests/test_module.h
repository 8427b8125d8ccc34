/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads the kernel modules that tests of one architecture have. */
#ifndef TEST_MODULE_H
#define TEST_MODULE_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 0, the errno that loading it with these parameters fails with, or -1: it is not there. */
static inline int test_module_load(const char *name, const char *params)
{
	const char *directory = getenv("PTDESC_TEST_MODULES");
	char path[512];
	int fd, error;

	snprintf(path, sizeof(path), "%s/%s.ko", directory ? directory : "", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	error = syscall(SYS_finit_module, fd, params, 0) ? errno : 0;
	close(fd);
	return error;
}

static inline int test_module_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK);
}

#endif /* TEST_MODULE_H */

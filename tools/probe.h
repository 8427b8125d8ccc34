/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel and the caller's rights lack, told before anything is loaded. */
#ifndef PROBE_H
#define PROBE_H

#include <stddef.h>

/* 0, or -errno and one line in error that says what is missing and what to do. */
int probe_kernel(char *error, size_t size);

#endif /* PROBE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef THREADS_H
#define THREADS_H

#include <stdbool.h>
#include "sources.h"

/*
 * Can none of the process' threads have been inside one system call since the
 * last call? A thread that sleeps where a signal wakes it is in no munmap();
 * one that runs has got on with it if it was on a CPU meanwhile; one that
 * waits uninterruptibly, or is new, or had no CPU, may be. *threads and *nr
 * are replaced by what is seen now; start with NULL and 0.
 */
bool threads_quiet(pid_t pid, struct sources_thread **threads, size_t *nr);

#endif /* THREADS_H */

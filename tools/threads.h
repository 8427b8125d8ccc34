/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef THREADS_H
#define THREADS_H

#include "sources.h"

/*
 * What may the process' threads be in the middle of since the last call that
 * did not say LOOK_STALLED? A thread that sleeps where a signal wakes it is in
 * the middle of nothing; one that runs, and was on a CPU since that call, has
 * got on with what it was doing. *threads and *nr are those that wanted to run
 * then; start with NULL and 0.
 */
unsigned int threads_busy(pid_t pid, struct sources_thread **threads, size_t *nr);

#endif /* THREADS_H */

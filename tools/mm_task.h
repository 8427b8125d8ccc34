/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process as the tasks it is made of. The leader can exit (a zombie without
 * memory) while other threads go on with the mm: what is asked of the process
 * then has to be asked of one of them.
 */
#ifndef MM_TASK_H
#define MM_TASK_H

#include <stdbool.h>
#include <sys/types.h>

enum mm_task_kind {
	MM_TASK_USER,		/* has memory, or is about to lose it */
	MM_TASK_KERNEL,		/* a kernel thread: never has any */
	MM_TASK_DEAD,		/* a zombie, and no thread of it is left */
};

/*
 * *task: the id of a task that has the memory of process pid (pid itself, as
 * a rule). Returns enum mm_task_kind, or -errno (-ESRCH no such process).
 */
int mm_task_find(pid_t pid, pid_t *task);

#endif /* MM_TASK_H */

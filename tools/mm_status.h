/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc/PID/status says that a checker needs. */
#ifndef MM_STATUS_H
#define MM_STATUS_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

#define MM_STATUS_NS_MAX	33	/* the kernel nests PID namespaces 32 deep */

struct mm_status {
	char name[64];		/* comm; the kernel escapes \n and \ in it */
	char state;		/* R S D T t Z X I ... */
	pid_t tgid, pid, ppid;	/* in the reader's PID namespace */
	unsigned int uid;	/* real */
	bool has_mm;		/* false: kernel thread or zombie, sizes are 0 */
	__u64 vm_size;		/* bytes */
	__u64 vm_rss;
	__u64 vm_pte;		/* mm->pgtables_bytes */
	__u64 vm_swap;
	unsigned int threads;
	unsigned int nspids;	/* entries in nspid */
	pid_t nspid[MM_STATUS_NS_MAX];	/* from the reader's namespace inwards */
};

/* 0, or -errno (-ESRCH no such process). Any thread's id does. */
int mm_status_read(struct mm_status *status, pid_t pid);

#endif /* MM_STATUS_H */

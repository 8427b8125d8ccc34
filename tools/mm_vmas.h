/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMAs of a process, from /proc/PID/maps.
 *
 * The file is read in pieces by the kernel: VMAs that change meanwhile may be
 * seen before or after the change, never torn. Reading it takes mmap_lock for
 * reading (or a per-VMA lock) in the target.
 */
#ifndef MM_VMAS_H
#define MM_VMAS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum mm_vma_kind {
	MM_VMA_ANON,		/* anonymous, heap, stack */
	MM_VMA_FILE,		/* a file in the page cache */
	MM_VMA_SHMEM,		/* tmpfs, memfd, SysV, shared anonymous */
	MM_VMA_HUGETLB,		/* hugetlbfs, MAP_HUGETLB */
	MM_VMA_DEVICE,		/* a device node: may map what is no ordinary memory */
	MM_VMA_SPECIAL,		/* [vdso], [vvar], [vsyscall], [uprobes] */
	MM_VMA_KINDS
};

/* mm_vma.flags */
#define MM_VMA_READ	(1 << 0)
#define MM_VMA_WRITE	(1 << 1)
#define MM_VMA_EXEC	(1 << 2)
#define MM_VMA_SHARED	(1 << 3)	/* as in maps: VM_MAYSHARE */
#define MM_VMA_GATE	(1 << 4)	/* [vsyscall]: not in the mm, not in its tables' user half */

struct mm_vma {
	__u64 start, end;	/* bytes, end exclusive */
	__u64 offset;		/* bytes into the file */
	__u64 inode;
	__u32 dev;		/* major << 20 | minor, as the kernel's dev_t */
	__u16 flags;		/* MM_VMA_* */
	__u16 kind;		/* enum mm_vma_kind */
	const char *name;	/* path or [name], "" if none; lives as long as the array */
};

struct mm_vmas {
	struct mm_vma *vma;	/* ascending, not overlapping */
	size_t nr;
	char *text;		/* what the names point into */
};

/*
 * Read all of them. 0, or -errno (-ESRCH no such process, -EACCES, -ENOMEM, ...)
 * with *vmas empty. Without user memory (a kernel thread; a process that exits just now) nr is 0.
 */
int mm_vmas_read(struct mm_vmas *vmas, pid_t pid);

/* The same from an open maps file, which stays with the mm it was opened for; pid: for its mounts. */
int mm_vmas_read_fd(struct mm_vmas *vmas, int maps, pid_t pid);
void mm_vmas_free(struct mm_vmas *vmas);

/* The first VMA that ends above addr (it may start above addr as well), or NULL. */
const struct mm_vma *mm_vmas_from(const struct mm_vmas *vmas, __u64 addr);

/* Does any VMA meet [start, end)? */
bool mm_vmas_meet(const struct mm_vmas *vmas, __u64 start, __u64 end);

const char *mm_vma_kind_name(enum mm_vma_kind kind);

#endif /* MM_VMAS_H */

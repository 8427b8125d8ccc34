/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walker: follows an mm from its pgd, copied by a BPF program, and hands each
 * page table to a callback, once per parent entry that reaches it, parents
 * before children (depth first).
 *
 * It takes no lock of the kernel's: tables may be freed and reused while they
 * are read. Each table comes with what was re-read after it (WALK_MOVED), and
 * no more is promised: one walk can make a candidate, never a violation.
 *
 * Errors: functions return 0 or a negative errno; walk_error() then has one
 * line that says what failed, on what, why and what to do. The struct walk is
 * not safe for use by two threads at once; several may exist.
 */
#ifndef WALK_H
#define WALK_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pfnset.h"
#include "walk_table.h"

/* What is the same for every mm of the running kernel; valid after walk_open(). */
struct walk_kernel {
	char release[65];
	unsigned int fields;		/* WALK_HAS_*, WALK_PTL_* */
	unsigned int levels;		/* 4 or 5 on x86_64; on s390x, where each mm has its own, of the one walked last */
	__u64 max_pfn;			/* one past the last page frame; grows when memory is added */
	__u64 vmemmap;			/* address of pfn 0's struct page */
	__u64 page_offset;		/* address of pfn 0 in the direct map */
	__u64 crypt;			/* memory encryption bits in entries, 0 if none */
	unsigned int page_size;		/* sizeof(struct page) */
	__u64 foreign_flags;		/* of a struct page: what no table's has */
	__u64 own_pgd;			/* pfn of this process' own pgd */
	__u64 zero_pfn;			/* of the zero page, 0: not known */
	unsigned int typed;		/* bit (1 << level): the tool's own tables of that level are all typed */
	unsigned int slab;		/* bit (1 << level): tables of that level are slab objects: no page is theirs */
	bool rcu_freed;			/* page tables are certainly freed through RCU */
	bool rcu_known;			/* ... and we could tell */
};

/* What one walk saw of its mm. */
struct walk_mm {
	__u64 mm;			/* address of the mm_struct */
	__u64 pgd_pfn;
	__s32 mm_users;			/* 0: the process has exited */
	bool pgstes;			/* s390: page tables are whole pages, for a guest */
	__u64 pgtables_bytes[2];	/* mm->pgtables_bytes before and after the walk */
	bool bytes_moved;		/* it was not the same all the time in between */
	__u64 tables;			/* handed to the callback */
	__u64 moved;			/* of these WALK_MOVED */
	__u64 vanished;			/* entries that led to a table in the copy, but no more when the walk got there: not handed out */
	__u64 batches;			/* calls into the kernel that followed tables */
	__u64 nsec;			/* duration */
	__u64 kernel_nsec;		/* of this, in the BPF program: tables followed and copied */
};

/*
 * Filter: walk only tables whose span meets [low, high). high 0: no bound. A
 * low in the kernel's half (arch_kernel_start()) walks that half, as this mm's
 * pgd shows it; without a range, and from any other low, the walk is of user space.
 */
struct walk_range {
	__u64 low, high;
	unsigned int least;	/* enum walk_level: tables below are not read; 0: all are */
};

/*
 * entries: the table's arch_entries() entries as copied, valid only during the call;
 * of the pgd both halves. Return non-zero to stop the walk; walk_run() then returns it.
 */
typedef int (*walk_fn)(const struct walk_table *table, const __u64 *entries, void *arg);

struct walk;

/*
 * Probe and load; on failure *walk is still valid for walk_error() and walk_close().
 * max_pfn: one past the last page frame (machine_end()). verbose: libbpf and verifier log on stderr.
 */
int walk_open(struct walk **walk, __u64 max_pfn, bool verbose);
void walk_close(struct walk *walk);
const char *walk_error(const struct walk *walk);
const struct walk_kernel *walk_kernel(const struct walk *walk);

/*
 * Nanoseconds of the longest call into the kernel since walk_open(), which
 * called too: so long was preemption off, and an RCU read side section open.
 */
__u64 walk_longest_call(const struct walk *walk);

/*
 * Pin the mm of process pid (in the caller's PID namespace) for later walks; lives until walk_detach().
 * -ESRCH no such process, -ENXIO kernel thread (no mm), -EOWNERDEAD process has exited, -EPERM/-EACCES not permitted.
 */
int walk_attach(struct walk *walk, pid_t pid);
void walk_detach(struct walk *walk);

/*
 * An open /proc/PID/maps of the attached mm, for mm_vmas_read_fd(); closed by
 * walk_detach(). (By its pid a process may meanwhile have another mm: exec.)
 */
int walk_maps(const struct walk *walk);

/* The open /proc/PID/pagemap of the attached mm; as walk_maps(). */
int walk_pagemap(const struct walk *walk);

/*
 * Attach the mm_struct at this address, which need have no process and is not
 * pinned: it may be freed at any time, and what a walk of it shows with it.
 * -EOWNERDEAD: nobody uses it, so that of its tables only the pgd is left.
 */
int walk_attach_mm(struct walk *walk, __u64 mm);

/* Address of the mm_struct that is attached. */
__u64 walk_attached_mm(struct walk *walk);

/* A PGD and the mm that owns it. Non-zero ends the listing of them, which returns it. */
typedef int (*walk_pgd_fn)(__u64 pfn, __u64 mm, void *arg);

/*
 * Hand out every PGD of the machine (but init_mm's and those of firmware), as
 * the kernel links them; an mm may come more than once, or be freed meanwhile.
 * Detaches. -EOPNOTSUPP: this kernel keeps no such list; -EAGAIN: it
 * changed whenever it was followed.
 */
int walk_pgds(struct walk *walk, walk_pgd_fn fn, void *arg);

/*
 * pfns of the tables deposited at a pmd table, at most max; pmd_huge_pte and
 * the count as the walk found them. Fewer than n: the chain has changed.
 */
size_t walk_deposits(struct walk *walk, __u64 pmd_huge_pte, size_t n, __u64 *pfns);

/* Walk the attached mm. -EOWNERDEAD: it exited before or during the walk (mm is filled). */
int walk_run(struct walk *walk, const struct walk_range *range, walk_fn fn, void *arg, struct walk_mm *mm);

/* Does anyone still use the attached mm? Its tables are there for as long. */
bool walk_used(struct walk *walk);

/* A guest address space (gmap) of an mm: s390. */
struct walk_gmap {
	__u64 address;			/* of the struct gmap */
	__u64 asce;
	__u64 shadowed;			/* of a shadow: the guest's ASCE that it shadows */
	__s32 edat_level;		/* ... and whether its segments (1), and regions (2), may be large pages */
	const struct walk_gmap *parent;	/* the guest's, of which it is a shadow; NULL: it is no shadow */
	unsigned int number;		/* in the order of the kernel's list, shadows after what they shadow */
};

/* One of its tables; the levels are those of as many tables above the pte's as it is high. */
struct walk_gmap_table {
	const struct walk_gmap *gmap;
	const struct walk_gmap_table *above;	/* NULL for the highest */
	unsigned int index;		/* of the entry there that leads here */
	__u64 va;			/* guest address that the table begins with */
	__u64 pfn;
	__u64 gaddr;			/* the word in its descriptor, flags and all */
	__u32 level, flags;		/* enum walk_level; WALK_* */
};

typedef int (*walk_gmap_fn)(const struct walk_gmap_table *table, void *arg);

/*
 * Hand out the tables of the attached mm's gmaps, and of their shadows, each with
 * those above it first. A gmap ends in the mm's own pte tables, which are left
 * out; a shadow has its own. 0 where there are none, -EAGAIN: the lists of them
 * changed whenever they were followed; or what the callback returned.
 */
int walk_gmaps(struct walk *walk, walk_gmap_fn fn, void *arg);

/* Read 8 bytes of a guest's memory, as a gmap that is no shadow maps them. 0, or -EFAULT. */
int walk_gmap_word(struct walk *walk, const struct walk_gmap *gmap, __u64 gaddr, __u64 *word);

/* Copy a table by its pfn. 0 or a negative errno. */
int walk_read_table(struct walk *walk, __u64 pfn, __u64 entries[WALK_ENTRIES_MAX]);

/* walk_page.kind */
#define WALK_PAGE_TABLE		(1 << 0)
#define WALK_PAGE_BUDDY		(1 << 1)
#define WALK_PAGE_SLAB		(1 << 2)

/* What the struct page of a pfn says; that of its head page where it is the tail of a compound page. */
struct walk_page {
	__u64 head;		/* pfn of the head page, or the pfn itself */
	__u64 flags;
	__u64 mapping;
	__u32 page_type;
	__s32 refcount;
	__u8  kind;		/* WALK_PAGE_*, 0 for what user space may map */
	bool  valid;		/* false: not below max_pfn, or the struct page could not be read; the rest is 0 */
};

/* Read the struct pages of n pfns (any order; sorted is fastest) into pages[]. */
int walk_pages(struct walk *walk, const __u64 *pfns, size_t n, struct walk_page *pages);

/* A pfn whose struct page may be another than that of an ordinary page. Non-zero ends it. */
typedef int (*walk_odd_fn)(__u64 pfn, void *arg);

/*
 * Look through the struct pages of all pfns in the set, which is quicker than
 * walk_pages(), and hand out those that may be page tables, free, slab, or have
 * no reference: walk_pages() tells what they are. 0, a negative errno, or what fn returned.
 */
int walk_odd_pages(struct walk *walk, const struct pfnset *pages, walk_odd_fn fn, void *arg);

/* Does this page_type word say "page table" on the running kernel? Buddy? Slab? (encoding found at walk_open()) */
bool walk_type_is_table(const struct walk *walk, __u32 page_type);
/* And no other besides? Where each type is a bit of its own that is possible. */
bool walk_type_is_only_table(const struct walk *walk, __u32 page_type);
bool walk_page_is_buddy(const struct walk *walk, const struct walk_page *page);
bool walk_page_is_slab(const struct walk *walk, const struct walk_page *page);

#endif /* WALK_H */

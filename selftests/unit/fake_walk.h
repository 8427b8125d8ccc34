/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walker over made-up memory, behind the interface of walk.h: real entries
 * in real tables, followed from a pgd. A test builds an mm, breaks something,
 * and may change it before any walk.
 */
#ifndef FAKE_WALK_H
#define FAKE_WALK_H

#include "look.h"
#include "check.h"

#define FAKE_PAGES	4096	/* pfns 0 to FAKE_PAGES - 1 exist */
#define FAKE_MM		0xffff888001234500ULL
#define FAKE_TYPE_TABLE	0xf2000000U
#define FAKE_TYPE_TWO	0xf2000001U	/* a table's, and another */
#define FAKE_TYPE_BUDDY	0xf0000000U
#define FAKE_TYPE_SLAB	0xf5000000U
#define FAKE_FOREIGN	(1ULL << 5 | 1ULL << 14)	/* flags of a struct page that no table has */
#define FAKE_ZERO_PFN	3ULL	/* the zero page; the last pte of fake_mm_build() maps it */
#define FAKE_TYPE_NONE	0xffffffffU

/* Where fake_mm_build() puts things. */
#define FAKE_VA		0x7f0000000000ULL	/* 512 leaves of 4 KiB in one pte table */
#define FAKE_THP_VA	(FAKE_VA + (2ULL << 20))	/* FAKE_THPS huge leaves follow, kind anon */
#define FAKE_THPS	2

struct fake_page {
	struct walk_table table;	/* the descriptor part is what the walker reports */
	__u64 *entries;			/* 512, or NULL: not a table */
	enum page_kind kind;		/* as a huge leaf */
};

/* One of several mms; without any there is one, of every process. */
struct fake_mm {
	pid_t pid;		/* 0: of no process */
	__u64 mm, pgd;
	int attach_error;
};

struct fake {
	struct walk_kernel kernel;
	struct machine machine;
	struct look_sources sources;
	struct look_subject subject;
	struct check_time time;
	struct fake_page page[FAKE_PAGES];
	__u64 pgd, p4d, pud, pmd, pte;	/* pfns of what fake_mm_build() built */
	__u64 other_pgd;		/* with the same kernel half */
	__u64 next_pfn;
	struct fake_mm mm[8];
	size_t nr_mms;
	__u64 attached_mm, attached_pgd;
	bool deposits_change;		/* each second time the deposited tables are in another order */
	unsigned int deposits_read;
	__u64 kernel_pfn;		/* a table in the kernel's half, 0: none */
	__u64 unlinked_pgd;		/* walk_pgds() does not know it */
	int pgds_error;			/* what walk_pgds() returns, if not 0 */
	__u64 pgtables_bytes[2];
	bool bytes_moved;	/* they were others in between */
	struct mm_vma vma[8];
	size_t nr_vmas;
	struct mm_vma raw[2];
	size_t nr_raw;
	unsigned int raw_asked;		/* times that the VMAs' flags were read */
	bool has_listing;
	struct pfnset listed;
	unsigned int threads;		/* LOOK_STALLED, LOOK_BLOCKED */
	__u64 now;			/* the clock */
	bool runs;			/* the process, all the time */
	unsigned int walks;		/* that began */
	unsigned int least;		/* level that the last one was to read down to */
	unsigned int graces;
	__u64 most_tables;		/* a walk ends after so many with -ENOMEM; 0: never */
	int walk_error;			/* what walk_run() returns, if not 0 */
	bool gone;			/* nobody uses the mm when the walk has ended */
	__u32 moved_level;		/* tables of this level come with WALK_MOVED */
	/* Called before each walk, with the number of it; may change anything. */
	void (*before_walk)(struct fake *fake, unsigned int walk);
};

extern struct fake fake;

/* A correct mm: pgd to pte, FAKE_THPS huge pages with deposits, VMAs, listing. 4 or 5 levels. */
void fake_mm_build(unsigned int levels);
void fake_mm_free(void);

/* A new typed table with refcount 1; its pfn. Charged to pgtables_bytes if charge. */
__u64 fake_table(enum walk_level level, bool charge);

/* A further mm with a table of each level: its pgd. The first call adds the one that was built, too, as pid's. */
__u64 fake_another_mm(pid_t pid, pid_t another);

/* The entries of the table with this pfn. */
__u64 *fake_entries(__u64 pfn);

/* An entry that points to pfn: a table, or a leaf with ARCH_PSE in flags. */
__u64 fake_entry(__u64 pfn, __u64 flags);

/* Run a whole check; free it with check_free(). */
void fake_check(struct check *check);

/* The only invariant that is violated in check, 0 for none, INVARIANTS + 1 for several. */
unsigned int fake_violated(const struct check *check);

#endif /* FAKE_WALK_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of ptdesc.ko know of each other.
 *
 *	scan.c		finds the page tables among all online pfns
 *	record.c	makes a record of one descriptor
 *	owner.c		finds the tasks whose PGDs are among the records
 *	line.c		writes a record as text
 *	debugfs.c	is the file: position, buffers, readers
 *	main.c		comes and goes
 */
#ifndef PTDESC_INSPECTOR_H
#define PTDESC_INSPECTOR_H

#include <linux/sched.h>
#include <linux/types.h>

struct page;
struct mm_struct;

#define PTDESC_NO_PFN	(~0UL)

enum ptdesc_ptl {
	PTDESC_PTL_NONE,	/* the table has no lock of its own */
	PTDESC_PTL_FREE,
	PTDESC_PTL_HELD,
	PTDESC_PTL_ALLOC,	/* elsewhere, not looked at */
};

/**
 * struct ptdesc_record - what one descriptor said, as values
 * @pfn: first page of the table
 * @deposited: pfn of the first deposited table, or PTDESC_NO_PFN
 * @mm: value of pt_mm that may be an mm_struct, NULL if it cannot be one;
 *	never dereferenced: owner.c compares it
 * @memcg_ino: inode number of the charged memory cgroup, 0 for none
 * @gaddr: guest address of an s390 gmap table, valid with @gmap
 * @page_type: raw page_type word
 * @refcount: reference count of the first page
 * @share_count: pt_share_count, 0 when not a shared hugetlb PMD table
 * @frag: pt_frag_refcount, valid with @fragments
 * @tgid: process that owns the PGD, 0 when not in the reader's PID namespace
 * @order: log2 of the number of pages
 * @ptl: enum ptdesc_ptl
 * @compound: first page of a compound page
 * @reserved: PG_reserved
 * @hwpoison: PG_hwpoison
 * @fragments: the page is one that several tables share
 * @gmap: the table is one of an s390 gmap
 * @shadow: ... of a shadow gmap, and @gaddr is the address of what it shadows
 * @fake: ... and what it shadows is guest memory and no table
 * @owned: the table is the PGD of a live task: @mm, @tgid and @comm are valid
 * @comm: name of that task
 */
struct ptdesc_record {
	unsigned long		pfn;
	unsigned long		deposited;
	const struct mm_struct	*mm;
	u64			memcg_ino;
	unsigned long		gaddr;
	unsigned int		page_type;
	int			refcount;
	int			share_count;
	int			frag;
	pid_t			tgid;
	u8			order;
	u8			ptl;
	bool			compound:1;
	bool			reserved:1;
	bool			hwpoison:1;
	bool			fragments:1;
	bool			gmap:1;
	bool			shadow:1;
	bool			fake:1;
	bool			owned:1;
	char			comm[TASK_COMM_LEN];
};

int ptdesc_scan(unsigned long *pfn, struct ptdesc_record *records, int max);
int ptdesc_scan_init(void);
void ptdesc_scan_exit(void);

bool ptdesc_record_page(struct ptdesc_record *record, struct page *page, unsigned long pfn);

void ptdesc_find_owners(struct ptdesc_record *records, int count);

#define PTDESC_LINE_MAX	320	/* the longest line is below 256 bytes */

size_t ptdesc_line_header(char *text);
size_t ptdesc_line_record(char *text, const struct ptdesc_record *record);
size_t ptdesc_line_trailer(char *text);

int ptdesc_debugfs_init(void);
void ptdesc_debugfs_exit(void);

#endif /* PTDESC_INSPECTOR_H */

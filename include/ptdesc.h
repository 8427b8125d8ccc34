/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The text that ptdesc.ko writes and its readers parse: /sys/kernel/debug/ptdesc.
 *
 * First line:	"# ptdesc 1 " and the names of the columns, one space between.
 * Then:	one line per page table, in rising pfn order, one value per
 *		column, one space between. "-" says that the field does not
 *		exist for that table or on that kernel, or that nothing is there.
 * Last line:	"# end". A listing without it is truncated.
 *
 * The file position is a pfn, not a byte count: seeking to N lists the tables
 * from pfn N on, the header first if N is 0. A read() returns whole lines, but
 * one too small for a line. A reader accepts only the format version that it knows;
 * within one version columns are added at the end, before comm, never renamed,
 * reordered or given another meaning.
 */
#ifndef PTDESC_H
#define PTDESC_H

#define PTDESC_FORMAT_VERSION	1
#define PTDESC_HEADER_TAG	"# ptdesc"
#define PTDESC_TRAILER		"# end"

/*
 * Columns, in order: name, what it says.
 *
 * PFN		pfn of the first page, decimal
 * ORDER	log2 of the table's pages, decimal
 * TYPE		raw page_type word, 0x%08x
 * REFCOUNT	reference count of the first page, decimal, may be negative; 0
 *		while it is being freed
 * PTL		"free", "held": the lock embedded in the descriptor; "alloc":
 *		the lock is an allocation of its own, not looked at; "-": this
 *		kernel does not split page table locks
 * PMD_HUGE_PTE	pfn of the first table deposited here, decimal
 * PT_MM	mm_struct that owns this PGD as %pK shows it to the reader;
 *		only when a live task was found that uses it
 * PID		that task's thread group id in the reader's PID namespace
 * FRAG		pt_frag_refcount, decimal
 * SHARE	pt_share_count of a hugetlb PMD table, decimal, when not 0
 * GADDR	_pt_s390_gaddr, 0x%lx
 * MEMCG	inode number of the charged memory cgroup, decimal
 * FLAGS	letters, see PTDESC_FLAG_*
 * COMM		that task's comm; bytes outside 0x21..0x7e and "\" as \ooo, a
 *		name that is just "-" as \055, an empty one as \000
 */
#define PTDESC_COLUMNS(C)						\
	C(PFN, "pfn")							\
	C(ORDER, "order")						\
	C(TYPE, "type")							\
	C(REFCOUNT, "refcount")						\
	C(PTL, "ptl")							\
	C(PMD_HUGE_PTE, "pmd_huge_pte")					\
	C(PT_MM, "pt_mm")						\
	C(PID, "pid")							\
	C(FRAG, "frag")							\
	C(SHARE, "share")						\
	C(GADDR, "gaddr")						\
	C(MEMCG, "memcg")						\
	C(FLAGS, "flags")						\
	C(COMM, "comm")

/* FLAGS: one letter each, in this order, "-" for none */
#define PTDESC_FLAG_COMPOUND	'C'	/* first page of a compound page */
#define PTDESC_FLAG_RESERVED	'R'	/* PG_reserved: from the boot allocator */
#define PTDESC_FLAG_HWPOISON	'P'	/* PG_hwpoison */

#endif /* PTDESC_H */

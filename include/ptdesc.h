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
 * FRAG		pt_frag_refcount, when the page is one that several PTE or PMD
 *		tables share. powerpc: number of fragments that are allocated or
 *		kept for the next allocation, decimal. s390: 0x%x, PTDESC_FRAG_*
 * SHARE	pt_share_count of a hugetlb PMD table, decimal, when not 0
 * GADDR	guest address in _pt_s390_gaddr, 0x%lx: where what an s390 gmap
 *		table maps begins; with the flag S where what it shadows is in
 *		the parent gmap. 0x0 in the top table of any gmap
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
#define PTDESC_FLAG_SHADOW	'S'	/* table of a shadow gmap, not its top one */
#define PTDESC_FLAG_FAKE	'F'	/* ... for guest memory that is no table */

/*
 * FRAG on s390, where a page is two PTE tables of 2 KiB, or one of 4 KiB that has
 * both bits set. A half is never allocated and pending at the same time.
 */
#define PTDESC_FRAG_ALLOCATED	0x03	/* lower half 0x01, upper half 0x02 */
#define PTDESC_FRAG_PENDING	0x30	/* being freed; lower 0x10, upper 0x20 */

#endif /* PTDESC_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be wrong with an entry or with what it leads to: finding.expected of ENTRY_SANE. */
#ifndef ENTRY_SANE_H
#define ENTRY_SANE_H

enum entry_fault {
	ENTRY_RESERVED = 1,	/* reserved bits set: found has them */
	ENTRY_TABLE_BEYOND,	/* table above the last page of memory */
	ENTRY_TABLE_NO_RAM,	/* table in a hole or in device memory */
	ENTRY_NO_PAGE,		/* the table has no readable struct page */
	ENTRY_NO_TABLE,		/* the table's memory could not be read */
	ENTRY_LEAF_BEYOND,	/* ordinary mapping of what is above the last page of memory */
};

/* finding.found of LEAF_NOT_TABLE: kind << 32 | page_type */
enum leaf_kind {
	LEAF_MAPS_TABLE = 1,	/* typed as a page table */
	LEAF_MAPS_BUDDY,	/* free */
	LEAF_MAPS_SLAB,
	LEAF_MAPS_OWN_TABLE,	/* a table that this walk followed */
};

#endif /* ENTRY_SANE_H */

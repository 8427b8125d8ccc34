/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking a walk into a look: each table into the snapshot, each entry judged and counted. */
#ifndef INGEST_H
#define INGEST_H

#include "look.h"

/* A walk_fn; arg is the struct look. Non-zero: -ENOMEM. */
int ingest_table(const struct walk_table *table, const __u64 *entries, void *arg);

/*
 * After the walk: read the struct pages of what leaves map (all of them in the
 * first look, the suspects' in later ones), add to the suspects and drop
 * findings of LEAF_NOT_TABLE whose page is none now. 0 or a negative errno.
 */
int ingest_pages(struct look *look);

#endif /* INGEST_H */

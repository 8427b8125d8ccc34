/* SPDX-License-Identifier: GPL-2.0-only */
/* The census' sources on a live system: procfs, vmstat, the inspector's listing. */
#ifndef CENSUS_SOURCES_H
#define CENSUS_SOURCES_H

#include "census.h"
#include "sources.h"

/* sources must live as long; its listing is used, its listing_why set. */
void census_sources_open(struct census_sources *census, struct sources *sources);

#endif /* CENSUS_SOURCES_H */

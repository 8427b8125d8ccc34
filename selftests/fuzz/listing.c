// SPDX-License-Identifier: GPL-2.0-only
/* The inspector's listing: what is accepted is in order and within bounds; what is refused has one line that says so. */
#include <errno.h>
#include <string.h>
#include "fuzz.h"
#include "listing.h"

struct seen {
	struct pfnset set;
	__u64 last, rows;
};

static int row(const struct listing_row *row, void *arg)
{
	struct seen *seen = arg;

	REQUIRE(row->pfn < PFNSET_LIMIT && row->order < 64);
	REQUIRE(!seen->rows || row->pfn > seen->last);
	seen->last = row->pfn;
	seen->rows++;
	return row->pfn < 1 << 24 ? listing_add(row, &seen->set) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { .rows = 0 };
	char error[LISTING_ERROR];
	FILE *file = fuzz_file(data, size);
	int err = listing_parse(file, row, &seen, error);

	fclose(file);
	REQUIRE(!err || err == -EINVAL);
	REQUIRE(memchr(error, '\0', sizeof(error)) && !strchr(error, '\n'));
	REQUIRE(!err == !error[0]);
	pfnset_free(&seen.set);
	return 0;
}

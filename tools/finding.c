// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "finding.h"

int findings_add(struct findings *list, const struct finding *finding)
{
	if (list->nr >= FINDINGS_MAX) {
		list->lost++;
		return 0;
	}
	if (list->nr == list->room) {
		size_t room = list->room ? list->room * 2 : 16;
		struct finding *new = reallocarray(list->finding, room, sizeof(*new));

		if (!new)
			return -ENOMEM;
		list->finding = new;
		list->room = room;
	}
	list->finding[list->nr++] = *finding;
	return 0;
}

void findings_free(struct findings *list)
{
	free(list->finding);
	memset(list, 0, sizeof(*list));
}

int finding_compare_keys(const struct finding *a, const struct finding *b)
{
	if (a->invariant != b->invariant)
		return a->invariant < b->invariant ? -1 : 1;
	if (a->va != b->va)
		return a->va < b->va ? -1 : 1;
	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return finding_compare_keys(a, b);
}

void findings_sort(struct findings *list)
{
	if (list->nr)
		qsort(list->finding, list->nr, sizeof(*list->finding), compare);
}

const struct finding *findings_find(const struct findings *list, const struct finding *key)
{
	if (!list->nr)
		return NULL;
	return bsearch(key, list->finding, list->nr, sizeof(*list->finding), compare);
}

bool finding_same_evidence(const struct finding *a, const struct finding *b)
{
	return a->pfn == b->pfn && a->expected == b->expected && a->found == b->found &&
	       a->raw == b->raw && a->other == b->other;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "pfnset.h"

int pfnset_grow(struct pfnset *set, __u64 pfn)
{
	size_t chunk = pfn >> PFNSET_CHUNK_SHIFT;

	if (pfn >= PFNSET_LIMIT)
		return -ERANGE;
	if (chunk >= set->nr_chunks) {
		size_t nr = chunk + 1;
		__u64 **new = reallocarray(set->chunk, nr, sizeof(*new));

		if (!new)
			return -ENOMEM;
		memset(new + set->nr_chunks, 0, (nr - set->nr_chunks) * sizeof(*new));
		set->chunk = new;
		set->nr_chunks = nr;
	}
	if (!set->chunk[chunk]) {
		set->chunk[chunk] = calloc(PFNSET_CHUNK_WORDS, sizeof(__u64));
		if (!set->chunk[chunk])
			return -ENOMEM;
	}
	return 0;
}

void pfnset_count(struct pfnset *set)
{
	set->nr = 0;
	for (size_t chunk = 0; chunk < set->nr_chunks; chunk++) {
		const __u64 *words = set->chunk[chunk];

		for (size_t i = 0; words && i < PFNSET_CHUNK_WORDS; i++)
			if (words[i])
				set->nr += ~words[i] ? __builtin_popcountll(words[i]) : 64;
	}
}

__u64 pfnset_bits_after(const struct pfnset *set, __u64 from, __u64 *next)
{
	size_t chunk = from >> PFNSET_CHUNK_SHIFT;
	size_t i = ((from & ((1ULL << PFNSET_CHUNK_SHIFT) - 1)) + 63) / 64;

	for (; chunk < set->nr_chunks; chunk++, i = 0) {
		const __u64 *words = set->chunk[chunk];

		for (; words && i < PFNSET_CHUNK_WORDS; i++) {
			if (!words[i])
				continue;
			*next = ((__u64)chunk << PFNSET_CHUNK_SHIFT) + i * 64;
			return words[i];
		}
	}
	*next = PFNSET_END;
	return 0;
}

__u64 pfnset_next(const struct pfnset *set, __u64 from)
{
	size_t chunk = from >> PFNSET_CHUNK_SHIFT;
	size_t i = (from & ((1ULL << PFNSET_CHUNK_SHIFT) - 1)) / 64;
	__u64 mask = ~0ULL << (from % 64);

	for (; chunk < set->nr_chunks; chunk++, i = 0) {
		const __u64 *words = set->chunk[chunk];

		for (; words && i < PFNSET_CHUNK_WORDS; i++, mask = ~0ULL) {
			__u64 word = words[i] & mask;

			if (word)
				return ((__u64)chunk << PFNSET_CHUNK_SHIFT) + i * 64 +
				       __builtin_ctzll(word);
		}
		mask = ~0ULL;
	}
	return PFNSET_END;
}

void pfnset_free(struct pfnset *set)
{
	for (size_t i = 0; i < set->nr_chunks; i++)
		free(set->chunk[i]);
	free(set->chunk);
	memset(set, 0, sizeof(*set));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set of page frame numbers: one bit each, allocated 1 GiB of physical
 * memory at a time, so that it costs at most 1/32768 of the memory described.
 */
#ifndef PFNSET_H
#define PFNSET_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define PFNSET_CHUNK_SHIFT	18
#define PFNSET_CHUNK_WORDS	((1UL << PFNSET_CHUNK_SHIFT) / 64)
#define PFNSET_LIMIT		(1ULL << 40)	/* 52 bits of physical address */
#define PFNSET_END		(~0ULL)

struct pfnset {
	__u64 **chunk;
	size_t nr_chunks;
	__u64 nr;		/* members */
};

/* Slow half of pfnset_add(): -ENOMEM, or -ERANGE for a pfn that no machine has. */
int pfnset_grow(struct pfnset *set, __u64 pfn);

static inline __u64 *pfnset_word(const struct pfnset *set, __u64 pfn)
{
	size_t chunk = pfn >> PFNSET_CHUNK_SHIFT;

	if (chunk >= set->nr_chunks || !set->chunk[chunk])
		return NULL;
	return &set->chunk[chunk][(pfn & ((1ULL << PFNSET_CHUNK_SHIFT) - 1)) / 64];
}

static inline bool pfnset_has(const struct pfnset *set, __u64 pfn)
{
	const __u64 *word = pfnset_word(set, pfn);

	return word && (*word >> (pfn % 64) & 1);
}

/* 0, or a negative errno. */
static inline int pfnset_add(struct pfnset *set, __u64 pfn)
{
	__u64 *word = pfnset_word(set, pfn);
	__u64 bit = 1ULL << (pfn % 64);

	if (!word) {
		int err = pfnset_grow(set, pfn);

		if (err)
			return err;
		word = pfnset_word(set, pfn);
	}
	set->nr += !(*word & bit);
	*word |= bit;
	return 0;
}

/*
 * The words of the chunk that pfn is in, to set bits in, of which nr does not
 * know until pfnset_count(). NULL: no memory, or a pfn that no machine has.
 */
static inline __u64 *pfnset_chunk(struct pfnset *set, __u64 pfn)
{
	size_t chunk = pfn >> PFNSET_CHUNK_SHIFT;

	if ((chunk >= set->nr_chunks || !set->chunk[chunk]) && pfnset_grow(set, pfn))
		return NULL;
	return set->chunk[chunk];
}

/* Bring nr up to date. */
void pfnset_count(struct pfnset *set);

/* Slow half of pfnset_bits(). */
__u64 pfnset_bits_after(const struct pfnset *set, __u64 from, __u64 *next);

/*
 * The 64 bits from pfn on, a multiple of 64, that are set; *next: the first
 * pfn not below from of which any are, PFNSET_END if there is none.
 */
static inline __u64 pfnset_bits(const struct pfnset *set, __u64 from, __u64 *next)
{
	const __u64 *word = from % 64 ? NULL : pfnset_word(set, from);

	if (!word || !*word)
		return pfnset_bits_after(set, from, next);
	*next = from;
	return *word;
}

/* The first member that is not below from, or PFNSET_END. */
__u64 pfnset_next(const struct pfnset *set, __u64 from);

/* Empty it and give its memory back. */
void pfnset_free(struct pfnset *set);

#endif /* PFNSET_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A glance at the struct pages of what leaves map: all but a few are simply
 * pages in use, which one word of them tells. User space looks at the others.
 *
 * The loads need no helper, and read as 0 what is not there: see CAN_GLANCE.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "walk_state.h"
#include "walk_time.bpf.h"

char LICENSE[] SEC("license") = "GPL";

extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym;

/* Its first word is a number, as that which is loaded has to be; of a struct page's some are pointers. */
struct sysinfo {
} __attribute__((preserve_access_index));

/* Shared with user space through the mapped .bss. */
struct walk_glance glances[WALK_GLANCES];

static __always_inline __u64 load(__u64 address)
{
	return *(const __u64 *)bpf_rdonly_cast((const void *)address, bpf_core_type_id_kernel(struct sysinfo));
}

/*
 * Types have the highest bit set, counts of mappings have not. The tail of a
 * compound page has no reference: taking one off borrows. Bits 31 and 63 are
 * clear if the word has a count and references; or'ed, if all words have.
 */
static __always_inline __u64 doubts(__u64 type_and_refcount)
{
	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		type_and_refcount = type_and_refcount << 32 | type_and_refcount >> 32;
	return type_and_refcount - (1ULL << 32);
}

#define GLANCE_STRIDE	16

/* The words of which pages: where pfn 0's is, and how far from each to the next. */
struct words {
	__u64 first, size;
};

/* Several in one call, which costs more than a page does. What nobody asked about stays out of the cache. */
static long glance_some(__u32 i, const struct words *words)
{
	__u32 at = i / (64 / GLANCE_STRIDE), shift = i % (64 / GLANCE_STRIDE) * GLANCE_STRIDE;
	struct walk_glance *request = &glances[at % WALK_GLANCES];
	__u64 doubt = 0, address, bits, size = words->size, n;

	bits = request->pages >> shift;
	if (!(bits & ((1 << GLANCE_STRIDE) - 1)))
		return 0;
	address = words->first + (request->first + shift) * size;
	/* not all of it: 7.2 takes some 15000 of its own instructions to verify each of ours (compute_subprog_args()) */
#pragma unroll 4
	for (n = 0; n < GLANCE_STRIDE; n++, address += size, bits >>= 1) {
		if (bits & 1)
			doubt |= doubts(load(address));
		barrier_var(address);	/* one for all four */
	}
	if ((doubt >> 63 | doubt >> 31) & 1)
		request->doubt |= ((1ULL << GLANCE_STRIDE) - 1) << shift;
	return 0;
}

/* args: number of requests; address of pfn 0's word, size of a struct page */
SEC("raw_tp/glance")
int glance(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 start = bpf_ktime_get_ns();
	struct words words = { .first = ctx->args[1], .size = ctx->args[2] };

	bpf_loop((__u32)ctx->args[0] * (64 / GLANCE_STRIDE), glance_some, &words, 0);
	return over(start, 0);
}

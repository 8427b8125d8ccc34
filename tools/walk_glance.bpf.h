/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A glance at the struct pages of what leaves map: all but a few are simply
 * pages in use, which one word of them tells. User space looks at the others.
 *
 * The loads need no helper, and read as 0 what is not there: see CAN_GLANCE.
 */
#ifndef WALK_GLANCE_BPF_H
#define WALK_GLANCE_BPF_H

extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

/* Its first word is a number, as that which is loaded has to be; of a struct page's some are pointers. */
struct sysinfo {
} RELOCATED;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WALK_BATCH);
	__type(key, __u32);
	__type(value, struct walk_glance);
} glances SEC(".maps");

static __always_inline __u64 load(__u64 address)
{
#if ARCH_KFUNC
	return *(const __u64 *)bpf_rdonly_cast((const void *)address, bpf_core_type_id_kernel(struct sysinfo));
#else
	return 0;
#endif
}

/*
 * Types have the highest bit set, counts of mappings have not. The tail of a
 * compound page has no reference. 1 unless the word has a count and references.
 */
static __always_inline __u64 in_doubt(__u64 type_and_refcount)
{
	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		type_and_refcount = type_and_refcount << 32 | type_and_refcount >> 32;
	return (type_and_refcount >> 31 & 1) | ((type_and_refcount >> 32) - 1) >> 63;
}

#define GLANCE_STRIDE	16

/* Several in one call, which costs more than a page does. What nobody asked about stays out of the cache. */
static long glance_some(__u32 i, void *ctx)
{
	__u32 at = i / (64 / GLANCE_STRIDE), shift = i % (64 / GLANCE_STRIDE) * GLANCE_STRIDE, n;
	struct walk_glance *request = bpf_map_lookup_elem(&glances, &at);
	__u64 doubt = 0, size = base.page_size, address, wanted;

	if (!request)
		return 1;
	wanted = request->pages >> shift;
	if (!(wanted & ((1 << GLANCE_STRIDE) - 1)))
		return 0;
	address = base.vmemmap + (request->first + shift) * size + bpf_core_field_offset(PAGE->page_type);
#pragma unroll
	for (n = 0; n < GLANCE_STRIDE; n++, address += size)
		if (wanted >> n & 1)
			doubt |= in_doubt(load(address)) << n;
	request->doubt |= doubt << shift;
	return 0;
}

/* args[0]: number of requests */
SEC("raw_tp/glance")
int glance(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 start = bpf_ktime_get_ns();

	if (CAN_GLANCE)
		bpf_loop((__u32)ctx->args[0] * (64 / GLANCE_STRIDE), glance_some, NULL, 0);
	return over(start, 0);
}

#endif /* WALK_GLANCE_BPF_H */

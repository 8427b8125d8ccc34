// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of the walker that runs in the kernel: raw tracepoint programs that
 * are attached to nothing and run by BPF_PROG_TEST_RUN in the caller's task.
 * They only read, every read may fail, and no pointer is trusted further than
 * one bpf_probe_read_kernel().
 */
#include <linux/types.h>
#include <linux/errno.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "walk_state.h"
#include "arch/arch.h"
#include "walk_kernel.bpf.h"
#include "walk_time.bpf.h"
#ifdef __TARGET_ARCH_s390
#include "walk_s390.bpf.h"
#endif

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WALK_REQUESTS);
	__type(key, __u32);
	__type(value, struct walk_request);
} requests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);		/* all slots, in one piece */
	__uint(key_size, 4);
	__uint(value_size, WALK_SLOTS_SIZE);
} tables SEC(".maps");

/* Shared with user space through the mapped .bss. */
struct walk_btf btf;
struct walk_search search;
struct walk_bounds bounds;

SEC("raw_tp/describe")
int describe(void *ctx)
{
	__u64 start = bpf_ktime_get_ns();
	struct walk_btf *b = &btf;

	/* in a register for good: each load of its address is two more instructions to relocate and to verify */
	barrier_var(b);
	btf_fields(b);
	btf_types(b);
#ifdef __TARGET_ARCH_s390
	btf_s390(b);
#endif
	return over(start, 0);
}

/* The kernel's own, handed out by the iterator of open files: the arguments of bpf_iter_task_file(). */
struct bpf_iter__task_file {
	void *meta, *task;
	__u32 fd;
	struct file *file;
};

/*
 * That of the caller which is wanted. The iterator knows the way from a task to
 * its files. A relocation of task_struct would tell it, too, but makes the kernel
 * search its whole BTF each time: in its cache of types that is where ptdesc is.
 */
SEC("iter/task_file")
int seek(struct bpf_iter__task_file *ctx)
{
	__u64 start = bpf_ktime_get_ns();
	struct file *file = ctx->file;

	if (file && ctx->fd == search.fd && (__u64)ctx->task == bpf_get_current_task())
		search.file = (__u64)file;
	return over(start, 0);
}

/* Behind what an earlier request read; 0: that is no pointer to follow. */
static __always_inline __u64 behind(__u32 from, __u64 address)
{
	__u32 before = from - 1;
	struct walk_request *earlier = bpf_map_lookup_elem(&requests, &before);

	if (!earlier || earlier->data[0] - bounds.low >= bounds.span)
		return 0;
	return earlier->data[0] + address;
}

/* One after the other: what is asked for later is read later. */
static long copy_one(__u32 i, void *ctx)
{
	struct walk_request *request = bpf_map_lookup_elem(&requests, &i);
	__u64 slot, size, address, most = sizeof(request->data);
	__u32 all = 0;
	char *to;

	if (!request)
		return 1;
	slot = request->slot;
	size = request->size;
	address = request->address;
	to = (char *)request->data;
	if (request->from) {
		address = behind(request->from, address);
		if (!address) {		/* said here: s390 has memory at 0 */
			request->data[0] = 0;
			request->error = -EFAULT;
			return 0;
		}
	}
	if (slot < WALK_SLOTS) {
		to = bpf_map_lookup_elem(&tables, &all);
		if (!to)
			return 1;
		request->error = bpf_probe_read_kernel(to + slot * WALK_TABLE_SIZE, size > WALK_COPY_MAX ?
						       WALK_COPY_MAX : size, (void *)address);
		return 0;
	}
	request->error = bpf_probe_read_kernel(to, size > most ? most : size, (void *)address);
	return 0;
}

/* args[0]: number of requests */
SEC("raw_tp/copy")
int copy(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 start = bpf_ktime_get_ns();

	bpf_loop((__u32)ctx->args[0], copy_one, NULL, 0);
	return over(start, 0);
}

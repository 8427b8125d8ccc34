/* SPDX-License-Identifier: GPL-2.0-only */
/* How long BPF programs take; each object has a longest call of its own. */
#ifndef WALK_TIME_BPF_H
#define WALK_TIME_BPF_H

/* Shared with user space through the mapped .bss. */
__u64 longest_call;

/* A program is over that began then: BPF_PROG_TEST_RUN kept preemption off and RCU from a grace period for so long. */
static __always_inline int over(__u64 start, int result)
{
	__u64 nsec = bpf_ktime_get_ns() - start;

	if (nsec > longest_call)
		longest_call = nsec;
	return result;
}

#endif /* WALK_TIME_BPF_H */

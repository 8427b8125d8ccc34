/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In the place of what bpftool makes of walk_glance.bpf.c: that program itself,
 * compiled for this machine. The test is the kernel that loads and runs it.
 */
#ifndef WALK_GLANCE_LSKEL_H
#define WALK_GLANCE_LSKEL_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

__u64 native_time(void);

#undef __ksym
#define __ksym
#undef bpf_core_type_id_kernel
#define bpf_core_type_id_kernel(type)		((__u32)0)
#define bpf_ktime_get_ns()			native_time()
#define bpf_loop(n, body, context, flags)				\
	do {								\
		for (__u32 turn = 0; turn < (n) && !body(turn, context); turn++)	\
			;						\
	} while (flags)
#define preserve_access_index
/* names that the program and its user both have */
#define load		program_load
#define doubts		program_doubts
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#include "walk_glance.bpf.c"
#pragma GCC diagnostic pop
#undef load
#undef doubts

struct walk_glance_bpf {
	struct { void *log_buf; } ctx;
	struct { struct { int prog_fd; } glance; } progs;
	struct { struct walk_glance *glances; __u64 longest_call; } *bss;
};

struct walk_glance_bpf *walk_glance_bpf__open(void);
int walk_glance_bpf__load(struct walk_glance_bpf *bpf);
void walk_glance_bpf__destroy(struct walk_glance_bpf *bpf);

#endif /* WALK_GLANCE_LSKEL_H */

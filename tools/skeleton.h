/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included at the top of each light skeleton (Makefile), which calls
 * bpf_load_and_run(): so its loader runs in this process if it can (loader.h),
 * else in the kernel.
 */
#ifndef SKELETON_H
#define SKELETON_H

#include <errno.h>
#include <linux/bpf.h>
#include <bpf/skel_internal.h>

#include "loader.h"

static inline int skeleton_load(struct bpf_load_and_run_opts *opts)
{
	return loader_known(opts->insns, opts->insns_sz) ?
	       loader_run(opts->insns, opts->data, opts->data_sz, opts->ctx) : bpf_load_and_run(opts);
}

#define bpf_load_and_run(opts)	skeleton_load(opts)

#endif /* SKELETON_H */

// SPDX-License-Identifier: GPL-2.0-only
/* From a file descriptor of ours to the kernel's struct file. */
#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "walk_private.h"

/* Ours alone (6.1: f0d74c4da1f0); a kernel before that hands out those of all tasks. */
static int link_files(const struct walk *walk)
{
	union bpf_iter_link_info info = { .task.tid = getpid() };
	LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &info, .iter_info_len = sizeof(info));

	return bpf_link_create(walk->programs[WALK_SEEK], 0, BPF_TRACE_ITER, &options);
}

__u64 walk_file(struct walk *walk, int fd)
{
	struct walk_search *search = walk->shared.search;
	int iterator, n;
	char none;

	if (walk->files < 0)
		walk->files = link_files(walk);
	iterator = walk->files < 0 ? -1 : bpf_iter_create(walk->files);
	if (iterator < 0)
		return 0;
	*search = (struct walk_search){ .fd = fd };
	/* nothing is printed; the kernel takes a break after a million files */
	do
		n = read(iterator, &none, 1);
	while (n < 0 && (errno == EAGAIN || errno == EINTR));
	close(iterator);
	return search->file;
}

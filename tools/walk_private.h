/* SPDX-License-Identifier: GPL-2.0-only */
/* What the walk*.c share among themselves. */
#ifndef WALK_PRIVATE_H
#define WALK_PRIVATE_H

#include "walk.h"
#include "walk_state.h"

struct walk_bpf;

struct walk {
	struct walk_bpf *bpf;
	struct walk_kernel kernel;
	struct walk_facts facts;	/* as the describe program left them */
	/* the maps, as the BPF programs fill them */
	struct walk_table *records;
	__u64 (*tables)[WALK_ENTRIES_MAX];
	struct walk_request *requests;
	int pagemap;		/* fd that pins the mm, -1 */
	int maps;		/* fd of the same mm's VMAs, -1 */
	bool attached;		/* an mm is; perhaps without a process */
	pid_t pid;
	unsigned int runs;	/* since walk_attach() */
	bool verbose;
	char error[512];
};

enum walk_program { WALK_DESCRIBE, WALK_FIND_MM, WALK_FIND_PAGE, WALK_COPY, WALK_WALK };

/* Set the error line, return -error. */
__attribute__((format(printf, 3, 4)))
int walk_fail(struct walk *walk, int error, const char *format, ...);

/* Run a BPF program in the kernel, synchronously. Its return value (>= 0) or -errno. */
int walk_call(struct walk *walk, enum walk_program program, __u64 argument);

/* Shared variables of the BPF object. */
const struct walk_facts *walk_facts(struct walk *walk);
struct walk_base *walk_base(struct walk *walk);
struct walk_mm_state *walk_mm_state(struct walk *walk);
struct walk_cursor *walk_cursor(struct walk *walk);
__u64 walk_pipe_page(struct walk *walk);

/* Copy kernel memory, up to a page. 0 or -errno. */
int walk_copy(struct walk *walk, __u64 address, void *to, size_t size);

/* Find the kernel's layout, prove it on the tool's own mm, and fill walk->kernel (walk_layout.c). */
int walk_layout(struct walk *walk);

/* One past the highest pfn of any zone, 0 if not known (walk_layout.c). */
__u64 walk_read_max_pfn(void);

/* Why did the light skeleton not load? Fills why (walk_explain.c). */
void walk_explain(bool verbose, char *why, size_t size);

#endif /* WALK_PRIVATE_H */

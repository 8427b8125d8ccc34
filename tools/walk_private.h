/* SPDX-License-Identifier: GPL-2.0-only */
/* What the walk*.c share among themselves. */
#ifndef WALK_PRIVATE_H
#define WALK_PRIVATE_H

#include "walk.h"
#include "walk_state.h"

enum walk_program { WALK_DESCRIBE, WALK_FIND, WALK_COPY, WALK_GLANCE, WALK_WALK, WALK_PROGRAMS };
enum walk_map { WALK_RECORDS, WALK_TABLES, WALK_REQUESTS, WALK_GLANCES, WALK_MAPS };

/* Variables of the BPF programs, mapped from the kernel. */
struct walk_shared {
	struct walk_facts *facts;
	struct walk_base *base;
	struct walk_mm_state *mm_state;
	struct walk_cursor *cursor;
	__u64 *cached_page;
	__u64 *longest_call;
};

struct walk_bpf;
struct bpf_object;

struct walk {
	struct walk_bpf *bpf;		/* what walk_load() made */
	int programs[WALK_PROGRAMS], map_fds[WALK_MAPS];
	struct walk_shared shared;
	struct walk_kernel kernel;
	struct walk_facts facts;	/* as the describe program left them */
	/* the maps, as the BPF programs fill them */
	struct walk_table *records;
	__u64 (*tables)[WALK_ENTRIES_MAX];
	struct walk_request *requests;
	struct walk_glance *glances;
	int pagemap;		/* fd that pins the mm, -1 */
	int maps;		/* fd of the same mm's VMAs, -1 */
	bool attached;		/* an mm is; perhaps without a process */
	pid_t pid;
	unsigned int runs;	/* since walk_attach() */
	bool verbose;
	char error[512];
};

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
__u64 walk_cached_page(struct walk *walk);

/* Copy kernel memory, up to a page. 0 or -errno. */
int walk_copy(struct walk *walk, __u64 address, void *to, size_t size);

/* Find the kernel's layout, prove it on the tool's own mm, and fill walk->kernel (walk_layout.c). */
int walk_layout(struct walk *walk);

/* One past the highest pfn of any zone, 0 if not known (walk_layout.c). */
__u64 walk_read_max_pfn(void);

/* Load the programs and map what they share with us (walk_load.c). 0 or -errno; unload either way. */
int walk_load(struct walk *walk);
void walk_unload(struct walk *walk);

/* The same by libbpf (walk_object.c): NULL and errno, or the object loaded; what walk_load() wants of it. */
struct bpf_object *walk_object_load(void);
int walk_object_take(struct walk *walk, const struct bpf_object *object);

/* Why did the programs not load? Fills why (walk_explain.c). */
void walk_explain(bool verbose, char *why, size_t size);

#endif /* WALK_PRIVATE_H */

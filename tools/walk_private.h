/* SPDX-License-Identifier: GPL-2.0-only */
/* What the walk*.c share among themselves. */
#ifndef WALK_PRIVATE_H
#define WALK_PRIVATE_H

#include <string.h>

#include "walk.h"
#include "walk_facts.h"

enum walk_program { WALK_DESCRIBE, WALK_SEEK, WALK_COPY, WALK_GLANCE, WALK_PROGRAMS };
enum walk_map { WALK_MAP_TABLES, WALK_MAP_REQUESTS, WALK_MAPS };

/* The mm that is attached, as last read. */
struct walk_mm_state {
	__u64 mm, pgd;
	__u64 asce;		/* where the CPU is given that instead, with the number of levels */
	__u64 pgtables_bytes;
	__s32 mm_users;
	__u32 pgstes;		/* page tables are whole pages (s390) */
};

/* Variables of the BPF programs, mapped from the kernel. */
struct walk_shared {
	struct walk_btf *btf;
	struct walk_search *search;
	struct walk_bounds *bounds;
	__u64 *longest_call;
};

struct walk_bpf;
struct walk_glance_bpf;
struct bpf_object;

struct walk {
	struct walk_bpf *bpf;		/* what walk_load() made */
	int programs[WALK_PROGRAMS], map_fds[WALK_MAPS];
	struct walk_shared shared;
	struct walk_kernel kernel;
	struct walk_facts facts;
	struct walk_mm_state mm_state;
	/* the maps, as the BPF programs fill them */
	__u64 (*tables)[WALK_ENTRIES_MAX];
	struct walk_request *requests;
	struct walk_glance_bpf *glance;	/* NULL: not loaded */
	struct walk_glance *glances;	/* its requests */
	int files;		/* fd of a link: the seek program and the iterator of our files, -1 */
	int pagemap;		/* fd that pins the mm, -1 */
	int maps;		/* fd of the same mm's VMAs, -1 */
	bool attached;		/* an mm is; perhaps without a process */
	pid_t pid;
	unsigned int runs;	/* since walk_attach() */
	bool verbose;
	char error[512];
};

/* A field in a copy of kernel memory; offset -1: 0, this kernel has none. */
static inline __u64 walk_word(const void *copy, __s32 offset)
{
	__u64 value = 0;

	if (offset >= 0)
		memcpy(&value, (const char *)copy + offset, sizeof(value));
	return value;
}

static inline __u32 walk_half(const void *copy, __s32 offset)
{
	__u32 value = 0;

	if (offset >= 0)
		memcpy(&value, (const char *)copy + offset, sizeof(value));
	return value;
}

/* Set the error line, return -error. */
__attribute__((format(printf, 3, 4)))
int walk_fail(struct walk *walk, int error, const char *format, ...);

/* Run a BPF program in the kernel, synchronously. Its return value (>= 0) or -errno. */
#define walk_call(walk, program, ...)	walk_call_with(walk, program, (const __u64[12]){ __VA_ARGS__ })
int walk_call_with(struct walk *walk, enum walk_program program, const __u64 arguments[12]);

const struct walk_btf *walk_btf(const struct walk *walk);
struct walk_mm_state *walk_mm_state(struct walk *walk);

/*
 * Find and read the mm of a struct file of /proc/PID/pagemap, which pins it, or
 * with file 0 read the last one anew (walk_mm.c). 0, or a negative errno: -ESRCH: it has none.
 */
int walk_find_mm(struct walk *walk, __u64 file);

/* Address of the struct file of an open file of ours; 0: there is none, or it cannot be told (walk_file.c). */
__u64 walk_file(struct walk *walk, int fd);

/* A request for what is at address, into data. */
static inline void walk_ask(struct walk_request *request, __u64 address, __u32 size)
{
	request->address = address;
	request->size = size;
	request->slot = WALK_NO_SLOT;
	request->from = 0;
}

/* Copy kernel memory, up to a page. 0 or -errno. */
int walk_copy(struct walk *walk, __u64 address, void *to, size_t size);

/* Hand out the tables of the mm that was found, from the pgd down (walk_tree.c). Sets mm's counts. */
int walk_tree(struct walk *walk, const struct walk_range *range, walk_fn fn, void *arg, struct walk_mm *mm);

/* Fill deposited of a pmd table, and its flags (walk_deposits.c). Takes the requests; adds its calls into the kernel. */
int walk_count_deposits(struct walk *walk, struct walk_table *table, __u64 *calls);

/*
 * pfn of the head, given the word that marks a tail with bit 0 (walk_pages.c).
 */
__u64 walk_head_of(struct walk *walk, __u64 pfn, __u64 info);

/* Find the kernel's layout, prove it on the tool's own mm, and fill walk->kernel (walk_layout.c). */
int walk_layout(struct walk *walk);

/* Load the programs and map what they share with us (walk_load.c). 0 or -errno; unload either way. */
int walk_load(struct walk *walk);
void walk_unload(struct walk *walk);

void walk_glance_unload(struct walk *walk);
__u64 walk_glance_longest_call(const struct walk *walk);

/* The same by libbpf (walk_object.c): NULL and errno, or the object loaded; what walk_load() wants of it. */
struct bpf_object *walk_object_load(void);
int walk_object_take(struct walk *walk, const struct bpf_object *object);

/* Why did the programs not load? Fills why (walk_explain.c). */
void walk_explain(bool verbose, char *why, size_t size);

#endif /* WALK_PRIVATE_H */

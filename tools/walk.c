// SPDX-License-Identifier: GPL-2.0-only
/* Calling the BPF programs, and the walk itself. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "arch/arch.h"
#include "machine.h"
#include "probe.h"
#include "walk_private.h"

int walk_fail(struct walk *walk, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(walk->error, sizeof(walk->error), format, args);
	va_end(args);
	return -error;
}

const char *walk_error(const struct walk *walk)
{
	return walk->error;
}

const struct walk_kernel *walk_kernel(const struct walk *walk)
{
	return &walk->kernel;
}

const struct walk_btf *walk_btf(const struct walk *walk)
{
	return walk->shared.btf;
}

struct walk_mm_state *walk_mm_state(struct walk *walk)
{
	return &walk->mm_state;
}

__u64 walk_longest_call(const struct walk *walk)
{
	__u64 glance = walk_glance_longest_call(walk), others = *walk->shared.longest_call;

	return glance > others ? glance : others;
}

int walk_call_with(struct walk *walk, enum walk_program program, const __u64 arguments[12])
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = arguments, .ctx_size_in = 12 * sizeof(*arguments));

	if (bpf_prog_test_run_opts(walk->programs[program], &options))
		return -errno;
	return options.retval;
}

int walk_copy(struct walk *walk, __u64 address, void *to, size_t size)
{
	int error;

	/* into a slot that nothing of a walk is in, which may be going on */
	walk->requests[0] = (struct walk_request){ .address = address, .size = size, .slot = WALK_SPARE_SLOT };
	error = walk_call(walk, WALK_COPY, 1);
	if (!error)
		error = walk->requests[0].error;
	memcpy(to, walk->tables[WALK_SPARE_SLOT], size);
	return error;
}

int walk_read_table(struct walk *walk, __u64 pfn, __u64 entries[WALK_ENTRIES_MAX])
{
	int error;

	if (pfn >= walk->kernel.max_pfn)
		return -ERANGE;
	error = walk_copy(walk, walk->kernel.page_offset + pfn * ARCH_PAGE_SIZE, entries, WALK_TABLE_SIZE);
	for (unsigned int i = 0; ARCH_ENTRIES_BE && i < WALK_ENTRIES_MAX; i++)
		entries[i] = arch_entry(entries[i]);
	return error;
}

int walk_open(struct walk **out, __u64 max_pfn, bool verbose)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	int error;

	*out = walk;
	if (!walk)
		return -ENOMEM;
	walk->verbose = verbose;
	walk->kernel.max_pfn = max_pfn;
	walk->files = -1;
	walk->pagemap = -1;
	walk->maps = -1;
	error = probe_kernel(walk->error, sizeof(walk->error));
	if (!error)
		error = walk_load(walk);
	if (!error)
		error = walk_layout(walk);
	return error;
}

void walk_close(struct walk *walk)
{
	if (!walk)
		return;
	walk_detach(walk);
	if (walk->files >= 0)
		close(walk->files);
	walk_unload(walk);
	walk_glance_unload(walk);
	free(walk);
}

static __u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* Memory may have been added: what looked wrong in one walk must look wrong with the new end as well. */
static void refresh_max_pfn(struct walk *walk)
{
	__u64 end = machine_read_end();

	if (end > walk->kernel.max_pfn)
		walk->kernel.max_pfn = end;
}

static int read_mm(struct walk *walk, struct walk_mm *mm, __u64 *pgtables_bytes)
{
	const struct walk_mm_state *state = walk_mm_state(walk);
	int error = walk_find_mm(walk, 0);

	if (error)
		return walk_fail(walk, EIO, "walk: process %d: its mm cannot be read", walk->pid);
	mm->mm = state->mm;
	mm->mm_users = state->mm_users;
	mm->pgstes = state->pgstes;
	mm->pgd_pfn = (state->pgd - walk->kernel.page_offset) / ARCH_PAGE_SIZE;
	if (ARCH_ASCE)
		walk->kernel.levels = arch_asce_levels(state->asce);
	*pgtables_bytes = state->pgtables_bytes;
	return 0;
}

bool walk_used(struct walk *walk)
{
	return !walk_find_mm(walk, 0) && walk_mm_state(walk)->mm_users > 0;
}

int walk_run(struct walk *walk, const struct walk_range *range, walk_fn fn, void *arg, struct walk_mm *mm)
{
	int stop = 0, error;
	__u64 start;

	memset(mm, 0, sizeof(*mm));
	if (!walk->attached)
		return walk_fail(walk, EINVAL, "walk: nothing: no process is attached");

	if (walk->runs++)
		refresh_max_pfn(walk);
	start = now();
	error = read_mm(walk, mm, &mm->pgtables_bytes[0]);
	if (!error && mm->mm_users > 0)
		stop = walk_tree(walk, range, fn, arg, mm);
	if (!error)
		error = read_mm(walk, mm, &mm->pgtables_bytes[1]);
	mm->bytes_moved |= mm->pgtables_bytes[0] != mm->pgtables_bytes[1];
	mm->nsec = now() - start;
	if (error || stop)
		return error ? error : stop;
	if (mm->mm_users <= 0)
		return walk_fail(walk, EOWNERDEAD, "walk: process %d: its memory is gone: it exited or called exec",
				 walk->pid);
	return 0;
}

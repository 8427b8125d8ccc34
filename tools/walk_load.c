// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading the BPF programs: by a light skeleton, in a twentieth of the time
 * that libbpf takes. Debian 12's bpftool makes one only for the byte order of
 * the machine that it runs on, which is little-endian: others load the object
 * by libbpf.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/libbpf.h>

#include "walk_private.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#include "walk.lskel.h"	/* needs the types above */

static void take(struct walk *walk)
{
	const struct walk_bpf *bpf = walk->bpf;

	walk->programs[WALK_DESCRIBE] = bpf->progs.describe.prog_fd;
	walk->programs[WALK_SEEK] = bpf->progs.seek.prog_fd;
	walk->programs[WALK_COPY] = bpf->progs.copy.prog_fd;
	walk->map_fds[WALK_MAP_TABLES] = bpf->maps.tables.map_fd;
	walk->map_fds[WALK_MAP_REQUESTS] = bpf->maps.requests.map_fd;
	walk->shared = (struct walk_shared){
		&bpf->bss->btf, &bpf->bss->search, &bpf->bss->bounds, &bpf->bss->longest_call,
	};
}

static int load(struct walk *walk)
{
	struct walk_bpf *bpf = walk_bpf__open();
	int error;

	if (!bpf)
		return -ENOMEM;
	error = walk_bpf__load(bpf);
	if (error) {
		if (walk->verbose && bpf->ctx.log_buf)
			fputs((const char *)(uintptr_t)bpf->ctx.log_buf, stderr);
		walk_bpf__destroy(bpf);
		return error;
	}
	walk->bpf = bpf;
	take(walk);
	return 0;
}

static void unload(struct walk *walk)
{
	walk_bpf__destroy(walk->bpf);
}

#else

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static int load(struct walk *walk)
{
	libbpf_print_fn_t print = libbpf_set_print(quiet);
	struct bpf_object *object = walk_object_load();

	libbpf_set_print(print);
	if (!object)
		return errno ? -errno : -ENOMEM;
	walk->bpf = (struct walk_bpf *)object;
	return walk_object_take(walk, object);
}

static void unload(struct walk *walk)
{
	bpf_object__close((struct bpf_object *)walk->bpf);
}

#endif

static void *map_map(struct walk *walk, enum walk_map map, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, walk->map_fds[map], 0);

	return at == MAP_FAILED ? NULL : at;
}

int walk_load(struct walk *walk)
{
	char why[256];
	int error = load(walk);

	if (error) {
		walk_explain(walk->verbose, why, sizeof(why));
		return walk_fail(walk, -error, "load: BPF programs: %s: %s (-v shows the kernel's log)",
				 strerror(-error), why);
	}
	walk->tables = map_map(walk, WALK_MAP_TABLES, WALK_SLOTS_SIZE);
	walk->requests = map_map(walk, WALK_MAP_REQUESTS, WALK_REQUESTS * sizeof(*walk->requests));
	if (!walk->tables || !walk->requests)
		return walk_fail(walk, errno, "map: BPF maps: %s", strerror(errno));
	return 0;
}

void walk_unload(struct walk *walk)
{
	if (walk->tables)
		munmap(walk->tables, WALK_SLOTS_SIZE);
	if (walk->requests)
		munmap(walk->requests, WALK_REQUESTS * sizeof(*walk->requests));
	if (walk->bpf)
		unload(walk);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The BPF object as the compiler left it, in this program, and loading it by libbpf. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "walk_private.h"

/* The assembler finds it in the directory of the build. */
__asm__(".pushsection .rodata\n"
	".balign 16\n"
	"walk_object_start: .incbin \"walk.bpf.o\"\n"
	"walk_object_end:\n"
	".popsection\n");

extern const char walk_object_start[], walk_object_end[];

struct bpf_object *walk_object_load(void)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "walk");
	struct bpf_object *object = bpf_object__open_mem(walk_object_start, walk_object_end - walk_object_start,
							 &options);
	int error;

	if (!object)
		return NULL;
	error = bpf_object__load(object);
	if (!error)
		return object;
	bpf_object__close(object);
	errno = -error;
	return NULL;
}

/* The variables of the object, as they are in the kernel: only a skeleton's loader maps them by itself. */
static char *map_variables(const struct bpf_object *object)
{
	const struct bpf_map *bss = bpf_object__find_map_by_name(object, ".bss");
	void *start;

	if (!bss)
		return NULL;
	start = mmap(NULL, bpf_map__value_size(bss), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(bss), 0);
	return start == MAP_FAILED ? NULL : start;
}

/* One of them by its name, NULL: there is none. */
static void *variable(const struct bpf_object *object, char *start, const char *name)
{
	const struct btf *btf = bpf_object__btf(object);
	__s32 id = btf__find_by_name_kind(btf, ".bss", BTF_KIND_DATASEC);
	const struct btf_type *section = id < 0 ? NULL : btf__type_by_id(btf, id);
	const struct btf_var_secinfo *at = section ? btf_var_secinfos(section) : NULL;

	for (int i = 0; at && i < btf_vlen(section); i++) {
		const struct btf_type *var = btf__type_by_id(btf, at[i].type);

		if (var && !strcmp(btf__name_by_offset(btf, var->name_off), name))
			return start + at[i].offset;
	}
	return NULL;
}

static int program(const struct bpf_object *object, const char *name)
{
	const struct bpf_program *found = bpf_object__find_program_by_name(object, name);

	return found ? bpf_program__fd(found) : -1;
}

int walk_object_take(struct walk *walk, const struct bpf_object *object)
{
	char *start = map_variables(object);

	if (!start)
		return -errno;
	walk->programs[WALK_DESCRIBE] = program(object, "describe");
	walk->programs[WALK_SEEK] = program(object, "seek");
	walk->programs[WALK_COPY] = program(object, "copy");
	walk->map_fds[WALK_MAP_TABLES] = bpf_object__find_map_fd_by_name(object, "tables");
	walk->map_fds[WALK_MAP_REQUESTS] = bpf_object__find_map_fd_by_name(object, "requests");
	walk->shared = (struct walk_shared){
		.btf = variable(object, start, "btf"), .search = variable(object, start, "search"),
		.bounds = variable(object, start, "bounds"), .longest_call = variable(object, start, "longest_call"),
	};
	return walk->shared.btf && walk->shared.search && walk->shared.bounds && walk->shared.longest_call ? 0 : -EPROTO;
}

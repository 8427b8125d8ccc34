// SPDX-License-Identifier: GPL-2.0-only
/* From a struct file to its mm, over structures that are made up here. The kernel's part is what its BPF program does. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "ktap.h"
#include "walk_private.h"

static struct {
	__u64 other;
	const void *private_data;
} file;

static struct mm {
	__u64 bytes, pgd;
	__s32 users;
	__u32 flags;
} mm = { 8192, 0xffff888001234000, 3, 0x0000a500 };

static struct walk_btf btf = {
	.private_data = sizeof(file.other), .pgd = offsetof(struct mm, pgd), .mm_users = offsetof(struct mm, users),
	.pgtables_bytes = 0,
};

static struct walk_bounds bounds;
static struct walk_request requests[WALK_REQUESTS];
static struct walk walk = { .requests = requests, .shared.bounds = &bounds, .shared.btf = &btf };
static int call_error;

const struct walk_btf *walk_btf(const struct walk *w)
{
	return w->shared.btf;
}

struct walk_mm_state *walk_mm_state(struct walk *w)
{
	return &w->mm_state;
}

static bool inside(__u64 address, size_t size, const void *start, size_t all)
{
	return address >= (uintptr_t)start && address + size <= (uintptr_t)start + all;
}

int walk_call_with(struct walk *w, enum walk_program program, const __u64 arguments[12])
{
	CHECK_EQ(program, WALK_COPY);
	for (unsigned int i = 0; i < arguments[0]; i++) {
		struct walk_request *request = &w->requests[i];
		__u64 address = request->address;

		CHECK(request->slot == WALK_NO_SLOT && request->size <= sizeof(request->data) && request->from <= i);
		if (request->from) {
			CHECK(bounds.low == 0 && bounds.span == ~0ULL);
			address += requests[request->from - 1].data[0];
		}
		memset(request->data, 0, sizeof(request->data));
		request->error = inside(address, request->size, &file, sizeof(file)) ||
				 inside(address, request->size, &mm, sizeof(mm)) ? 0 : -EFAULT;
		if (!request->error)
			memcpy(request->data, (const void *)(uintptr_t)address, request->size);
	}
	return call_error;
}

static void found(void)
{
	file.private_data = &mm;
	CHECK_EQ(walk_find_mm(&walk, (uintptr_t)&file), 0);
	CHECK_EQ(walk.mm_state.mm, (uintptr_t)&mm);
	CHECK_EQ(walk.mm_state.pgd, 0xffff888001234000);
	CHECK_EQ(walk.mm_state.mm_users, 3);
	CHECK_EQ(walk.mm_state.pgtables_bytes, 8192);
	CHECK_EQ(walk.mm_state.pgstes, 0);
}

static void read_anew(void)
{
	file.private_data = &mm;
	CHECK_EQ(walk_find_mm(&walk, (uintptr_t)&file), 0);
	mm.bytes = 4096;
	mm.users = 0;
	file.private_data = NULL;	/* which nobody looks at */
	CHECK_EQ(walk_find_mm(&walk, 0), 0);
	CHECK_EQ(walk.mm_state.mm, (uintptr_t)&mm);
	CHECK_EQ(walk.mm_state.pgtables_bytes, 4096);
	CHECK_EQ(walk.mm_state.mm_users, 0);
	mm.users = 3;
}

static void no_mm(void)
{
	file.private_data = NULL;
	CHECK_EQ(walk_find_mm(&walk, (uintptr_t)&file), -ESRCH);
	walk.mm_state.mm = 0;
	CHECK_EQ(walk_find_mm(&walk, 0), -ESRCH);
	/* gone, as one that nobody uses */
	file.private_data = (void *)8;
	CHECK_EQ(walk_find_mm(&walk, (uintptr_t)&file), 0);
	CHECK_EQ(walk.mm_state.mm_users, 0);
	file.private_data = &mm;
	call_error = -EPERM;
	CHECK_EQ(walk_find_mm(&walk, (uintptr_t)&file), -EPERM);
	call_error = 0;
}

/* As the compiler says where a bit-field is: bits 8 to 11 of a word of four bytes, in the order of this machine. */
static void bits(void)
{
	file.private_data = &mm;
	btf.pgstes = (struct walk_bits){ offsetof(struct mm, flags), 4, 64 - 12, 64 - 4 };
	CHECK_EQ(walk_find_mm(&walk, (uintptr_t)&file), 0);
	CHECK_EQ(walk.mm_state.pgstes, 5);
	btf.pgstes.right = 63;
	CHECK_EQ(walk_find_mm(&walk, (uintptr_t)&file), 0);
	CHECK_EQ(walk.mm_state.pgstes, 0);
	btf.pgstes = (struct walk_bits){ .size = 0 };
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "what a file's mm says", found },
		{ "the same mm, later", read_anew },
		{ "a file without one, one that is gone, a kernel that refuses", no_mm },
		{ "a bit-field", bits },
	};

	return KTAP_RUN(tests);
}

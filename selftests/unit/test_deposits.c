// SPDX-License-Identifier: GPL-2.0-only
/*
 * Following the tables that are deposited at a pmd table, over struct pages and
 * tables that are arrays here. The kernel's part is what its BPF programs do. For
 * an architecture that links tables by page->lru, and by their own first words.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include "arch/arch.h"
#include "ktap.h"
#include "walk_private.h"

#define TABLE		0xf2000000U
#define TABLES		(WALK_CHAIN_MAX + 8)
#define IN_PAGE		(ARCH_DEPOSIT_LRU ? 1 : ARCH_PAGE_SIZE / ARCH_TABLE_ALIGN)
#define FRAMES		(TABLES / IN_PAGE + 1)

static struct frame {
	__u64 flags;
	void *lru;
	__u32 type, pad;
} frames[FRAMES];

static __u64 memory[FRAMES][ARCH_PAGE_SIZE / 8];
static struct walk walk;
static struct walk_bounds bounds;
static struct walk_request requests[WALK_REQUESTS];
static __u64 unreadable;	/* address of a link that cannot be read */
static int call_error;

/* Where table n has its place in the list: the link is link_of() of it. */
static char *place(unsigned int n)
{
	return ARCH_DEPOSIT_LRU ? (char *)&frames[n] : (char *)memory + n * ARCH_TABLE_ALIGN;
}

static void **link_of(unsigned int n)
{
	return (void **)(place(n) + walk.facts.list);
}

/* For so many it takes: of 16, 64, 256 and then as many as there are requests. */
static __u64 calls_for(unsigned int n)
{
	__u64 calls = 0;

	for (unsigned int ask = 16; n; ask = ask < WALK_REQUESTS / 4 ? ask * 4 : WALK_REQUESTS) {
		n -= ask < n ? ask : n;
		calls += 2;
	}
	return calls;
}

static bool inside(__u64 address, size_t size)
{
	return (address >= (uintptr_t)frames && address + size <= (uintptr_t)(frames + FRAMES)) ||
	       (address >= (uintptr_t)memory && address + size <= (uintptr_t)(memory + FRAMES));
}

int walk_call_with(struct walk *w, enum walk_program program, const __u64 arguments[12])
{
	CHECK_EQ(program, WALK_COPY);
	CHECK(arguments[0] && arguments[0] <= WALK_REQUESTS);
	for (unsigned int i = 0; i < arguments[0]; i++) {
		struct walk_request *request = &w->requests[i];
		__u64 address = request->address, base;

		CHECK(request->slot == WALK_NO_SLOT && request->size <= sizeof(request->data) && request->from <= i);
		if (request->from) {
			base = requests[request->from - 1].data[0];
			address = base - bounds.low < bounds.span ? address + base : 0;
		}
		/* the kernel is never sent to where no table's link is */
		CHECK(!address || inside(address, request->size));
		request->error = inside(address, request->size) && address != unreadable ? 0 : -EFAULT;
		memset(request->data, 0, sizeof(request->data));
		if (!request->error)
			memcpy(request->data, (const void *)(uintptr_t)address, request->size);
	}
	return call_error;
}

bool walk_type_is_table(const struct walk *w, __u32 page_type)
{
	(void)w;
	return page_type == TABLE;
}

/* Of tables 0 to n - 1, in turn. */
static void build(unsigned int n)
{
	unreadable = 0;
	memset(memory, 0, sizeof(memory));
	walk = (struct walk){ .requests = requests, .shared.bounds = &bounds };
	walk.kernel = (struct walk_kernel){
		.max_pfn = FRAMES, .vmemmap = (uintptr_t)frames, .page_offset = (uintptr_t)memory,
		.page_size = sizeof(struct frame),
	};
	walk.facts.type = offsetof(struct frame, type);
	walk.facts.list = ARCH_DEPOSIT_LRU ? offsetof(struct frame, lru) : 0;
	for (unsigned int i = 0; i < FRAMES; i++)
		frames[i] = (struct frame){ .type = TABLE };
	for (unsigned int i = 0; i < n; i++)
		*link_of(i) = link_of((i + 1) % n);
}

static struct walk_table count(void)
{
	struct walk_table table = { .pmd_huge_pte = (uintptr_t)place(0) };
	__u64 calls = 0;

	CHECK_EQ(walk_count_deposits(&walk, &table, &calls), 0);
	CHECK(calls >= 2 && calls <= calls_for(WALK_CHAIN_MAX));
	return table;
}

/* Around the ends of what one call follows, and of what there can be. */
static const unsigned int lengths[] = {
	1, 2, 15, 16, 17, 80, 81, WALK_REQUESTS - 1, WALK_REQUESTS, WALK_REQUESTS + 1, 2 * WALK_REQUESTS, WALK_CHAIN_MAX - 1, WALK_CHAIN_MAX,
};

#define LENGTHS (sizeof(lengths) / sizeof(*lengths))

static void whole(void)
{
	for (unsigned int i = 0; i < LENGTHS; i++) {
		__u64 calls = 0;
		struct walk_table table = { .pmd_huge_pte = (uintptr_t)place(0) };

		if (lengths[i] > WALK_CHAIN_MAX)
			continue;
		build(lengths[i]);
		CHECK_EQ(walk_count_deposits(&walk, &table, &calls), 0);
		CHECK_EQ(table.deposited, lengths[i]);
		CHECK_EQ(table.flags, 0);
		CHECK_EQ(calls, calls_for(lengths[i]));
	}
}

static void endless(void)
{
	struct walk_table table;

	build(WALK_CHAIN_MAX + 1);
	table = count();
	CHECK_EQ(table.flags, WALK_CHAIN_LONG);
	/* round and round, but not by way of the first */
	for (unsigned int i = 0; i < LENGTHS; i++) {
		if (lengths[i] < 2 || lengths[i] > WALK_CHAIN_MAX)
			continue;
		build(lengths[i]);
		*link_of(lengths[i] - 1) = link_of(1);
		table = count();
		CHECK_EQ(table.flags, WALK_CHAIN_LONG);
	}
}

/* What is behind as many as there can be is not looked at. */
static void expect_bad(unsigned int deposited)
{
	struct walk_table table = count();

	CHECK_EQ(table.flags, deposited < WALK_CHAIN_MAX ? WALK_CHAIN_BAD : WALK_CHAIN_LONG);
	CHECK_EQ(table.deposited, deposited);
}

static void bad(void)
{
	for (unsigned int i = 1; i < LENGTHS; i++) {
		unsigned int at = lengths[i] - 1;

		if (lengths[i] > WALK_CHAIN_MAX)
			continue;
		build(lengths[i]);
		*link_of(at) = NULL;
		expect_bad(lengths[i]);
		build(lengths[i]);
		*link_of(at) = place(0) - 1;
		expect_bad(lengths[i]);
		build(lengths[i]);
		*link_of(at) = ARCH_DEPOSIT_LRU ? (void *)((char *)frames + sizeof(frames) + walk.facts.list) :
						  memory[FRAMES - 1] + ARCH_PAGE_SIZE / 8;
		expect_bad(lengths[i]);
		build(lengths[i]);
		*link_of(at - 1) = (char *)link_of(at) + 8;
		expect_bad(at);
		build(lengths[i]);
		unreadable = (uintptr_t)link_of(at);
		expect_bad(at);
		build(lengths[i]);
		frames[at / IN_PAGE].type = ~0U;
		expect_bad(at / IN_PAGE * IN_PAGE);
	}
	build(1);
	frames[0].type = 0;
	expect_bad(0);
	build(1);
	unreadable = (uintptr_t)link_of(0);
	expect_bad(0);
}

static void which(void)
{
	static __u64 pfns[WALK_CHAIN_MAX];

	for (unsigned int i = 0; i < LENGTHS; i++) {
		unsigned int n = lengths[i], wrong = 0;

		if (n > WALK_CHAIN_MAX)
			continue;
		build(n);
		memset(pfns, 0xff, sizeof(pfns));
		CHECK_EQ(walk_deposits(&walk, (uintptr_t)place(0), WALK_CHAIN_MAX, pfns), n);
		for (unsigned int j = 0; j < n; j++)
			wrong += pfns[j] != j / IN_PAGE;
		CHECK_EQ(wrong, 0);
		/* no more than are asked for */
		CHECK_EQ(walk_deposits(&walk, (uintptr_t)place(0), n - 1, pfns), n - 1);
		/* nor behind what is none */
		*link_of(n / 2) = (char *)link_of(0) + 8;
		CHECK_EQ(walk_deposits(&walk, (uintptr_t)place(0), WALK_CHAIN_MAX, pfns), n / 2 + 1);
	}
}

static void fails(void)
{
	struct walk_table table = { .pmd_huge_pte = (uintptr_t)place(0) };
	__u64 calls = 0, pfn;

	build(3);
	call_error = -EPERM;
	CHECK_EQ(walk_count_deposits(&walk, &table, &calls), -EPERM);
	CHECK_EQ(walk_deposits(&walk, (uintptr_t)place(0), 1, &pfn), 0);
	call_error = 0;
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "as many as there are, in as many calls as it takes", whole },
		{ "more than there can be, or for ever", endless },
		{ "a list that leads to what is no table", bad },
		{ "which tables those are", which },
		{ "the kernel does not run the program", fails },
	};

	return KTAP_RUN(tests);
}

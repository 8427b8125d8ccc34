// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk from the pgd down, over page tables and struct pages that are arrays
 * here. The kernel's part is memcpy(); what happens while it reads is a hook.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include "arch/arch.h"
#include "ktap.h"
#include "walk_private.h"

#define FRAMES	400
#define LEVELS	4
#define LINK	0x67ULL		/* of a table: present, writable, user, accessed, dirty */

/* A struct page as the facts below say. */
struct frame {
	__u64 flags, mapping, pmd_huge_pte, pt_mm;
	__u32 type, refcount;
	__u64 ptl, more;
};

static __u64 memory[FRAMES][512];
static struct frame frames[FRAMES + 1];	/* the last one's tail */
static struct walk walk;
static struct walk_mm_state state;
static struct walk_request requests[WALK_REQUESTS];
static __u64 slots[WALK_SLOTS][WALK_ENTRIES_MAX];
static struct { __s32 users; __u64 bytes; } the_mm;

/* Before the request at this address is answered for the n-th time. */
static struct {
	const void *address;
	int n;
	void (*action)(void);
} hook;

/* What was handed out. */
static struct walk_table got[FRAMES];
static __u64 first_entry[FRAMES];
static unsigned int nr;

int walk_fail(struct walk *w, int error, const char *format, ...)
{
	(void)w;
	(void)format;
	return -error;
}

struct walk_mm_state *walk_mm_state(struct walk *w)
{
	(void)w;
	return &state;
}

/* While deposited tables are counted. */
static void (*while_counting)(void);

int walk_count_deposits(struct walk *w, struct walk_table *table, __u64 *calls)
{
	(void)w;
	(void)calls;
	if (while_counting)
		while_counting();
	table->deposited = table->pmd_huge_pte;
	return 0;
}

static bool inside(__u64 address, const void *start, size_t size)
{
	return address >= (uintptr_t)start && address < (uintptr_t)start + size;
}

int walk_call_with(struct walk *w, enum walk_program program, const __u64 arguments[12])
{
	CHECK_EQ(program, WALK_COPY);
	CHECK(arguments[0] <= WALK_REQUESTS);
	for (unsigned int i = 0; i < arguments[0]; i++) {
		struct walk_request *request = &w->requests[i];
		void *to = request->slot < WALK_SLOTS ? (void *)w->tables[request->slot] : request->data;
		const void *from = (const void *)(uintptr_t)request->address;

		CHECK(request->slot < WALK_SLOTS || request->size <= sizeof(request->data));
		if (from == hook.address && !--hook.n)
			hook.action();
		request->error = 0;
		if (inside(request->address, memory, sizeof(memory)) ||
		    inside(request->address, frames, sizeof(frames)) ||
		    inside(request->address, &the_mm, sizeof(the_mm))) {
			memcpy(to, from, request->size);
		} else {
			memset(to, 0, request->size);
			request->error = -EFAULT;
		}
	}
	return 0;
}

static void link_to(unsigned int parent, unsigned int index, unsigned int child)
{
	memory[parent][index] = (__u64)child << ARCH_PAGE_SHIFT | LINK;
}

/* pgd 1 -> pud 2 -> pmds 3 and 4; at the first, pte tables 100 to 249 from entry 10 on, at the second 300 at its last. */
static void build(void)
{
	memset(memory, 0, sizeof(memory));
	memset(frames, 0, sizeof(frames));
	nr = 0;
	the_mm.users = 1;
	hook.address = NULL;
	while_counting = NULL;
	state = (struct walk_mm_state){ .mm = (uintptr_t)&the_mm, .pgd = (uintptr_t)memory[1], .mm_users = 1 };
	walk = (struct walk){ .requests = requests, .tables = slots };
	walk.kernel = (struct walk_kernel){
		.levels = LEVELS, .max_pfn = FRAMES, .vmemmap = (uintptr_t)frames, .page_offset = (uintptr_t)memory,
		.page_size = sizeof(struct frame), .fields = WALK_HAS_PMD_HUGE_PTE,
	};
	walk.facts = (struct walk_facts){
		.head_flag = 1, .mapping = 8, .pmd_huge_pte = 16, .pt_mm = 24, .type = 32, .refcount = 36, .ptl = 40,
		.memcg_data = -1, .order = 1, .pgtables_bytes = (uintptr_t)&the_mm.bytes - (uintptr_t)&the_mm,
	};
	the_mm.bytes = 0;
	for (unsigned int i = 0; i < FRAMES; i++) {
		frames[i] = (struct frame){ .type = i, .refcount = 1, .ptl = -1ULL };
		memory[i][511] = i == 1 || i == 3 || i == 4 ? 0 : i * 2;	/* neither present nor 0 */
	}
	link_to(1, 0, 2);
	link_to(2, 0, 3);
	link_to(2, 7, 4);
	for (unsigned int i = 0; i < 150; i++)
		link_to(3, 10 + i, 100 + i);
	link_to(4, 511, 300);
}

static int take(const struct walk_table *table, const __u64 *entries, void *arg)
{
	first_entry[nr] = entries[511];
	got[nr++] = *table;
	return arg && nr == *(unsigned int *)arg ? 7 : 0;
}

static struct walk_mm run(const struct walk_range *range)
{
	struct walk_mm mm = { 0 };

	CHECK_EQ(walk_tree(&walk, range, take, NULL, &mm), 0);
	CHECK_EQ(mm.tables, nr);
	return mm;
}

static const struct walk_table *table(__u64 pfn)
{
	for (unsigned int i = 0; i < nr; i++)
		if (got[i].pfn == pfn)
			return &got[i];
	return NULL;
}

/* Of a table that was not handed out: all of them. */
static __u32 flags_of(__u64 pfn)
{
	return table(pfn) ? table(pfn)->flags : ~0U;
}

static void everything(void)
{
	struct walk_mm mm = { 0 };

	build();
	frames[2].flags = 1;		/* a head */
	frames[3].flags = 3 << 8;	/* whose tail says order 3 */
	frames[4].pmd_huge_pte = 5;
	mm = run(NULL);
	CHECK_EQ(nr, 155);
	CHECK_EQ(mm.moved + mm.vanished, 0);
	CHECK(!mm.bytes_moved);
	CHECK_EQ(got[0].pfn, 1);
	CHECK_EQ(got[0].level, WALK_PGD);
	CHECK_EQ(got[1].pfn, 2);
	CHECK_EQ(got[1].level, WALK_PUD);
	CHECK_EQ(got[1].order, 3);
	CHECK_EQ(got[2].pfn, 3);
	CHECK_EQ(got[2].order, 0);
	for (unsigned int i = 0; i < 150; i++) {
		CHECK_EQ(got[3 + i].pfn, 100 + i);
		CHECK_EQ(got[3 + i].va, (10ULL + i) << 21);
		CHECK_EQ(got[3 + i].level, WALK_PTE);
		CHECK_EQ(got[3 + i].page_type, 100 + i);
		CHECK_EQ(got[3 + i].refcount, 1);
		CHECK_EQ(got[3 + i].ptl, 0xffffffff);
		CHECK_EQ(got[3 + i].memcg_data, 0);
		CHECK_EQ(got[3 + i].entry, (100ULL + i) << ARCH_PAGE_SHIFT | LINK);
		CHECK_EQ(first_entry[3 + i], 2 * (100 + i));
	}
	CHECK_EQ(got[153].pfn, 4);
	CHECK_EQ(got[153].va, 7ULL << 30);
	CHECK_EQ(got[153].deposited, 5);
	CHECK_EQ(got[154].pfn, 300);
	CHECK_EQ(got[154].va, (7ULL << 30) + (511ULL << 21));
	for (unsigned int i = 0; i < nr; i++)
		CHECK_EQ(got[i].flags, 0);
}

static void ranges(void)
{
	struct walk_range range = { .low = (20ULL << 21) + 5, .high = (22ULL << 21) + 1 };
	unsigned int two = 2;
	struct walk_mm mm = { 0 };

	build();
	run(&range);
	CHECK_EQ(nr, 6);		/* pgd, pud, pmd and entries 20 to 22 */
	CHECK(table(110) && table(111) && table(112));
	build();
	range = (struct walk_range){ .low = 7ULL << 30 };
	run(&range);
	CHECK_EQ(nr, 4);
	CHECK(table(4) && table(300));
	build();
	range = (struct walk_range){ .least = WALK_PMD };
	run(&range);
	CHECK_EQ(nr, 4);		/* no pte table, with all that leads to them */
	CHECK(table(3) && table(4) && !table(300));
	build();
	CHECK_EQ(walk_tree(&walk, NULL, take, &two, &mm), 7);
	CHECK_EQ(nr, 2);
}

static void beyond(void)
{
	build();
	link_to(3, 10, FRAMES + 5);
	link_to(2, 7, FRAMES + 6);
	run(NULL);
	CHECK_EQ(nr, 154);		/* nothing below the second */
	CHECK_EQ(flags_of(FRAMES + 5), WALK_BAD_PFN | WALK_NO_PAGE | WALK_NO_TABLE);
	CHECK_EQ(flags_of(FRAMES + 6), WALK_BAD_PFN | WALK_NO_PAGE | WALK_NO_TABLE);
	CHECK_EQ(flags_of(101), 0);
}

static void clear_20(void)
{
	memory[3][20] = 0;
}

static void accessed_20(void)
{
	memory[3][20] &= ~(ARCH_ACCESSED | ARCH_DIRTY);
}

static void replace_20(void)
{
	link_to(3, 20, 350);
}

static unsigned int replaced;

static void replace_20_again(void)
{
	link_to(3, 20, 350 + replaced++);
	hook.n = 1;
	hook.address = memory[350 + replaced - 1];	/* when this is read next */
}

static void replace_3(void)
{
	link_to(2, 0, 390);
	link_to(390, 30, 391);
}

static void replace_2(void)
{
	link_to(1, 0, 395);
	link_to(395, 7, 396);
}

static void replace_2_and_3(void)
{
	replace_2();
	replace_3();
}

static void uncharge(void)
{
	the_mm.bytes -= ARCH_PAGE_SIZE;
}

/* One table more, until another batch is read. */
static void charge(void)
{
	the_mm.bytes += ARCH_PAGE_SIZE;
	hook.address = memory[300];
	hook.n = 1;
	hook.action = uncharge;
}

static void exit_now(void)
{
	the_mm.users = 0;
}

static struct walk_mm run_with(const void *address, int n, void (*action)(void))
{
	build();
	hook.address = address;
	hook.n = n;
	hook.action = action;
	return run(NULL);
}

/* A table that the walk need not have met: before and after it all are as they were. */
static void one_comes_and_goes(void)
{
	struct walk_mm mm = run_with(memory[105], 1, charge);

	CHECK_EQ(the_mm.bytes, 0);
	CHECK(mm.bytes_moved);
	CHECK_EQ(mm.moved + mm.vanished, 0);
	mm = run_with(memory[1], 1, charge);	/* with the first thing that is read */
	CHECK(mm.bytes_moved);
	mm = run_with(memory[300], 1, uncharge);	/* with the last */
	CHECK(mm.bytes_moved);
}

/* While the pte table at entry 15 is read, something happens to entry 20. What needs no second look gets none. */
static void one_changes(void)
{
	struct walk_mm mm = run_with(NULL, 0, NULL);
	__u64 batches = mm.batches;

	mm = run_with(memory[105], 1, clear_20);
	CHECK_EQ(mm.batches, batches);
	CHECK_EQ(mm.vanished, 1);
	CHECK_EQ(mm.moved, 0);
	CHECK_EQ(nr, 154);
	CHECK(!table(110) && table(109) && table(111));

	mm = run_with(memory[105], 1, accessed_20);
	CHECK_EQ(mm.batches, batches);
	CHECK_EQ(mm.vanished + mm.moved, 0);
	CHECK_EQ(nr, 155);

	/* another table takes its place: that one is the mm's, and nothing has moved */
	mm = run_with(memory[105], 1, replace_20);
	CHECK_EQ(mm.batches, batches + 1);
	CHECK_EQ(mm.vanished + mm.moved, 0);
	CHECK_EQ(nr, 155);
	CHECK(!table(110) && table(111));
	CHECK_EQ(got[13].pfn, 350);
	CHECK_EQ(got[13].va, 20ULL << 21);
	CHECK_EQ(got[13].entry, 350ULL << ARCH_PAGE_SHIFT | LINK);
	CHECK_EQ(first_entry[13], 2 * 350);

	/* whatever is read, another one takes its place */
	replaced = 0;
	mm = run_with(memory[110], 1, replace_20_again);
	CHECK_EQ(mm.moved, 1);
	CHECK_EQ(nr, 155);
	CHECK_EQ(got[13].va, 20ULL << 21);
	CHECK_EQ(got[13].flags, WALK_MOVED);
	CHECK_EQ(got[14].pfn, 111);
	CHECK_EQ(got[14].flags, 0);
}

/*
 * Above them the pmd table is replaced while pte tables are read: the first of those that are read together is handed out as
 * moved, the walk goes on beside the pmd table.
 */
static void above_changes(void)
{
	const unsigned int second = 100 + WALK_BATCH;

	for (unsigned int at = second; at < second + WALK_BATCH; at++) {
		struct walk_mm mm = run_with(memory[at], 1, replace_3);

		CHECK_EQ(mm.moved, 1);
		CHECK(table(100) && table(second) && !table(second + 1) && !table(249));
		CHECK_EQ(flags_of(second - 1), 0);
		CHECK_EQ(flags_of(second), WALK_MOVED);
		CHECK(table(4) && table(300));
		CHECK_EQ(flags_of(300), 0);
		CHECK_EQ(nr, 3 + WALK_BATCH + 1 + 2);
	}
}

/* All that hangs below the highest entry that changed is not looked at any more. */
static void highest_changes(void)
{
	struct walk_mm mm = run_with(memory[102], 1, replace_2_and_3);

	CHECK_EQ(mm.moved, 1);
	CHECK_EQ(flags_of(100), WALK_MOVED);
	CHECK_EQ(nr, 3 + 1);
	mm = run_with(memory[3], 1, replace_2);
	CHECK_EQ(mm.moved, 1);
	CHECK_EQ(flags_of(3), WALK_MOVED);
	CHECK_EQ(nr, 3);
}

static void deposits(void)
{
	struct walk_mm mm = { 0 };

	build();
	frames[4].pmd_huge_pte = 5;
	while_counting = replace_2;
	mm = run(NULL);
	CHECK_EQ(mm.moved, 1);
	CHECK_EQ(flags_of(4), WALK_MOVED);
	CHECK(!table(300));
	/* a table that is not the mm's any more has none to count */
	build();
	frames[4].pmd_huge_pte = 5;
	hook.address = memory[4];
	hook.n = 1;
	hook.action = replace_2;
	run(NULL);
	CHECK_EQ(flags_of(4), WALK_MOVED);
	CHECK_EQ(got[nr - 1].pfn, 4);
	CHECK_EQ(got[nr - 1].deposited, 0);
}

static unsigned int replaced_at;

/* Two entries in turn, twice each. */
static void replace_two(void)
{
	static const unsigned int entry[] = { 20, 20, 60, 60 };

	link_to(3, entry[replaced_at], 350 + replaced_at);
	replaced_at++;
	hook.n = replaced_at < 4 ? 1 : 0;
	hook.address = replaced_at & 1 ? memory[350 + replaced_at - 1] : memory[150];
}

/* Each entry that is followed may change for itself. */
static void several_change(void)
{
	struct walk_mm mm = { 0 };

	replaced_at = 0;
	mm = run_with(memory[110], 1, replace_two);
	CHECK_EQ(replaced_at, 4);
	CHECK_EQ(mm.moved + mm.vanished, 0);
	CHECK_EQ(nr, 155);
	CHECK_EQ(flags_of(351) | flags_of(353), 0);
}

static void exits(void)
{
	struct walk_mm mm = run_with(memory[3], 1, exit_now);

	CHECK_EQ(mm.tables, 2);		/* what was read meanwhile may be anybody's */
}

static void big_batches(void)
{
	/* each call's requests fit for the deepest path */
	CHECK(WALK_BATCH * (3 + ARCH_LEVELS_MAX - 1) + 1 <= WALK_REQUESTS);
	CHECK_EQ(WALK_CHAIN_MAX % WALK_REQUESTS, 0);
	CHECK(WALK_BATCH + ARCH_LEVELS_MAX < WALK_SLOTS && WALK_SPARE_SLOT < WALK_BATCH + 2);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "all tables, depth first", everything },
		{ "ranges, and an end", ranges },
		{ "entries that lead beyond memory", beyond },
		{ "a table comes and goes", one_comes_and_goes },
		{ "an entry changes while the walk comes to it", one_changes },
		{ "several entries change in turn", several_change },
		{ "an entry above changes", above_changes },
		{ "entries of several levels change", highest_changes },
		{ "an entry changes while deposited tables are counted", deposits },
		{ "the process exits", exits },
		{ "there is room for a batch", big_batches },
	};

	return KTAP_RUN(tests);
}

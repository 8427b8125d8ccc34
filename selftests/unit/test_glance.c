// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of many pages are not simply pages in use, over struct pages that are
 * an array here: 64 at once, one by one, and by the program that only glances.
 */
#include "ktap.h"
#include "struct_pages.h"
#include "walk_glance.c"

#define GROUPS	(FRAMES / GROUP)

static union {
	__u64 slot[WALK_SLOTS][WALK_ENTRIES_MAX];
	char all[WALK_SLOTS_SIZE];
} slots;
static struct walk_request requests[WALK_REQUESTS];
static struct walk walk;

/* The kernel. */

static __u64 unreadable;	/* a pfn whose struct page nobody can read */
static unsigned int calls;
static unsigned int copied;	/* pieces */
static __u64 copied_first, copied_pages;
static unsigned int glanced, loads, destroyed;
static int load_error, call_error;
static __u64 now;
static typeof(*((struct walk_glance_bpf *)0)->bss) bss = { .glances = glances };
static struct walk_glance_bpf skeleton = { .bss = (void *)&bss };

static bool readable(__u64 address, size_t size)
{
	__u64 hole = (uintptr_t)frame(unreadable);

	return address >= (uintptr_t)memmap && address + size <= (uintptr_t)frame(FRAMES) &&
	       (address + size <= hole || address >= hole + layout->size);
}

void *bpf_rdonly_cast(const void *address, __u32 type)
{
	static __u64 nothing;

	(void)type;
	return readable((uintptr_t)address, 8) ? (void *)address : &nothing;
}

__u64 native_time(void)
{
	return now += 100;
}

struct walk_glance_bpf *walk_glance_bpf__open(void)
{
	return &skeleton;
}

int walk_glance_bpf__load(struct walk_glance_bpf *bpf)
{
	CHECK(bpf == &skeleton);
	loads++;
	bpf->progs.glance.prog_fd = 77;
	return load_error;
}

void walk_glance_bpf__destroy(struct walk_glance_bpf *bpf)
{
	destroyed += bpf == &skeleton;
}

int walk_fail(struct walk *w, int error, const char *format, ...)
{
	(void)format;
	CHECK(w == &walk);
	return -error;
}

int walk_call_with(struct walk *w, enum walk_program program, const __u64 arguments[12])
{
	int error;

	CHECK(w == &walk);
	CHECK(arguments[0] && arguments[0] <= WALK_GLANCES);
	calls++;
	if (call_error)
		return call_error;
	if (program == WALK_GLANCE) {
		CHECK_EQ(w->programs[WALK_GLANCE], 77);
		glanced += arguments[0];
		error = glance((struct bpf_raw_tracepoint_args *)(uintptr_t)arguments);
		bss.longest_call = longest_call;
		return error;
	}
	CHECK_EQ(program, WALK_COPY);
	copied += arguments[0];
	copied_first = (w->requests[0].address - (uintptr_t)memmap) / layout->size;
	copied_pages = w->requests[0].size / layout->size;
	for (unsigned int i = 0; i < arguments[0]; i++) {
		struct walk_request *request = &w->requests[i];

		if (request->slot >= WALK_SLOTS || request->size > WALK_COPY_MAX)
			return -EINVAL;
		request->error = readable(request->address, request->size) ? 0 : -EFAULT;
		if (request->error)
			memset(w->tables[request->slot], 0, request->size);
		else
			memcpy(w->tables[request->slot], (const void *)(uintptr_t)request->address, request->size);
	}
	return 0;
}

int walk_copy(struct walk *w, __u64 address, void *to, size_t size)
{
	(void)w;
	(void)address;
	(void)to;
	(void)size;
	CHECK(false);
	return -EFAULT;
}

static void build(const struct layout *of, unsigned int groups)
{
	layout = of;
	seed = 0x9e3779b97f4a7c15;
	unreadable = FRAMES;
	walk = (struct walk){ .requests = requests, .tables = slots.slot, .facts = of->facts };
	walk.kernel = (struct walk_kernel){
		.vmemmap = (uintptr_t)memmap, .page_size = of->size, .max_pfn = FRAMES,
	};
	for (__u64 pfn = 0; pfn < groups * GROUP; pfn++)
		make(pfn, some() % 2 ? MAPPED : MAPPED_OFTEN);
}

/* What is handed out. */
static __u64 got[FRAMES];
static unsigned int nr;

static int take(__u64 pfn, void *arg)
{
	got[nr++] = pfn;
	return arg && nr == *(unsigned int *)arg ? 7 : 0;
}

static void look(const struct pfnset *set)
{
	nr = calls = copied = glanced = 0;
	CHECK_EQ(walk_odd_pages(&walk, set, take, NULL), 0);
}

/* Does the program see nothing in these 16 pages that makes it doubt? */
static bool seems_fine(const struct pfnset *set, __u64 first)
{
	for (__u64 pfn = first; pfn < first + FOLIO; pfn++)
		if (pfnset_has(set, pfn) && (!model[pfn].simple || model[pfn].kind == OVERFLOWN))
			return false;
	return true;
}

/* Of the group that pfn is in, the first page that is copied. */
static __u64 copied_from(const struct pfnset *set, __u64 pfn)
{
	__u64 at = pfn - pfn % GROUP;

	while (at < pfn && (!pfnset_has(set, at) || (walk.glance && seems_fine(set, at & -FOLIO))))
		at++;
	return at & -FOLIO;
}

/* A tail is as its head, of which nobody knows where that is in the same group and not copied. */
static bool is_odd(const struct pfnset *set, __u64 pfn)
{
	return pfn >= FRAMES || model[pfn].odd ||
	       (model[pfn].head / GROUP == pfn / GROUP && model[pfn].head < copied_from(set, pfn));
}

/* Of those in the set the odd ones, in order, and no others? */
static bool right(const struct pfnset *set)
{
	unsigned int n = 0;
	bool ok = true;

	look(set);
	for (__u64 pfn = 0; (pfn = pfnset_next(set, pfn)) != PFNSET_END; pfn++)
		if (is_odd(set, pfn))
			ok = n < nr && got[n++] == pfn && ok;
	return ok && n == nr;
}

/* Those of the 64 from pfn on whose bits are set. */
static int add_bits(struct pfnset *set, __u64 pfn, __u64 bits)
{
	int err = 0;

	for (; bits && !err; bits &= bits - 1)
		err = pfnset_add(set, pfn + __builtin_ctzll(bits));
	return err;
}

static struct pfnset bits_of(__u64 first, __u64 bits)
{
	struct pfnset set = { .nr = 0 };

	if (bits)
		CHECK_EQ(add_bits(&set, first, bits), 0);
	return set;
}

static bool right_bits(__u64 first, __u64 bits)
{
	struct pfnset set = bits_of(first, bits);
	bool ok = right(&set);

	pfnset_free(&set);
	return ok;
}

/* Group 1 looked at by all ways that there are; its neighbours are not asked about. */
static unsigned int wrong(__u64 bits)
{
	unsigned int n = !right_bits(GROUP, bits);
	__u64 doubt = 0;
	bool simply = true;

	for (unsigned int i = 0; i < GROUP; i++) {
		if (!model[GROUP + i].simple)
			doubt |= 1ULL << i;
		simply = simply && model[GROUP + i].simple && model[GROUP + i].kind != OVERFLOWN;
	}
	n += doubts(&layout->facts, frame(GROUP), layout->size, bits) != (doubt & bits);
	simply = simply && layout->facts.refcount == layout->facts.type + 4;
	return n + (all_simple(&layout->facts, frame(GROUP), layout->size) != simply);
}

/* With the program, where the kernel has it, or without. */
static void use_glance(bool yes)
{
	walk.glance = yes && layout->facts.can_glance ? &skeleton : NULL;
	walk.glances = walk.glance ? glances : NULL;
	walk.programs[WALK_GLANCE] = walk.glance ? 77 : -1;
}

#define EACH_LAYOUT(of, glancing)						\
	for (const struct layout *of = layouts; of < layouts + sizeof(layouts) / sizeof(*layouts); of++)	\
		for (int glancing = 0; glancing <= (int)of->facts.can_glance; glancing++)

static void alone(void)
{
	EACH_LAYOUT(of, glancing) {
		unsigned int bad = 0;

		build(of, 3);
		use_glance(glancing);
		make(GROUP - 1, TABLE);
		make(2 * GROUP, TABLE);
		for (unsigned int at = 0; at < GROUP; at++) {
			for (enum kind kind = 0; kind < KINDS; kind++) {
				make(GROUP + at, kind);
				bad += wrong(~0ULL);
				if (at % 9 == 0)
					bad += wrong(1ULL << at) + wrong(~(1ULL << at));
			}
			make(GROUP + at, MAPPED);
		}
		CHECK_EQ(bad, 0);
	}
}

/* Edges of what is asked about; those that are not are odd. */
static void edges(void)
{
	EACH_LAYOUT(of, glancing) {
		unsigned int bad = 0;

		build(of, 3);
		use_glance(glancing);
		for (unsigned int n = 1; n <= GROUP; n++) {
			const __u64 first = ~0ULL >> (GROUP - n), last = ~0ULL << (GROUP - n);

			for (unsigned int i = 0; i < GROUP; i++)
				make(GROUP + i, i < n ? MAPPED : KINDS_FIT + some() % (KINDS - KINDS_FIT));
			bad += wrong(first) + wrong(~first | 1);
			for (unsigned int i = 0; i < GROUP; i++)
				make(GROUP + i, i >= GROUP - n ? MAPPED : KINDS_FIT + some() % (KINDS - KINDS_FIT));
			bad += wrong(last) + wrong(~last | 1ULL << 63);
		}
		CHECK_EQ(bad, 0);
	}
}

/* A third with none that stands out, a third with one, a third with many; large pages in some. */
static void make_group(__u64 first)
{
	unsigned int others = some() % 3, head = some() % (GROUP - 1);

	for (unsigned int i = 0; i < GROUP; i++)
		make(first + i, others == 2 && some() % 4 == 0 ? some() % KINDS : some() % 2);
	if (others == 1)
		make(first + some() % GROUP, some() % KINDS);
	if (some() % 4 == 0)
		make_tails(first + head, 1 + some() % (GROUP - 1 - head), false);
}

static __u64 some_bits(void)
{
	switch (some() % 4) {
	case 0: return some();
	case 1: return some() & some() & some();
	case 2: return ~(1ULL << some() % 64);
	default: return ~0ULL;
	}
}

static void random_groups(void)
{
	EACH_LAYOUT(of, glancing) {
		unsigned int bad = 0;

		build(of, 3);
		use_glance(glancing);
		for (unsigned int i = 0; i < 1000; i++) {
			make_group(GROUP);
			bad += wrong(some_bits());
		}
		CHECK_EQ(bad, 0);
	}
}

/* More than one call takes, with some left out; and behind the end of memory. */
static void many(void)
{
	static const unsigned int counts[] = { 1, WALK_GLANCES - 1, WALK_GLANCES, WALK_GLANCES + 1, 5 * WALK_GLANCES };

	EACH_LAYOUT(of, glancing) {
		build(of, 6 * WALK_GLANCES);
		use_glance(glancing);
		for (unsigned int i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
			struct pfnset set = { .nr = 0 };

			for (unsigned int group = 0; group < counts[i]; group++) {
				__u64 first = (group + group / 7) * GROUP;

				make_group(first);
				CHECK_EQ(add_bits(&set, first, some_bits()), 0);
			}
			CHECK_EQ(add_bits(&set, FRAMES, 5), 0);
			CHECK(right(&set));
			pfnset_free(&set);
		}
	}
}

/* A large page's tails in further groups are as good as it is once that is known, and in doubt before. */
static void large(void)
{
	EACH_LAYOUT(of, glancing) {
		const __u64 last = GROUP - 1, far = GROUP + 5;
		struct pfnset set;

		build(of, 4);
		use_glance(glancing);
		make_tails(0, 3 * GROUP - 1, false);
		CHECK(right_bits(0, ~0ULL));
		for (__u64 group = 1; group < 3; group++) {
			set = bits_of(group * GROUP, ~0ULL);
			look(&set);
			CHECK_EQ(nr, GROUP);
			pfnset_free(&set);
		}
		set = bits_of(0, 1ULL << last | 3);
		CHECK_EQ(add_bits(&set, GROUP, ~0ULL), 0);
		CHECK_EQ(add_bits(&set, 2 * GROUP, 1), 0);
		CHECK(right(&set));
		pfnset_free(&set);
		/* what is copied before a group need not be what is before it in memory */
		make(GROUP, MAPPED);
		make(2 * GROUP, TABLE);
		make_tails(2 * GROUP, 2 * GROUP - 1, false);
		set = bits_of(GROUP, 1);
		CHECK_EQ(add_bits(&set, 3 * GROUP, ~0ULL), 0);
		CHECK(right(&set));
		pfnset_free(&set);
		/* nor is one large page another */
		make(GROUP, TABLE);
		make_tails(GROUP, 10, false);
		set = bits_of(0, 1ULL << last | 3);
		CHECK_EQ(add_bits(&set, GROUP, ~0ULL), 0);
		CHECK(right(&set));
		/* the next group's first page is none of this one's, even where that comes next */
		make(2 * GROUP, MAPPED);
		put_word(far, of->facts.compound_head, (uintptr_t)frame(2 * GROUP) + 1);
		model[far].odd = true;
		CHECK_EQ(add_bits(&set, 2 * GROUP, 1), 0);
		CHECK(right(&set));
		pfnset_free(&set);
		if (of->size & (of->size - 1))
			continue;
		/* a mask that leads to the head instead of its address */
		make(2 * GROUP, FOREIGN);
		make_tails(2 * GROUP, GROUP / 2 - 1, true);
		CHECK(right_bits(2 * GROUP, ~0ULL >> GROUP / 2));
		make(2 * GROUP, SLAB);
		make_tails(2 * GROUP, GROUP / 2 - 1, true);
		CHECK(right_bits(2 * GROUP, ~0ULL >> GROUP / 2));
	}
}

/* What cannot be read is in doubt, all of its group where the group is copied. */
static void holes(void)
{
	EACH_LAYOUT(of, glancing) {
		struct pfnset set;

		build(of, 3);
		use_glance(glancing);
		unreadable = GROUP + 20;
		set = bits_of(GROUP, 0xff0000ffULL << 4);
		CHECK_EQ(add_bits(&set, 2 * GROUP, ~0ULL), 0);
		make(2 * GROUP + 1, TABLE);
		look(&set);
		CHECK_EQ(nr, walk.glance ? 1 : 17);
		CHECK_EQ(got[nr - 1], 2 * GROUP + 1);
		CHECK_EQ(got[0], walk.glance ? 2 * GROUP + 1 : GROUP + 4);
		CHECK_EQ(pfnset_add(&set, unreadable), 0);
		look(&set);
		/* which the program reads as 0; it tells where by 16 pages */
		CHECK_EQ(nr, walk.glance ? 6 : 18);
		pfnset_free(&set);
	}
}

/* Ends when it is told so, and when the kernel fails. */
static void ends(void)
{
	EACH_LAYOUT(of, glancing) {
		struct pfnset set = { .nr = 0 };

		build(of, 3 * WALK_GLANCES);
		use_glance(glancing);
		for (unsigned int group = 0; group < 2 * WALK_GLANCES + 2; group++) {
			make(group * GROUP + 3, TABLE);
			make(group * GROUP + 4, FREE);
			CHECK_EQ(add_bits(&set, group * GROUP, ~0ULL), 0);
		}
		for (unsigned int most = 1; most <= 4 * WALK_GLANCES + 4; most++) {
			nr = 0;
			CHECK_EQ(walk_odd_pages(&walk, &set, take, &most), 7);
			CHECK_EQ(nr, most);
		}
		nr = 0;
		call_error = -EPERM;
		CHECK_EQ(walk_odd_pages(&walk, &set, take, NULL), (__u64)-EPERM);
		CHECK_EQ(nr, 0);
		call_error = 0;
		pfnset_free(&set);
	}
}

/* Of a struct page so large that 64 do not fit in a table's place nothing is read. */
static void oversized(void)
{
	struct pfnset set = bits_of(GROUP, 0x8001);
	unsigned int most = 2;

	build(&layouts[1], 2);
	CHECK_EQ(pfnset_add(&set, 5 * GROUP), 0);
	walk.kernel.page_size = WALK_TABLE_SIZE / GROUP + 8;
	look(&set);
	CHECK_EQ(copied + glanced, 0);
	CHECK_EQ(nr, 3);
	CHECK_EQ(got[0], GROUP);
	CHECK_EQ(got[1], GROUP + 15);
	CHECK_EQ(got[2], 5 * GROUP);
	nr = 0;
	CHECK_EQ(walk_odd_pages(&walk, &set, take, &most), 7);
	CHECK_EQ(nr, 2);
	pfnset_free(&set);
}

/* As many pages as it takes for the program to be loaded, or one less. */
static struct pfnset enough(unsigned int missing)
{
	struct pfnset set = { .nr = 0 };

	for (unsigned int group = 0; group < GROUPS; group++)
		CHECK_EQ(add_bits(&set, group * GROUP, ~0ULL << (group ? 0 : missing)), 0);
	return set;
}

static void loaded(void)
{
	struct pfnset all = enough(0), fewer = enough(1), few = bits_of(0, ~0ULL);

	build(&layouts[1], GROUPS);
	loads = destroyed = 0;
	CHECK_EQ(walk_glance_longest_call(&walk), 0);
	CHECK(right(&fewer));
	CHECK_EQ(loads, 0);
	CHECK_EQ(copied, GROUPS * GROUP * 64 / WALK_COPY_MAX);
	CHECK_EQ(calls, GROUPS / WALK_GLANCES);
	CHECK(right(&all));
	CHECK_EQ(loads, 1);
	CHECK_EQ(copied, 0);
	CHECK_EQ(glanced, GROUPS);
	CHECK_EQ(calls, GROUPS / WALK_GLANCES);
	CHECK_EQ(walk_glance_longest_call(&walk), 100);
	/* once it is, for few too */
	CHECK(right(&few));
	CHECK_EQ(glanced, 1);
	CHECK(right(&all));
	CHECK_EQ(loads, 1);
	walk_glance_unload(&walk);
	CHECK_EQ(destroyed, 1);
	/* refused: done without, and not tried again */
	build(&layouts[1], GROUPS);
	load_error = -EPERM;
	make(77, SLAB);
	CHECK(right(&all));
	CHECK(right(&all));
	CHECK_EQ(loads, 2);
	CHECK_EQ(destroyed, 2);
	CHECK_EQ(glanced, 0);
	CHECK(!walk.glance);
	load_error = 0;
	/* a kernel that does not have it */
	build(&layouts[0], GROUPS);
	CHECK(right(&all));
	CHECK_EQ(loads, 2);
	pfnset_free(&few);
	pfnset_free(&fewer);
	pfnset_free(&all);
}

/* Only groups with a doubt among the pages that are asked about are copied. */
static void glances_only(void)
{
	build(&layouts[1], 3);
	use_glance(true);
	for (unsigned int at = 0; at < GROUP; at++) {
		make(GROUP + at, TABLE);
		CHECK(right_bits(GROUP, ~0ULL));
		CHECK_EQ(copied, 1);
		CHECK_EQ(copied_first, GROUP + at - at % FOLIO);
		CHECK_EQ(copied_pages, FOLIO);
		CHECK(right_bits(GROUP, ~(1ULL << at)));
		CHECK_EQ(copied, 0);
		CHECK_EQ(glanced, 1);
		CHECK(right_bits(GROUP, 1ULL << at));
		CHECK_EQ(copied, 1);
		CHECK_EQ(copied_pages, at % FOLIO + 1);
		make(GROUP + at, MAPPED_OFTEN);
		CHECK(right_bits(GROUP, ~0ULL));
		CHECK_EQ(copied, 0);
	}
}

/* In how many pieces are these pages of groups next to each other copied? The last one's are left in copied_*. */
static unsigned int pieces_of(unsigned int groups, const __u64 *bits)
{
	struct pfnset set = { .nr = 0 };

	for (unsigned int i = 0; i < groups; i++)
		CHECK_EQ(add_bits(&set, (i + 1) * GROUP, bits[i]), 0);
	CHECK(right(&set));
	pfnset_free(&set);
	return copied;
}

/* Groups next to each other are one piece, if that takes no page in addition; and no more than fit. */
static void pieces(void)
{
	const unsigned int most = WALK_COPY_MAX / GROUP / 64;
	__u64 bits[WALK_GLANCES];

	build(&layouts[2], WALK_GLANCES + 2);
	make(GROUP + 5, TABLE);
	make(2 * GROUP, SLAB);
	make(3 * GROUP - 1, TABLE);
	memset(bits, 0xff, sizeof(bits));
	CHECK_EQ(pieces_of(2, bits), 1);
	CHECK_EQ(copied_first, GROUP);
	CHECK_EQ(copied_pages, 2 * GROUP);
	bits[0] = ~0ULL << 20;
	bits[1] = 1 << 3;
	CHECK_EQ(pieces_of(2, bits), 1);
	CHECK_EQ(copied_first, GROUP + 16);
	CHECK_EQ(copied_pages, GROUP - 16 + 4);
	bits[1] = 1ULL << FOLIO;
	CHECK_EQ(pieces_of(2, bits), 2);
	bits[0] = ~0ULL >> 1;
	bits[1] = ~0ULL;
	CHECK_EQ(pieces_of(2, bits), 2);
	bits[0] = bits[2] = ~0ULL;
	bits[1] = 0;
	CHECK_EQ(pieces_of(3, bits), 2);
	bits[1] = ~0ULL;
	CHECK_EQ(pieces_of(most, bits), 1);
	CHECK_EQ(pieces_of(most + 1, bits), 2);
	CHECK_EQ(pieces_of(WALK_GLANCES, bits), WALK_GLANCES / most);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "each kind of page at each place among 64 that are in use", alone },
		{ "from 1 to 64 pages, at either end", edges },
		{ "groups of all kinds", random_groups },
		{ "as many groups as one call takes, and more", many },
		{ "large pages, in one group and several", large },
		{ "struct pages that are not there", holes },
		{ "it ends when it is told so, and when the kernel fails", ends },
		{ "struct pages of which 64 are too many", oversized },
		{ "the program is loaded when that is worth it", loaded },
		{ "and only what is in doubt is copied", glances_only },
		{ "groups next to each other are copied in one piece", pieces },
	};

	return KTAP_RUN(tests);
}

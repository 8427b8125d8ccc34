// SPDX-License-Identifier: GPL-2.0-only
/* The walk of gmaps over made-up kernel memory, with the formats of s390, on whatever builds this. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include "arch/arch.h"
#include "ktap.h"
#include "walk_private.h"

#define PAGES	64
#define NO_PAGE	(PAGES - 1)	/* a page frame without a struct page */
#define TOP	4		/* levels of the gmaps */

struct list {
	struct list *next;
};

/* As little of the kernel's structures as the walk reads. */
static struct {
	__u64 filler;
	struct list gmaps;
} mm;

static struct gmap {
	__u64 asce, shadowed;
	__s32 edat_level, pad;
	struct list list, children;
} gmaps[4];

static __u64 memory[PAGES * ARCH_PAGE_SIZE / 8];
static struct {
	__u64 filler, gaddr;
} pages[PAGES];

static __u64 *word(unsigned int pfn)
{
	return memory + pfn * ARCH_PAGE_SIZE / 8;
}

static struct walk walk;
static struct walk_mm_state mm_state;
static unsigned int reads;
/* Called before each read. */
static void (*before_read)(unsigned int read);

struct walk_mm_state *walk_mm_state(struct walk *w)
{
	(void)w;
	return &mm_state;
}

static bool inside(__u64 address, size_t size, const void *object, size_t object_size)
{
	return address >= (uintptr_t)object && address + size <= (uintptr_t)object + object_size;
}

int walk_copy(struct walk *w, __u64 address, void *to, size_t size)
{
	(void)w;
	if (before_read)
		before_read(reads);
	reads++;
	if (!inside(address, size, &mm, sizeof(mm)) && !inside(address, size, gmaps, sizeof(gmaps)) &&
	    !inside(address, size, memory, sizeof(memory)) && !inside(address, size, pages, NO_PAGE * sizeof(*pages)))
		return -EFAULT;
	memcpy(to, (void *)(uintptr_t)address, size);
	return 0;
}

static void add(struct list *head, struct list *list)
{
	list->next = head->next;
	head->next = list;
}

/* A table of four pages at pfn, all of it empty. */
static void table(unsigned int pfn)
{
	for (unsigned int i = 0; i < ARCH_ENTRIES; i++)
		word(pfn)[i] = ARCH_INVALID;
}

static void start(void)
{
	memset(memory, 0, sizeof(memory));
	memset(pages, 0, sizeof(pages));
	memset(gmaps, 0, sizeof(gmaps));
	for (unsigned int i = 0; i < 4; i++)
		gmaps[i].children.next = &gmaps[i].children;
	mm.gmaps.next = &mm.gmaps;
	mm_state.mm = (uintptr_t)&mm;
	reads = 0;
	before_read = NULL;
	walk = (struct walk){
		.attached = true,
		.kernel = {
			.fields = WALK_HAS_GADDR, .max_pfn = PAGES, .page_offset = (uintptr_t)memory,
			.vmemmap = (uintptr_t)pages, .page_size = sizeof(*pages),
		},
		.facts.gmap = {
			.gaddr = 8, .gmaps = 8, .list = offsetof(struct gmap, list),
			.asce = offsetof(struct gmap, asce), .children = offsetof(struct gmap, children),
			.orig_asce = offsetof(struct gmap, shadowed), .edat_level = offsetof(struct gmap, edat_level),
		},
	};
}

static __u64 address(unsigned int pfn)
{
	return (__u64)pfn << ARCH_PAGE_SHIFT;
}

/* Tables at pfn 4, 8 and 12, each at index 1 of the one above it; the segment's entry leads to a page table. */
static void build(struct gmap *gmap, unsigned int first)
{
	for (unsigned int i = 0; i < 3; i++) {
		table(first + 4 * i);
		word(first + 4 * i)[1] = address(first + 4 * i + 4);
		pages[first + 4 * i].gaddr = 0x100 + i;
	}
	pages[first + 12].gaddr = 0x103;
	gmap->asce = address(first) | (TOP - 2) << 2 | 3;
}

static struct seen {
	const struct walk_gmap *gmap;
	struct walk_gmap_table table;
	struct walk_gmap of;
} seen[16];
static unsigned int nr_seen;

static int see(const struct walk_gmap_table *table, void *arg)
{
	(void)arg;
	if (table->above)
		CHECK_EQ(table->above->level, table->level + 1);
	if (nr_seen < 16)
		seen[nr_seen++] = (struct seen){ table->gmap->parent, *table, *table->gmap };
	return 0;
}

static int run(void)
{
	nr_seen = 0;
	return walk_gmaps(&walk, see, NULL);
}

static void none(void)
{
	start();
	CHECK_EQ(run(), 0);
	CHECK_EQ(nr_seen, 0);
	CHECK_EQ(reads, 1);
	walk.kernel.fields = 0;
	CHECK_EQ(run(), 0);
	CHECK_EQ(reads, 1);
}

static void one(void)
{
	start();
	build(&gmaps[0], 4);
	add(&mm.gmaps, &gmaps[0].list);
	CHECK_EQ(run(), 0);
	CHECK_EQ(nr_seen, 3);		/* the page table is the mm's own */
	for (unsigned int i = 0; i < nr_seen; i++) {
		CHECK_EQ(seen[i].table.level, TOP - i);
		CHECK_EQ(seen[i].table.pfn, 4 + 4 * i);
		CHECK_EQ(seen[i].table.gaddr, 0x100 + i);
		CHECK_EQ(seen[i].table.flags, 0);
		CHECK_EQ(seen[i].of.address, (uintptr_t)&gmaps[0]);
	}
	CHECK_EQ(seen[1].table.va, 1ULL << 42);
	CHECK_EQ(seen[2].table.va, (1ULL << 42) + (1ULL << 31));
	CHECK_EQ(seen[2].table.index, 1);
}

static void with_shadow(void)
{
	start();
	build(&gmaps[0], 4);
	build(&gmaps[1], 20);
	build(&gmaps[2], 36);
	gmaps[1].shadowed = 0x1234000f;
	gmaps[1].edat_level = 2;
	add(&mm.gmaps, &gmaps[2].list);
	add(&mm.gmaps, &gmaps[0].list);
	add(&gmaps[0].children, &gmaps[1].list);
	CHECK_EQ(run(), 0);
	CHECK_EQ(nr_seen, 3 + 4 + 3);	/* a shadow has page tables of its own */
	CHECK(!seen[2].gmap && seen[3].gmap && seen[6].gmap && !seen[7].gmap);
	CHECK_EQ(seen[3].of.shadowed, 0x1234000f);
	CHECK_EQ(seen[3].of.edat_level, 2);
	CHECK_EQ(seen[6].table.level, WALK_PTE);
	CHECK_EQ(seen[6].table.gaddr, 0x103);
	CHECK_EQ(seen[0].of.number, 0);
	CHECK_EQ(seen[3].of.number, 1);
	CHECK_EQ(seen[7].of.number, 2);
	/* a shadow that is being taken down has no table */
	gmaps[1].asce = 0;
	CHECK_EQ(run(), 0);
	CHECK_EQ(nr_seen, 6);
}

static void change_entry(unsigned int read)
{
	if (pages[8].gaddr && read > 8)
		word(4)[1] = ARCH_INVALID;
}

static void change_root(unsigned int read)
{
	if (read == 6)
		gmaps[0].asce = address(20) | 0xb;
}

static void changes(void)
{
	start();
	build(&gmaps[0], 4);
	add(&mm.gmaps, &gmaps[0].list);
	before_read = change_entry;
	CHECK_EQ(run(), 0);
	CHECK_EQ(nr_seen, 2);		/* what hangs below it is not this gmap's any more */
	CHECK_EQ(seen[0].table.flags, 0);
	CHECK_EQ(seen[1].table.flags, WALK_MOVED);
	start();
	build(&gmaps[0], 4);
	add(&mm.gmaps, &gmaps[0].list);
	before_read = change_root;
	CHECK_EQ(run(), 0);
	CHECK_EQ(nr_seen, 1);
	CHECK_EQ(seen[0].table.flags, WALK_MOVED);
}

static void no_memory(void)
{
	start();
	build(&gmaps[0], 4);
	add(&mm.gmaps, &gmaps[0].list);
	word(4)[1] = address(PAGES);
	CHECK_EQ(run(), 0);
	CHECK_EQ(nr_seen, 2);
	CHECK_EQ(seen[1].table.flags, WALK_BAD_PFN);
	word(4)[1] = address(NO_PAGE);
	CHECK_EQ(run(), 0);
	CHECK_EQ(seen[1].table.flags, WALK_NO_PAGE | WALK_NO_TABLE);	/* ... and three pages too few */
}

static void lists(void)
{
	start();
	build(&gmaps[0], 4);
	add(&mm.gmaps, &gmaps[0].list);
	gmaps[0].list.next = &gmaps[0].list;
	CHECK_EQ(-run(), EAGAIN);
	gmaps[0].list.next = NULL;
	CHECK_EQ(-run(), EAGAIN);
	CHECK_EQ(nr_seen, 0);
	gmaps[0].list.next = &mm.gmaps;
	gmaps[0].children.next = (void *)0x122;	/* LIST_POISON2 */
	CHECK_EQ(-run(), EAGAIN);
	CHECK_EQ(nr_seen, 3);
}

static void guest_memory(void)
{
	struct walk_gmap gmap;
	__u64 value = 0, at = (1ULL << 42) + (1ULL << 31) + (1ULL << 20) + 0x3008;

	start();
	build(&gmaps[0], 4);
	gmap = (struct walk_gmap){ .asce = gmaps[0].asce };
	word(12)[1] = address(16) | 0x800;		/* the upper half of a page */
	word(16)[256 + 3] = address(17) | ARCH_PRESENT;
	word(17)[1] = 0x1122334455667788ULL;
	CHECK_EQ(walk_gmap_word(&walk, &gmap, at, &value), 0);
	CHECK_EQ(value, 0x1122334455667788ULL);
	CHECK_EQ(-walk_gmap_word(&walk, &gmap, at + (1ULL << 20), &value), EFAULT);
	word(16)[256 + 3] = ARCH_PTE_INVALID;
	CHECK_EQ(-walk_gmap_word(&walk, &gmap, at, &value), EFAULT);
	/* a large page, at 0 */
	word(12)[1] = ARCH_LARGE;
	word(3)[1] = 99;
	CHECK_EQ(walk_gmap_word(&walk, &gmap, at, &value), 0);
	CHECK_EQ(value, 99);
}

static const struct ktap_test tests[] = {
	{ "no gmap, no guest addresses", none },
	{ "a gmap: its tables, down to the segment's", one },
	{ "shadows, with page tables", with_shadow },
	{ "what changes meanwhile", changes },
	{ "what is no memory", no_memory },
	{ "lists without end", lists },
	{ "the guest's memory", guest_memory },
};

int main(void)
{
	return KTAP_RUN(tests);
}

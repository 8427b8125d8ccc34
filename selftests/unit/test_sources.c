// SPDX-License-Identifier: GPL-2.0-only
/* What a look asks the system: the kind of a huge page, which mappings are of no memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <sys/mman.h>
#include <unistd.h>
#include "fake_walk.h"
#include "ktap.h"
#include "sources.h"

static struct sources sources;
static int maps = -1;

int walk_maps(const struct walk *walk)
{
	CHECK(walk == fake.subject.walk);
	return maps;
}

int walk_pagemap(const struct walk *walk)
{
	CHECK(walk == fake.subject.walk);
	return -1;
}

static void begin(const char *listing)
{
	fake_mm_build(4);
	sources_open(&sources, listing, &fake.machine, fake.subject.walk);
	sources_set_pid(&sources, getpid());
}

#define BIT(flag)	(1ULL << (flag))

/* As kpageflags has them. */
static const struct {
	__u64 flags;
	enum page_kind kind;
} pages[] = {
	{ BIT(KPF_THP) | BIT(KPF_COMPOUND_HEAD) | BIT(KPF_ANON) | BIT(KPF_SWAPBACKED) | BIT(KPF_MMAP), PAGE_KIND_ANON },
	{ BIT(KPF_THP) | BIT(KPF_COMPOUND_HEAD) | BIT(KPF_SWAPBACKED) | BIT(KPF_MMAP), PAGE_KIND_OTHER },
	{ BIT(KPF_THP) | BIT(KPF_COMPOUND_HEAD) | BIT(KPF_UPTODATE) | BIT(KPF_LRU) | BIT(KPF_MMAP), PAGE_KIND_OTHER },
	{ BIT(KPF_THP) | BIT(KPF_ZERO_PAGE), PAGE_KIND_ZERO },
	{ BIT(KPF_HUGE) | BIT(KPF_COMPOUND_HEAD) | BIT(KPF_MMAP), PAGE_KIND_HUGETLB },
	{ BIT(KPF_HUGE) | BIT(KPF_COMPOUND_HEAD) | BIT(KPF_MMAP) | BIT(KPF_ANON), PAGE_KIND_HUGETLB },	/* private */
	{ 0, PAGE_KIND_OTHER },
	{ ~(BIT(KPF_HUGE) | BIT(KPF_ZERO_PAGE) | BIT(KPF_ANON)), PAGE_KIND_OTHER },
};

#define PAGES	(sizeof(pages) / sizeof(*pages))

static void kinds(void)
{
	int file = memfd_create("kpageflags", MFD_CLOEXEC);

	begin(NULL);
	close(sources.kpageflags);
	sources.kpageflags = file;
	for (unsigned int i = 0; i < PAGES; i++)
		CHECK_EQ(pwrite(file, &pages[i].flags, 8, i * 8), 8);
	for (unsigned int i = 0; i < PAGES; i++)
		CHECK_EQ(sources.look.kind(&sources, i), pages[i].kind);
	/* beyond memory, cut short, not to be had */
	CHECK_EQ(sources.look.kind(&sources, PAGES), PAGE_KIND_UNKNOWN);
	CHECK_EQ(ftruncate(file, PAGES * 8 - 1), 0);
	CHECK_EQ(sources.look.kind(&sources, PAGES - 1), PAGE_KIND_UNKNOWN);
	close(file);
	sources.kpageflags = -1;
	CHECK_EQ(sources.look.kind(&sources, 0), PAGE_KIND_UNKNOWN);
	sources_close(&sources);
}

/* What the vdso reads is mapped like a device's registers; memory, the vdso itself and the stack are not. */
static void registers(void)
{
	const char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int file = memfd_create("of pf mm io", MFD_CLOEXEC);	/* only called so */
	const char *named = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
	unsigned int special = 0;
	struct mm_vmas vmas, raw;

	begin(NULL);
	maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	CHECK_EQ(sources.look.vmas(&sources, &vmas), 0);
	CHECK_EQ(sources.look.raw_vmas(&sources, &raw), 0);
	CHECK(mm_vmas_meet(&vmas, (unsigned long)memory, (unsigned long)memory + 1));
	CHECK(!mm_vmas_meet(&raw, (unsigned long)memory, (unsigned long)memory + 1));
	CHECK(mm_vmas_meet(&vmas, (unsigned long)named, (unsigned long)named + 1));
	for (size_t i = 0; i < vmas.nr; i++) {
		const struct mm_vma *vma = &vmas.vma[i];
		bool vvar = !strncmp(vma->name, "[vvar", 5);

		/* smaps leaves out what is in the kernel's half */
		if (vma->flags & MM_VMA_GATE)
			continue;
		special += vvar;
		CHECK_EQ(mm_vmas_meet(&raw, vma->start, vma->end), vvar);
	}
	CHECK(raw.nr == special);
	if (!special)
		printf("# no vvar here\n");
	mm_vmas_free(&vmas);
	mm_vmas_free(&raw);
	close(maps);
	sources_set_pid(&sources, 5000001);	/* which no kernel has */
	CHECK(sources.look.raw_vmas(&sources, &raw) == -ENOENT);
	CHECK_EQ(raw.nr, 0);
	sources_close(&sources);
	munmap((void *)memory, 4096);
	munmap((void *)named, 4096);
	close(file);
}

static void no_listing(void)
{
	struct pfnset listed = { .nr = 0 };

	begin(NULL);
	CHECK(!sources.look.listing);
	sources_close(&sources);
	begin("/nonexistent");
	CHECK(sources.look.listing(&sources, &listed) < 0);
	CHECK(!strncmp(sources.look.listing_why, "listing /nonexistent: ", 22));
	sources_close(&sources);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "of what kind a huge page is", kinds },
		{ "mappings of what is no memory", registers },
		{ "a listing that is not there", no_listing },
	};

	return KTAP_RUN(tests);
}

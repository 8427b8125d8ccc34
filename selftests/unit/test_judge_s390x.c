// SPDX-License-Identifier: GPL-2.0-only
/* What s390 descriptors say of page table fragments and of gmaps: judged as there, on whatever builds this. */
#include <errno.h>
#include "arch/arch.h"
#include "judge.h"
#include "ktap.h"

#define GMAP_AT		0x7e5500ULL
#define SHADOW_AT	0x7e5700ULL
#define REGION1_ASCE	0x1234000fULL
#define UPPER		0x800

static struct walk_kernel kernel;
static struct look_subject subject;
static struct look look;

/* What walk_gmaps() finds. */
static struct walk_gmap gmap, shadow;
static struct walk_gmap_table table[5];
static unsigned int nr_tables;
static int gmaps_error;
/* The guest's memory: words by their address. */
static struct {
	__u64 gaddr, word;
} guest[4];

int look_report(struct look *l, const struct finding *finding)
{
	return findings_add(&l->findings, finding);
}

int walk_gmaps(struct walk *walk, walk_gmap_fn fn, void *arg)
{
	int stop = gmaps_error;

	(void)walk;
	for (unsigned int i = 0; i < nr_tables && !stop; i++)
		stop = fn(&table[i], arg);
	return stop;
}

int walk_gmap_word(struct walk *walk, const struct walk_gmap *of, __u64 gaddr, __u64 *word)
{
	(void)walk;
	for (unsigned int i = 0; i < 4 && of == &gmap; i++) {
		if (guest[i].gaddr != gaddr || !guest[i].word)
			continue;
		*word = guest[i].word;
		return 0;
	}
	return -EFAULT;
}

static void start(void)
{
	subject.kernel = &kernel;
	look.subject = &subject;
	snapshot_init(&look.snap, 3);
	nr_tables = 0;
	gmaps_error = 0;
	memset(guest, 0, sizeof(guest));
}

/* How many findings this makes; the look is empty again after it. */
static size_t found(int (*judge)(struct look *look), struct finding *first)
{
	size_t n;

	CHECK_EQ(judge(&look), 0);
	n = look.findings.nr;
	if (n && first)
		*first = look.findings.finding[0];
	findings_free(&look.findings);
	return n;
}

/* A page table with these fragment bits, which come first in the word, on each machine. */
static struct snap_table *page_table(__u64 pfn, unsigned int offset, __u32 bits)
{
	struct walk_table walked = { .pfn = pfn, .offset = offset, .level = WALK_PTE, .va = pfn << 20 | offset };

	walked.pt_mm = 0x5555555555555555ULL;
	memcpy(&walked.pt_mm, &bits, sizeof(bits));
	return snapshot_add(&look.snap, &walked);
}

static size_t faulty(unsigned int offset, __u32 bits, struct finding *first)
{
	size_t n;

	start();
	page_table(7, offset, bits);
	n = found(judge_fragments_agree, first);
	snapshot_free(&look.snap);
	return n;
}

static void fragments(void)
{
	struct finding finding, other;

	CHECK_EQ(faulty(0, 0x01, NULL) + faulty(0, 0x03, NULL) + faulty(0, 0x21, NULL), 0);
	CHECK_EQ(faulty(UPPER, 0x02, NULL) + faulty(UPPER, 0x03, NULL) + faulty(UPPER, 0x12, NULL), 0);
	CHECK_EQ(faulty(0, 0x02, &finding), 1);
	CHECK_EQ(finding.invariant, FRAGMENTS_AGREE);
	CHECK_EQ(finding.pfn, 7);
	CHECK_EQ(finding.found, 0);
	CHECK_EQ(finding.expected, 1);
	/* whether the other half is freed meanwhile does not change the evidence */
	CHECK_EQ(faulty(0, 0x20, &other), 1);
	CHECK(finding_same_evidence(&finding, &other));
	CHECK_EQ(faulty(0, 0x12, NULL), 1);
	CHECK_EQ(faulty(UPPER, 0x13, NULL), 1);
	CHECK_EQ(faulty(UPPER, 0x22, NULL), 1);
	CHECK_EQ(faulty(0, 0x101, NULL), 1);
}

static void whole_pages(void)
{
	look.mm.pgstes = true;
	CHECK_EQ(faulty(0, 0x03, NULL), 0);
	CHECK_EQ(faulty(0, 0x01, NULL), 1);
	CHECK_EQ(faulty(0, 0x33, NULL), 1);
	look.mm.pgstes = false;
}

static void others(void)
{
	struct walk_table walked = { .pfn = 8, .level = WALK_PMD };
	struct snap_table *moved;
	struct finding finding;

	start();
	snapshot_add(&look.snap, &walked);	/* a segment table has no such bits */
	CHECK_EQ(found(judge_fragments_agree, NULL), 0);
	moved = page_table(9, 0, 0);
	moved->flags = WALK_MOVED;
	CHECK_EQ(found(judge_fragments_agree, &finding), 1);
	CHECK(finding.moving);
	moved->flags = WALK_NO_PAGE;
	CHECK_EQ(found(judge_fragments_agree, NULL), 0);
	snapshot_free(&look.snap);
}

static void own_tables(void)
{
	struct finding finding;

	start();
	page_table(7, 0, 1);
	CHECK_EQ(found(judge_gaddr_matches, NULL), 0);
	page_table(8, 0, 1)->mapping = 0x8;
	CHECK_EQ(found(judge_gaddr_matches, &finding), 1);
	CHECK_EQ(finding.invariant, GADDR_MATCHES);
	CHECK_EQ(finding.pfn, 8);
	CHECK_EQ(finding.found, 8);
	snapshot_free(&look.snap);
}

/* Each below the one before it, from this level down; index 1 of the tables above. */
static void tables_of(const struct walk_gmap *of, unsigned int level, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++, level--) {
		table[i] = (struct walk_gmap_table){
			.gmap = of, .level = level, .pfn = 100 + i, .gaddr = ARCH_GMAP_TABLE,
		};
		if (!i)
			continue;
		table[i].above = &table[i - 1];
		table[i].index = 1;
		table[i].va = table[i - 1].va + arch_entry_span(level + 1, 5);
	}
	nr_tables = n;
}

static void guest_address(void)
{
	struct finding finding;

	start();
	gmap = (struct walk_gmap){ .address = GMAP_AT, .asce = REGION1_ASCE };
	tables_of(&gmap, WALK_PGD, 4);
	table[1].gaddr = 1ULL << 53 | 0x8;
	table[2].gaddr = (1ULL << 53) + (1ULL << 42) + 0x8;
	table[3].gaddr = (1ULL << 53) + (1ULL << 42) + (1ULL << 31) + 0x8;
	CHECK_EQ(found(judge_gaddr_matches, NULL), 0);
	table[3].gaddr ^= 1ULL << 31;
	table[3].flags = WALK_MOVED;
	CHECK_EQ(found(judge_gaddr_matches, &finding), 1);
	CHECK_EQ(finding.pfn, 103);
	CHECK_EQ(finding.other, GMAP_AT);
	CHECK_EQ(finding.expected, (1ULL << 53) + (1ULL << 42) + (1ULL << 31) + 8);
	CHECK(finding.moving);
	table[3].gaddr ^= 1ULL << 31;
	table[0].gaddr = 0;		/* of no gmap, it says */
	table[1].gaddr |= 0x10;		/* of a shadow */
	CHECK_EQ(found(judge_gaddr_matches, NULL), 2);
	snapshot_free(&look.snap);
}

/* The guest has tables at 16, 32, 48 and 60 KiB and a half page. */
static void start_shadow(void)
{
	start();
	gmap = (struct walk_gmap){ .address = GMAP_AT, .asce = REGION1_ASCE };
	shadow = (struct walk_gmap){ .address = SHADOW_AT, .asce = REGION1_ASCE, .parent = &gmap,
				     .shadowed = 0x4000 | 0xf, .number = 1 };
	tables_of(&shadow, WALK_PGD, 5);
	for (unsigned int i = 0; i < 4; i++) {
		guest[i].gaddr = 0x4000 * (i + 1) + 8;
		guest[i].word = 0x4000 * (i + 2) | 3;
		table[i + 1].gaddr = 0x4000 * (i + 2) | 0x18;
	}
	guest[3].word = 0x15800;
	table[4].gaddr = 0x15818;
}

static void shadows(void)
{
	struct finding finding;

	start_shadow();
	CHECK_EQ(found(judge_gaddr_matches, NULL), 0);
	table[2].gaddr += 0x1000;	/* nothing else is judged by it */
	CHECK_EQ(found(judge_gaddr_matches, &finding), 1);
	CHECK_EQ(finding.pfn, 102);
	CHECK_EQ(finding.index, 1);
	CHECK_EQ(finding.expected, 0xc018);
	table[2].gaddr = 0xc008;	/* not of a shadow */
	CHECK_EQ(found(judge_gaddr_matches, NULL), 1);
	table[2].gaddr = 0xc01c;	/* of no table */
	CHECK_EQ(found(judge_gaddr_matches, NULL), 1);
	/* the guest's table cannot be read, from there on: the flags are all */
	guest[1].word = 0;
	table[2].gaddr = 0x7ff018;
	table[3].gaddr = 0x15;
	CHECK_EQ(found(judge_gaddr_matches, &finding), 1);
	CHECK_EQ(finding.pfn, 103);
	guest[1].word = 0x20;		/* and there is none */
	table[3].gaddr = 0x18;
	CHECK_EQ(found(judge_gaddr_matches, NULL), 0);
	snapshot_free(&look.snap);
}

/* A large page of the guest's is shadowed by tables, too. */
static void large_pages(void)
{
	start_shadow();
	guest[3].word = 0x300000 | 0x400;
	CHECK_EQ(found(judge_gaddr_matches, NULL), 1);
	table[4].gaddr = 0x30001c;
	CHECK_EQ(found(judge_gaddr_matches, NULL), 1);	/* to this machine it is a table */
	shadow.edat_level = 1;
	CHECK_EQ(found(judge_gaddr_matches, NULL), 0);
	/* of 2 GiB: its second MiB */
	guest[2].word = 0x80000000 | 0x404;
	table[3].gaddr = 0x8000001c;
	table[4].gaddr = 0x8010001c;
	CHECK_EQ(found(judge_gaddr_matches, NULL), 1);
	shadow.edat_level = 2;
	CHECK_EQ(found(judge_gaddr_matches, NULL), 0);
	table[4].gaddr = 0x8000001c;
	CHECK_EQ(found(judge_gaddr_matches, NULL), 1);
	snapshot_free(&look.snap);
}

/* Without tables of the guest's: its addresses are those of memory. */
static void real_space(void)
{
	start_shadow();
	shadow.shadowed = 0x4000 | 0x20;
	for (unsigned int i = 1; i < 5; i++)
		table[i].gaddr = table[i].va | 0x1c;
	CHECK_EQ(found(judge_gaddr_matches, NULL), 0);
	table[1].gaddr &= ~0x4ULL;
	table[4].gaddr += 0x100000;
	CHECK_EQ(found(judge_gaddr_matches, NULL), 2);
	snapshot_free(&look.snap);
}

static void restless(void)
{
	struct finding finding;

	start();
	gmaps_error = -EAGAIN;
	CHECK_EQ(found(judge_gaddr_matches, &finding), 1);
	CHECK(finding.moving && finding.doubt);
	CHECK_EQ(finding.level, 0);
	snapshot_free(&look.snap);
}

static const struct ktap_test tests[] = {
	{ "halves of a page: allocated, not about to be freed", fragments },
	{ "with PGSTEs: the whole page", whole_pages },
	{ "other levels, what moved, what was not read", others },
	{ "tables of no gmap: no guest address", own_tables },
	{ "tables of a gmap: where they are", guest_address },
	{ "tables of a shadow: what they shadow", shadows },
	{ "tables of a shadow: large pages", large_pages },
	{ "tables of a shadow: real space", real_space },
	{ "lists that never rest are no fault", restless },
};

int main(void)
{
	return KTAP_RUN(tests);
}

// SPDX-License-Identifier: GPL-2.0-only
/* What s390 descriptors say of page table fragments: judged as there, on whatever builds this. */
#include "arch/arch.h"
#include "judge.h"
#include "ktap.h"

#define UPPER		0x800

static struct walk_kernel kernel;
static struct look_subject subject;
static struct look look;

int look_report(struct look *l, const struct finding *finding)
{
	return findings_add(&l->findings, finding);
}

static void start(void)
{
	subject.kernel = &kernel;
	look.subject = &subject;
	snapshot_init(&look.snap, 3);
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

static const struct ktap_test tests[] = {
	{ "halves of a page: allocated, not about to be freed", fragments },
	{ "with PGSTEs: the whole page", whole_pages },
	{ "other levels, what moved, what was not read", others },
};

int main(void)
{
	return KTAP_RUN(tests);
}

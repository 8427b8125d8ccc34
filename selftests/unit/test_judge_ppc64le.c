// SPDX-License-Identifier: GPL-2.0-only
/* The number of fragments in powerpc descriptors: judged as there, on whatever builds this. */
#include "arch/arch.h"
#include "judge.h"
#include "ktap.h"

static struct walk_kernel kernel;
static struct look_subject subject;
static struct look look;

int look_report(struct look *l, const struct finding *finding)
{
	return findings_add(&l->findings, finding);
}

static struct snap_table *table(unsigned int level, unsigned int offset, __s32 count)
{
	struct walk_table walked = { .pfn = 7, .offset = offset, .level = level, .va = offset << 13 };

	memcpy(&walked.pt_mm, &count, sizeof(count));
	return snapshot_add(&look.snap, &walked);
}

static void start(void)
{
	subject.kernel = &kernel;
	look.subject = &subject;
	snapshot_init(&look.snap, 4);
}

static size_t found(struct finding *first)
{
	size_t n;

	CHECK_EQ(judge_fragments_agree(&look), 0);
	n = look.findings.nr;
	if (n && first)
		*first = look.findings.finding[0];
	findings_free(&look.findings);
	snapshot_free(&look.snap);
	return n;
}

/* One table alone, with this count in its page. */
static size_t faulty(unsigned int level, __s32 count)
{
	start();
	table(level, 0x1000, count);
	return found(NULL);
}

static void range(void)
{
	CHECK_EQ(faulty(WALK_PTE, 1) + faulty(WALK_PTE, 256) + faulty(WALK_PMD, 16), 0);
	CHECK_EQ(faulty(WALK_PTE, 0), 1);
	CHECK_EQ(faulty(WALK_PTE, -1), 1);
	CHECK_EQ(faulty(WALK_PTE, 257), 1);
	CHECK_EQ(faulty(WALK_PMD, 17), 1);
	CHECK_EQ(faulty(WALK_PGD, 0), 0);
}

static void reached(void)
{
	struct finding finding;

	for (__s32 count = 1; count <= 3; count++) {
		start();
		table(WALK_PTE, 0, count);
		table(WALK_PTE, 0x100, count);
		table(WALK_PTE, 0xff00, count);
		CHECK_EQ(found(&finding), count < 3);
	}
	/* judged once, with the first in the page, whichever was reached first */
	start();
	table(WALK_PTE, 0x300, 1);
	table(WALK_PTE, 0x100, 1);
	CHECK_EQ(found(&finding), 1);
	CHECK_EQ(finding.va, 0x100 << 13);
	CHECK_EQ(finding.expected, 2);
	CHECK_EQ(finding.other, 256);
	CHECK_EQ(finding.found, 1);
	/* a table on its way out is not counted */
	start();
	table(WALK_PTE, 0x100, 1);
	table(WALK_PTE, 0x300, 1)->flags = WALK_MOVED;
	CHECK_EQ(found(NULL), 0);
}

static const struct ktap_test tests[] = {
	{ "no fragment, too many", range },
	{ "fewer than are reached", reached },
};

int main(void)
{
	return KTAP_RUN(tests);
}

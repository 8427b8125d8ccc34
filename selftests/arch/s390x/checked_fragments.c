// SPDX-License-Identifier: GPL-2.0-only
/*
 * ptdesc-check knows which half of a page each PTE table is: it finds a descriptor
 * that says otherwise, and the tables that this is about.
 */
#define _GNU_SOURCE
#include "checked.h"
#include "listing.h"
#include "gmapper.h"
#include "subject.h"

#define TABLES	64

static struct listing l;
static struct subject subject;
static char pid[16];

static const char *fill(char *space)
{
	if (mprotect(space, SUBJECT_SPACE, PROT_READ | PROT_WRITE))
		return strerror(errno);
	for (unsigned long i = 0; i < TABLES; i++)
		*(volatile char *)(space + i * SUBJECT_TABLE) = 1;
	return NULL;
}

/* What the listing says of this page; -1: nothing. */
static int bits_of(uint64_t pfn)
{
	const struct listing_row *row = listing_find(&l, pfn);
	unsigned int bits;

	return row && sscanf(row->field[LISTING_FRAG], "0x%x", &bits) == 1 ? (int)bits : -1;
}

static uint64_t table_at(const struct tool *t, unsigned long at)
{
	char text[64];
	long long pfn;

	snprintf(text, sizeof(text), "\"level\":\"pte\",\"address\":\"0x%lx\"", at);
	pfn = tool_number(t, text, "\"pfn\":");
	return pfn > 0 ? pfn : 0;
}

/* A page of which the subject has both halves, one of which begins at the address returned. */
static unsigned long find_page(uint64_t *pfn)
{
	struct tool t = tool_run("-j", "-l", "--listing", "none", pid);
	unsigned long found = 0;

	listing_free(&l);
	l = listing_read(0);
	for (unsigned long i = 0; i < TABLES && !found; i++) {
		unsigned long at = (unsigned long)subject.space + i * SUBJECT_TABLE;

		*pfn = table_at(&t, at);
		for (unsigned long j = i + 1; j < TABLES && *pfn && !found; j++)
			if (table_at(&t, (unsigned long)subject.space + j * SUBJECT_TABLE) == *pfn &&
			    bits_of(*pfn) == 3)
				found = at;
	}
	tool_free(&t);
	return found;
}

static void test_holds(const char *when)
{
	struct tool t = tool_run("-j", pid);
	long long checked = tool_number(&t, "\"fragments-agree\"", "\"checked\":");
	bool ok = t.status == TOOL_HOLDS && tool_state(&t, "fragments-agree", "holds") &&
		  tool_state(&t, "gaddr-matches", "holds") && checked > TABLES &&
		  checked == tool_number(&t, "\"levels\":", "\"pte\":", "\"tables\":");

	if (!ok)
		checked_print(&t);
	tool_free(&t);
	ksft_test_result(ok, "%s all page tables agree with their descriptors\n", when);
}

/* Of the page's tables so many are wrong then. */
static void test_corrupt(uint64_t pfn, unsigned int bits, int wrong, const char *what)
{
	bool found = !gmapper("frag %lx %x", (unsigned long)pfn, bits) &&
		     checked_violated(subject.pid, "fragments-agree", NULL, pfn, wrong, NULL);

	if (gmapper("frag %lx %x", (unsigned long)pfn, bits))
		ksft_exit_fail_msg("the corruption remains\n");
	ksft_test_result(found, "%s\n", what);
}

int main(void)
{
	const char *why;
	uint64_t pfn;

	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	tool_require();
	why = gmapper_open();
	if (why)
		ksft_exit_skip("%s\n", why);
	ksft_set_plan(7);
	listing_keep_memory();
	subject = subject_start(fill);
	if (subject.skip)
		ksft_exit_fail_msg("%s\n", subject.skip);
	snprintf(pid, sizeof(pid), "%d", subject.pid);

	test_holds("at first");
	if (!find_page(&pfn)) {
		subject_stop(&subject);
		ksft_exit_fail_msg("no page with two of %d page tables\n", TABLES);
	}
	test_corrupt(pfn, 0x01, 1, "the lower half is said to be free");
	test_corrupt(pfn, 0x22, 1, "the upper half is said to be about to be freed");
	test_corrupt(pfn, 0x10, 2, "the lower half is said to be both, which is neither's");
	test_corrupt(pfn, 0x100, 2, "there is a third half");
	test_holds("put right");
	subject_stop(&subject);
	ksft_test_result(!gmapper_close(), "the module goes\n");
	ksft_finished();
}

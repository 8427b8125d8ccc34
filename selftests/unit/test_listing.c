// SPDX-License-Identifier: GPL-2.0-only
/* The listing's parser: takes what include/ptdesc.h describes, refuses all else and says where. */
#include <errno.h>
#include <stdlib.h>
#include "listing.h"
#include "ktap.h"
#include "../include/ptdesc.h"

#define HEADER "# ptdesc 1 pfn order type refcount ptl pmd_huge_pte pt_mm pid frag share gaddr memcg flags comm\n"
#define ROW1 "4096 0 0xf2000000 1 free - - - - - - 1 - -\n"
#define ROW2 "4097 0 0xf2000000 1 held 4096 - - - 2 - - C -\n"
#define ROW3 "1048576 1 0xfffffdff -1 alloc - 00000000deadbeef 77 0 - 0x7fff0000 42 CR bash\\040x\n"
#define GOOD HEADER ROW1 ROW2 ROW3 "# end\n"

static struct pfnset listed;
static char error[LISTING_ERROR];

static int parse(const char *text, size_t size)
{
	FILE *file = fmemopen((void *)(size ? text : " "), size ? size : 1, "r");
	int err;

	if (!size)
		(void)getc(file);
	pfnset_free(&listed);
	err = listing_parse(file, listing_add, &listed, error);
	fclose(file);
	return err;
}

static bool refused(const char *text, const char *why)
{
	int err = parse(text, strlen(text));
	bool right = err == -EINVAL && strstr(error, why);

	if (!right)
		printf("# %d, \"%s\", not \"%s\"\n", err, error, why);
	return right;
}

static void good(void)
{
	CHECK_EQ(parse(GOOD, strlen(GOOD)), 0);
	CHECK_EQ(listed.nr, 3);
	CHECK(pfnset_has(&listed, 4096) && pfnset_has(&listed, 4097) && pfnset_has(&listed, 1048576));
	CHECK_EQ(parse(HEADER "# end\n", strlen(HEADER "# end\n")), 0);
	CHECK_EQ(listed.nr, 0);
}

static struct listing_row last;

static int keep(const struct listing_row *row, void *arg)
{
	(void)arg;
	last = *row;
	return row->pfn == 666 ? -ENOSPC : 0;
}

static int one_row(const char *row)
{
	char text[400];
	FILE *file;
	int err;

	snprintf(text, sizeof(text), HEADER "%s\n# end\n", row);
	file = fmemopen(text, strlen(text), "r");
	err = listing_parse(file, keep, NULL, error);
	fclose(file);
	return err;
}

static void rows(void)
{
	CHECK_EQ(one_row("77 1 0xfffffdff 1 - - 00000000e4986b88 55 - - - 4242 C redis"), 0);
	CHECK_EQ(last.pfn, 77);
	CHECK_EQ(last.order, 1);
	CHECK_EQ(last.page_type, 0xfffffdff);
	CHECK_EQ(last.memcg, 4242);
	CHECK(!last.gmap);
	/* powerpc's fragments are a number, s390's bits; its guests' tables have an address */
	CHECK_EQ(one_row("77 0 0xfffffdff 1 free - - - 16 - - - - -"), 0);
	CHECK_EQ(one_row("77 2 0xfffffdff 1 - - - - 0x31 - 0x80000000 - SF -"), 0);
	CHECK(last.gmap && !last.memcg);
	CHECK_EQ(-one_row("666 0 0xfffffdff 1 free - - - - - - - - -"), ENOSPC);
}

/* Whatever is cut off the end, even the last newline, shows. */
static void truncated(void)
{
	for (size_t size = 0; size < strlen(GOOD); size++) {
		int err = parse(GOOD, size);

		if (err != -EINVAL)
			printf("# %zu bytes were accepted\n", size);
		CHECK(err == -EINVAL);
		CHECK(!strncmp(error, "line ", 5));
	}
}

static void new_columns(void)
{
	static const char text[] =
		"# ptdesc 1 pfn order type refcount ptl pmd_huge_pte pt_mm pid frag share gaddr memcg flags node comm\n"
		"4096 0 0xf2000000 1 free - - - - - - 1 - 7 -\n# end\n";

	CHECK_EQ(parse(text, strlen(text)), 0);
	CHECK_EQ(listed.nr, 1);
}

static void foreign(void)
{
	static const char binary[] = "\177ELF\2\1\1\0\0\0";

	CHECK(refused("", "line 1: the file is empty"));
	CHECK(refused("root:x:0:0:root:/root:/bin/bash\n", "not a listing of ptdesc.ko"));
	CHECK(refused("# ptdesc\n", "not a listing"));
	CHECK(refused("# ptdesc one\n", "no format version"));
	CHECK(refused("# ptdesc 2 pfn\n# end\n", "format version 2; this program reads version 1"));
	CHECK(refused("# ptdesc 1 pfn order\n# end\n", "2 columns"));
	CHECK_EQ(parse(binary, sizeof(binary)), -EINVAL);
	CHECK(strstr(error, "byte 0x7f is not text"));
	CHECK(refused("# ptdesc 1 pfn order type refcount ptl pmd_huge_pte pt_mm pid frag share gaddr "
		      "memcg comm flags\n# end\n", "column 13 is not flags"));
}

static void wrong_rows(void)
{
	CHECK(refused(HEADER ROW2 ROW1 "# end\n", "line 3: pfn 4096 is not above"));
	CHECK(refused(HEADER ROW1 ROW1 "# end\n", "line 3: pfn 4096 is not above"));
	CHECK(refused(HEADER "4096 0 0xf2000000 1 free - - - - - - 1 -\n# end\n", "13 values"));
	CHECK(refused(HEADER "4096 0 0xf2000000 1 free - - - - - - 1 - - -\n# end\n", "15 values"));
	CHECK(refused(HEADER "4096  0 0xf2000000 1 free - - - - - - 1 - -\n# end\n", "values"));
	CHECK(refused(HEADER "x 0 0xf2000000 1 free - - - - - - 1 - -\n# end\n", "column pfn: x"));
	CHECK(refused(HEADER "-1 0 0xf2000000 1 free - - - - - - 1 - -\n# end\n", "column pfn"));
	CHECK(refused(HEADER "99999999999999999999999 0 0xf2000000 1 free - - - - - - 1 - -\n# end\n",
		      "column pfn"));
	CHECK(refused(HEADER "4096 0 0xf20000 1 free - - - - - - 1 - -\n# end\n", "column type"));
	CHECK(refused(HEADER "4096 0 0xf2000000 1x free - - - - - - 1 - -\n# end\n", "column refcount"));
	CHECK(refused(HEADER "4096 0 0xf2000000 1 busy - - - - - - 1 - -\n# end\n", "column ptl"));
	CHECK(refused(HEADER "4096 0 0xf2000000 1 free - - - 0x - - 1 - -\n# end\n", "column frag"));
	CHECK(refused(HEADER "4096 0 0xf2000000 1 free - - - - - 12 1 - -\n# end\n", "column gaddr"));
	CHECK(refused(HEADER "\n# end\n", "line 2: 0 values"));
	CHECK(refused(HEADER ROW1 "# end\n# end\n", "line 4: text after"));
	CHECK(refused(HEADER ROW1 "# end", "line 3: cut short"));
	CHECK(refused(HEADER ROW1, "line 3: cut short: \"# end\" is missing"));
}

static void overlong(void)
{
	char *text = malloc(100000);

	memset(text, 'x', 99999);
	text[99999] = '\0';
	CHECK(refused(text, "line 1: longer than"));
	memcpy(text, HEADER, strlen(HEADER));
	CHECK(refused(text, "line 2: longer than"));
	free(text);
}

static void files(void)
{
	CHECK_EQ(-listing_read("/nonexistent/ptdesc", listing_add, &listed, error), ENOENT);
	CHECK(strstr(error, "No such file"));
	CHECK_EQ(-listing_read("/proc/self/exe", listing_add, &listed, error), EINVAL);
	CHECK(listing_read("/proc", listing_add, &listed, error) < 0);
	CHECK(!listing_is_live("/proc/self/exe") && !listing_is_live("/nonexistent/ptdesc"));
}

static const struct ktap_test tests[] = {
	{ "a good listing", good },
	{ "what a row says", rows },
	{ "cut at each byte", truncated },
	{ "columns of a later module", new_columns },
	{ "foreign files", foreign },
	{ "wrong rows", wrong_rows },
	{ "overlong lines", overlong },
	{ "files that are none", files },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	pfnset_free(&listed);
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only
/* The command line: what is taken, and each way to get it wrong in one line. */
#include <errno.h>
#include <unistd.h>
#include "options.h"
#include "invariant.h"
#include "ktap.h"

static struct options options;
static char error[OPTIONS_ERROR];

/* A command line, cut at spaces. */
static int parse(const char *line)
{
	static char copy[400];
	char *argv[32] = { "ptdesc-check" }, *word;
	int argc = 1;

	options_free(&options);
	strcpy(copy, line);
	for (word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return options_parse(&options, argc, argv, error);
}

static bool wrong(const char *line, const char *why)
{
	bool right = parse(line) == -EINVAL && strstr(error, why) && !strchr(error, '\n');

	if (!right)
		printf("# %s: \"%s\", not \"%s\"\n", line, error, why);
	return right;
}

static void pids(void)
{
	CHECK_EQ(parse("12 -p 34 --pid 56 2147483647"), 0);
	CHECK_EQ(options.nr_pids, 4);
	CHECK_EQ(options.pids[0], 34);	/* getopt: options first */
	CHECK_EQ(options.pids[2], 12);
	CHECK_EQ(options.pids[3], 2147483647);
	CHECK(wrong("", "no PID given"));
	CHECK(wrong("0", "PID 0: not a process"));
	CHECK(wrong("00", "PID 0: not a process"));
	CHECK(wrong("-1", "negative"));
	CHECK(wrong("-p -1", "not a number"));
	CHECK(wrong("-p 0", "PID 0"));
	CHECK(wrong("abc", "PID abc: not a number"));
	CHECK(wrong("12x", "not a number"));
	CHECK(wrong("+12", "not a number"));
	CHECK(wrong("0x10", "not a number"));
	CHECK(wrong("1.5", "not a number"));
	CHECK(wrong("2147483648", "too large"));
	CHECK(wrong("99999999999999999999999999", "too large"));
	CHECK(wrong("1 2 three", "PID three"));
}

static void ranges(void)
{
	CHECK_EQ(parse("-A 7f0000000000,0x7f0000001000 1"), 0);
	CHECK_EQ(options.range.low, 0x7f0000000000);
	CHECK_EQ(options.range.high, 0x7f0000001000);
	CHECK_EQ(parse("--range=0,ffffffffffffffff 1"), 0);
	CHECK(wrong("-A 10 1", "not LOW,HIGH"));
	CHECK(wrong("-A 10, 1", "not LOW,HIGH"));
	CHECK(wrong("-A ,10 1", "not LOW,HIGH"));
	CHECK(wrong("-A 10,20,30 1", "not LOW,HIGH"));
	CHECK(wrong("-A -10,20 1", "not LOW,HIGH"));
	CHECK(wrong("-A 10,1ffffffffffffffff 1", "not LOW,HIGH"));
	CHECK(wrong("-A 20,10 1", "not below"));
	CHECK(wrong("-A 10,10 1", "not below"));
}

static void all(void)
{
	CHECK_EQ(parse("-a"), 0);
	CHECK(options.all && !options.nr_pids);
	CHECK_EQ(parse("--all -j -l -q"), 0);
	CHECK(wrong("-a 1", "not with PIDs"));
	CHECK(wrong("-a -A 10,20", "not with PIDs, -A"));
	CHECK(wrong("-a --address 10", "or --address"));
	CHECK(wrong("-a -l", "use -j"));
}

static void addresses(void)
{
	CHECK_EQ(parse("--address 7f0000000123 1"), 0);
	CHECK(options.lookup);
	CHECK_EQ(options.address, 0x7f0000000123);
	CHECK_EQ(parse("--address=0xffffffffffffffff 1 2"), 0);
	CHECK_EQ(options.address, ~0ULL);
	CHECK_EQ(parse("--address 0 1"), 0);
	CHECK(options.lookup && !options.address);
	CHECK(wrong("--address 1", "no PID"));
	CHECK(wrong("--address xyz 1", "not an address"));
	CHECK(wrong("--address -1 1", "not an address"));
	CHECK(wrong("--address 10000000000000000 1", "not an address"));
	CHECK(wrong("--address 10,20 1", "not an address"));
	CHECK(wrong("--address", "needs a value"));
	CHECK(wrong("--address 10 -l 1", "not with -A or -l"));
	CHECK(wrong("--address 10 -A 10,20 1", "not with -A or -l"));
}

static void formats(void)
{
	CHECK_EQ(parse("1"), 0);
	CHECK_EQ(options.format, FORMAT_TEXT);
	CHECK_EQ(parse("-j 1"), 0);
	CHECK_EQ(options.format, FORMAT_JSON);
	CHECK_EQ(parse("-f json --pretty -l -q -v -o x --listing none 1"), 0);
	CHECK(options.format == FORMAT_JSON && options.pretty && options.list && options.quiet);
	CHECK(options.verbose);
	CHECK_STR(options.output, "x");
	CHECK_STR(options.listing, "none");
	CHECK(wrong("-f html 1", "format html"));
	/* An error before -j is still said in JSON. */
	CHECK(wrong("--nonsense -j 1", "option --nonsense: unknown"));
	CHECK_EQ(options.format, FORMAT_JSON);
}

static void unknown(void)
{
	CHECK(wrong("-Z 1", "option -Z: unknown"));
	CHECK(wrong("--nonsense 1", "option --nonsense: unknown"));
	CHECK(wrong("-b 1", "option -b: unknown"));
	CHECK(wrong("1 -o", "option -o: needs a value"));
	CHECK(wrong("1 --listing", "option --listing: needs a value"));
	CHECK(wrong("--json=yes 1", "--json=yes"));
	CHECK(wrong("--pid 1 --list=x", "--list=x"));
}

static void actions(void)
{
	CHECK_EQ(parse("-h"), 0);
	CHECK_EQ(options.action, ACTION_HELP);
	CHECK_EQ(parse("-V"), 0);
	CHECK_EQ(options.action, ACTION_VERSION);
	CHECK_EQ(parse("-d table-typed"), 0);
	CHECK_EQ(options.action, ACTION_DESCRIBE);
	CHECK_STR(options.describe, "table-typed");
}

static void usage(void)
{
	char text[4096], *line;
	FILE *file = fmemopen(text, sizeof(text), "w");
	unsigned int lines = 0;

	options_usage(file);
	fclose(file);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++)
		CHECK(strlen(line) <= 80);
	CHECK(lines <= 24);
}

static void names(void)
{
	CHECK(invariant_by_name("ptl-sane") == invariant_by_id(PTL_SANE));
	CHECK(invariant_by_name("9") == invariant_by_id(PTL_SANE));
	CHECK(!invariant_by_name("0") && !invariant_by_name("99") && !invariant_by_name("") &&
	      !invariant_by_name("9x") && !invariant_by_name("99999999999999999999"));
	for (unsigned int id = 1; id <= INVARIANTS; id++)
		CHECK_EQ(invariant_by_id(id)->id, id);
}

static const struct ktap_test tests[] = {
	{ "PIDs", pids },
	{ "ranges", ranges },
	{ "addresses", addresses },
	{ "all processes", all },
	{ "formats and the rest", formats },
	{ "what is unknown", unknown },
	{ "actions", actions },
	{ "usage fits a terminal", usage },
	{ "invariants by name and number", names },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	options_free(&options);
	return status;
}

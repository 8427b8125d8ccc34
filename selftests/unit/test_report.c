// SPDX-License-Identifier: GPL-2.0-only
/* What is printed: JSON keys, which may only grow; text in 80 columns; -d against the man page. */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "arch/arch.h"
#include "fake_walk.h"
#include "json.h"
#include "ktap.h"
#include "output.h"
#include "text.h"

static struct json_object *report(const struct check *check, bool list, bool pretty)
{
	struct json_object *parsed;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	json_begin(file, &fake.kernel, "processes", pretty);
	json_check(file, check, list, true);
	json_check(file, check, false, false);
	json_end(file, NULL, 0, check->status);
	fclose(file);
	CHECK(!strncmp(text, pretty ? "{\n  \"format_version\": 1," : "{\"format_version\":1,",
		       pretty ? 24 : 20));
	CHECK_EQ(text[size - 1], '\n');
	parsed = json_tokener_parse(text);
	CHECK(parsed);
	free(text);
	return parsed;
}

/* Every key of an object, in order, one space between. */
static const char *keys(struct json_object *object)
{
	static char text[1024];

	text[0] = '\0';
	json_object_object_foreach(object, key, value) {
		(void)value;
		strcat(strcat(text, text[0] ? " " : ""), key);
	}
	return text;
}

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	CHECK(json_object_object_get_ex(object, key, &value));
	return value;
}

/* How many invariants are judged of one process. */
static unsigned int of_process(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < INVARIANTS; i++)
		n += invariant_of_process(&invariants[i]);
	return n;
}

static void broken_mm(struct check *check)
{
	fake_mm_build(4);
	fake.page[fake.pte].table.page_type = FAKE_TYPE_NONE;
	fake_entries(fake.pte)[3] |= 1ULL << 50;
	fake_check(check);
}

static void json_keys(void)
{
	for (unsigned int pretty = 0; pretty < 2; pretty++) {
		struct json_object *root, *process, *violation;
		struct check check;

		broken_mm(&check);
		root = report(&check, true, pretty);
		CHECK_STR(keys(root), "format_version tool kernel processes longest_call_nsec "
			  "status");
		CHECK_STR(keys(get(root, "kernel")), "release arch levels rcu_freed");
		CHECK_EQ(json_object_array_length(get(root, "processes")), 2);
		process = json_object_array_get_idx(get(root, "processes"), 0);
		CHECK_STR(keys(process), "pid comm status mm summary invariants cost violations "
			  "unsettled tables");
		CHECK_STR(keys(get(process, "summary")), "tables tables_moved leaf_entries "
			  "pgtables_bytes checks violated unsettled races_settled candidates_lost "
			  "looks walk_nsec walk_calls walk_kernel_nsec total_nsec");
		CHECK_STR(keys(get(process, "cost")), "table_bytes mapped_bytes "
			  "table_bytes_per_mapped_gib reclaimable_bytes deposited_tables "
			  "anon_thp_leaves huge_zero_leaves hugetlb_leaves file_thp_leaves levels "
			  "top_vmas");
		CHECK_STR(keys(get(get(process, "cost"), "levels")), "pte pmd pud pgd");
		CHECK_STR(keys(get(get(get(process, "cost"), "levels"), "pte")), "tables bytes "
			  "leaf_entries table_entries swapped_entries empty_entries empty_tables "
			  "nearly_empty_tables");
		CHECK_EQ(json_object_array_length(get(process, "invariants")), of_process());
		CHECK_STR(keys(json_object_array_get_idx(get(process, "invariants"), 0)),
			  "id name state unit checked violated unsettled races_settled");
		CHECK_EQ(json_object_array_length(get(process, "violations")), 2);
		violation = json_object_array_get_idx(get(process, "violations"), 0);
		CHECK_STR(keys(violation), "id invariant level address index pfn page expected "
			  "found raw agreeing_looks agreeing_msec moving_looks changes");
		CHECK_STR(json_object_get_string(get(violation, "address")), "0x7f0000000000");
		CHECK_STR(json_object_get_string(get(violation, "found")), "page_type 0xffffffff");
		CHECK_EQ(json_object_get_int(get(violation, "pfn")), fake.pte);
		CHECK_EQ(json_object_array_length(get(process, "tables")), 4);
		CHECK_STR(keys(json_object_array_get_idx(get(process, "tables"), 3)),
			  "level address pfn entry page_type refcount flags ptl pt_mm pmd_huge_pte "
			  "memcg_data order leaves tables swapped empty deposited moved");
		CHECK_STR(json_object_get_string(get(process, "status")), "violated");
		json_object_put(root);
		check_free(&check);
	}
}

static void json_failed(void)
{
	struct json_object *root, *process;
	struct check check;

	fake_mm_build(4);
	fake.walk_error = -EIO;
	fake_check(&check);
	strcpy(check.process.name, "a\"b\\\n\377");
	root = report(&check, true, false);
	process = json_object_array_get_idx(get(root, "processes"), 0);
	CHECK_STR(keys(process), "pid comm status error");
	CHECK_STR(json_object_get_string(get(process, "comm")), "a\"b\\\n?");
	CHECK_STR(json_object_get_string(get(process, "status")), "could_not_check");
	json_object_put(root);
	check_free(&check);
}

static void text_width(void)
{
	struct check check;
	char *text = NULL, *line, *rest;
	size_t size;
	FILE *file;
	bool verdict = false;
	unsigned int holding = of_process() - 2;	/* and without what is not checked */
	char want[80];

	broken_mm(&check);
	for (unsigned int i = 0; i < INVARIANTS; i++)
		holding -= invariant_of_process(&invariants[i]) && check.tally[invariants[i].id].unchecked;
	snprintf(want, sizeof(want), "VIOLATED: table-typed entry-sane; %u invariants hold", holding);
	file = open_memstream(&text, &size);
	text_check(file, &check, false);
	fclose(file);
	CHECK(strstr(text, "VIOLATED table-typed"));
	CHECK(strstr(text, "VIOLATED entry-sane"));
	CHECK(strstr(text, "  found     reserved bits 0x4000000000000\n"));
	for (line = text; *line; line = rest + 1) {
		rest = strchr(line, '\n');
		*rest = '\0';
		if (strlen(line) > 80)
			printf("# %zu: %s\n", strlen(line), line);
		CHECK(strlen(line) <= 80);
		verdict = strstr(line, want);
	}
	CHECK(verdict);		/* the last line */
	free(text);
	check_free(&check);
}

/* The caller's number, and those that the process has in PID namespaces within. */
static void inner_numbers(void)
{
	static const char *const first[] = {
		"PID 56 (redis) on ", "PID 56 (redis) on ", "PID 56 (redis, 7 in its PID namespace) on ",
		"PID 56 (redis, 7 in its PID namespace, 1 in its PID namespace) on ",
	};

	for (unsigned int n = 0; n < 4; n++) {
		struct check check;
		char *text = NULL;
		size_t size;
		FILE *file = open_memstream(&text, &size);

		fake_mm_build(4);
		fake_check(&check);
		check.pid = 56;
		strcpy(check.process.name, "redis");
		check.process.nspids = n;
		check.process.nspid[0] = 56;
		check.process.nspid[1] = 7;
		check.process.nspid[2] = 1;
		text_check(file, &check, false);
		fclose(file);
		CHECK(!strncmp(text, first[n], strlen(first[n])));
		free(text);
		check_free(&check);
	}
}

/* Every line that -d prints must be in the man page, word for word. */
static char *squeeze(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++)
		if (*from != '\\' && *from != '&' && !(*from == ' ' && to > text && to[-1] == ' '))
			*to++ = *from == '\n' ? ' ' : *from;
	*to = '\0';
	return text;
}

static void man_page(void)
{
	static char page[65536];
	FILE *file = fopen("../../tools/ptdesc-check.8", "r");

	CHECK(file);
	if (!file)
		return;
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	fclose(file);
	squeeze(page);
	for (unsigned int i = 0; i < INVARIANTS; i++) {
		const struct invariant *inv = &invariants[i];
		char levels[TEXT_LEVELS], want[512];

		snprintf(want, sizeof(want), ".It %u %s (%s: %s) %s", inv->id, inv->name,
			 invariant_scope_name(inv->scope), text_levels(inv->levels, levels),
			 inv->text);
		if (!strstr(page, want))
			printf("# not in the man page: %s\n", want);
		CHECK(strstr(page, want));
		if (inv->except && !strstr(page, inv->except))
			printf("# not in the man page: %s\n", inv->except);
		CHECK(!inv->except || strstr(page, inv->except));
	}
}

static char dir[] = "/tmp/ptdesc-unit.XXXXXX";
static char path[64];

static const char *content(void)
{
	static char text[64];
	FILE *file = fopen(path, "r");

	text[0] = '\0';
	if (file) {
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
	}
	return text;
}

static unsigned int files_in_dir(void)
{
	struct stat st;
	char command[128];

	snprintf(command, sizeof(command), "exit $(ls -A %s | wc -l)", dir);
	return stat(dir, &st) ? 99 : WEXITSTATUS(system(command));
}

static void output_file(void)
{
	struct output output;

	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/out", dir);
	CHECK_EQ(output_open(&output, path), 0);
	fputs("one\n", output.file);
	CHECK_EQ(access(path, F_OK), -1ULL);	/* not before it is complete */
	CHECK_EQ(output_commit(&output), 0);
	CHECK_STR(content(), "one\n");
	CHECK_EQ(output_open(&output, path), 0);
	fputs("two\n", output.file);
	output_discard(&output);
	CHECK_STR(content(), "one\n");
	CHECK_EQ(files_in_dir(), 1);
	CHECK_EQ(-output_open(&output, dir), EISDIR);
	CHECK_EQ(-output_open(&output, "/nonexistent/x"), ENOENT);
	CHECK_EQ(output_open(&output, "/dev/full"), 0);
	fputs("three\n", output.file);
	CHECK_EQ(-output_commit(&output), ENOSPC);
	unlink(path);
	CHECK_EQ(files_in_dir(), 0);
	rmdir(dir);
}

static const struct ktap_test tests[] = {
	{ "JSON: keys and types", json_keys },
	{ "JSON: a process that could not be checked", json_failed },
	{ "text: 80 columns, verdict last", text_width },
	{ "text: numbers in PID namespaces", inner_numbers },
	{ "the man page has the table of invariants", man_page },
	{ "-o: replaced when complete, nothing left behind", output_file },
};

int main(void)
{
	int status = KTAP_RUN(tests);

	fake_mm_free();
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <string.h>
#include "arch/arch.h"
#include "json.h"
#include "version.h"

#define EVIDENCE_MAX	64	/* written for each invariant; all are counted */

/* One document at a time: how it is laid out, and how deep the next piece is. */
static struct {
	bool pretty;
	unsigned int depth;
} out;

static void indent(FILE *file)
{
	if (!out.pretty)
		return;
	fputc('\n', file);
	for (unsigned int i = 0; i < out.depth; i++)
		fputs("  ", file);
}

/* Write and free a value, indented as deep as its place in the document. */
static void put(FILE *file, struct json_object *value)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE |
		    (out.pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED : 0);
	const char *text = json_object_to_json_string_ext(value, flags);

	for (; *text; text++) {
		if (*text == '\n')	/* within strings it is "\n" */
			indent(file);
		else
			fputc(*text, file);
	}
	json_object_put(value);
}

static void key(FILE *file, const char *name, bool first)
{
	if (!first)
		fputc(',', file);
	indent(file);
	fprintf(file, out.pretty ? "\"%s\": " : "\"%s\":", name);
}

static void put_key(FILE *file, const char *name, struct json_object *value)
{
	key(file, name, false);
	put(file, value);
}

static void start(FILE *file, char bracket)
{
	fputc(bracket, file);
	out.depth++;
}

static void end(FILE *file, char bracket)
{
	out.depth--;
	indent(file);
	fputc(bracket, file);
}

static struct json_object *number(__u64 value)
{
	return json_object_new_uint64(value);
}

static struct json_object *word(__u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", value);
	return json_object_new_string(text);
}

/* comm and file names need not be UTF-8, which JSON must be: other bytes become "?". */
static struct json_object *text(const char *from)
{
	char copy[4096];
	size_t n = 0;

	for (; *from && n < sizeof(copy) - 1; from++)
		copy[n++] = *from & 0x80 ? '?' : *from;
	copy[n] = '\0';
	return json_object_new_string(copy);
}

static void add(struct json_object *object, const char *name, struct json_object *value)
{
	json_object_object_add(object, name, value);
}

static struct json_object *table_object(const struct snap_table *table)
{
	struct json_object *object = json_object_new_object();

	add(object, "level", json_object_new_string(walk_level_name(table->level)));
	add(object, "address", word(table->va));
	add(object, "pfn", number(table->pfn));
	add(object, "entry", word(table->entry));
	add(object, "page_type", word(table->page_type));
	add(object, "refcount", json_object_new_int(table->refcount));
	add(object, "flags", word(table->page_flags));
	add(object, "ptl", word(table->ptl));
	add(object, "pt_mm", word(table->pt_mm));
	add(object, "pmd_huge_pte", word(table->pmd_huge_pte));
	add(object, "memcg_data", word(table->memcg_data));
	add(object, "order", number(table->order));
	add(object, "leaves", number(table->leaves));
	add(object, "tables", number(table->tables));
	add(object, "swapped", number(table->swapped));
	add(object, "empty", number(snapshot_slots(table->level) - table->leaves - table->tables -
				    table->swapped));
	add(object, "deposited", number(table->deposited));
	add(object, "moved", json_object_new_boolean(table->flags & WALK_MOVED));
	return object;
}

static struct json_object *case_object(const struct check *check, const struct confirm_case *c)
{
	const struct walk_kernel *kernel = check->first.subject->kernel;
	const struct finding *f = &c->finding;
	const struct invariant *inv = invariant_by_id(f->invariant);
	char expected[INVARIANT_TEXT] = "", found[INVARIANT_TEXT] = "";
	struct json_object *object = json_object_new_object();

	inv->describe(f, expected, found);
	add(object, "id", number(inv->id));
	add(object, "invariant", json_object_new_string(inv->name));
	add(object, "level", json_object_new_string(walk_level_name(f->level)));
	add(object, "address", f->level ? word(f->va) : NULL);
	add(object, "index", f->index == FINDING_NO_INDEX ? NULL : number(f->index));
	add(object, "pfn", f->level ? number(f->pfn) : NULL);
	add(object, "page", f->level ? word(kernel->vmemmap + f->pfn * kernel->page_size) : NULL);
	add(object, "expected", json_object_new_string(expected));
	add(object, "found", json_object_new_string(found));
	add(object, "raw", word(f->raw));
	add(object, "agreeing_looks", number(c->agreed));
	add(object, "agreeing_msec", number((c->until - c->since) / 1000000));
	add(object, "moving_looks", number(c->moving));
	add(object, "changes", number(c->restarts));
	if (c->verdict == VERDICT_UNSETTLED)
		add(object, "reason", json_object_new_string(unsettled_text(c->why)));
	return object;
}

static void put_cases(FILE *file, const char *name, const struct check *check, enum verdict verdict)
{
	unsigned int shown = 0, id = 0;
	bool first = true;

	key(file, name, false);
	start(file, '[');
	for (size_t i = 0; i < check->confirm.nr; i++) {
		const struct confirm_case *c = &check->confirm.cases[i];

		if (c->verdict != verdict)
			continue;
		if (c->finding.invariant != id) {
			id = c->finding.invariant;
			shown = 0;
		}
		if (shown++ >= EVIDENCE_MAX)
			continue;
		if (!first)
			fputc(',', file);
		first = false;
		indent(file);
		put(file, case_object(check, c));
	}
	end(file, ']');
}

static void put_invariants(FILE *file, const struct check *check)
{
	key(file, "invariants", false);
	start(file, '[');
	for (unsigned int i = 0; i < INVARIANTS; i++) {
		const struct invariant *inv = &invariants[i];
		const struct check_tally *tally = &check->tally[inv->id];
		struct json_object *object = json_object_new_object();

		add(object, "id", number(inv->id));
		add(object, "name", json_object_new_string(inv->name));
		add(object, "state", json_object_new_string(
			tally->unchecked ? "not_checked" : tally->violated ? "violated" :
			tally->unsettled ? "unsettled" : "holds"));
		if (tally->unchecked)
			add(object, "reason", json_object_new_string(tally->unchecked));
		add(object, "checked", number(tally->checked));
		add(object, "violated", number(tally->violated));
		add(object, "unsettled", number(tally->unsettled));
		add(object, "races_settled", number(tally->settled));
		if (i)
			fputc(',', file);
		indent(file);
		put(file, object);
	}
	end(file, ']');
}

static struct json_object *level_object(const struct cost_level *level)
{
	struct json_object *object = json_object_new_object();

	add(object, "tables", number(level->tables));
	add(object, "bytes", number(level->bytes));
	add(object, "leaf_entries", number(level->leaves));
	add(object, "table_entries", number(level->links));
	add(object, "swapped_entries", number(level->swapped));
	add(object, "empty_entries", number(level->none));
	add(object, "empty_tables", number(level->empty));
	add(object, "nearly_empty_tables", number(level->few));
	return object;
}

static struct json_object *cost_object(const struct cost *cost)
{
	struct json_object *object = json_object_new_object();
	struct json_object *levels = json_object_new_object();
	struct json_object *top = json_object_new_array();

	for (unsigned int level = WALK_PTE; level < WALK_LEVELS; level++)
		if (cost->level[level].tables)
			add(levels, walk_level_name(level), level_object(&cost->level[level]));
	for (unsigned int i = 0; i < cost->nr_top; i++) {
		struct json_object *vma = json_object_new_object();

		add(vma, "start", word(cost->top[i].vma->start));
		add(vma, "end", word(cost->top[i].vma->end));
		add(vma, "name", text(cost->top[i].vma->name));
		add(vma, "pte_tables", number(cost->top[i].tables));
		add(vma, "empty_tables", number(cost->top[i].empty));
		add(vma, "nearly_empty_tables", number(cost->top[i].few));
		json_object_array_add(top, vma);
	}
	add(object, "table_bytes", number(cost_bytes(cost)));
	add(object, "mapped_bytes", number(cost->mapped));
	add(object, "table_bytes_per_mapped_gib", number(cost_per_gib(cost)));
	add(object, "reclaimable_bytes", number(cost->level[WALK_PTE].empty * ARCH_PAGE_SIZE));
	add(object, "deposited_tables", number(cost->deposited));
	add(object, "anon_thp_leaves", number(cost->anon));
	add(object, "huge_zero_leaves", number(cost->zero));
	add(object, "hugetlb_leaves", number(cost->hugetlb));
	add(object, "file_thp_leaves", number(cost->file));
	add(object, "levels", levels);
	add(object, "top_vmas", top);
	return object;
}

static const char *status_name(enum check_status status)
{
	switch (status) {
	case CHECK_HOLDS:
		return "holds";
	case CHECK_VIOLATED:
		return "violated";
	case CHECK_FAILED:
		return "could_not_check";
	case CHECK_INCOMPLETE:
		return "incomplete";
	}
	return "?";
}

static struct json_object *summary_object(const struct check *check)
{
	const struct walk_mm *mm = &check->first.mm;
	struct json_object *object = json_object_new_object();

	add(object, "tables", number(mm->tables));
	add(object, "tables_moved", number(mm->moved));
	add(object, "leaf_entries", number(check->first.leaves));
	add(object, "pgtables_bytes", number(mm->pgtables_bytes[1]));
	add(object, "checks", number(check->tally[0].checked));
	add(object, "violated", number(check->tally[0].violated));
	add(object, "unsettled", number(check->tally[0].unsettled));
	add(object, "races_settled", number(check->tally[0].settled));
	add(object, "candidates_lost", number(check->confirm.lost));
	add(object, "looks", number(check_looks(check)));
	add(object, "walk_nsec", number(mm->nsec));
	add(object, "walk_kernel_nsec", number(mm->kernel_nsec));
	add(object, "total_nsec", number(check->nsec));
	return object;
}

static void put_tables(FILE *file, const struct snapshot *snap)
{
	key(file, "tables", false);
	start(file, '[');
	for (__u32 i = 0; i < snap->nr; i++) {
		if (i)
			fputc(',', file);
		indent(file);
		put(file, table_object(snapshot_table(snap, i)));
	}
	end(file, ']');
}

void json_begin(FILE *file, const struct walk_kernel *kernel, bool pretty)
{
	struct json_object *object = json_object_new_object();

	out.pretty = pretty;
	out.depth = 0;
	start(file, '{');
	key(file, "format_version", true);
	fprintf(file, "%d", JSON_FORMAT);
	put_key(file, "tool", json_object_new_string("ptdesc-check " VERSION));
	add(object, "release", text(kernel->release));
	add(object, "arch", json_object_new_string(ARCH_NAME));
	add(object, "levels", number(kernel->levels));
	add(object, "rcu_freed", kernel->rcu_known ? json_object_new_boolean(kernel->rcu_freed) : NULL);
	put_key(file, "kernel", object);
	key(file, "processes", false);
	start(file, '[');
}

void json_check(FILE *file, const struct check *check, bool list, bool first)
{
	if (!first)
		fputc(',', file);
	indent(file);
	start(file, '{');
	key(file, "pid", true);
	fprintf(file, "%d", check->pid);
	if (check->has_status)
		put_key(file, "comm", text(check->process.name));
	put_key(file, "status", json_object_new_string(status_name(check->status)));
	if (check->error[0])
		put_key(file, "error", text(check->error));
	if (check->looked) {
		put_key(file, "mm", word(check->first.mm.mm));
		put_key(file, "summary", summary_object(check));
		put_invariants(file, check);
		put_key(file, "cost", cost_object(&check->cost));
		put_cases(file, "violations", check, VERDICT_VIOLATED);
		put_cases(file, "unsettled", check, VERDICT_UNSETTLED);
		if (list)
			put_tables(file, &check->first.snap);
	}
	end(file, '}');
}

void json_end(FILE *file, enum check_status status)
{
	end(file, ']');
	put_key(file, "status", json_object_new_string(status_name(status)));
	end(file, '}');
	fputc('\n', file);
}

void json_error(FILE *file, const char *error, bool pretty)
{
	out.pretty = pretty;
	out.depth = 0;
	start(file, '{');
	key(file, "format_version", true);
	fprintf(file, "%d", JSON_FORMAT);
	put_key(file, "error", text(error));
	end(file, '}');
	fputc('\n', file);
}

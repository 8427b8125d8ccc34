// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "arch/arch.h"
#include "json.h"
#include "json_out.h"
#include "version.h"

#define EVIDENCE_MAX	64	/* written for each invariant; all are counted */

static struct json_object *table_object(const struct snap_table *table)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "level", json_object_new_string(walk_level_name(table->level)));
	json_add(object, "address", json_word(table->va));
	json_add(object, "pfn", json_number(table->pfn));
	json_add(object, "entry", json_word(table->entry));
	json_add(object, "page_type", json_word(table->page_type));
	json_add(object, "refcount", json_object_new_int(table->refcount));
	json_add(object, "flags", json_word(table->page_flags));
	json_add(object, "ptl", json_word(table->ptl));
	json_add(object, "pt_mm", json_word(table->pt_mm));
	json_add(object, "pmd_huge_pte", json_word(table->pmd_huge_pte));
	json_add(object, "memcg_data", json_word(table->memcg_data));
	json_add(object, "order", json_number(table->order));
	json_add(object, "leaves", json_number(table->leaves));
	json_add(object, "tables", json_number(table->tables));
	json_add(object, "swapped", json_number(table->swapped));
	json_add(object, "empty", json_number(snapshot_slots(table->level) - table->leaves - table->tables -
				    table->swapped));
	json_add(object, "deposited", json_number(table->deposited));
	json_add(object, "moved", json_object_new_boolean(table->flags & WALK_MOVED));
	return object;
}

static struct json_object *case_object(const struct walk_kernel *kernel, const struct confirm_case *c)
{
	const struct finding *f = &c->finding;
	const struct invariant *inv = invariant_by_id(f->invariant);
	char expected[INVARIANT_TEXT] = "", found[INVARIANT_TEXT] = "";
	struct json_object *object = json_object_new_object();

	inv->describe(f, expected, found);
	json_add(object, "id", json_number(inv->id));
	json_add(object, "invariant", json_object_new_string(inv->name));
	json_add(object, "level", json_object_new_string(walk_level_name(f->level)));
	json_add(object, "address", f->level ? json_word(f->va) : NULL);
	json_add(object, "index", inv->scope != SCOPE_ENTRY ? NULL : json_number(f->index));
	json_add(object, "pfn", f->pfn ? json_number(f->pfn) : NULL);
	json_add(object, "page", f->pfn ? json_word(kernel->vmemmap + f->pfn * kernel->page_size) : NULL);
	json_add(object, "expected", json_object_new_string(expected));
	json_add(object, "found", json_object_new_string(found));
	json_add(object, "raw", json_word(f->raw));
	json_add(object, "agreeing_looks", json_number(c->agreed));
	json_add(object, "agreeing_msec", json_number((c->until - c->since) / 1000000));
	json_add(object, "moving_looks", json_number(c->moving));
	json_add(object, "changes", json_number(c->restarts));
	if (c->verdict == VERDICT_UNSETTLED)
		json_add(object, "reason", json_object_new_string(unsettled_text(c->why)));
	return object;
}

void json_cases(FILE *file, const char *name, const struct walk_kernel *kernel,
		const struct confirm *confirm, enum verdict verdict)
{
	unsigned int shown = 0, id = 0;
	bool first = true;

	json_key(file, name, false);
	json_open(file, '[');
	for (size_t i = 0; i < confirm->nr; i++) {
		const struct confirm_case *c = &confirm->cases[i];

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
		json_indent(file);
		json_put(file, case_object(kernel, c));
	}
	json_close(file, ']');
}

void json_invariants(FILE *file, const struct check_tally tallies[INVARIANTS + 1],
		     bool (*wanted)(const struct invariant *inv))
{
	bool first = true;

	json_key(file, "invariants", false);
	json_open(file, '[');
	for (unsigned int i = 0; i < INVARIANTS; i++) {
		const struct invariant *inv = &invariants[i];
		const struct check_tally *tally = &tallies[inv->id];
		struct json_object *object;

		if (!wanted(inv))
			continue;
		object = json_object_new_object();
		json_add(object, "id", json_number(inv->id));
		json_add(object, "name", json_object_new_string(inv->name));
		json_add(object, "state", json_object_new_string(
			tally->unchecked ? "not_checked" : tally->violated ? "violated" :
			tally->unsettled ? "unsettled" : "holds"));
		if (tally->unchecked)
			json_add(object, "reason", json_object_new_string(tally->unchecked));
		json_add(object, "unit", json_object_new_string(invariant_unit(inv)));
		json_add(object, "checked", json_number(tally->checked));
		json_add(object, "violated", json_number(tally->violated));
		json_add(object, "unsettled", json_number(tally->unsettled));
		json_add(object, "races_settled", json_number(tally->settled));
		if (!first)
			fputc(',', file);
		first = false;
		json_indent(file);
		json_put(file, object);
	}
	json_close(file, ']');
}

static struct json_object *level_object(const struct cost_level *level)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "tables", json_number(level->tables));
	json_add(object, "bytes", json_number(level->bytes));
	json_add(object, "leaf_entries", json_number(level->leaves));
	json_add(object, "table_entries", json_number(level->links));
	json_add(object, "swapped_entries", json_number(level->swapped));
	json_add(object, "empty_entries", json_number(level->none));
	json_add(object, "empty_tables", json_number(level->empty));
	json_add(object, "nearly_empty_tables", json_number(level->few));
	return object;
}

static struct json_object *cost_object(const struct cost *cost)
{
	struct json_object *object = json_object_new_object();
	struct json_object *levels = json_object_new_object();
	struct json_object *top = json_object_new_array();

	for (unsigned int level = WALK_PTE; level < WALK_LEVELS; level++)
		if (cost->level[level].tables)
			json_add(levels, walk_level_name(level), level_object(&cost->level[level]));
	for (unsigned int i = 0; i < cost->nr_top; i++) {
		struct json_object *vma = json_object_new_object();

		json_add(vma, "start", json_word(cost->top[i].vma->start));
		json_add(vma, "end", json_word(cost->top[i].vma->end));
		json_add(vma, "name", json_text(cost->top[i].vma->name));
		json_add(vma, "pte_tables", json_number(cost->top[i].tables));
		json_add(vma, "empty_tables", json_number(cost->top[i].empty));
		json_add(vma, "nearly_empty_tables", json_number(cost->top[i].few));
		json_object_array_add(top, vma);
	}
	json_add(object, "table_bytes", json_number(cost_bytes(cost)));
	json_add(object, "mapped_bytes", json_number(cost->mapped));
	json_add(object, "table_bytes_per_mapped_gib", json_number(cost_per_gib(cost)));
	json_add(object, "reclaimable_bytes", json_number(cost->level[WALK_PTE].empty * arch_table_bytes(WALK_PTE)));
	json_add(object, "deposited_tables", json_number(cost->deposited));
	json_add(object, "anon_thp_leaves", json_number(cost->anon));
	json_add(object, "huge_zero_leaves", json_number(cost->zero));
	json_add(object, "hugetlb_leaves", json_number(cost->hugetlb));
	json_add(object, "file_thp_leaves", json_number(cost->file));
	json_add(object, "levels", levels);
	json_add(object, "top_vmas", top);
	return object;
}

const char *json_status_name(enum check_status status)
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

	json_add(object, "tables", json_number(mm->tables));
	json_add(object, "tables_moved", json_number(mm->moved));
	json_add(object, "leaf_entries", json_number(check->first.leaves));
	json_add(object, "pgtables_bytes", json_number(mm->pgtables_bytes[1]));
	json_add(object, "checks", json_number(check->tally[0].checked));
	json_add(object, "violated", json_number(check->tally[0].violated));
	json_add(object, "unsettled", json_number(check->tally[0].unsettled));
	json_add(object, "races_settled", json_number(check->tally[0].settled));
	json_add(object, "candidates_lost", json_number(check->confirm.lost));
	json_add(object, "looks", json_number(check_looks(check)));
	json_add(object, "walk_nsec", json_number(mm->nsec));
	json_add(object, "walk_calls", json_number(mm->batches));
	json_add(object, "walk_kernel_nsec", json_number(mm->kernel_nsec));
	json_add(object, "total_nsec", json_number(check->nsec));
	return object;
}

static void put_tables(FILE *file, const struct snapshot *snap)
{
	json_key(file, "tables", false);
	json_open(file, '[');
	for (__u32 i = 0; i < snap->nr; i++) {
		if (i)
			fputc(',', file);
		json_indent(file);
		json_put(file, table_object(snapshot_table(snap, i)));
	}
	json_close(file, ']');
}

void json_begin(FILE *file, const struct walk_kernel *kernel, const char *what, bool pretty)
{
	struct json_object *object = json_object_new_object();

	json_document(file, pretty);
	json_put_key(file, "tool", json_object_new_string("ptdesc-check " VERSION));
	json_add(object, "release", json_text(kernel->release));
	json_add(object, "arch", json_object_new_string(ARCH_NAME));
	json_add(object, "levels", json_number(kernel->levels));
	json_add(object, "rcu_freed", kernel->rcu_known ? json_object_new_boolean(kernel->rcu_freed) : NULL);
	json_put_key(file, "kernel", object);
	json_key(file, what, false);
	json_open(file, '[');
}

static bool of_process(const struct invariant *inv)
{
	return invariant_of_process(inv);
}

void json_check(FILE *file, const struct check *check, bool list, bool first)
{
	const struct walk_kernel *kernel = check->looked ? check->first.subject->kernel : NULL;

	if (!first)
		fputc(',', file);
	json_indent(file);
	json_open(file, '{');
	json_key(file, "pid", true);
	fprintf(file, "%d", check->pid);
	if (check->has_status)
		json_put_key(file, "comm", json_text(check->process.name));
	json_put_key(file, "status", json_object_new_string(json_status_name(check->status)));
	if (check->error[0])
		json_put_key(file, "error", json_text(check->error));
	if (check->looked) {
		json_put_key(file, "mm", json_word(check->first.mm.mm));
		json_put_key(file, "summary", summary_object(check));
		json_invariants(file, check->tally, of_process);
		json_put_key(file, "cost", cost_object(&check->cost));
		json_cases(file, "violations", kernel, &check->confirm, VERDICT_VIOLATED);
		json_cases(file, "unsettled", kernel, &check->confirm, VERDICT_UNSETTLED);
		if (list)
			put_tables(file, &check->first.snap);
	}
	json_close(file, '}');
}

void json_end(FILE *file, const struct census *census, __u64 longest_call, enum check_status status)
{
	json_close(file, ']');
	if (census)
		json_census(file, census);
	json_put_key(file, "longest_call_nsec", json_number(longest_call));
	json_put_key(file, "status", json_object_new_string(json_status_name(status)));
	json_close(file, '}');
	fputc('\n', file);
}

void json_error(FILE *file, const char *error, bool pretty)
{
	json_document(file, pretty);
	json_put_key(file, "error", json_text(error));
	json_close(file, '}');
	fputc('\n', file);
}

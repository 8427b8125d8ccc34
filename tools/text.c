// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "arch/arch.h"
#include "text.h"

#define EVIDENCE_INDENT	12
#define EVIDENCE_MAX	8	/* shown for each invariant; all are counted */

const char *text_levels(unsigned int levels, char buf[TEXT_LEVELS])
{
	buf[0] = '\0';
	for (unsigned int level = WALK_PTE; level < WALK_LEVELS; level++) {
		if (!(levels & 1 << level))
			continue;
		if (buf[0])
			strcat(buf, " ");
		strcat(buf, walk_level_name(level));
	}
	return buf;
}

const char *text_size(__u64 bytes, char buf[TEXT_SIZE])
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double value = bytes;
	unsigned int u = 0;

	while (value >= 1024 && u < sizeof(unit) / sizeof(*unit) - 1) {
		value /= 1024;
		u++;
	}
	snprintf(buf, TEXT_SIZE, value < 10 && u ? "%.1f %s" : "%.0f %s", value, unit[u]);
	return buf;
}

void text_clean(FILE *file, const char *text, size_t most)
{
	size_t length = strlen(text);

	if (length > most)
		text += length - most;
	for (; *text; text++)
		fputc(*text >= ' ' && *text <= '~' ? *text : '?', file);
}

void text_wrapped(FILE *file, int indent, const char *label, const char *text)
{
	const int width = 80;
	int at = fprintf(file, "%-*s", indent, label);

	while (*text) {
		int word = strcspn(text, " ");

		if (at > indent && at + 1 + word > width) {
			fprintf(file, "\n%*s", indent, "");
			at = indent;
		}
		at += fprintf(file, "%s%.*s", at > indent ? " " : "", word, text);
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', file);
}

static void print_head(FILE *file, const struct check *check)
{
	const struct walk_kernel *kernel = check->first.subject->kernel;
	const struct walk_mm *mm = &check->first.mm;

	fprintf(file, "PID %d", check->pid);
	if (check->has_status) {
		fputs(" (", file);
		text_clean(file, check->process.name, 16);
		for (unsigned int i = 1; i < check->process.nspids; i++)
			fprintf(file, ", %d in its PID namespace", check->process.nspid[i]);
		fputs(")", file);
	}
	fprintf(file, " on Linux %s, %s, %u levels\n", kernel->release, ARCH_NAME, kernel->levels);
	fprintf(file, "mm 0x%llx, pgd at pfn %llu, pgtables_bytes %llu\n", mm->mm, mm->pgd_pfn,
		mm->pgtables_bytes[1]);
	fprintf(file, "walked %llu tables in %.3f ms; all checks took %.1f ms, %u look%s\n\n",
		mm->tables, mm->nsec / 1e6, check->nsec / 1e6, check_looks(check),
		check_looks(check) == 1 ? "" : "s");
}

static void print_level(FILE *file, const char *name, const struct cost_level *level)
{
	fprintf(file, "%-5s %7llu %8llu %10llu %7llu %8llu %10llu %7llu %7llu\n", name,
		level->tables, level->bytes / 1024, level->leaves, level->links, level->swapped,
		level->none, level->empty, level->few);
}

static void print_top(FILE *file, const struct cost *cost)
{
	if (!cost->nr_top)
		return;
	fputs("\npte tables   0 used  1-8 used  VMAs with most of them\n", file);
	for (unsigned int i = 0; i < cost->nr_top; i++) {
		const struct cost_vma *top = &cost->top[i];
		int used = fprintf(file, "%10llu %8llu %9llu  %llx-%llx ", top->tables, top->empty,
				   top->few, top->vma->start, top->vma->end);

		/* with 5 levels an address may have 14 digits */
		text_clean(file, *top->vma->name ? top->vma->name : "[anon]", used < 60 ? 20 : 80 - used);
		fputc('\n', file);
	}
}

static void print_cost(FILE *file, const struct cost *cost)
{
	char a[TEXT_SIZE], b[TEXT_SIZE];

	fputs("                       entries:                              tables with\n"
	      "level  tables      KiB     leaves  tables  swapped      empty  0 used 1-8 used\n",
	      file);
	for (unsigned int level = WALK_PGD; level; level--)
		if (cost->level[level].tables)
			print_level(file, walk_level_name(level), &cost->level[level]);
	print_level(file, "all", &cost->level[0]);
	fputc('\n', file);
	if (cost->deposited)
		fprintf(file, "deposited for huge pages: %llu tables, %s\n", cost->deposited,
			text_size(cost->deposited * arch_table_bytes(WALK_PTE), a));
	if (cost->level[WALK_PMD].leaves)
		fprintf(file, "huge pages: %llu anonymous, %llu zero, %llu hugetlb, %llu file\n",
			cost->anon, cost->zero, cost->hugetlb, cost->file);
	fprintf(file, "tables take %s for %s mapped", text_size(cost_bytes(cost), a),
		text_size(cost->mapped, b));
	if (cost->mapped)
		fprintf(file, ": %s per GiB", text_size(cost_per_gib(cost), a));
	fputc('\n', file);
	if (cost->level[WALK_PTE].empty)
		fprintf(file, "empty pte tables that could be given back: %llu, %s\n",
			cost->level[WALK_PTE].empty,
			text_size(cost->level[WALK_PTE].empty * arch_table_bytes(WALK_PTE), a));
	print_top(file, cost);
	fputc('\n', file);
}

void text_tally(FILE *file, const struct invariant *inv, const struct check_tally *tally)
{
	fprintf(file, "%2u %-16s ", inv->id, inv->name);
	if (tally->unchecked) {
		fprintf(file, "not checked  %s\n", tally->unchecked);
		return;
	}
	if (tally->violated)
		fprintf(file, "VIOLATED     %llu of ", tally->violated);
	else if (tally->unsettled)
		fprintf(file, "unsettled    %llu of ", tally->unsettled);
	else
		fputs("holds        ", file);
	fprintf(file, "%llu %s", tally->checked, invariant_unit(inv));
	if (tally->violated && tally->unsettled)
		fprintf(file, ", %llu unsettled", tally->unsettled);
	if (tally->settled)
		fprintf(file, ", %llu races settled", tally->settled);
	fputc('\n', file);
}

/* Levels that the kernel does not type are left out of table-typed and listed. */
static void print_untyped(FILE *file, const struct check *check)
{
	const struct look *look = &check->first;
	unsigned int seen = 0, typed = look->subject->kernel->typed | 1 << WALK_PTE | 1 << WALK_PMD;
	char buf[TEXT_LEVELS];

	for (unsigned int level = WALK_PTE; level < WALK_LEVELS; level++)
		if (check->cost.level[level].tables)
			seen |= 1 << level;
	if (seen & ~typed)
		fprintf(file, "   not typed by this kernel, so not in table-typed and listed: %s\n",
			text_levels(seen & ~typed, buf));
}

static void print_case(FILE *file, const struct walk_kernel *kernel, const struct confirm_case *c)
{
	const struct finding *f = &c->finding;
	const struct invariant *inv = invariant_by_id(f->invariant);
	char expected[INVARIANT_TEXT] = "", found[INVARIANT_TEXT] = "";

	inv->describe(f, expected, found);
	fprintf(file, "\n%s %s\n", c->verdict == VERDICT_VIOLATED ? "VIOLATED" : "unsettled",
		inv->name);
	text_wrapped(file, EVIDENCE_INDENT, "  invariant", inv->text);
	if (f->level) {
		fprintf(file, "  at        0x%llx, %s ", f->va, walk_level_name(f->level));
		if (inv->scope != SCOPE_ENTRY)
			fputs("table\n", file);
		else
			fprintf(file, "entry %u\n", f->index);
	}
	if (f->pfn) {
		fprintf(file, "  page      pfn %llu, struct page 0x%llx\n", f->pfn,
			kernel->vmemmap + f->pfn * kernel->page_size);
	}
	text_wrapped(file, EVIDENCE_INDENT, "  expected", expected);
	text_wrapped(file, EVIDENCE_INDENT, "  found", found);
	fprintf(file, "  raw       0x%llx\n", f->raw);
	if (c->verdict == VERDICT_VIOLATED)
		fprintf(file, "  agreed    %u looks over %llu ms", c->agreed,
			(c->until - c->since) / 1000000);
	else
		fprintf(file, "  because   %s; agreed in %u looks", unsettled_text(c->why), c->agreed);
	if (c->moving || c->restarts)
		fprintf(file, " (moving in %u, changed in %u)", c->moving, c->restarts);
	fputc('\n', file);
}

static void print_cases(FILE *file, const struct walk_kernel *kernel, const struct confirm *confirm,
			enum verdict verdict)
{
	unsigned int shown = 0, id = 0;

	for (size_t i = 0; i < confirm->nr; i++) {
		const struct confirm_case *c = &confirm->cases[i];

		if (c->verdict != verdict)
			continue;
		if (c->finding.invariant != id) {
			id = c->finding.invariant;
			shown = 0;
		}
		if (shown++ < EVIDENCE_MAX)
			print_case(file, kernel, c);
		else if (shown == EVIDENCE_MAX + 1)
			fprintf(file, "\n... and more of %s\n", invariant_by_id(id)->name);
	}
}

static void print_tables(FILE *file, const struct look *look)
{
	fputs("level address            pfn        refs page_type  leaves tables swapped deposited flags\n",
	      file);
	for (__u32 i = 0; i < look->snap.nr; i++) {
		const struct snap_table *table = snapshot_table(&look->snap, i);

		fprintf(file, "%-5s 0x%016llx %-10llu %4d 0x%08x %6u %6u %7u %9u %s\n",
			walk_level_name(table->level), table->va, table->pfn, table->refcount,
			table->page_type, table->leaves, table->tables, table->swapped,
			table->deposited, table->flags & WALK_MOVED ? "moved" : "-");
	}
	fputc('\n', file);
}

static void print_verdict(FILE *file, const struct check *check)
{
	unsigned int holds = 0, unchecked = 0;

	fprintf(file, "PID %d: ", check->pid);
	for (unsigned int id = 1; id <= INVARIANTS; id++) {
		const struct check_tally *tally = &check->tally[id];

		if (!invariant_of_process(invariant_by_id(id)))
			continue;
		unchecked += tally->unchecked != NULL;
		holds += !tally->unchecked && !tally->violated && !tally->unsettled;
	}
	if (check->status == CHECK_VIOLATED) {
		fputs("VIOLATED:", file);
		for (unsigned int id = 1; id <= INVARIANTS; id++)
			if (check->tally[id].violated)
				fprintf(file, " %s", invariant_by_id(id)->name);
		fputs("; ", file);
	}
	fprintf(file, "%u invariants hold", holds);
	if (check->tally[0].unsettled)
		fprintf(file, ", %llu candidates unsettled", check->tally[0].unsettled);
	if (unchecked)
		fprintf(file, ", %u not checked", unchecked);
	if (check->error[0])
		fprintf(file, ": %s", check->error);
	fputc('\n', file);
}

void text_verdicts(FILE *file, const struct walk_kernel *kernel, const struct confirm *confirm)
{
	print_cases(file, kernel, confirm, VERDICT_VIOLATED);
	print_cases(file, kernel, confirm, VERDICT_UNSETTLED);
	if (confirm->lost)
		fprintf(file, "\n%llu candidates unsettled: %s\n", confirm->lost, unsettled_text(WHY_LIMIT));
}

void text_check(FILE *file, const struct check *check, bool list)
{
	const struct walk_kernel *kernel = check->first.subject->kernel;

	print_head(file, check);
	if (list)
		print_tables(file, &check->first);
	print_cost(file, &check->cost);
	for (unsigned int i = 0; i < INVARIANTS; i++)
		if (invariant_of_process(&invariants[i]))
			text_tally(file, &invariants[i], &check->tally[invariants[i].id]);
	print_untyped(file, check);
	text_verdicts(file, kernel, &check->confirm);
	if (check->first.subject->saved_listing && check->tally[LISTED].unsettled)
		fprintf(file, "\n%llu tables are not in the listing, unsettled: %s\n",
			check->tally[LISTED].unsettled, unsettled_text(WHY_SAVED));
	fputc('\n', file);
	print_verdict(file, check);
}

void text_describe(FILE *file, const struct invariant *inv)
{
	char buf[TEXT_LEVELS];

	fprintf(file, "%u %s (%s: %s)\n", inv->id, inv->name, invariant_scope_name(inv->scope),
		text_levels(inv->levels, buf));
	text_wrapped(file, 4, "", inv->text);
	if (inv->except)
		text_wrapped(file, 12, "    except: ", inv->except);
}

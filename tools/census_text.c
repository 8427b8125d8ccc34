// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "arch/arch.h"
#include "text.h"

void text_processes(FILE *file, const struct walk_kernel *kernel)
{
	fprintf(file, "all processes on Linux %s, %s, %u levels\n\n", kernel->release, ARCH_NAME,
		kernel->levels);
	fputs("    PID name              tables      KiB   mapped  invariants\n", file);
}

void text_process(FILE *file, const struct check *check)
{
	unsigned int holds = 0;
	char size[TEXT_SIZE];

	fprintf(file, "%7d ", check->pid);
	text_clean(file, check->process.name, 16);
	for (size_t n = strlen(check->process.name); n < 16; n++)
		fputc(' ', file);
	if (!check->looked) {
		fputs("                             could not be checked\n", file);
		return;
	}
	for (unsigned int i = 0; i < INVARIANTS; i++) {
		const struct check_tally *tally = &check->tally[invariants[i].id];

		holds += invariant_of_process(&invariants[i]) && !tally->unchecked && !tally->violated &&
			 !tally->unsettled;
	}
	fprintf(file, " %7llu %8llu %8s  %u hold", check->cost.level[0].tables + check->cost.deposited,
		cost_bytes(&check->cost) / 1024, text_size(check->cost.mapped, size), holds);
	if (check->tally[0].violated)
		fputs(", VIOLATED:", file);
	for (unsigned int i = 0; i < INVARIANTS; i++)
		if (check->tally[invariants[i].id].violated)
			fprintf(file, " %s", invariants[i].name);
	if (check->tally[0].unsettled)
		fprintf(file, ", %llu unsettled", check->tally[0].unsettled);
	fputc('\n', file);
	if (check->tally[0].violated || check->tally[0].unsettled) {
		text_verdicts(file, check->first.subject->kernel, &check->confirm);
		fputc('\n', file);
	}
}

static void print_reached(FILE *file, const char *what, __u64 tables)
{
	fprintf(file, "%-36s %9llu %9llu KiB\n", what, tables, tables * ARCH_PAGE_SIZE / 1024);
}

static void print_counts(FILE *file, const struct census_count *count)
{
	fprintf(file, "\n%llu mms", count->mms);
	if (count->sharers)
		fprintf(file, ", %llu processes that use another's", count->sharers);
	fprintf(file, "; %u kernel threads, %u zombies", count->kernel_threads, count->zombies);
	if (count->gone)
		fprintf(file, "; %llu ended meanwhile", count->gone);
	if (count->refused)
		fprintf(file, "; %llu not permitted", count->refused);
	fputs("\n\n", file);
	print_reached(file, "tables reached from processes", count->all[CENSUS_PROCESS]);
	print_reached(file, "deposited for huge pages", count->all[CENSUS_DEPOSITED]);
	print_reached(file, "of mms without a process", count->all[CENSUS_IDLE]);
	fprintf(file, "%-36s %9llu\n", "entries to tables, the kernel's half", count->all[CENSUS_KERNEL]);
	if (count->described)
		fprintf(file, "%-36s %9llu %9llu KiB\n", "tables in the listing", count->described,
			count->described_pages * ARCH_PAGE_SIZE / 1024);
	if (count->gmap)
		print_reached(file, "of these, of s390 guests", count->gmap);
	if (count->memcgs)
		fprintf(file, "%-36s %9llu\n", "memory cgroups", count->memcgs);
	if (count->table_pages[1])
		print_reached(file, "nr_page_table_pages", count->table_pages[1]);
	fputc('\n', file);
}

void text_census(FILE *file, const struct census *census)
{
	if (census->status == CHECK_FAILED) {
		fprintf(file, "\nall processes: %s\n", census->error);
		return;
	}
	print_counts(file, &census->first);
	for (unsigned int i = 0; i < INVARIANTS; i++)
		if (census_judges(&invariants[i]))
			text_tally(file, &invariants[i], &census->tally[invariants[i].id]);
	text_verdicts(file, census->subject->kernel, &census->confirm);
}

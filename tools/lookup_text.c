// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "arch/arch.h"
#include "text.h"

#define INDENT	6

static void print_head(FILE *file, const struct lookup *lookup)
{
	const struct mm_vma *vma = lookup->vma;

	fprintf(file, "PID %d", lookup->pid);
	if (lookup->has_status) {
		fputs(" (", file);
		text_clean(file, lookup->process.name, 16);
		fputc(')', file);
	}
	fprintf(file, ", address 0x%llx\n", lookup->address);
	fprintf(file, "mm 0x%llx on Linux %s, %s, %u levels\n", lookup->mm.mm,
		lookup->kernel->release, ARCH_NAME, lookup->kernel->levels);
	if (lookup->in_kernel) {
		fputs("in the kernel's half, as this mm's pgd shows it\n", file);
	} else if (vma) {
		fprintf(file, "VMA %llx-%llx %c%c%c%c ", vma->start, vma->end,
			vma->flags & MM_VMA_READ ? 'r' : '-', vma->flags & MM_VMA_WRITE ? 'w' : '-',
			vma->flags & MM_VMA_EXEC ? 'x' : '-', vma->flags & MM_VMA_SHARED ? 's' : 'p');
		text_clean(file, *vma->name ? vma->name : "[anon]", 36);
		fputc('\n', file);
	} else {
		fputs("in no VMA\n", file);
	}
}

/* What the entry leads to. */
static void print_target(FILE *file, const struct lookup *lookup, const struct lookup_step *step)
{
	char size[TEXT_SIZE];

	switch (step->kind) {
	case ENTRY_NONE:
		fputs("none", file);
		break;
	case ENTRY_TABLE:
		fprintf(file, "table, pfn %llu", lookup_pfn(lookup, step));
		break;
	case ENTRY_LEAF:
		fprintf(file, "leaf, pfn %llu, %s", lookup_pfn(lookup, step),
			text_size(arch_entry_span(step->table.level, lookup->kernel->levels), size));
		break;
	case ENTRY_SWAP:
		fprintf(file, "swap, type %u, offset %llu", arch_swap_type(step->entry),
			arch_swap_offset(step->entry));
		break;
	}
	fputc('\n', file);
}

static void print_flags(FILE *file, const struct lookup_step *step)
{
	char flags[256] = "";
	const char *name;
	unsigned int at = 0;

	while ((name = entry_flag_next(step->entry, step->table.level, &at)))
		strcat(strcat(flags, flags[0] ? " " : ""), name);
	if (flags[0])
		text_wrapped(file, INDENT, "", flags);
}

static void print_table(FILE *file, const struct lookup *lookup, const struct lookup_step *step)
{
	const struct walk_kernel *kernel = lookup->kernel;
	const struct walk_table *table = &step->table;
	char words[512];
	int n;

	if (table->flags & (WALK_BAD_PFN | WALK_NO_PAGE)) {
		text_wrapped(file, INDENT, "", table->flags & WALK_BAD_PFN ?
			     "its table is above the end of memory" : "its table has no readable struct page");
		return;
	}
	n = snprintf(words, sizeof(words), "in pfn %llu, ", table->pfn);
	if (ARCH_TABLE_ALIGN < ARCH_PAGE_SIZE)
		n += snprintf(words + n, sizeof(words) - n, "at byte %u, ", table->offset);
	n += snprintf(words + n, sizeof(words) - n, "struct page 0x%llx, page_type 0x%08x, refcount %d",
		     kernel->vmemmap + table->pfn * kernel->page_size, table->page_type,
		     table->refcount);
	if (table->order)
		n += snprintf(words + n, sizeof(words) - n, ", order %u", table->order);
	if (table->level == WALK_PGD)
		n += snprintf(words + n, sizeof(words) - n, ", pt_mm 0x%llx", table->pt_mm);
	if (table->level <= WALK_PMD && kernel->fields & WALK_HAS_PTL)
		n += snprintf(words + n, sizeof(words) - n, ", ptl 0x%llx", table->ptl);
	if (table->deposited)
		n += snprintf(words + n, sizeof(words) - n, ", %u tables deposited", table->deposited);
	if (table->level == WALK_PMD && kernel->fields & WALK_HAS_SHARE_COUNT && (__u32)table->pt_mm)
		n += snprintf(words + n, sizeof(words) - n, ", share count word %u", (__u32)table->pt_mm);
	if (table->memcg_data)
		snprintf(words + n, sizeof(words) - n, ", memcg_data 0x%llx", table->memcg_data);
	text_wrapped(file, INDENT, "", words);
}

static void print_page(FILE *file, const struct lookup *lookup)
{
	const struct walk_kernel *kernel = lookup->kernel;
	const struct walk_page *page = &lookup->page;
	char words[256];

	if (lookup_last(lookup)->kind != ENTRY_LEAF)
		return;
	fprintf(file, "\npfn %llu, physical address 0x%llx\n", lookup->pfn,
		lookup->pfn * ARCH_PAGE_SIZE + lookup->address % ARCH_PAGE_SIZE);
	if (!lookup->has_page) {
		fputs("it has no readable struct page\n", file);
		return;
	}
	fprintf(file, "struct page 0x%llx", kernel->vmemmap + lookup->pfn * kernel->page_size);
	if (page->head != lookup->pfn)
		fprintf(file, ", of a compound page at pfn %llu", page->head);
	fputc('\n', file);
	snprintf(words, sizeof(words), "flags 0x%llx, mapping 0x%llx, refcount %d, page_type or mapcount 0x%08x%s%s%s",
		 page->flags, page->mapping, page->refcount, page->page_type,
		 page->kind & WALK_PAGE_TABLE ? ", a page table" : "",
		 page->kind & WALK_PAGE_BUDDY ? ", free" : "", page->kind & WALK_PAGE_SLAB ? ", slab" : "");
	text_wrapped(file, 0, "", words);
}

void text_lookup(FILE *file, const struct lookup *lookup)
{
	print_head(file, lookup);
	fputs("\nlevel index entry\n", file);
	for (unsigned int i = 0; i < lookup->nr; i++) {
		const struct lookup_step *step = &lookup->step[i];

		fprintf(file, "%-5s %5u 0x%016llx ", walk_level_name(step->table.level), step->index,
			step->entry);
		print_target(file, lookup, step);
		print_flags(file, step);
		print_table(file, lookup, step);
	}
	print_page(file, lookup);
}

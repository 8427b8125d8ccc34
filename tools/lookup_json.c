// SPDX-License-Identifier: GPL-2.0-only
#include "arch/arch.h"
#include "json.h"
#include "json_out.h"

static struct json_object *flags_array(const struct lookup_step *step)
{
	struct json_object *array = json_object_new_array();
	const char *name;
	unsigned int at = 0;

	while ((name = entry_flag_next(step->entry, step->table.level, &at)))
		json_object_array_add(array, json_object_new_string(name));
	return array;
}

static struct json_object *descriptor_object(const struct lookup *lookup, const struct walk_table *table)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "pfn", json_number(table->pfn));
	json_add(object, "page", json_word(lookup->kernel->vmemmap + table->pfn * lookup->kernel->page_size));
	json_add(object, "page_type", json_word(table->page_type));
	json_add(object, "refcount", json_object_new_int(table->refcount));
	json_add(object, "flags", json_word(table->page_flags));
	json_add(object, "ptl", json_word(table->ptl));
	json_add(object, "pt_mm", json_word(table->pt_mm));
	json_add(object, "pmd_huge_pte", json_word(table->pmd_huge_pte));
	json_add(object, "memcg_data", json_word(table->memcg_data));
	json_add(object, "order", json_number(table->order));
	json_add(object, "deposited", json_number(table->deposited));
	return object;
}

static struct json_object *step_object(const struct lookup *lookup, const struct lookup_step *step)
{
	struct json_object *object = json_object_new_object();
	unsigned int level = step->table.level;

	json_add(object, "level", json_object_new_string(walk_level_name(level)));
	json_add(object, "index", json_number(step->index));
	json_add(object, "entry", json_word(step->entry));
	json_add(object, "kind", json_object_new_string(entry_kind_name(step->kind)));
	json_add(object, "entry_flags", flags_array(step));
	if (step->kind == ENTRY_TABLE || step->kind == ENTRY_LEAF)
		json_add(object, "to_pfn", json_number(lookup_pfn(lookup, step)));
	if (step->kind == ENTRY_LEAF)
		json_add(object, "bytes", json_number(arch_entry_span(level, lookup->kernel->levels)));
	if (step->kind == ENTRY_SWAP) {
		json_add(object, "swap_type", json_number(arch_swap_type(step->entry)));
		json_add(object, "swap_offset", json_number(arch_swap_offset(step->entry)));
	}
	json_add(object, "table", step->table.flags & (WALK_BAD_PFN | WALK_NO_PAGE) ? NULL :
		 descriptor_object(lookup, &step->table));
	return object;
}

static struct json_object *page_object(const struct lookup *lookup)
{
	const struct walk_page *page = &lookup->page;
	struct json_object *object = json_object_new_object();

	json_add(object, "pfn", json_number(lookup->pfn));
	json_add(object, "physical_address",
		 json_word(lookup->pfn * ARCH_PAGE_SIZE + lookup->address % ARCH_PAGE_SIZE));
	if (!lookup->has_page)
		return object;
	json_add(object, "page", json_word(lookup->kernel->vmemmap + lookup->pfn * lookup->kernel->page_size));
	json_add(object, "head_pfn", json_number(page->head));
	json_add(object, "flags", json_word(page->flags));
	json_add(object, "mapping", json_word(page->mapping));
	json_add(object, "refcount", json_object_new_int(page->refcount));
	json_add(object, "page_type", json_word(page->page_type));
	return object;
}

static struct json_object *vma_object(const struct mm_vma *vma)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "start", json_word(vma->start));
	json_add(object, "end", json_word(vma->end));
	json_add(object, "name", json_text(vma->name));
	json_add(object, "kind", json_object_new_string(mm_vma_kind_name(vma->kind)));
	return object;
}

void json_lookup(FILE *file, const struct lookup *lookup, bool first)
{
	if (!first)
		fputc(',', file);
	json_indent(file);
	json_open(file, '{');
	json_key(file, "pid", true);
	fprintf(file, "%d", lookup->pid);
	if (lookup->has_status)
		json_put_key(file, "comm", json_text(lookup->process.name));
	json_put_key(file, "address", json_word(lookup->address));
	json_put_key(file, "status", json_object_new_string(
		lookup->status == CHECK_HOLDS ? "found" : json_status_name(lookup->status)));
	if (lookup->error[0])
		json_put_key(file, "error", json_text(lookup->error));
	if (lookup->nr) {
		json_put_key(file, "mm", json_word(lookup->mm.mm));
		json_put_key(file, "vma", lookup->vma ? vma_object(lookup->vma) : NULL);
		json_key(file, "path", false);
		json_open(file, '[');
		for (unsigned int i = 0; i < lookup->nr; i++) {
			if (i)
				fputc(',', file);
			json_indent(file);
			json_put(file, step_object(lookup, &lookup->step[i]));
		}
		json_close(file, ']');
		json_put_key(file, "maps", lookup_last(lookup)->kind == ENTRY_LEAF ? page_object(lookup) : NULL);
	}
	json_close(file, '}');
}

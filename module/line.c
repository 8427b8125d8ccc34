// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes records as the lines that include/ptdesc.h describes.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/stringify.h>

#include "inspector.h"
#include "ptdesc.h"

#define PTDESC_COLUMN_NAME(id, name)	" " name

static const char ptdesc_header[] = PTDESC_HEADER_TAG " "
	__stringify(PTDESC_FORMAT_VERSION) PTDESC_COLUMNS(PTDESC_COLUMN_NAME) "\n";
static const char ptdesc_trailer[] = PTDESC_TRAILER "\n";

static_assert(sizeof(ptdesc_header) <= PTDESC_LINE_MAX);

static const char * const ptdesc_ptl_name[] = {
	[PTDESC_PTL_NONE]	= "-",
	[PTDESC_PTL_FREE]	= "free",
	[PTDESC_PTL_HELD]	= "held",
	[PTDESC_PTL_ALLOC]	= "alloc",
};

/* A number, or "-" where there is none. */
struct ptdesc_number {
	char text[24];
};

static const char *ptdesc_number(struct ptdesc_number *number, bool there, u64 value)
{
	if (!there)
		return "-";
	scnprintf(number->text, sizeof(number->text), "%llu", value);
	return number->text;
}

/* A task's name is any bytes: make it one word, and never the word "-". */
static void ptdesc_escape_comm(char *text, size_t size, const char *comm)
{
	size_t length = strlen(comm);

	if (!length || !strcmp(comm, "-")) {
		scnprintf(text, size, "\\%03o", (unsigned char)*comm);
		return;
	}
	length = string_escape_mem(comm, length, text, size - 1,
				   ESCAPE_OCTAL | ESCAPE_NAP | ESCAPE_APPEND, " \\");
	text[min(length, size - 1)] = '\0';
}

/**
 * ptdesc_line_header - write the first line
 * @text: room for PTDESC_LINE_MAX bytes
 *
 * Return: length, newline included.
 */
size_t ptdesc_line_header(char *text)
{
	memcpy(text, ptdesc_header, sizeof(ptdesc_header));
	return sizeof(ptdesc_header) - 1;
}

/**
 * ptdesc_line_trailer - write the last line
 * @text: room for PTDESC_LINE_MAX bytes
 *
 * Return: length, newline included.
 */
size_t ptdesc_line_trailer(char *text)
{
	memcpy(text, ptdesc_trailer, sizeof(ptdesc_trailer));
	return sizeof(ptdesc_trailer) - 1;
}

/**
 * ptdesc_line_record - write the line of one page table
 * @text: room for PTDESC_LINE_MAX bytes
 * @record: the page table
 *
 * Context: the reader's, whose permission to see pointers %pK checks.
 * Return: length, newline included.
 */
size_t ptdesc_line_record(char *text, const struct ptdesc_record *record)
{
	struct ptdesc_number deposited, tgid, share, memcg;
	enum ptdesc_ptl ptl = record->ptl;
	char comm[4 * TASK_COMM_LEN] = "-";
	char mm[2 * sizeof(long) + 8] = "-";
	char flags[4];
	char *flag = flags;

	if (record->owned) {
		scnprintf(mm, sizeof(mm), "%pK", record->mm);
		ptdesc_escape_comm(comm, sizeof(comm), record->comm);
		/* nobody locks a PGD; some architectures use the word otherwise */
		ptl = PTDESC_PTL_NONE;
	}

	if (record->compound)
		*flag++ = PTDESC_FLAG_COMPOUND;
	if (record->reserved)
		*flag++ = PTDESC_FLAG_RESERVED;
	if (record->hwpoison)
		*flag++ = PTDESC_FLAG_HWPOISON;
	if (flag == flags)
		*flag++ = '-';
	*flag = '\0';

	return scnprintf(text, PTDESC_LINE_MAX,
			 "%lu %u 0x%08x %d %s %s %s %s %s %s %s %s %s %s\n",
			 record->pfn, record->order, record->page_type, record->refcount,
			 ptdesc_ptl_name[ptl],
			 ptdesc_number(&deposited, record->deposited != PTDESC_NO_PFN,
				       record->deposited),
			 mm,
			 ptdesc_number(&tgid, record->owned && record->tgid, record->tgid),
			 "-",	/* frag: no architecture that this module decodes has it */
			 ptdesc_number(&share, record->share_count, record->share_count),
			 "-",	/* gaddr: likewise */
			 ptdesc_number(&memcg, record->memcg_ino, record->memcg_ino),
			 flags, comm);
}

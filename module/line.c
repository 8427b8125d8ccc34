// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes records as the lines that ptdesc.h describes.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/stringify.h>

#include "compat.h"
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

/*
 * A big machine has millions of lines: numbers are written here, three times as
 * fast as by a format string. Each function returns the end of what it wrote.
 */
static char *ptdesc_put_text(char *at, const char *text)
{
	while (*text)
		*at++ = *text++;
	return at;
}

static char *ptdesc_put_number(char *at, u64 value)
{
	char digit[20];
	int n = 0;

	do {
		digit[n++] = '0' + do_div(value, 10);
	} while (value);
	while (n)
		*at++ = digit[--n];
	return at;
}

static char *ptdesc_put_hex(char *at, u32 value)
{
	int shift;

	for (shift = 24; shift >= 0; shift -= 8)
		at = hex_byte_pack(at, value >> shift);
	return at;
}

/* A further column in hexadecimal, without leading zeros. */
static char *ptdesc_put_address(char *at, u64 value)
{
	int shift = value ? (fls64(value) - 1) & ~3 : 0;

	at = ptdesc_put_text(at, " 0x");
	for (; shift >= 0; shift -= 4)
		*at++ = hex_asc_lo(value >> shift);
	return at;
}

/* A further column: a number, or "-" where there is none. */
static char *ptdesc_put_column(char *at, bool there, u64 value)
{
	*at++ = ' ';
	if (there)
		return ptdesc_put_number(at, value);
	*at++ = '-';
	return at;
}

static char *ptdesc_put_word(char *at, const char *word)
{
	*at++ = ' ';
	return ptdesc_put_text(at, word);
}

static char *ptdesc_put_flags(char *at, const struct ptdesc_record *record)
{
	char *start;

	*at++ = ' ';
	start = at;
	if (record->compound)
		*at++ = PTDESC_FLAG_COMPOUND;
	if (record->reserved)
		*at++ = PTDESC_FLAG_RESERVED;
	if (record->hwpoison)
		*at++ = PTDESC_FLAG_HWPOISON;
	if (record->shadow)
		*at++ = PTDESC_FLAG_SHADOW;
	if (record->fake)
		*at++ = PTDESC_FLAG_FAKE;
	if (at == start)
		*at++ = '-';
	return at;
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
	char comm[4 * TASK_COMM_LEN] = "-";
	char mm[2 * sizeof(long) + 8] = "-";
	enum ptdesc_ptl ptl = record->ptl;
	char *at = text;

	if (record->owned) {
		scnprintf(mm, sizeof(mm), "%pK", record->mm);
		ptdesc_escape_comm(comm, sizeof(comm), record->comm);
		/* nobody locks a PGD; some architectures use the word otherwise */
		ptl = PTDESC_PTL_NONE;
	}

	at = ptdesc_put_number(at, record->pfn);
	at = ptdesc_put_column(at, true, record->order);
	at = ptdesc_put_word(at, "0x");
	at = ptdesc_put_hex(at, record->page_type);
	if (record->refcount < 0)
		at = ptdesc_put_number(ptdesc_put_word(at, "-"), -(s64)record->refcount);
	else
		at = ptdesc_put_column(at, true, record->refcount);
	at = ptdesc_put_word(at, ptdesc_ptl_name[ptl]);
	at = ptdesc_put_column(at, record->deposited != PTDESC_NO_PFN, record->deposited);
	at = ptdesc_put_word(at, mm);
	at = ptdesc_put_column(at, record->owned && record->tgid, record->tgid);
	if (PTDESC_FRAG_BITS && record->fragments)
		at = ptdesc_put_address(at, (u32)record->frag);
	else
		at = ptdesc_put_column(at, record->fragments, record->frag);
	at = ptdesc_put_column(at, record->share_count, record->share_count);
	if (record->gmap)
		at = ptdesc_put_address(at, record->gaddr);
	else
		at = ptdesc_put_word(at, "-");
	at = ptdesc_put_column(at, record->memcg_ino, record->memcg_ino);
	at = ptdesc_put_flags(at, record);
	at = ptdesc_put_word(at, comm);
	*at++ = '\n';
	return at - text;
}

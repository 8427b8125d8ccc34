/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the inspector's file as include/ptdesc.h describes it. */
#ifndef LISTING_H
#define LISTING_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ptdesc.h"

#define LISTING_PATH	"/sys/kernel/debug/ptdesc"

#define LISTING_COLUMN(id, name)	LISTING_##id,
enum { PTDESC_COLUMNS(LISTING_COLUMN) LISTING_COLUMNS };

#define LISTING_NAME(id, name)		" " name
#define LISTING_STR_(x)			#x
#define LISTING_STR(x)			LISTING_STR_(x)
/* The first line, byte for byte. */
#define LISTING_HEADER	PTDESC_HEADER_TAG " " LISTING_STR(PTDESC_FORMAT_VERSION) \
			PTDESC_COLUMNS(LISTING_NAME) "\n"

/* Why no table shows a pt_mm, where none does. */
#if defined(__x86_64__) || defined(__i386__)
#define LISTING_NO_MM	"this kernel does not type PGDs, as Linux does from 6.14 on"
#else
#define LISTING_NO_MM	"only x86 keeps the mm in the descriptor of its PGD"
#endif

struct listing_row {
	char *field[LISTING_COLUMNS];	/* in text, NUL-terminated */
	uint64_t pfn;
	unsigned int order;
};

struct listing {
	char *text;		/* the rows' fields point into it */
	struct listing_row *row;
	size_t rows;
	const char *error;	/* why it is not a whole listing, or NULL */
	size_t line;		/* ... in which line */
};

/* All of fd from where it stands, in reads of chunk bytes. NULL and errno. */
static inline char *listing_slurp(int fd, size_t chunk, size_t *len)
{
	size_t room = 1 << 20, got = 0;
	char *text = malloc(room + 1);

	while (text) {
		ssize_t n;

		if (room - got < chunk) {
			char *more = realloc(text, (room += room + chunk) + 1);

			if (!more)
				break;
			text = more;
		}
		n = read(fd, text + got, chunk);
		if (n < 0)
			break;
		if (!n) {
			text[got] = '\0';
			*len = got;
			return text;
		}
		got += n;
	}
	free(text);
	return NULL;
}

static inline const char *listing_row(struct listing_row *row, char *line)
{
	char *end;
	int n = 0;

	for (char *word = line; word; n++) {
		char *space = strchr(word, ' ');

		if (space)
			*space++ = '\0';
		if (n == LISTING_COLUMNS)
			return "more fields than columns";
		if (!*word)
			return "an empty field";
		row->field[n] = word;
		word = space;
	}
	if (n < LISTING_COLUMNS)
		return "fewer fields than columns";
	errno = 0;
	row->pfn = strtoull(row->field[LISTING_PFN], &end, 10);
	if (errno || *end)
		return "pfn is not a decimal number";
	row->order = strtoul(row->field[LISTING_ORDER], &end, 10);
	if (errno || *end || row->order > 10)
		return "order is not a small decimal number";
	return NULL;
}

/*
 * Takes text (modifies it); frees it with listing_free(). A listing that was
 * sought to a table has no header.
 */
static inline struct listing listing_parse(char *text, bool sought)
{
	struct listing l = { .text = text, .line = sought ? 0 : 1 };
	size_t header = sought ? 0 : strlen(LISTING_HEADER), room = 0;
	char *line = text + header;

	if (strncmp(text, LISTING_HEADER, header)) {
		l.error = "not the header of this format";
		return l;
	}
	for (;;) {
		char *end = strchr(line, '\n');

		l.line++;
		if (!end) {
			l.error = "no trailer";
			return l;
		}
		*end = '\0';
		if (!strcmp(line, PTDESC_TRAILER)) {
			if (end[1])
				l.error = "text behind the trailer";
			return l;
		}
		if (l.rows == room) {
			room = room ? 2 * room : 1024;
			l.row = reallocarray(l.row, room, sizeof(*l.row));
			if (!l.row) {
				l.error = "out of memory";
				return l;
			}
		}
		l.error = listing_row(&l.row[l.rows], line);
		if (l.error)
			return l;
		if (l.rows && l.row[l.rows].pfn <= l.row[l.rows - 1].pfn) {
			l.error = "pfn does not rise";
			return l;
		}
		l.rows++;
		line = end + 1;
	}
}

/*
 * For who compares listings: what malloc() once had it keeps, so that to read
 * a listing changes no page table from the second time on.
 */
static inline void listing_keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

/* The tables from pfn on; with error set if it cannot be had. */
static inline struct listing listing_read(uint64_t pfn)
{
	struct listing l = { .error = NULL };
	int fd = open(LISTING_PATH, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t len;

	if (fd >= 0 && lseek(fd, pfn, SEEK_SET) == (off_t)pfn)
		text = listing_slurp(fd, 1 << 16, &len);
	if (text)
		l = listing_parse(text, pfn);
	else
		l.error = strerror(errno);
	if (fd >= 0)
		close(fd);
	return l;
}

static inline void listing_free(struct listing *l)
{
	free(l->row);
	free(l->text);
	memset(l, 0, sizeof(*l));
}

/* Do both list the same tables, every field alike? */
static inline bool listing_same(const struct listing *a,
				const struct listing *b)
{
	if (a->rows != b->rows)
		return false;
	for (size_t i = 0; i < a->rows; i++)
		for (int c = 0; c < LISTING_COLUMNS; c++)
			if (strcmp(a->row[i].field[c], b->row[i].field[c]))
				return false;
	return true;
}

static inline const struct listing_row *listing_find(const struct listing *l,
						     uint64_t pfn)
{
	size_t low = 0, high = l->rows;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (l->row[mid].pfn < pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->rows && l->row[low].pfn == pfn ? &l->row[low] : NULL;
}

static inline bool listing_absent(const char *field)
{
	return !strcmp(field, "-");
}

#endif /* LISTING_H */

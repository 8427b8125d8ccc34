// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "../include/ptdesc.h"
#include "listing.h"

enum column {
#define COLUMN(id, name) COLUMN_##id,
	PTDESC_COLUMNS(COLUMN)
#undef COLUMN
	NR_COLUMNS
};

static const char *const names[NR_COLUMNS] = {
#define COLUMN(id, name) [COLUMN_##id] = name,
	PTDESC_COLUMNS(COLUMN)
#undef COLUMN
};

#define COLUMNS_MAX	32	/* with what later kernels may add before comm */

struct parser {
	unsigned long line;
	unsigned int columns;
	__u64 next_pfn;		/* the next pfn is not below this */
	listing_fn fn;
	void *arg;
	char *error;
};

__attribute__((format(printf, 2, 3)))
static int refuse(struct parser *p, const char *format, ...)
{
	int n = snprintf(p->error, LISTING_ERROR, "line %lu: ", p->line);
	va_list ap;

	va_start(ap, format);
	vsnprintf(p->error + n, LISTING_ERROR - n, format, ap);
	va_end(ap);
	return -EINVAL;
}

/* Cut at single spaces. The number of pieces; 0: an empty piece, or too many. */
static unsigned int split(char *text, char *pieces[COLUMNS_MAX])
{
	unsigned int n = 0;

	for (char *next = text; next; n++) {
		char *piece = next;

		next = strchr(piece, ' ');
		if (next)
			*next++ = '\0';
		if (!*piece || n == COLUMNS_MAX)
			return 0;
		pieces[n] = piece;
	}
	return n;
}

static bool decimal(const char *text, __u64 most, __u64 *value)
{
	*value = 0;
	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || *value > (most - (*text - '0')) / 10)
			return false;
		*value = *value * 10 + (*text - '0');
	}
	return true;
}

static bool hex(const char *text, size_t most)
{
	size_t n = strspn(text, "0123456789abcdef");

	return n && n <= most && !text[n];
}

static bool absent(const char *text)
{
	return !strcmp(text, "-");
}

static bool valid(enum column column, const char *text)
{
	bool negative = *text == '-' && text[1];
	__u64 value;

	switch (column) {
	case COLUMN_PFN:
		return decimal(text, PFNSET_LIMIT - 1, &value);
	case COLUMN_ORDER:
		return absent(text) || decimal(text, 63, &value);
	case COLUMN_TYPE:
		return !strncmp(text, "0x", 2) && strlen(text) == 10 && hex(text + 2, 8);
	case COLUMN_REFCOUNT:
		return decimal(text + negative, 1ULL << 31, &value);
	case COLUMN_PTL:
		return absent(text) || !strcmp(text, "free") || !strcmp(text, "held") ||
		       !strcmp(text, "alloc");
	case COLUMN_PMD_HUGE_PTE:
	case COLUMN_MEMCG:
	case COLUMN_PID:
	case COLUMN_FRAG:
	case COLUMN_SHARE:
		/* powerpc counts fragments, s390 has a bit for each */
		if (column == COLUMN_FRAG && !strncmp(text, "0x", 2))
			return hex(text + 2, 8);
		negative = column == COLUMN_SHARE || column == COLUMN_FRAG ? negative : false;
		return absent(text) || decimal(text + negative, ~0ULL, &value);
	case COLUMN_GADDR:
		return absent(text) || (!strncmp(text, "0x", 2) && hex(text + 2, 16));
	case COLUMN_PT_MM:	/* as %pK prints it: hashed, zero, or "(____ptrval____)" */
	case COLUMN_FLAGS:
	case COLUMN_COMM:
		return true;
	case NR_COLUMNS:
		break;
	}
	return false;
}

static int parse_header(struct parser *p, char *text)
{
	char *pieces[COLUMNS_MAX];
	size_t tag = strlen(PTDESC_HEADER_TAG);
	unsigned int n;
	__u64 version;

	if (strncmp(text, PTDESC_HEADER_TAG " ", tag + 1))
		return refuse(p, "not a listing of ptdesc.ko: it does not begin with \"%s\"",
			      PTDESC_HEADER_TAG);
	n = split(text + tag + 1, pieces);
	if (!n || !decimal(pieces[0], ~0U, &version))
		return refuse(p, "the header has no format version");
	if (version != PTDESC_FORMAT_VERSION)
		return refuse(p, "format version %llu; this program reads version %d", version,
			      PTDESC_FORMAT_VERSION);
	p->columns = n - 1;
	if (p->columns < NR_COLUMNS)
		return refuse(p, "%u columns; version %d has %d", p->columns,
			      PTDESC_FORMAT_VERSION, NR_COLUMNS);
	for (unsigned int i = 0; i < COLUMN_COMM; i++)
		if (strcmp(pieces[1 + i], names[i]))
			return refuse(p, "column %u is not %s", i + 1, names[i]);
	if (strcmp(pieces[n - 1], names[COLUMN_COMM]))
		return refuse(p, "the last column is not %s", names[COLUMN_COMM]);
	return 0;
}

static int parse_row(struct parser *p, char *text)
{
	char *pieces[COLUMNS_MAX];
	unsigned int n = split(text, pieces);
	struct listing_row row = { .order = 0 };
	__u64 order;
	int err;

	if (n != p->columns)
		return refuse(p, "%u values where the header has %u columns", n, p->columns);
	for (unsigned int i = 0; i < COLUMN_COMM; i++)
		if (!valid(i, pieces[i]))
			return refuse(p, "not a value of column %s: %.40s", names[i], pieces[i]);
	(void)decimal(pieces[COLUMN_PFN], PFNSET_LIMIT - 1, &row.pfn);
	if (row.pfn < p->next_pfn)
		return refuse(p, "pfn %llu is not above the one before", row.pfn);
	p->next_pfn = row.pfn + 1;
	if (decimal(pieces[COLUMN_ORDER], 63, &order))
		row.order = order;
	if (!decimal(pieces[COLUMN_MEMCG], ~0ULL, &row.memcg))
		row.memcg = 0;
	row.gmap = !absent(pieces[COLUMN_GADDR]);
	row.page_type = strtoul(pieces[COLUMN_TYPE], NULL, 16);
	err = p->fn(&row, p->arg);
	if (err)
		refuse(p, "%s", strerror(-err));
	return err;
}

int listing_add(const struct listing_row *row, void *arg)
{
	return pfnset_add(arg, row->pfn);
}

/* One line without its newline: its length, -ENODATA at the end of the file, or an error. */
static int read_line(struct parser *p, FILE *file, char *line)
{
	int n = 0, c;

	p->line++;
	while ((c = getc_unlocked(file)) != EOF && c != '\n') {
		if (n == LISTING_LINE - 1)
			return refuse(p, "longer than %d bytes", LISTING_LINE);
		if (c < ' ' || c > '~')
			return refuse(p, "byte 0x%02x is not text", c);
		line[n++] = c;
	}
	line[n] = '\0';
	if (ferror(file)) {
		refuse(p, "%s", strerror(errno));
		return -EIO;
	}
	if (c == EOF)
		return n ? refuse(p, "cut short") : -ENODATA;
	return n;
}

int listing_parse(FILE *file, listing_fn fn, void *arg, char error[LISTING_ERROR])
{
	struct parser p = { .fn = fn, .arg = arg, .error = error };
	char line[LISTING_LINE];
	bool ended = false;
	int n;

	error[0] = '\0';
	while ((n = read_line(&p, file, line)) >= 0) {
		int err = 0;

		if (ended)
			return refuse(&p, "text after \"%s\"", PTDESC_TRAILER);
		if (p.line == 1)
			err = parse_header(&p, line);
		else if (!strcmp(line, PTDESC_TRAILER))
			ended = true;
		else
			err = parse_row(&p, line);
		if (err)
			return err;
	}
	if (n != -ENODATA)
		return n;
	if (p.line == 1)
		return refuse(&p, "the file is empty");
	if (!ended)
		return refuse(&p, "cut short: \"%s\" is missing", PTDESC_TRAILER);
	return 0;
}

int listing_read(const char *path, listing_fn fn, void *arg, char error[LISTING_ERROR])
{
	FILE *file = fopen(path, "r");
	int err;

	if (!file) {
		err = -errno;
		snprintf(error, LISTING_ERROR, "%s", strerror(errno));
		return err;
	}
	err = listing_parse(file, fn, arg, error);
	fclose(file);
	return err;
}

bool listing_is_live(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == DEBUGFS_MAGIC;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is /sys/kernel/debug/ptdesc what include/ptdesc.h says, and the same however
 * it is read? Texts that were read one after the other are compared only when
 * a listing before and one after them are equal: then no table came or went.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "kselftest.h"
#include "listing.h"

#define TRIES	50

/* Memory that is there already: reading into it changes no page table. */
struct buffer {
	char *text;
	size_t len;
};

#define BUFFER	(16UL << 20)

#define LINE_ROOM	256	/* no line is longer */
#define SAMPLES		64	/* about so many */

static const char ending[] = PTDESC_TRAILER "\n";
static const size_t ending_len = sizeof(ending) - 1;

static struct buffer buffer_new(void)
{
	struct buffer b = { .len = 0 };

	b.text = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		      MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (b.text == MAP_FAILED)
		ksft_exit_fail_msg("no memory\n");
	return b;
}

/* Reads from pos to the end, in reads of chunk bytes. */
static bool buffer_read(struct buffer *b, off_t pos, size_t chunk)
{
	int fd = open(LISTING_PATH, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	b->len = 0;
	if (fd < 0)
		return false;
	if (!pos || lseek(fd, pos, SEEK_SET) == pos) {
		while (b->len < BUFFER) {
			size_t room = BUFFER - b->len;

			n = read(fd, b->text + b->len,
				 chunk < room ? chunk : room);
			if (n <= 0)
				break;
			b->len += n;
		}
	}
	close(fd);
	return !n;
}

static bool buffer_same(const struct buffer *a, const struct buffer *b)
{
	return a->len == b->len && !memcmp(a->text, b->text, a->len);
}

/* Is b the end of a, from the line of the first table not below pfn on? */
static bool buffer_from(const struct buffer *a, const struct buffer *b,
			uint64_t pfn)
{
	const char *at = memchr(a->text, '\n', a->len);

	while (at && strncmp(++at, PTDESC_TRAILER, strlen(PTDESC_TRAILER)) &&
	       strtoull(at, NULL, 10) < pfn)
		at = strchr(at, '\n');
	return at && b->len == (size_t)(a->text + a->len - at) &&
	       !memcmp(at, b->text, b->len);
}

static struct buffer before, now, after;
static uint64_t first, middle, last;	/* pfns of tables */

/* Read in chunks between two equal listings; NULL if it is as it should be. */
static const char *read_chunked(off_t pos, size_t chunk)
{
	for (int i = 0; i < TRIES; i++) {
		if (!buffer_read(&before, 0, 1 << 16) ||
		    !buffer_read(&now, pos, chunk) ||
		    !buffer_read(&after, 0, 1 << 16))
			return strerror(errno);
		if (!buffer_same(&before, &after))
			continue;
		if (pos)
			return buffer_from(&before, &now, pos) ? NULL :
			       "not the end of the listing";
		return buffer_same(&before, &now) ? NULL :
		       "another text than the listing";
	}
	return "tables came and went all the time";
}

static void test_chunk(size_t chunk)
{
	const char *why = read_chunked(0, chunk);

	if (why)
		ksft_print_msg("reads of %zu: %s\n", chunk, why);
	ksft_test_result(!why, "reads of %zu bytes give the listing\n", chunk);
}

static void test_seek(uint64_t pfn, size_t chunk, const char *where)
{
	const char *why = read_chunked(pfn, chunk);

	if (why)
		ksft_print_msg("seek to %llu: %s\n", (unsigned long long)pfn,
			       why);
	ksft_test_result(!why, "a seek to %s resumes there, reads of %zu\n",
			 where, chunk);
}

/*
 * Pieces of any size from one line on, each read by a new reader from where
 * the last one stopped.
 */
static bool read_pieces(struct buffer *b)
{
	off_t pos = 0;
	ssize_t n;

	b->len = 0;
	do {
		int fd = open(LISTING_PATH, O_RDONLY | O_CLOEXEC);
		size_t room = LINE_ROOM + rand() % 4096;

		if (lseek(fd, pos, SEEK_SET) != pos)
			n = -1;
		else
			n = read(fd, b->text + b->len, room);
		pos = lseek(fd, 0, SEEK_CUR);
		close(fd);
		if (n <= 0 || n > (ssize_t)room || b->len + n > BUFFER / 2)
			return false;
		b->len += n;
	} while (b->len < ending_len || memcmp(b->text + b->len - ending_len,
					       ending, ending_len));
	return true;
}

/*
 * Samples: the page frames cut at random or beside a table, and of what is read
 * from each cut on the lines below the next one.
 */
static bool read_samples(struct buffer *b)
{
	static char sample[1 << 20];
	int fd = open(LISTING_PATH, O_RDONLY | O_CLOEXEC);
	uint64_t cut = 0, next;
	bool ok = true;

	b->len = 0;
	do {
		ssize_t n = pread(fd, sample, sizeof(sample) - 1, cut);
		char *at = sample, *end;

		/* behind the last page frame there is not even a trailer */
		if (!n)
			n = strlen(strcpy(sample, ending));
		ok = n > 0 && b->len + n < BUFFER;
		if (!ok)
			break;
		sample[n] = '\0';
		next = strtoull(at, NULL, 10) + rand() % 2;
		if (*at == '#' || next <= cut || rand() % 2)
			next = cut + 1 + rand() % (2 * last / SAMPLES);
		for (; (end = strchr(at, '\n')); at = end + 1)
			if (*at != '#' && strtoull(at, NULL, 10) >= next)
				break;
		/* the trailer is behind every sample; one is wanted, the last */
		if (at != sample && !*at && strcmp(sample, ending))
			at -= ending_len;
		memcpy(b->text + b->len, sample, at - sample);
		b->len += at - sample;
		cut = next;
	} while (strcmp(sample, ending));
	close(fd);
	return ok;
}

/* Says where the first one that is in only one of them begins. */
static void print_difference(const struct buffer *a, const struct buffer *b)
{
	size_t at = 0, line = 0;

	for (; at < a->len && at < b->len && a->text[at] == b->text[at]; at++)
		if (a->text[at] == '\n')
			line = at + 1;
	ksft_print_msg("at once:   %.*s\n", (int)strcspn(a->text + line, "\n"), a->text + line);
	ksft_print_msg("in pieces: %.*s\n", (int)strcspn(b->text + line, "\n"), b->text + line);
}

/* A lock held for a moment between two equal listings is no failure; one of each time is. */
static void test_readers(bool (*how)(struct buffer *), const char *what)
{
	bool quiet, ok = false;
	int failed = 0;

	srand(1);
	for (int i = 0; i < TRIES && !ok && failed < 3; i++) {
		if (!buffer_read(&before, 0, 1 << 16) || !how(&now) ||
		    !buffer_read(&after, 0, 1 << 16))
			break;
		quiet = buffer_same(&before, &after);
		ok = quiet && buffer_same(&before, &now);
		if (quiet && !ok) {
			print_difference(&before, &now);
			failed++;
		}
	}
	ksft_test_result(ok, "%s: each table exactly once\n", what);
}

static bool one_of(const char *word, const char *const words[])
{
	for (; *words; words++)
		if (!strcmp(word, *words))
			return true;
	return false;
}

static bool decimal(const char *field)
{
	return *field && strspn(field, "0123456789") == strlen(field);
}

static bool hexadecimal(const char *field, size_t digits)
{
	return !strncmp(field, "0x", 2) && strlen(field) == 2 + digits &&
	       strspn(field + 2, "0123456789abcdef") == digits;
}

/* Bytes of a comm: printable, no space, a backslash only as \ooo. */
static bool escaped(const char *field)
{
	for (; *field; field++) {
		if (*field < 0x21 || *field > 0x7e)
			return false;
		if (*field == '\\') {
			if (strspn(field + 1, "01234567") < 3)
				return false;
			field += 3;
		}
	}
	return true;
}

/* NULL, or the column that is not as ptdesc.h says. */
static const char *row_wrong(const struct listing_row *r)
{
	static const char *const ptl[] = { "free", "held", "alloc", "-", NULL };
	char *const *f = r->field;
	const char *refcount = f[LISTING_REFCOUNT];

	if (!hexadecimal(f[LISTING_TYPE], 8))
		return "type";
	if (!decimal(refcount + (*refcount == '-')))
		return "refcount";
	if (!one_of(f[LISTING_PTL], ptl))
		return "ptl";
	for (int c = 0; c < LISTING_COLUMNS; c++) {
		if (c != LISTING_PMD_HUGE_PTE && c != LISTING_PID &&
		    c != LISTING_SHARE && c != LISTING_MEMCG)
			continue;
		if (!listing_absent(f[c]) && !decimal(f[c]))
			return "a number";
	}
	if (!listing_absent(f[LISTING_FRAG]) && !decimal(f[LISTING_FRAG]) &&
	    !hexadecimal(f[LISTING_FRAG], 1) && !hexadecimal(f[LISTING_FRAG], 2))
		return "frag";
	if (!listing_absent(f[LISTING_GADDR]) && strncmp(f[LISTING_GADDR], "0x", 2))
		return "gaddr";
	if (!listing_absent(f[LISTING_FLAGS]) &&
	    strspn(f[LISTING_FLAGS], (char[]){ PTDESC_FLAG_COMPOUND,
		   PTDESC_FLAG_RESERVED, PTDESC_FLAG_HWPOISON,
		   PTDESC_FLAG_SHADOW, PTDESC_FLAG_FAKE, 0 }) !=
	    strlen(f[LISTING_FLAGS]))
		return "flags";
	if (!escaped(f[LISTING_COMM]))
		return "comm";
	if (listing_absent(f[LISTING_PT_MM]) !=
	    listing_absent(f[LISTING_COMM]))
		return "pt_mm without comm or the reverse";
	return NULL;
}

static void test_rows(void)
{
	struct listing l = listing_read(0);
	const char *wrong = NULL;
	size_t i, held = 0, locks = 0, one = 0;

	ksft_test_result(!l.error, "header, rows in rising pfn order, trailer\n");
	if (l.error)
		ksft_print_msg("line %zu: %s\n", l.line, l.error);
	for (i = 0; i < l.rows && !wrong; i++) {
		wrong = row_wrong(&l.row[i]);
		locks += !listing_absent(l.row[i].field[LISTING_PTL]);
		held += !strcmp(l.row[i].field[LISTING_PTL], "held");
		one += !strcmp(l.row[i].field[LISTING_REFCOUNT], "1");
	}
	if (wrong)
		ksft_print_msg("pfn %llu: %s\n",
			       (unsigned long long)l.row[i - 1].pfn, wrong);
	ksft_test_result(l.rows && !wrong, "each field of %zu rows has its form\n",
			 l.rows);
	ksft_test_result(!wrong && one == l.rows,
			 "each table in a quiet guest has refcount 1\n");
	ksft_test_result(!wrong && locks && held <= 2,
			 "%zu locks, at most one per CPU held\n", locks);
	listing_free(&l);
}

int main(void)
{
	struct listing l;

	ksft_print_header();
	if (access(LISTING_PATH, R_OK))
		ksft_exit_skip("no " LISTING_PATH " (root? ptdesc.ko loaded?)\n");
	ksft_set_plan(16);
	before = buffer_new();
	now = buffer_new();
	after = buffer_new();

	test_rows();
	test_chunk(1);
	test_chunk(7);
	test_chunk(4096);
	test_chunk(8 << 20);

	l = listing_read(0);
	if (l.rows < 3)
		ksft_exit_fail_msg("only %zu tables\n", l.rows);
	first = l.row[0].pfn;
	middle = l.row[l.rows / 2].pfn;
	last = l.row[l.rows - 1].pfn;
	listing_free(&l);
	test_seek(first, 1 << 16, "the first table");
	test_seek(middle, 1 << 16, "a table");
	test_seek(middle, 1, "a table");
	test_seek(middle + 1, 1 << 16, "behind a table");
	test_seek(last, 1, "the last table");
	test_seek(last + 1, 1 << 16, "behind the last table");
	test_readers(read_pieces, "a new reader for each piece");
	test_readers(read_samples, "samples from any page frame on");
	ksft_finished();
}

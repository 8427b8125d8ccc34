// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes memory blocks offline and brings them back, one after the other, while
 * listings are read that begin in the very block that goes: the position of a
 * listing is a pfn. What the kernel says of the block, online, going-offline or
 * offline, is asked before and after each of them.
 *
 * Usage: blocks SECONDS COUNT	for so long, and until so many times a block has
 * gone while listings were read that began and ended as it was going offline
 * Exit status 1: a block did not come back, a listing showed a table in a block
 * that was gone, or COUNT was not reached in three times SECONDS; 4 when this
 * machine has no block that might go.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LISTING		"/sys/kernel/debug/ptdesc"
#define MEMORY		"/sys/devices/system/memory"
#define BLOCKS		1024
#define WHILE		2	/* listings, at least, while it goes: one may have been on its way */
#define AFTERWARDS	3	/* listings of a block that is gone, before it comes back */

enum state { ONLINE, GOING, OFFLINE, STATES };

static const char *const state_name[STATES] = { "online\n", "going-offline\n", "offline\n" };

struct block {
	uint64_t first, end;	/* page frames */
	int state, move;	/* its file "state", to read and to write */
	bool had_tables;	/* since the last round of all blocks began */
};

/* How many listings began in one state and ended in another. */
struct tally {
	unsigned long read[STATES][STATES];
};

static struct block block[BLOCKS];
static int blocks;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* of what follows */
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;		/* ... that tally grew */
static struct block *target;
static unsigned long attempt;	/* to move one */
static struct tally tally;	/* of target, in this attempt */

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static enum state state_of(const struct block *b)
{
	char text[32] = "";
	int s;

	if (pread(b->state, text, sizeof(text) - 1, 0) <= 0)
		fail("state of a block");
	for (s = 0; s < STATES; s++)
		if (!strcmp(text, state_name[s]))
			return s;
	errno = EPROTO;
	fail(text);
	return STATES;
}

/*
 * Is there a table in the block? The first line says so: it is of the first table
 * from there on. Few bytes are asked for, so that the module looks no further.
 */
static bool lists_a_table(int fd, const struct block *b)
{
	off_t pos = b->first ? b->first : 1;	/* behind the header */
	char text[257];
	ssize_t n;

	if (lseek(fd, pos, SEEK_SET) != pos)
		fail("seek in " LISTING);
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		fail("read of " LISTING);
	text[n] = '\0';
	return *text != '#' && strtoull(text, NULL, 10) < b->end;
}

static void *read_on(void *unused)
{
	int fd = open(LISTING, O_RDONLY | O_CLOEXEC);

	(void)unused;
	if (fd < 0)
		fail(LISTING);
	pthread_mutex_lock(&lock);
	for (;;) {
		unsigned long same = attempt;
		struct block *b = target;
		enum state began, ended;
		bool table;

		pthread_mutex_unlock(&lock);
		began = state_of(b);
		table = lists_a_table(fd, b);
		ended = state_of(b);
		pthread_mutex_lock(&lock);

		if (attempt != same)
			continue;
		if (table && began == OFFLINE && ended == OFFLINE) {
			fprintf(stderr, "a table is listed from pfn %llu on, in a block that is offline\n",
				(unsigned long long)b->first);
			exit(1);
		}
		tally.read[began][ended]++;
		pthread_cond_broadcast(&more);
	}
	return NULL;
}

static bool move(const struct block *b, const char *word)
{
	ssize_t len = strlen(word);

	return pwrite(b->move, word, len, 0) == len;
}

static void await(const unsigned long *count, unsigned long least)
{
	while (*count < least)
		pthread_cond_wait(&more, &lock);
}

/* Does it go? Then *t is what was read of it from before until after, and it is back. */
static bool go(struct block *b, struct tally *t)
{
	bool gone;

	pthread_mutex_lock(&lock);
	target = b;
	attempt++;
	memset(&tally, 0, sizeof(tally));
	await(&tally.read[ONLINE][ONLINE], 1);
	pthread_mutex_unlock(&lock);

	gone = move(b, "offline");

	pthread_mutex_lock(&lock);
	if (gone)
		await(&tally.read[OFFLINE][OFFLINE], AFTERWARDS);
	*t = tally;
	pthread_mutex_unlock(&lock);

	if (gone && !move(b, "online"))
		fail("a block does not come back");
	return gone;
}

/*
 * Page tables as large as half a block, 4 KiB for 2 MiB of zeros, so that a block
 * that had none gets some, and loses them again before it is to go.
 */
static void leave_traces(int fd)
{
	size_t size = (block[0].end - block[0].first) << 20;
	char c = 0, *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || madvise(p, size, MADV_NOHUGEPAGE))
		fail("memory without pages");
	for (size_t at = 0; at < size; at += 2UL << 20)
		c |= ((volatile char *)p)[at];
	for (int i = 0; i < blocks; i++)
		block[i].had_tables = lists_a_table(fd, &block[i]) | c;
	munmap(p, size);
}

/* All blocks in turn, those first that had tables just now. */
static struct block *next_block(int fd)
{
	static int next;

	while (next < 2 * blocks) {
		struct block *b = &block[next % blocks];

		if (!next)
			leave_traces(fd);
		if (b->had_tables == (next++ < blocks))
			return b;
	}
	next = 0;
	return next_block(fd);
}

static int open_in(unsigned int nr, const char *file, int how)
{
	char path[80];

	snprintf(path, sizeof(path), MEMORY "/memory%u/%s", nr, file);
	return open(path, how | O_CLOEXEC);
}

static uint64_t hexadecimal(int fd)
{
	char text[32] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		fail(MEMORY);
	close(fd);
	return strtoull(text, NULL, 16);
}

static void find_blocks(DIR *dir)
{
	uint64_t size = hexadecimal(open(MEMORY "/block_size_bytes", O_RDONLY));
	struct dirent *entry;

	size /= sysconf(_SC_PAGESIZE);
	while (blocks < BLOCKS && (entry = readdir(dir))) {
		struct block *b = &block[blocks];
		unsigned int nr;

		if (sscanf(entry->d_name, "memory%u", &nr) != 1)
			continue;
		b->first = hexadecimal(open_in(nr, "phys_index", O_RDONLY)) * size;
		b->end = b->first + size;
		b->state = open_in(nr, "state", O_RDONLY);
		b->move = open_in(nr, "state", O_WRONLY);
		if (b->state < 0 || b->move < 0)
			fail(entry->d_name);
		if (state_of(b) == ONLINE)
			blocks++;
	}
}

int main(int argc, char **argv)
{
	double begin = now(), seconds = argc == 3 ? atof(argv[1]) : 0;
	unsigned long count = argc == 3 ? atol(argv[2]) : 0;
	unsigned long tried = 0, gone = 0, tables = 0, inside = 0, out = 0;
	struct tally t, sum = { 0 };
	int fd = open(LISTING, O_RDONLY | O_CLOEXEC);
	DIR *dir = opendir(MEMORY);
	pthread_t reader;

	if (argc != 3) {
		fprintf(stderr, "usage: blocks SECONDS COUNT\n");
		return 2;
	}
	if (dir)
		find_blocks(dir);
	if (!blocks) {
		printf("no memory hotplug\n");
		return 4;
	}
	if (fd < 0)
		fail(LISTING);
	target = &block[0];
	if (pthread_create(&reader, NULL, read_on, NULL))
		fail("a thread");

	while (now() < begin + seconds || (inside < count && now() < begin + 3 * seconds)) {
		struct block *b = next_block(fd);

		tried++;
		if (!go(b, &t))
			continue;
		gone++;
		tables += b->had_tables;
		inside += t.read[GOING][GOING] >= WHILE;
		out += !!t.read[GOING][OFFLINE];
		for (int s = 0; s < STATES; s++) {
			sum.read[s][GOING] += t.read[s][GOING];
			sum.read[s][OFFLINE] += t.read[s][OFFLINE];
		}
	}
	printf("%lu times one of %d blocks went offline and came back (of %lu tries), %lu times one that had page tables shortly before\n",
	       gone, blocks, tried, tables);
	printf("%lu listings began before it was going offline and ended while it was, %lu were read meanwhile (several each of %lu times),\n",
	       sum.read[ONLINE][GOING], sum.read[GOING][GOING], inside);
	printf("%lu began meanwhile and ended when it was offline (%lu times), %lu were read after that, none of which shows a table there\n",
	       sum.read[GOING][OFFLINE], out, sum.read[OFFLINE][OFFLINE]);
	return inside < count;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * An address space that is mostly page tables: one page in each 2 MiB. Pieces
 * of it are dropped, moved, mapped and filled again, many in a row, and now
 * and then all of it is copied by a fork. Then it rests for many times as long
 * as that took it on this machine, which is about what a look at so many
 * tables takes: sums of tables that never rest cannot be settled.
 *
 * Usage: sparse GIB
 */
#include "space.h"
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIECE	(32 * SPACE_TABLE)
#define RESTS	24	/* times what the work took */

static void fill(char *at, size_t size)
{
	space_touch(at, size, SPACE_TABLE);
}

/* Whole tables go there, and come back. */
static void move(char *from, char *to)
{
	if (mremap(from, PIECE, PIECE, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		exit(1);
}

static void map_again(char *at, size_t size)
{
	if (mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
		 -1, 0) != at)
		exit(1);
	madvise(at, size, MADV_NOHUGEPAGE);
}

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Not so long that a phase sees too little of it. */
static void rest(long long worked)
{
	long long nsec = worked * RESTS;
	struct timespec ts;

	if (nsec < 3000000000LL)
		nsec = 3000000000LL;
	if (nsec > 60000000000LL)
		nsec = 60000000000LL;
	ts = (struct timespec){ .tv_sec = nsec / 1000000000, .tv_nsec = nsec % 1000000000 };
	nanosleep(&ts, NULL);
}

int main(int argc, char *argv[])
{
	long long since;
	size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1) << 30;
	char *space = space_map(size, MAP_PRIVATE), *spare = space_map(PIECE, MAP_PRIVATE);

	fill(space, size);
	since = now();
	for (unsigned int round = 0;; round++) {
		char *piece = space + random() % (size / PIECE) * PIECE;

		madvise(piece, PIECE / 2, MADV_DONTNEED);
		move(piece, spare);
		move(spare, piece);
		munmap(piece, PIECE / 4);
		map_again(piece, PIECE / 4);
		fill(piece, PIECE);
		if (round % 32 == 0) {
			pid_t pid = fork();

			if (!pid) {
				fill(piece, PIECE);
				_exit(0);
			}
			waitpid(pid, NULL, 0);
		}
		if (round % 8 == 7) {
			rest(now() - since);
			since = now();
		}
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * An address space that is mostly page tables: one page in each 2 MiB. Pieces
 * of it are dropped, moved, mapped and filled again, many in a row, and now
 * and then all of it is copied by a fork. Between that it rests, for about as
 * long as a look at so many tables takes: sums of tables that never rest
 * cannot be settled.
 *
 * Usage: sparse GIB
 */
#include "space.h"
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIECE	(32 * SPACE_TABLE)

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

int main(int argc, char *argv[])
{
	const struct timespec rest = { .tv_sec = 2 };
	size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1) << 30;
	char *space = space_map(size, MAP_PRIVATE), *spare = space_map(PIECE, MAP_PRIVATE);

	fill(space, size);
	for (unsigned int round = 0;; round++) {
		char *piece = space + random() % (size / PIECE) * PIECE;

		madvise(piece, PIECE / 2, MADV_DONTNEED);
		move(piece, spare);
		move(spare, piece);
		munmap(piece, PIECE / 4);
		map_again(piece, PIECE / 4);
		fill(piece, PIECE);
		if (round % 256 == 0) {
			pid_t pid = fork();

			if (!pid) {
				fill(piece, PIECE);
				_exit(0);
			}
			waitpid(pid, NULL, 0);
		}
		if (round % 32 == 31)
			nanosleep(&rest, NULL);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/* /proc/PID/maps, through a file as it comes. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "fuzz.h"
#include "mm_vmas.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("maps", MFD_CLOEXEC);
	struct mm_vmas vmas;
	int err;

	REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	err = mm_vmas_read_fd(&vmas, fd, getpid());
	REQUIRE(!err || (!vmas.vma && !vmas.nr));
	for (size_t i = 0; i < vmas.nr; i++)
		REQUIRE(strlen(vmas.vma[i].name) <= size && mm_vma_kind_name(vmas.vma[i].kind));
	if (!err) {
		(void)mm_vmas_from(&vmas, 0x1000);
		(void)mm_vmas_meet(&vmas, 0x1000, ~0ULL);
	}
	mm_vmas_free(&vmas);
	close(fd);
	return 0;
}

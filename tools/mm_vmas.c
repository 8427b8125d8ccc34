// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "arch/arch.h"
#include "mm_task.h"
#include "mm_vmas.h"

/* Devices of hugetlbfs instances: the mounted ones and the kernel's own. */
struct hugetlb {
	__u32 dev[64];
	size_t nr;
};

static __u32 kernel_dev(unsigned int major, unsigned int minor)
{
	return major << 20 | minor;
}

static void hugetlb_add(struct hugetlb *h, __u32 dev)
{
	if (h->nr < sizeof(h->dev) / sizeof(h->dev[0]))
		h->dev[h->nr++] = dev;
}

static bool hugetlb_has(const struct hugetlb *h, __u32 dev)
{
	size_t i;

	for (i = 0; i < h->nr; i++)
		if (h->dev[i] == dev)
			return true;
	return false;
}

/* MAP_HUGETLB and SHM_HUGETLB map files of unmounted instances, one per page size. */
static void hugetlb_internal(struct hugetlb *h)
{
	static const unsigned int sizes[] = ARCH_HUGETLB_SHIFTS;
	struct stat st;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fd = memfd_create("", MFD_CLOEXEC | MFD_HUGETLB | sizes[i] << MFD_HUGE_SHIFT);
		if (fd < 0)
			continue;	/* the kernel or the CPU has no such pages */
		if (!fstat(fd, &st))
			hugetlb_add(h, kernel_dev(major(st.st_dev), minor(st.st_dev)));
		close(fd);
	}
}

/* As the target's mount namespace has them. */
static void hugetlb_mounted(struct hugetlb *h, pid_t pid)
{
	unsigned int major, minor;
	char path[64], *line = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	f = fopen(path, "re");
	if (!f)
		return;
	while (getline(&line, &size, f) > 0)
		if (strstr(line, " - hugetlbfs ") && sscanf(line, "%*d %*d %u:%u", &major, &minor) == 2)
			hugetlb_add(h, kernel_dev(major, minor));
	free(line);
	fclose(f);
}

static bool starts(const char *name, const char *with)
{
	return !strncmp(name, with, strlen(with));
}

static enum mm_vma_kind kind_of(const struct mm_vma *vma, const struct hugetlb *h)
{
	const char *name = vma->name;

	if (!vma->inode && !vma->dev) {
		if (starts(name, "[v") || starts(name, "[uprobes]") || starts(name, "[sigpage]"))
			return MM_VMA_SPECIAL;
		return MM_VMA_ANON;
	}
	if (hugetlb_has(h, vma->dev) || starts(name, "/anon_hugepage"))
		return MM_VMA_HUGETLB;
	/* of which a private mapping is of anonymous memory, a shared one of a file that only looks like it */
	if (!strcmp(name, "/dev/zero") || !strcmp(name, "/dev/zero (deleted)"))
		return vma->flags & MM_VMA_SHARED ? MM_VMA_SHMEM : MM_VMA_ANON;
	if (starts(name, "/memfd:") || starts(name, "/SYSV") || starts(name, "/dev/shm/"))
		return MM_VMA_SHMEM;
	if (starts(name, "/dev/") || starts(name, "/sys/devices/") || starts(name, "anon_inode:") ||
	    starts(name, "/dmabuf"))
		return MM_VMA_DEVICE;
	return MM_VMA_FILE;
}

/* "7f0a-7f0b rw-p 00000000 fe:00 1234    /path"; the name is cut out of the line in place. */
static bool parse_line(char *line, struct mm_vma *vma)
{
	unsigned int major, minor;
	char perm[5];
	int at = -1;

	memset(vma, 0, sizeof(*vma));
	if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu %n", &vma->start, &vma->end, perm, &vma->offset,
		   &major, &minor, &vma->inode, &at) != 7 || at < 0)
		return false;
	vma->dev = kernel_dev(major, minor);
	vma->flags = (perm[0] == 'r' ? MM_VMA_READ : 0) | (perm[1] == 'w' ? MM_VMA_WRITE : 0) |
		     (perm[2] == 'x' ? MM_VMA_EXEC : 0) | (perm[3] == 's' ? MM_VMA_SHARED : 0);
	vma->name = line + at;
	if (starts(vma->name, "[vsyscall]"))
		vma->flags |= MM_VMA_GATE;
	return true;
}

/* The whole file, NUL terminated; proc files have no size to ask for. */
static char *read_all(int fd, int *error)
{
	size_t room = 1 << 16, used = 0;
	char *text = malloc(room), *more;
	ssize_t n;

	while (text) {
		n = read(fd, text + used, room - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			*error = n < 0 ? -errno : 0;
			text[used] = '\0';
			return text;
		}
		used += n;
		if (room - used < 1 << 13) {
			room *= 2;
			more = realloc(text, room);
			if (!more)
				break;
			text = more;
		}
	}
	free(text);
	*error = -ENOMEM;
	return NULL;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

static int parse(struct mm_vmas *vmas, const struct hugetlb *h)
{
	char *line = vmas->text, *end;

	vmas->vma = calloc(count_lines(vmas->text) + 1, sizeof(*vmas->vma));
	if (!vmas->vma)
		return -ENOMEM;
	for (; (end = strchr(line, '\n')); line = end + 1) {
		struct mm_vma *vma = &vmas->vma[vmas->nr];

		*end = '\0';
		if (!parse_line(line, vma))
			return -EPROTO;
		vma->kind = kind_of(vma, h);
		vmas->nr++;
	}
	return 0;
}

int mm_vmas_read_fd(struct mm_vmas *vmas, int maps, pid_t pid)
{
	struct hugetlb h = { .nr = 0 };
	int error;

	memset(vmas, 0, sizeof(*vmas));
	if (lseek(maps, 0, SEEK_SET))
		return -errno;
	vmas->text = read_all(maps, &error);
	if (!error) {
		hugetlb_internal(&h);
		hugetlb_mounted(&h, pid);
		error = parse(vmas, &h);
	}
	if (error)
		mm_vmas_free(vmas);
	return error;
}

int mm_vmas_read(struct mm_vmas *vmas, pid_t pid)
{
	char path[64];
	pid_t task;
	int fd, error;

	memset(vmas, 0, sizeof(*vmas));
	error = mm_task_find(pid, &task);
	if (error < 0 || error == MM_TASK_DEAD)
		return error < 0 ? error : -ESRCH;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/maps", pid, task);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	error = mm_vmas_read_fd(vmas, fd, pid);
	close(fd);
	return error;
}

void mm_vmas_free(struct mm_vmas *vmas)
{
	free(vmas->vma);
	free(vmas->text);
	memset(vmas, 0, sizeof(*vmas));
}

const struct mm_vma *mm_vmas_from(const struct mm_vmas *vmas, __u64 addr)
{
	size_t low = 0, high = vmas->nr, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (vmas->vma[middle].end > addr)
			high = middle;
		else
			low = middle + 1;
	}
	return low < vmas->nr ? &vmas->vma[low] : NULL;
}

bool mm_vmas_meet(const struct mm_vmas *vmas, __u64 start, __u64 end)
{
	const struct mm_vma *vma = mm_vmas_from(vmas, start);

	return vma && vma->start < end;
}

const char *mm_vma_kind_name(enum mm_vma_kind kind)
{
	static const char *const names[MM_VMA_KINDS] = {
		[MM_VMA_ANON] = "anon",
		[MM_VMA_FILE] = "file",
		[MM_VMA_SHMEM] = "shmem",
		[MM_VMA_HUGETLB] = "hugetlb",
		[MM_VMA_DEVICE] = "device",
		[MM_VMA_SPECIAL] = "special",
	};

	return kind < MM_VMA_KINDS ? names[kind] : "unknown";
}

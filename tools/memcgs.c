// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "arch/arch.h"
#include "memcgs.h"

/* Takes over path, which may be NULL. */
static int add(struct memcgs *memcgs, char *path, __u32 parent)
{
	struct stat st;

	if (!path)
		return -ENOMEM;
	if (stat(path, &st)) {	/* removed meanwhile */
		free(path);
		return 0;
	}
	if (memcgs->nr == memcgs->room) {
		size_t room = memcgs->room ? memcgs->room * 2 : 64;
		struct memcg *new = reallocarray(memcgs->memcg, room, sizeof(*new));

		if (!new) {
			free(path);
			return -ENOMEM;
		}
		memcgs->memcg = new;
		memcgs->room = room;
	}
	memcgs->memcg[memcgs->nr++] = (struct memcg){ .ino = st.st_ino, .parent = parent, .path = path };
	return 0;
}

static char *join(const char *path, const char *name)
{
	char *joined;

	return asprintf(&joined, "%s/%s", path, name) < 0 ? NULL : joined;
}

static int add_children(struct memcgs *memcgs, __u32 parent)
{
	DIR *dir = opendir(memcgs->memcg[parent].path);
	struct dirent *entry;
	int err = 0;

	while (dir && !err && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			err = add(memcgs, join(memcgs->memcg[parent].path, entry->d_name), parent);
	if (dir)
		closedir(dir);
	return err;
}

/* Where cgroup2 is mounted: a copy of the path, or NULL. */
static char *mount_point(void)
{
	char line[4096], path[1024], type[64], *found = NULL;
	FILE *file = fopen("/proc/self/mounts", "re");

	while (file && !found && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %1023s %63s", path, type) == 2 && !strcmp(type, "cgroup2"))
			found = strdup(path);
	if (file)
		fclose(file);
	return found;
}

static bool has_memory(const char *path)
{
	char *stat = join(path, "memory.stat");
	bool has = stat && !access(stat, R_OK);

	free(stat);
	return has;
}

int memcgs_find(struct memcgs *memcgs)
{
	char *root = mount_point();
	int err;

	memset(memcgs, 0, sizeof(*memcgs));
	if (!root)
		return -ENOENT;
	if (!has_memory(root)) {
		free(root);
		return -ENOENT;
	}
	err = add(memcgs, root, MEMCG_NONE);
	for (__u32 i = 0; i < memcgs->nr && !err; i++)
		err = add_children(memcgs, i);
	return err;
}

void memcgs_free(struct memcgs *memcgs)
{
	for (size_t i = 0; i < memcgs->nr; i++)
		free(memcgs->memcg[i].path);
	free(memcgs->memcg);
	memset(memcgs, 0, sizeof(*memcgs));
}

/* Until 6.15 all sums of a cgroup, those of memory too, are added up for whoever reads its cpu.stat. */
static void add_up(const struct memcg *memcg)
{
	char *path = join(memcg->path, "cpu.stat"), byte;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		(void)!read(fd, &byte, 1);
		close(fd);
	}
	free(path);
}

static __u64 read_pages(const struct memcg *memcg)
{
	char *path = join(memcg->path, "memory.stat"), line[128];
	FILE *file = path ? fopen(path, "re") : NULL;
	unsigned long long bytes;
	__u64 pages = MEMCG_UNKNOWN;

	while (file && pages == MEMCG_UNKNOWN && fgets(line, sizeof(line), file))
		if (sscanf(line, "pagetables %llu", &bytes) == 1)
			pages = bytes >> ARCH_PAGE_SHIFT;
	if (file)
		fclose(file);
	free(path);
	return pages;
}

void memcgs_read(struct memcgs *memcgs, unsigned int which)
{
	for (size_t i = 0; i < memcgs->nr; i++)
		if (!memcgs->memcg[i].parent)	/* and with it all below */
			add_up(&memcgs->memcg[i]);
	for (size_t i = 0; i < memcgs->nr; i++)
		memcgs->memcg[i].pages[which] = read_pages(&memcgs->memcg[i]);
}

void memcgs_charge(struct memcgs *memcgs, __u64 ino, __u64 pages)
{
	for (size_t i = 0; i < memcgs->nr; i++) {
		if (memcgs->memcg[i].ino != ino)
			continue;
		memcgs->memcg[i].listed += pages;
		return;
	}
	memcgs->unknown += pages;
}

void memcgs_sum(struct memcgs *memcgs)
{
	for (size_t i = memcgs->nr; i--; )
		if (memcgs->memcg[i].parent != MEMCG_NONE)
			memcgs->memcg[memcgs->memcg[i].parent].listed += memcgs->memcg[i].listed;
}

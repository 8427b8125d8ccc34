// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif
#include "arch/arch.h"
#include "machine.h"

/* Intel SDM 3A 4.1.4 (MAXPHYADDR), AMD APM 3 E.4.17 (encryption bit). */
static void read_cpu(struct machine *machine)
{
#ifdef __x86_64__
	unsigned int a, b, c, d;

	if (__get_cpuid(0x80000008, &a, &b, &c, &d))
		machine->phys_bits = a & 0xff;
	if (__get_cpuid(0x8000001f, &a, &b, &c, &d) && (a & 3))
		machine->crypt = 1ULL << (b & 0x3f);
	if (machine->phys_bits < 32 || machine->phys_bits > 52)
		machine->phys_bits = 0;
#else
	(void)machine;
#endif
}

/* "0-3,8-11" and the like: the highest number there plus one. */
static unsigned int read_possible(void)
{
	FILE *file = fopen("/sys/devices/system/cpu/possible", "r");
	unsigned int cpu, most = 0;
	int c;

	if (!file)
		return 0;
	while (fscanf(file, "%u", &cpu) == 1) {
		if (cpu >= most)
			most = cpu + 1;
		c = getc(file);
		if (c != '-' && c != ',')
			break;
	}
	fclose(file);
	return most;
}

/* arch/x86/kernel/cpu/bugs.c: the CPU flag is "pti". */
static bool read_pti(void)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char *line = NULL;
	size_t room = 0;
	bool pti = false;

	if (!file)
		return false;
	while (getline(&line, &room, file) > 0) {
		if (!strncmp(line, "flags", 5)) {
			pti = strstr(line, " pti ") || strstr(line, " pti\n");
			break;
		}
	}
	free(line);
	fclose(file);
	return pti;
}

/* Without privilege all addresses read as 0: then nothing is known. */
int machine_parse_iomem(struct machine *machine, FILE *file)
{
	unsigned long long first, last;
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	while (getline(&line, &room, file) > 0) {
		struct machine_ram *new;

		if (!strstr(line, ": System RAM"))
			continue;
		if (sscanf(line, " %llx-%llx :", &first, &last) != 2 || !last)
			continue;
		new = reallocarray(machine->ram, machine->nr_ram + 1, sizeof(*new));
		if (!new) {
			err = -ENOMEM;
			break;
		}
		machine->ram = new;
		new[machine->nr_ram].first = first >> ARCH_PAGE_SHIFT;
		new[machine->nr_ram++].last = last >> ARCH_PAGE_SHIFT;
	}
	free(line);
	return err;
}

static int add_zone(struct machine *machine, const struct machine_zone *zone)
{
	struct machine_zone *new = reallocarray(machine->zone, machine->nr_zones + 1, sizeof(*new));

	if (!new)
		return -ENOMEM;
	machine->zone = new;
	new[machine->nr_zones++] = *zone;
	return 0;
}

int machine_parse_zoneinfo(struct machine *machine, FILE *file)
{
	struct machine_zone zone = { .first = 0 };
	unsigned long long spanned = 0;
	char *line = NULL, name[32];
	size_t room = 0;
	int err = 0;

	while (!err && getline(&line, &room, file) > 0) {
		/* sscanf() takes its time, and these are a few of hundreds of lines */
		if (*line == 'N' && sscanf(line, "Node %u, zone %31s", &zone.node, name) == 2) {
			zone.movable = !strcmp(name, "Movable") || !strcmp(name, "Device");
			spanned = 0;
		} else if (strstr(line, "start_pfn") && sscanf(line, " start_pfn: %llu", &zone.first) == 1 && spanned) {
			zone.last = zone.first + spanned - 1;
			err = add_zone(machine, &zone);
		} else if (strstr(line, "spanned")) {
			(void)!sscanf(line, " spanned %llu", &spanned);
		}
	}
	free(line);
	return err;
}

bool machine_has_movable(const struct machine *machine)
{
	for (size_t i = 0; i < machine->nr_zones; i++)
		if (machine->zone[i].movable)
			return true;
	return false;
}

bool machine_is_movable(const struct machine *machine, __u64 pfn)
{
	bool movable = false;

	for (size_t i = 0; i < machine->nr_zones; i++) {
		const struct machine_zone *zone = &machine->zone[i];

		if (pfn < zone->first || pfn > zone->last)
			continue;
		if (!zone->movable)
			return false;
		movable = true;
	}
	return movable;
}

unsigned int machine_node_of(const struct machine *machine, __u64 pfn)
{
	unsigned int node = MACHINE_NO_NODE;

	for (size_t i = 0; i < machine->nr_zones; i++) {
		const struct machine_zone *zone = &machine->zone[i];

		if (pfn < zone->first || pfn > zone->last)
			continue;
		if (node != MACHINE_NO_NODE && node != zone->node)
			return MACHINE_NO_NODE;
		node = zone->node;
	}
	return node;
}

unsigned int machine_nodes(const struct machine *machine)
{
	unsigned int nodes = 0;

	for (size_t i = 0; i < machine->nr_zones; i++)
		if (machine->zone[i].node >= nodes)
			nodes = machine->zone[i].node + 1;
	return nodes;
}

static void read_zones(struct machine *machine)
{
	FILE *file = fopen("/proc/zoneinfo", "re");

	if (!file)
		return;
	if (machine_parse_zoneinfo(machine, file))
		machine->nr_zones = 0;
	fclose(file);
}

__u64 machine_end(const struct machine *machine)
{
	__u64 end = 0;

	for (size_t i = 0; i < machine->nr_zones; i++)
		if (machine->zone[i].last >= end)
			end = machine->zone[i].last + 1;
	return end;
}

__u64 machine_read_end(void)
{
	struct machine machine = { .zone = NULL };
	__u64 end;

	read_zones(&machine);
	end = machine_end(&machine);
	machine_free(&machine);
	return end;
}

void machine_read(struct machine *machine)
{
	FILE *file = fopen("/proc/iomem", "r");

	memset(machine, 0, sizeof(*machine));
	read_cpu(machine);
	machine->cpus = read_possible();
	machine->pti = read_pti();
	read_zones(machine);
	if (file) {
		if (machine_parse_iomem(machine, file))
			machine->nr_ram = 0;
		fclose(file);
	}
}

void machine_free(struct machine *machine)
{
	free(machine->ram);
	free(machine->zone);
	memset(machine, 0, sizeof(*machine));
}

bool machine_is_ram(const struct machine *machine, __u64 pfn)
{
	size_t low = 0, high = machine->nr_ram;

	if (!high)
		return true;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (pfn > machine->ram[mid].last)
			low = mid + 1;
		else
			high = mid;
	}
	return low < machine->nr_ram && pfn >= machine->ram[low].first;
}

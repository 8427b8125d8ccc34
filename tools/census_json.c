// SPDX-License-Identifier: GPL-2.0-only
#include "arch/arch.h"
#include "json.h"
#include "json_out.h"

static const char *const owners[CENSUS_OWNERS] = {
	[CENSUS_PROCESS] = "processes", [CENSUS_DEPOSITED] = "deposited", [CENSUS_IDLE] = "idle_mms",
	[CENSUS_KERNEL] = "kernel",
};

static struct json_object *reached_object(const struct census_count *count)
{
	struct json_object *object = json_object_new_object();

	for (unsigned int owner = 0; owner < CENSUS_OWNERS; owner++)
		json_add(object, owners[owner], json_number(count->all[owner]));
	return object;
}

static struct json_object *count_object(const struct census *census)
{
	const struct census_count *count = &census->first;
	struct json_object *object = json_object_new_object();

	json_add(object, "mms", json_number(count->mms));
	json_add(object, "sharing_processes", json_number(count->sharers));
	json_add(object, "idle_mms", json_number(count->idle_mms));
	json_add(object, "kernel_threads", json_number(count->kernel_threads));
	json_add(object, "zombies", json_number(count->zombies));
	json_add(object, "ended_meanwhile", json_number(count->gone));
	json_add(object, "not_permitted", json_number(count->refused));
	json_add(object, "tables_reached", reached_object(count));
	json_add(object, "tables_listed", json_number(count->described));
	json_add(object, "gmap_tables_listed", json_number(count->gmap));
	json_add(object, "pages_listed", json_number(count->described_pages));
	json_add(object, "nr_page_table_pages", count->table_pages[1] ? json_number(count->table_pages[1]) : NULL);
	json_add(object, "memory_cgroups", json_number(count->memcgs));
	json_add(object, "rounds", json_number(census->rounds));
	json_add(object, "round_nsec", json_number(count->nsec));
	json_add(object, "total_nsec", json_number(census->nsec));
	return object;
}

void json_census(FILE *file, const struct census *census)
{
	const struct walk_kernel *kernel = census->subject->kernel;

	json_key(file, "machine", false);
	json_open(file, '{');
	json_key(file, "status", true);
	json_put(file, json_object_new_string(json_status_name(census->status)));
	if (census->error[0])
		json_put_key(file, "error", json_text(census->error));
	json_put_key(file, "summary", count_object(census));
	json_invariants(file, census->tally, census_judges);
	json_cases(file, "violations", kernel, &census->confirm, VERDICT_VIOLATED);
	json_cases(file, "unsettled", kernel, &census->confirm, VERDICT_UNSETTLED);
	json_close(file, '}');
}

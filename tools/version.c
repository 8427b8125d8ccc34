// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <json-c/json_c_version.h>
#include "../include/ptdesc.h"
#include "arch/arch.h"
#include "version.h"

void version_print(FILE *file)
{
	fprintf(file, "ptdesc-check %s\n%s, libbpf %s, json-c %s, JSON format %d, listing format %d\n",
		VERSION, ARCH_NAME, libbpf_version_string() + 1, json_c_version(), JSON_FORMAT,
		PTDESC_FORMAT_VERSION);
}

// SPDX-License-Identifier: GPL-2.0-only
/* /proc/iomem */
#include "fuzz.h"
#include "machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine machine = { .cpus = 1 };
	FILE *file = fuzz_file(data, size);

	REQUIRE(!machine_parse_iomem(&machine, file));
	fclose(file);
	(void)machine_is_ram(&machine, 0);
	(void)machine_is_ram(&machine, 0x1234);
	(void)machine_is_ram(&machine, ~0ULL);
	machine_free(&machine);
	return 0;
}

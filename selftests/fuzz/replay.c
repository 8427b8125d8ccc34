// SPDX-License-Identifier: GPL-2.0-only
/* Runs a fuzz target over recorded files. Prints KTAP; a crash ends it before its plan is fulfilled. */
#include <stdlib.h>
#include "fuzz.h"

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long size;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET))
		return -1;
	data = malloc(size ? size : 1);	/* exactly so long that ASan sees one byte more */
	if (!data || fread(data, 1, size, file) != (size_t)size)
		return -1;
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	printf("TAP version 13\n1..1\n");
	fflush(stdout);
	for (int i = 1; i < argc; i++) {
		if (!replay(argv[i]))
			continue;
		printf("not ok 1 %s cannot be read\n", argv[i]);
		return 1;
	}
	printf("%sok 1 %d recorded inputs\n", argc > 1 ? "" : "not ", argc - 1);
	return argc <= 1;
}

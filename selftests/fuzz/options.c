// SPDX-License-Identifier: GPL-2.0-only
/* The command line, cut at zero bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "fuzz.h"
#include "options.h"

#define WORDS	24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *argv[WORDS + 2] = { "ptdesc-check" };
	char error[OPTIONS_ERROR];
	struct options options;
	int argc = 1, err;

	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t at = 0; at <= size && argc <= WORDS; at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	err = options_parse(&options, argc, argv, error);
	REQUIRE(!err || err == -EINVAL);
	REQUIRE(memchr(error, '\0', sizeof(error)));
	REQUIRE(!err == !error[0]);
	if (!err && options.action == ACTION_CHECK) {
		REQUIRE(options.all || options.nr_pids);
		REQUIRE(!options.range.high || options.range.low < options.range.high);
		for (size_t i = 0; i < options.nr_pids; i++)
			REQUIRE(options.pids[i] > 0);
	}
	options_free(&options);
	free(text);
	return 0;
}

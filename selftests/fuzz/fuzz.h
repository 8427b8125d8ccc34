/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* libFuzzer's, and replay.c's. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Must hold of whatever is read: the fuzzer's only way to say that it does not. */
#define REQUIRE(condition)	((condition) ? (void)0 : __builtin_trap())

static inline FILE *fuzz_file(const uint8_t *data, size_t size)
{
	FILE *file = fmemopen((void *)(size ? data : (const uint8_t *)" "), size ? size : 1, "r");

	if (file && !size)
		(void)getc(file);
	return file;
}

#endif /* FUZZ_H */

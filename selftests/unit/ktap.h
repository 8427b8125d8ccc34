/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A runner for unit tests: main() ends in KTAP_RUN(tests). A test is a
 * function; CHECK() that fails makes it "not ok", says where, and goes on.
 */
#ifndef KTAP_H
#define KTAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct ktap_test {
	const char *name;
	void (*run)(void);
};

static unsigned int ktap_failures;

#define CHECK(condition) \
	((condition) ? (void)0 : (void)(ktap_failures++, \
	 printf("# %s:%d: not so: %s\n", __FILE__, __LINE__, #condition)))

#define CHECK_EQ(a, b) do { \
	unsigned long long ktap_a = (a), ktap_b = (b); \
	if (ktap_a != ktap_b) { \
		ktap_failures++; \
		printf("# %s:%d: %s is %llu, not %llu\n", __FILE__, __LINE__, #a, ktap_a, ktap_b); \
	} \
} while (0)

#define CHECK_STR(a, b) do { \
	const char *ktap_a = (a), *ktap_b = (b); \
	if (strcmp(ktap_a, ktap_b)) { \
		ktap_failures++; \
		printf("# %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #a, ktap_a, ktap_b); \
	} \
} while (0)

static inline int ktap_run(const struct ktap_test *tests, unsigned int nr)
{
	unsigned int failed = 0;

	printf("TAP version 13\n1..%u\n", nr);
	for (unsigned int i = 0; i < nr; i++) {
		ktap_failures = 0;
		tests[i].run();
		failed += ktap_failures != 0;
		printf("%sok %u %s\n", ktap_failures ? "not " : "", i + 1, tests[i].name);
		fflush(stdout);
	}
	return failed != 0;
}

#define KTAP_RUN(tests) ktap_run(tests, sizeof(tests) / sizeof((tests)[0]))

#endif /* KTAP_H */

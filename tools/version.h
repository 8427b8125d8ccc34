/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VERSION_H
#define VERSION_H

#include <stdio.h>

#define VERSION		"0.1"
#define JSON_FORMAT	1	/* of the JSON report: see JSON in ptdesc-check(8) */

/* Version, libraries, formats, architecture. */
void version_print(FILE *file);

#endif /* VERSION_H */

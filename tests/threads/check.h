/* SPDX-License-Identifier: MIT */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program with what did not hold. */
#define CHECK(claim)                                                           \
	do {                                                                   \
		if (!(claim)) {                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,       \
				__LINE__, #claim);                             \
			exit(1);                                               \
		}                                                              \
	} while (0)

struct test_case {
	const char *name;
	void (*run)(void);
};

/* Runs the case that the command line names. */
static inline int cases_run(const struct test_case *cases, int argc,
			    char **argv)
{
	for (; argc == 2 && cases->name; cases++)
		if (strcmp(cases->name, argv[1]) == 0) {
			cases->run();
			return 0;
		}
	fprintf(stderr, "no such case\n");
	return 2;
}

#endif

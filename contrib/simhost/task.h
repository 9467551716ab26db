/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASK_H
#define SIM_TASK_H

#include <sys/types.h>

#include "simhost.h"

/* A traced task while it is stopped. failed names the first request that the
 * system refused to this process, NULL if none: an error of the tracer's own,
 * as opposed to one of the task's, such as a bad address. */
struct sim_task {
	pid_t id;
	const char *failed;
	int error;
};

/* Checks the result of a request. A task that was killed in the meantime is no
 * failure: waitpid() reports its end next. */
bool sim_task_succeeded(struct sim_task *t, const char *request, long result);

/* Serves the access to the port that the task faulted on. False if it was
 * none, or if a request failed. *delay is how many seconds the access takes:
 * the caller lets the task go on after that. */
bool sim_task_serve(struct sim_task *t, struct simhost *sim, double *delay);

#endif

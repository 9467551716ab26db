/* SPDX-License-Identifier: MIT */
#include "counters.h"

#include <stdlib.h>
#include <string.h>

/* Times are nanoseconds since 1970. */
struct vmg_counter {
	const struct vmg_metric *metric;
	char instance[VMG_INSTANCE_SIZE];
	int64_t last;	    /* given to collectd */
	uint64_t session;   /* of the last sample that it was in; 0: of none */
	uint64_t seen_ns;   /* when that was */
	uint64_t resume_ns; /* nothing is given before */
};

/* Events are counted here, and a session does not end them. */
static bool restarts_with_session(const struct vmg_metric *metric)
{
	return vmg_metric_kind(metric) == VMG_KIND_COUNTER &&
	       metric->source != VMG_SOURCE_SELF;
}

/* The counter of a point; a new one if it has none yet. NULL: no memory. */
static struct vmg_counter *counter_of(struct vmg_counters *counters,
				      const struct vmg_point *point)
{
	struct vmg_counter *counter, *larger;
	size_t room;

	for (size_t i = 0; i < counters->count; i++) {
		counter = &counters->list[i];
		if (counter->metric == point->metric &&
		    strcmp(counter->instance, point->instance) == 0)
			return counter;
	}
	if (counters->count == counters->room) {
		room = counters->room ? 2 * counters->room : 8;
		larger = realloc(counters->list, room * sizeof *larger);
		if (!larger)
			return NULL;
		counters->list = larger;
		counters->room = room;
	}
	counter = &counters->list[counters->count++];
	*counter = (struct vmg_counter){ .metric = point->metric };
	strncpy(counter->instance, point->instance, VMG_INSTANCE_SIZE - 1);
	return counter;
}

bool vmg_counter_may_pass(struct vmg_counters *counters,
			  const struct vmg_sample *sample,
			  const struct vmg_point *point, int64_t value,
			  uint64_t memory_ns)
{
	struct vmg_counter *counter;

	if (!restarts_with_session(point->metric))
		return true;
	counter = counter_of(counters, point);
	if (!counter)
		return !sample->session_changed;
	/* Not by session_changed: in that sample it may have been missing. */
	if (counter->session != 0 && counter->session != sample->session &&
	    value >= counter->last)
		counter->resume_ns = sample->time_ns + memory_ns;
	counter->session = sample->session;
	counter->seen_ns = sample->time_ns;
	if (sample->time_ns < counter->resume_ns)
		return false;
	counter->last = value;
	return true;
}

void vmg_counters_prune(struct vmg_counters *counters, uint64_t time_ns,
			uint64_t memory_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < counters->count; i++)
		if (time_ns - counters->list[i].seen_ns <= memory_ns)
			counters->list[kept++] = counters->list[i];
	counters->count = kept;
}

void vmg_counters_release(struct vmg_counters *counters)
{
	free(counters->list);
	*counters = (struct vmg_counters){ 0 };
}

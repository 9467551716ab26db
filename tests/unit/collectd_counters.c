/* SPDX-License-Identifier: MIT */
#include "counters.h"
#include "row.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#define S 1000000000u
#define MEMORY (30 * (uint64_t)S)

/* Sessions. */
#define ONE 1
#define OTHER 2

static const struct vmg_metric reads = { .stem = "read",
					 .area = VMG_AREA_VSCSI,
					 .source = VMG_SOURCE_WIRE,
					 .unit = VMG_METRIC_OPERATIONS };

static struct vmg_counters counters;

static bool may_pass(const struct vmg_metric *metric, const char *disk,
		     uint64_t seconds, int64_t value, uint64_t session)
{
	const struct vmg_sample sample = { .time_ns = seconds * S,
					   .session = session };
	const struct vmg_point point = { metric, disk, { 0 } };

	return vmg_counter_may_pass(&counters, &sample, &point, value, MEMORY);
}

Test(counters, pass_while_the_session_lasts)
{
	cr_expect(may_pass(&reads, "a", 100, 7, ONE));
	cr_expect(may_pass(&reads, "a", 110, 8, ONE));
	vmg_counters_release(&counters);
}

static const struct {
	const char *why;
	int64_t value;
	bool passes;
} after_a_move[] = {
	{ "it fell, which collectd sees", 6, true },
	{ "it stands", 7, false },
	{ "it rose", 8, false },
};

Test(counters, that_did_not_fall_are_kept_back_after_a_move)
{
	for (size_t i = 0; i < sizeof after_a_move / sizeof after_a_move[0];
	     i++) {
		bool passes = after_a_move[i].passes;
		int64_t value = after_a_move[i].value;

		may_pass(&reads, "a", 100, 7, ONE);
		cr_expect(eq(int, may_pass(&reads, "a", 110, value, OTHER),
			     passes),
			  "%s", after_a_move[i].why);
		cr_expect(eq(int, may_pass(&reads, "a", 139, value, OTHER),
			     passes),
			  "%s", after_a_move[i].why);
		cr_expect(may_pass(&reads, "a", 140, value, OTHER));
		vmg_counters_release(&counters);
	}
}

Test(counters, that_were_missing_when_the_session_changed_are_kept_back_later)
{
	may_pass(&reads, "a", 100, 7, ONE);
	may_pass(&reads, "b", 110, 8, OTHER);
	cr_expect(not(may_pass(&reads, "a", 120, 8, OTHER)));
	cr_expect(not(may_pass(&reads, "a", 149, 8, OTHER)));
	cr_expect(may_pass(&reads, "a", 150, 8, OTHER));
	vmg_counters_release(&counters);
}

Test(counters, of_the_reading_itself_pass_always)
{
	const struct vmg_metric *changes =
		vmg_metric_at(VMG_ROW_SESSION_CHANGES);

	cr_expect(may_pass(changes, "", 100, 1, ONE));
	cr_expect(may_pass(changes, "", 110, 2, OTHER));
	cr_expect(eq(sz, counters.count, 0));
}

Test(counters, are_kept_apart_by_instance)
{
	may_pass(&reads, "a", 100, 7, ONE);
	cr_expect(may_pass(&reads, "b", 110, 8, OTHER));
	cr_expect(not(may_pass(&reads, "a", 110, 8, OTHER)));
	vmg_counters_release(&counters);
}

Test(counters, of_disks_that_are_gone_are_forgotten)
{
	char disk[VMG_INSTANCE_SIZE];

	for (int i = 0; i < 100; i++) {
		snprintf(disk, sizeof disk, "scsi0:%d", i);
		may_pass(&reads, disk, (uint64_t)(100 + i), 7, ONE);
	}
	vmg_counters_prune(&counters, 199 * (uint64_t)S, MEMORY);
	cr_expect(eq(sz, counters.count, 31));
	cr_expect(may_pass(&reads, "scsi0:0", 200, 8, OTHER));
	vmg_counters_release(&counters);
}

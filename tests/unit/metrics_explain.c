/* SPDX-License-Identifier: MIT */
#include "explain.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define SWITCH "isolation.tools.guestlibGetInfo.disable = \"FALSE\""

static void expect_says(enum vmg_cause cause, const char *words)
{
	struct vmg_failure failure = { .cause = cause };
	char text[VMG_LOG_SIZE];

	vmg_explain_failure(&failure, text);
	cr_expect(strstr(text, words) != NULL, "%s: not in: %s", words, text);
}

Test(explain, says_what_to_do)
{
	expect_says(VMG_CAUSE_NOT_VM, "not in a VMware VM");
	expect_says(VMG_CAUSE_NOT_VM, "monitor_control.restrict_backdoor");
	expect_says(VMG_CAUSE_PROBE_LIMITED, "Raise the limits on processes");
	expect_says(VMG_CAUSE_PROBE_FORBIDDEN, "seccomp");
	expect_says(VMG_CAUSE_PROBE_NAMESPACE, "pid namespace");
	expect_says(VMG_CAUSE_NO_MESSAGES, "not in a VMware VM");
	expect_says(VMG_CAUSE_NO_MESSAGES, "vmport");
	expect_says(VMG_CAUSE_NO_CHANNEL, "no free VMware message channel");
	expect_says(VMG_CAUSE_CHANNEL_LOST, "lost");
	expect_says(VMG_CAUSE_CHECKPOINT, "checkpoint");
	expect_says(VMG_CAUSE_TIMEOUT, "longer than a second");
	expect_says(VMG_CAUSE_NO_REPLY, "sent no reply");
	expect_says(VMG_CAUSE_UNKNOWN_COMMAND,
		    "Workstation, Player and Fusion");
	expect_says(VMG_CAUSE_UNKNOWN_COMMAND, SWITCH);
	expect_says(VMG_CAUSE_REFUSED, "disabled for this VM");
	expect_says(VMG_CAUSE_REFUSED, SWITCH);
	expect_says(VMG_CAUSE_DAMAGED, "damaged");
	expect_says(VMG_CAUSE_NO_MEMORY, "out of memory");
	expect_says(VMG_CAUSE_EMPTY, "replied with nothing");
	expect_says(VMG_CAUSE_CUT, "left out");
	expect_says(VMG_CAUSE_SESSION_CHANGED, "session changed");
}

/* NONE is no failure; the last may be a newer library's. */
Test(explain, has_words_of_its_own_for_each_cause)
{
	char texts[VMG_CAUSE_SESSION_CHANGED + 2][VMG_LOG_SIZE];

	for (int cause = 0; cause <= VMG_CAUSE_SESSION_CHANGED + 1; cause++) {
		struct vmg_failure failure = { .cause = (enum vmg_cause)cause };

		vmg_explain_failure(&failure, texts[cause]);
		for (int other = 0; other < cause; other++)
			cr_expect(strcmp(texts[cause], texts[other]) != 0, "%s",
				  texts[cause]);
	}
	cr_expect(strstr(texts[VMG_CAUSE_NONE], "receiving statistics") !=
		  NULL);
	cr_expect(strstr(texts[VMG_CAUSE_SESSION_CHANGED + 1],
			 "sent no statistics") != NULL);
}

Test(explain, has_a_name_of_its_own_for_each_cause)
{
	for (int cause = 0; cause <= VMG_CAUSE_SESSION_CHANGED; cause++) {
		const char *name = vmg_cause_name((enum vmg_cause)cause);

		cr_assert(ne(ptr, (void *)name, NULL), "%d", cause);
		for (int other = 0; other < cause; other++)
			cr_expect(strcmp(vmg_cause_name((enum vmg_cause)other),
					 name) != 0,
				  "%s", name);
	}
}

Test(explain, has_a_reason_for_each_state)
{
	static const struct {
		enum vmg_state state;
		const char *words;
	} cases[] = {
		{ VMG_STATE_NOT_SENT, "not provided by this host" },
		{ VMG_STATE_NOT_VALID, "without a value" },
		{ VMG_STATE_VALUE, "provided by this host: " },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect(strstr(vmg_explain_state(cases[i].state),
				 cases[i].words) != NULL,
			  "%s", cases[i].words);
}

Test(explain, quotes_the_host)
{
	struct vmg_failure failure = {
		.cause = VMG_CAUSE_REFUSED,
		.host_said = "Permission denied",
	};
	char text[VMG_LOG_SIZE];

	vmg_explain_failure(&failure, text);
	cr_expect(strstr(text, "The host said \"Permission denied\".") != NULL,
		  "%s", text);
	failure.host_said[0] = '\0';
	vmg_explain_failure(&failure, text);
	cr_expect(strstr(text, "The host said") == NULL, "%s", text);
}

Test(explain, knows_which_failures_last)
{
	static const enum vmg_cause lasting[] = {
		VMG_CAUSE_NOT_VM,	   VMG_CAUSE_NO_MESSAGES,
		VMG_CAUSE_UNKNOWN_COMMAND, VMG_CAUSE_REFUSED,
		VMG_CAUSE_EMPTY,
	};
	size_t count = 0;

	for (int cause = VMG_CAUSE_NONE; cause <= VMG_CAUSE_SESSION_CHANGED;
	     cause++)
		count += vmg_cause_lasts(cause);
	cr_expect(eq(sz, count, 5));
	for (size_t i = 0; i < 5; i++)
		cr_expect(vmg_cause_lasts(lasting[i]));
}

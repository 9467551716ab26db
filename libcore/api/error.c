/* SPDX-License-Identifier: MIT */
/* Switches without a default: the compiler lists what was forgotten. */
#include <stdbool.h>

#include "error.h"

VMGuestLibError vmg_err_public(enum vmg_err err)
{
	switch (err) {
	case VMG_OK:
		return VMGUESTLIB_ERROR_SUCCESS;
	case VMG_E_NOT_VM:
		return VMGUESTLIB_ERROR_NOT_RUNNING_IN_VM;
	case VMG_E_UNKNOWN_COMMAND:
	case VMG_E_REFUSED:
		return VMGUESTLIB_ERROR_NOT_ENABLED;
	case VMG_E_NOMEM:
		return VMGUESTLIB_ERROR_MEMORY;
	case VMG_E_PROBE_LIMITED:
	case VMG_E_PROBE_FORBIDDEN:
	case VMG_E_PROBE_NAMESPACE:
	case VMG_E_NO_MESSAGES:
	case VMG_E_NO_CHANNEL:
	case VMG_E_IO:
	case VMG_E_CHECKPOINT:
	case VMG_E_TIMEOUT:
	case VMG_E_NO_REPLY:
	case VMG_E_PROTO:
	case VMG_E_EMPTY:
	case VMG_E_CUT:
	case VMG_E_SESSION_CHANGED:
		break;
	}
	return VMGUESTLIB_ERROR_OTHER;
}

VMGuestLibError vmg_err_public_stat(enum vmg_err err)
{
	if (err == VMG_E_UNKNOWN_COMMAND || err == VMG_E_REFUSED ||
	    err == VMG_E_EMPTY)
		return VMGUESTLIB_ERROR_NOT_AVAILABLE;
	return vmg_err_public(err);
}

enum vmg_cause vmg_err_cause(enum vmg_err err)
{
	switch (err) {
	case VMG_OK:
		break;
	case VMG_E_NOT_VM:
		return VMG_CAUSE_NOT_VM;
	case VMG_E_PROBE_LIMITED:
		return VMG_CAUSE_PROBE_LIMITED;
	case VMG_E_PROBE_FORBIDDEN:
		return VMG_CAUSE_PROBE_FORBIDDEN;
	case VMG_E_PROBE_NAMESPACE:
		return VMG_CAUSE_PROBE_NAMESPACE;
	case VMG_E_NO_MESSAGES:
		return VMG_CAUSE_NO_MESSAGES;
	case VMG_E_NO_CHANNEL:
		return VMG_CAUSE_NO_CHANNEL;
	case VMG_E_IO:
		return VMG_CAUSE_CHANNEL_LOST;
	case VMG_E_CHECKPOINT:
		return VMG_CAUSE_CHECKPOINT;
	case VMG_E_TIMEOUT:
		return VMG_CAUSE_TIMEOUT;
	case VMG_E_NO_REPLY:
		return VMG_CAUSE_NO_REPLY;
	case VMG_E_UNKNOWN_COMMAND:
		return VMG_CAUSE_UNKNOWN_COMMAND;
	case VMG_E_REFUSED:
		return VMG_CAUSE_REFUSED;
	case VMG_E_PROTO:
		return VMG_CAUSE_DAMAGED;
	case VMG_E_EMPTY:
		return VMG_CAUSE_EMPTY;
	case VMG_E_CUT:
		return VMG_CAUSE_CUT;
	case VMG_E_SESSION_CHANGED:
		return VMG_CAUSE_SESSION_CHANGED;
	case VMG_E_NOMEM:
		return VMG_CAUSE_NO_MEMORY;
	}
	return VMG_CAUSE_NONE;
}

/* What the host said, fit to be printed. */
static void words_copy(const struct vmg_answer *answer,
		       char words[sizeof((struct vmg_failure *)0)->host_said])
{
	size_t room = sizeof((struct vmg_failure *)0)->host_said, i;

	for (i = 0; i < answer->len && i < room - 1; i++) {
		uint8_t c = answer->at[i];

		words[i] = c >= ' ' && c <= '~' ? (char)c : '?';
	}
	words[i] = '\0';
}

void vmg_failure_set(struct vmg_failure *failure, enum vmg_err err,
		     const struct vmg_answer *answer)
{
	bool said = err == VMG_E_REFUSED || err == VMG_E_UNKNOWN_COMMAND;
	struct vmg_answer none = { 0 };

	failure->cause = vmg_err_cause(err);
	words_copy(said ? answer : &none, failure->host_said);
}

/* SPDX-License-Identifier: MIT */
/* Switches without a default: the compiler lists what was forgotten. */
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
		break;
	}
	return VMGUESTLIB_ERROR_OTHER;
}

VMGuestLibError vmg_err_public_stat(enum vmg_err err)
{
	if (err == VMG_E_UNKNOWN_COMMAND || err == VMG_E_REFUSED)
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
	case VMG_E_NOMEM:
		return VMG_CAUSE_NO_MEMORY;
	}
	return VMG_CAUSE_NONE;
}

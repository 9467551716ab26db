/* SPDX-License-Identifier: MIT */
#include "explain.h"

#include <stdio.h>

/* What allows guestlib.info.get, in the host's spelling. */
#define SWITCH "isolation.tools.guestlibGetInfo.disable = \"FALSE\""

static const char *cause_words(enum vmg_cause cause)
{
	switch (cause) {
	case VMG_CAUSE_NONE:
		return "the host gives its statistics.";
	case VMG_CAUSE_NOT_VM:
		return "not in a VMware VM: no VMware host answers. If this is "
		       "one, remove monitor_control.restrict_backdoor = "
		       "\"TRUE\" from the VM's configuration; else do without "
		       "these statistics.";
	case VMG_CAUSE_PROBE_LIMITED:
		return "could not find out whether this is a VMware VM: the "
		       "probe needs a short-lived process and some memory and "
		       "got none. Raise the limits on processes (ulimit -u, "
		       "TasksMax) and memory.";
	case VMG_CAUSE_PROBE_FORBIDDEN:
		return "could not find out whether this is a VMware VM: a "
		       "system call filter (seccomp) forbids the short-lived "
		       "process that the probe needs. Allow clone, "
		       "rt_sigaction, rt_sigprocmask and wait4.";
	case VMG_CAUSE_PROBE_NAMESPACE:
		return "could not find out whether this is a VMware VM: this "
		       "process unshared its pid namespace and has no child "
		       "there yet. Fork first.";
	case VMG_CAUSE_NO_MESSAGES:
		return "not in a VMware VM: the VMware port answers but has no "
		       "message service, as QEMU's vmport does. There are no "
		       "statistics on this hypervisor; do without them.";
	case VMG_CAUSE_NO_CHANNEL:
		return "the host has no message channel free. A VM has few, "
		       "for all its programs: stop those that keep theirs, or "
		       "wait until the host closes what a killed program left "
		       "open.";
	case VMG_CAUSE_CHANNEL_LOST:
		return "the message channel was lost, opened again and lost "
		       "again. This happens around a vMotion or a snapshot; if "
		       "it stays, look at the VM's vmware.log on the host.";
	case VMG_CAUSE_CHECKPOINT:
		return "the host is taking a checkpoint of this VM (a snapshot, "
		       "a vMotion) and interrupts each exchange. Wait.";
	case VMG_CAUSE_TIMEOUT:
		return "the host took longer than a second to answer. If it "
		       "stays, the host is overloaded.";
	case VMG_CAUSE_NO_REPLY:
		return "the host took the request and did not reply. If it "
		       "stays, look at the VM's vmware.log on the host.";
	case VMG_CAUSE_UNKNOWN_COMMAND:
		return "the host does not know the statistics. Either it is "
		       "VMware Workstation, Player or Fusion, which have none, "
		       "or an administrator disabled them: then set " SWITCH
		       " in the VM's configuration.";
	case VMG_CAUSE_REFUSED:
		return "the host refuses the statistics. To allow them "
		       "set " SWITCH " in the VM's configuration.";
	case VMG_CAUSE_DAMAGED:
		return "the host's reply is damaged: it contradicts itself or "
		       "its length. Nothing of it is used.";
	case VMG_CAUSE_NO_MEMORY:
		return "no memory to hold the host's reply.";
	}
	return "the host gave no statistics.";
}

void vmg_explain_failure(const struct vmg_failure *failure,
			 char text[VMG_SAY_SIZE])
{
	const char *words = cause_words(failure->cause);

	if (failure->host_said[0])
		snprintf(text, VMG_SAY_SIZE, "%s The host said \"%s\".", words,
			 failure->host_said);
	else
		snprintf(text, VMG_SAY_SIZE, "%s", words);
}

const char *vmg_explain_given(enum vmg_given given)
{
	switch (given) {
	case VMG_GIVEN_NOT_SENT:
		return "not sent by this host, which is too old for them: ";
	case VMG_GIVEN_NOT_VALID:
		return "sent by this host without a value: ";
	case VMG_GIVEN_VALUE:
		break;
	}
	return "given by this host: ";
}

bool vmg_cause_lasts(enum vmg_cause cause)
{
	return cause == VMG_CAUSE_NOT_VM || cause == VMG_CAUSE_NO_MESSAGES ||
	       cause == VMG_CAUSE_UNKNOWN_COMMAND || cause == VMG_CAUSE_REFUSED;
}

/* SPDX-License-Identifier: MIT */
#include "explain.h"

#include <stdio.h>

/* What allows guestlib.info.get, in the host's spelling. */
#define SWITCH "isolation.tools.guestlibGetInfo.disable = \"FALSE\""

static const char *cause_words(enum vmg_cause cause)
{
	switch (cause) {
	case VMG_CAUSE_NONE:
		return "receiving statistics from the host.";
	case VMG_CAUSE_NOT_VM:
		return "not in a VMware VM: no VMware host answers. If this is "
		       "a VMware VM, ask the VMware administrator to remove "
		       "monitor_control.restrict_backdoor = \"TRUE\" from its "
		       "configuration. On other hypervisors there are no such "
		       "statistics.";
	case VMG_CAUSE_PROBE_LIMITED:
		return "could not find out whether this is a VMware VM: the "
		       "probe needs a short-lived process and 64 KiB of memory "
		       "and was refused them. Raise the limits on processes "
		       "(ulimit -u, TasksMax) and memory.";
	case VMG_CAUSE_PROBE_FORBIDDEN:
		return "could not find out whether this is a VMware VM: a "
		       "seccomp filter forbids the clone() call of the probe. "
		       "Allow clone and wait4 in the filter of this service or "
		       "container.";
	case VMG_CAUSE_PROBE_NAMESPACE:
		return "could not find out whether this is a VMware VM: this "
		       "process has unshared its pid namespace and has no "
		       "child there yet; a probe would become the namespace's "
		       "init process. Start the first child, or open the "
		       "handle before unshare().";
	case VMG_CAUSE_NO_MESSAGES:
		return "not in a VMware VM: the VMware port answers but has no "
		       "message service, as with QEMU's vmport. This "
		       "hypervisor has no such statistics.";
	case VMG_CAUSE_NO_CHANNEL:
		return "no free VMware message channel (shared by all programs "
		       "of this VM). Stop programs that keep theirs open, or "
		       "wait until the host closes those of killed programs.";
	case VMG_CAUSE_CHANNEL_LOST:
		return "the message channel was lost, reopened and lost again. "
		       "This happens during a vMotion or a snapshot; if it "
		       "persists, see the VM's vmware.log on the host.";
	case VMG_CAUSE_CHECKPOINT:
		return "the host is taking a checkpoint of this VM (snapshot "
		       "or vMotion), which interrupts each exchange. "
		       "Statistics "
		       "resume when it is done.";
	case VMG_CAUSE_TIMEOUT:
		return "the host took longer than a second to answer. If this "
		       "persists, the host is overloaded.";
	case VMG_CAUSE_NO_REPLY:
		return "the host accepted the request but sent no reply. If "
		       "this persists, see the VM's vmware.log on the host.";
	case VMG_CAUSE_UNKNOWN_COMMAND:
		return "the host does not provide guest statistics: VMware "
		       "Workstation, Player and Fusion have none. On ESXi they "
		       "may be disabled for this VM; ask the VMware "
		       "administrator to set " SWITCH
		       " in the VM's configuration.";
	case VMG_CAUSE_REFUSED:
		return "guest statistics are disabled for this VM; ask the "
		       "VMware administrator to set " SWITCH
		       " in the VM's configuration.";
	case VMG_CAUSE_DAMAGED:
		return "the host's reply is damaged: it contradicts itself or "
		       "its length. It was discarded.";
	case VMG_CAUSE_NO_MEMORY:
		return "out of memory for the host's reply.";
	case VMG_CAUSE_EMPTY:
		return "the host replied with nothing: it has no such "
		       "statistics.";
	case VMG_CAUSE_CUT:
		return "the host sent more, or longer names, than is accepted; "
		       "the excess was left out.";
	case VMG_CAUSE_SESSION_CHANGED:
		return "the VM's session changed while the host was being "
		       "asked, and again when the requests were repeated. If "
		       "this persists, the VM is being moved or suspended "
		       "very often.";
	}
	return "the host sent no statistics.";
}

const char *vmg_cause_name(enum vmg_cause cause)
{
	static const char *const names[] = {
		[VMG_CAUSE_NONE] = "none",
		[VMG_CAUSE_NOT_VM] = "not-vm",
		[VMG_CAUSE_PROBE_LIMITED] = "limits",
		[VMG_CAUSE_PROBE_FORBIDDEN] = "forbidden",
		[VMG_CAUSE_PROBE_NAMESPACE] = "namespace",
		[VMG_CAUSE_NO_MESSAGES] = "no-messages",
		[VMG_CAUSE_NO_CHANNEL] = "no-channel",
		[VMG_CAUSE_CHANNEL_LOST] = "channel-lost",
		[VMG_CAUSE_TIMEOUT] = "timeout",
		[VMG_CAUSE_NO_REPLY] = "no-reply",
		[VMG_CAUSE_UNKNOWN_COMMAND] = "unknown-command",
		[VMG_CAUSE_REFUSED] = "disabled",
		[VMG_CAUSE_DAMAGED] = "damaged",
		[VMG_CAUSE_NO_MEMORY] = "no-memory",
		[VMG_CAUSE_CHECKPOINT] = "checkpoint",
		[VMG_CAUSE_EMPTY] = "empty",
		[VMG_CAUSE_CUT] = "cut",
		[VMG_CAUSE_SESSION_CHANGED] = "session-changed",
	};

	return names[cause];
}

static const char *extended_words(enum vmg_cause cause)
{
	if (cause == VMG_CAUSE_UNKNOWN_COMMAND)
		return "the host does not provide them: they need ESXi 6.0 or "
		       "later; VMware Workstation, Player and Fusion have "
		       "none.";
	if (cause == VMG_CAUSE_REFUSED)
		return "the host refuses them.";
	return cause_words(cause);
}

static void sentence_make(const struct vmg_failure *failure, const char *words,
			  char text[VMG_LOG_SIZE])
{
	if (failure->host_said[0])
		snprintf(text, VMG_LOG_SIZE, "%s The host said \"%s\".", words,
			 failure->host_said);
	else
		snprintf(text, VMG_LOG_SIZE, "%s", words);
}

void vmg_explain_failure(const struct vmg_failure *failure,
			 char text[VMG_LOG_SIZE])
{
	sentence_make(failure, cause_words(failure->cause), text);
}

void vmg_explain_extended(const struct vmg_failure *failure,
			  char text[VMG_LOG_SIZE])
{
	sentence_make(failure, extended_words(failure->cause), text);
}

const char *vmg_explain_state(enum vmg_state state)
{
	switch (state) {
	case VMG_STATE_NOT_SENT:
		return "not provided by this host, which is too old: ";
	case VMG_STATE_NOT_VALID:
		return "sent by this host without a value: ";
	case VMG_STATE_VALUE:
		break;
	}
	return "provided by this host: ";
}

bool vmg_cause_lasts(enum vmg_cause cause)
{
	return cause == VMG_CAUSE_NOT_VM || cause == VMG_CAUSE_NO_MESSAGES ||
	       cause == VMG_CAUSE_UNKNOWN_COMMAND ||
	       cause == VMG_CAUSE_REFUSED || cause == VMG_CAUSE_EMPTY;
}

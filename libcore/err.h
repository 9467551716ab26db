/* SPDX-License-Identifier: MIT */
/* How a stage of the library ends. api/error.c turns these into published
 * codes, and nothing else does. */
#ifndef VMG_ERR_H
#define VMG_ERR_H

enum vmg_err {
	VMG_OK = 0,
	VMG_E_NOT_VM,	       /* nothing answers the port */
	VMG_E_PROBE_LIMITED,   /* no process or memory to ask the port */
	VMG_E_PROBE_FORBIDDEN, /* seccomp forbids asking the port */
	VMG_E_PROBE_NAMESPACE, /* asking would make the init of a namespace */
	VMG_E_NO_MESSAGES,     /* the port answers, without message service */
	VMG_E_NO_CHANNEL,      /* OPEN refused */
	VMG_E_IO,	       /* the channel is gone: close it, open anew */
	VMG_E_CHECKPOINT, /* begun again too often because of checkpoints */
	VMG_E_TIMEOUT,	  /* more than VMG_CALL_TIMEOUT_MS */
	VMG_E_NO_REPLY,	  /* request taken, nothing to receive */
	VMG_E_UNKNOWN_COMMAND, /* the host's "Unknown command" */
	VMG_E_REFUSED,	       /* any other refusal of the host */
	VMG_E_PROTO,	       /* bytes, lengths or states that cannot be */
	VMG_E_EMPTY,	       /* a reply with nothing in it */
	VMG_E_CUT,	       /* more or longer than bounds.h allows */
	VMG_E_SESSION_CHANGED, /* twice in one reading */
	VMG_E_NOMEM,
};

#endif

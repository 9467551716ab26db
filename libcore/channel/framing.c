/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "framing.h"

/* The only text that hosts are known to keep to the letter. Source:
 * open-vm-tools, lib/include/vmware/tools/guestrpc.h and libguestlib. */
static const char unknown_command[] = "Unknown command";

enum vmg_err vmg_answer_read(const uint8_t *reply, size_t len,
			     struct vmg_answer *answer)
{
	size_t unknown = sizeof unknown_command - 1;

	if (len < 2 || reply[1] != ' ' || (reply[0] != '0' && reply[0] != '1'))
		return VMG_E_PROTO;
	answer->at = reply + 2;
	answer->len = len - 2;
	if (reply[0] == '1')
		return VMG_OK;
	if (answer->len >= unknown &&
	    memcmp(answer->at, unknown_command, unknown) == 0)
		return VMG_E_UNKNOWN_COMMAND;
	return VMG_E_REFUSED;
}

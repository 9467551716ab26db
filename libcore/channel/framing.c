/* SPDX-License-Identifier: MIT */
#include <stdbool.h>

#include "framing.h"

/* The only text that hosts are known to keep to the letter. Source:
 * open-vm-tools, lib/include/vmware/tools/guestrpc.h and libguestlib. */
static const char unknown_command[] = "Unknown command";

/*@ requires \valid_read(bytes + (0 .. len - 1));
    assigns \nothing; */
static bool is_unknown_command(const uint8_t *bytes, size_t len)
{
	const size_t text_len = sizeof unknown_command - 1;

	if (len < text_len)
		return false;
	/*@ loop invariant 0 <= i <= text_len;
	    loop assigns i;
	    loop variant text_len - i; */
	for (size_t i = 0; i < text_len; i++)
		if (bytes[i] != (uint8_t)unknown_command[i])
			return false;
	return true;
}

enum vmg_err vmg_answer_read(const uint8_t *reply, size_t len,
			     struct vmg_answer *answer)
{
	if (len < 2 || reply[1] != ' ' || (reply[0] != '0' && reply[0] != '1'))
		return VMG_E_PROTO;
	answer->at = reply + 2;
	answer->len = len - 2;
	if (reply[0] == '1')
		return VMG_OK;
	return is_unknown_command(answer->at, answer->len)
		       ? VMG_E_UNKNOWN_COMMAND
		       : VMG_E_REFUSED;
}

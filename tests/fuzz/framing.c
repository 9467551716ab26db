/* SPDX-License-Identifier: MIT */
/* What a host answers: "1 " and data, "0 " and a reason, or nonsense. */
#include "framing.h"
#include "fuzz.h"

static enum vmg_err expected(const uint8_t *data, size_t size)
{
	static const char unknown[] = "Unknown command";

	if (size < 2 || data[1] != ' ')
		return VMG_E_PROTO;
	if (data[0] == '1')
		return VMG_OK;
	if (data[0] != '0')
		return VMG_E_PROTO;
	for (size_t i = 0; i < sizeof unknown - 1; i++)
		if (2 + i >= size || data[2 + i] != (uint8_t)unknown[i])
			return VMG_E_REFUSED;
	return VMG_E_UNKNOWN_COMMAND;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmg_answer answer = { .at = NULL, .len = 77 };
	enum vmg_err err = vmg_answer_read(data, size, &answer);

	CLAIM(err == expected(data, size));
	if (err == VMG_E_PROTO)
		CLAIM(answer.at == NULL && answer.len == 77);
	else
		CLAIM(answer.at == data + 2 && answer.len == size - 2);
	return 0;
}

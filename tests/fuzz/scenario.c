/* SPDX-License-Identifier: MIT */
/* A scenario of the simulated host: read, and if it is one, played to a guest. */
#include "fuzz.h"
#include "simulated.h"
#include "stats.h"

static void play(struct simhost *host)
{
	static const double times[] = { 0, 1, 60, 86400 };
	static const char *const stats[][2] = {
		{ "json", "resources" },
		{ "text", "" },
		{ "text", "session" },
		{ "xml", "vscsi scsi0:0" },
		{ "yaml", "vnet 00:50:56:9a:2b:10" },
	};
	VMGuestLibHandle h;
	char *text;
	size_t len;

	simulated = host;
	CLAIM(VMGuestLib_OpenHandle(&h) == VMGUESTLIB_ERROR_SUCCESS);
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		simhost_set_time(host, times[i]);
		VMGuestLib_UpdateInfo(h);
		for (size_t k = 0; k < sizeof stats / sizeof stats[0]; k++) {
			VMGuestLib_StatGet(stats[k][0], stats[k][1], &text,
					   &len);
			VMGuestLib_StatFree(text, len);
		}
	}
	CLAIM(VMGuestLib_CloseHandle(h) == VMGUESTLIB_ERROR_SUCCESS);
	simulated = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_copy(data, size), *errors = NULL;
	struct simhost *host = simhost_open(text, "input", &errors);

	CLAIM(!host == !!errors);
	if (host)
		play(host);
	simhost_close(host);
	free(errors);
	free(text);
	return 0;
}

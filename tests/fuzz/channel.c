/* SPDX-License-Identifier: MIT */
/* The whole library, with a host that answers whatever the input says, register by
 * register. Of each exchange a byte tells which registers are the input's; the
 * others are those of a host that serves, so that inputs get far. */
#include <stdbool.h>

#include "fuzz.h"
#include "host.h"
#include "stats.h"

static struct feed feed;
static uint64_t exchanges, clock_ms;

/* Linked with --wrap=vmg_clock_ms. */
uint64_t __wrap_vmg_clock_ms(void);
uint64_t __wrap_vmg_clock_ms(void)
{
	return clock_ms;
}

static void serve(enum vmg_port port, struct vmg_regs *r)
{
	uint32_t step = (uint32_t)r->cx >> 16;

	if (port == VMG_PORT_READ)
		feed_bytes(&feed, (uint8_t *)(uintptr_t)r->di, r->cx);
	r->bx = port == VMG_PORT_WORD ? feed_number(&feed, 2) : 0x00010000;
	r->cx = step == 1 || step == 3 ? 0x00830000 : 0x00010000;
	r->dx = step == 3 ? 0x00010000 : 0x00020000;
}

static void exchange(enum vmg_port port, struct vmg_regs *r)
{
	uint64_t *regs[] = { &r->ax, &r->bx, &r->cx, &r->dx, &r->si, &r->di };
	uint32_t which = feed_number(&feed, 1);

	CLAIM(++exchanges < 1 << 20);
	clock_ms += which & 0x40 ? 300 : 0;
	serve(port, r);
	for (int i = 0; i < 6; i++)
		if (which >> i & 1)
			*regs[i] = feed_number(&feed, 4) |
				   (uint64_t)(which & 0x80) << 33;
}

static const struct vmg_host host = { .exchange = exchange };

enum vmg_err vmg_host_open(const struct vmg_host **found)
{
	*found = &host;
	return VMG_OK;
}

/* After a failure there is nothing to read; after a success, what there is. */
static void all_read(VMGuestLibHandle h, bool good)
{
	VMGuestLibError error;
	uint64_t value;
	char text[64];
	size_t need;

	for (unsigned id = 1; id <= 38; id++) {
		if (id == 18 || id == 37)
			error = vmg_stat_text(h, vmg_stat_by_id(id), NULL, text,
					      sizeof text, &need);
		else
			error = vmg_stat_read(h, vmg_stat_by_id(id), &value);
		CLAIM((error == VMGUESTLIB_ERROR_NO_INFO) == !good);
	}
}

static void update(VMGuestLibHandle h)
{
	VMGuestLibError error = VMGuestLib_UpdateInfo(h);
	struct vmg_failure failure;

	CLAIM(error == VMGUESTLIB_ERROR_SUCCESS ||
	      error == VMGUESTLIB_ERROR_OTHER ||
	      error == VMGUESTLIB_ERROR_NOT_ENABLED);
	CLAIM(vmg_update_failure(h, &failure) == VMGUESTLIB_ERROR_SUCCESS);
	CLAIM((failure.cause == VMG_CAUSE_NONE) == !error);
	CLAIM(memchr(failure.host_said, 0, sizeof failure.host_said));
	all_read(h, !error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	VMGuestLibHandle h;
	uint64_t mb;
	char *text;
	size_t len;

	feed = (struct feed){ data, size };
	exchanges = 0;
	CLAIM(VMGuestLib_OpenHandle(&h) == VMGUESTLIB_ERROR_SUCCESS);
	for (int i = 0; i < 3; i++)
		update(h);
	vmg_memory_size_mb(h, &mb);
	if (VMGuestLib_StatGet("text", "session", &text, &len) == 0)
		CLAIM(text && text[len] == '\0');
	else
		CLAIM(!text && len == 0);
	VMGuestLib_StatFree(text, len);
	CLAIM(VMGuestLib_CloseHandle(h) == VMGUESTLIB_ERROR_SUCCESS);
	return 0;
}

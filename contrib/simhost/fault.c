/* SPDX-License-Identifier: MIT */
#include "fault.h"

void sim_fault_arm(const struct sim_fault *f, struct sim_armed *a, double now)
{
	a->on = true;
	a->until = now + f->lasts;
	a->skip = f->after;
	a->left = f->count;
}

bool sim_fault_strikes(struct sim_armed *a, double now)
{
	if (!a->on)
		return false;
	if (now >= a->until) {
		a->on = false;
		return false;
	}
	if (a->skip > 0) {
		a->skip--;
		return false;
	}
	a->left--;
	a->on = a->left > 0;
	return true;
}

void sim_damage_bytes(const struct sim_fault *f, struct sim_bytes *reply)
{
	switch (f->how) {
	case SIM_TRUNCATE:
		if (f->bytes < reply->len)
			reply->len = (size_t)f->bytes;
		break;
	case SIM_ENLARGE:
		sim_bytes_zero(reply, (size_t)f->bytes);
		break;
	case SIM_FLIP:
		if (f->offset < reply->len)
			reply->at[f->offset] ^= (uint8_t)f->mask;
		break;
	case SIM_REFUSAL:
		sim_bytes_clear(reply);
		sim_bytes_format(reply, "0 %s", f->text);
		break;
	default:
		break;
	}
}

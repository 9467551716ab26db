/* SPDX-License-Identifier: MIT */
#include "reader.h"

void reader_read(struct reader *r)
{
	if (r->now.up) {
		r->before = r->now;
		r->place = !r->place;
	}
	vmg_sampler_read(r->sampler, &r->sample);
	vmg_moment_take(&r->now, &r->disks[r->place], &r->sample);
	own_read(&r->own, &r->now, &r->disks[r->place],
		 r->sample.extended & (VMG_SET_VSCSI | VMG_SET_VNET));
}

void reader_release(struct reader *r)
{
	own_release(&r->own);
}

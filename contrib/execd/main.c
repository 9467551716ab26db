/* SPDX-License-Identifier: MIT */
#include "log.h"
#include "loop.h"
#include "options.h"
#include "output.h"
#include "wait.h"

enum {
	STATUS_DONE,
	STATUS_FAILED,
	STATUS_WRONG,
};

static int run(struct vmg_options *o)
{
	struct vmg_wait_options wait = {
		.trigger = o->trigger,
		.input = o->loop.mode == VMG_MODE_STDIN,
		.output = !o->loop.output,
	};
	int status = STATUS_FAILED;

	if (!vmg_wait_open(&wait))
		return status;
	o->loop.sampler = vmg_sampler_open(&o->sampler);
	if (o->loop.sampler)
		status = vmg_loop_run(&o->loop);
	else
		vmg_log(VMG_LOG_ERROR, "cannot start: out of memory.");
	vmg_sampler_close(o->loop.sampler);
	return status;
}

int main(int argc, char **argv)
{
	bool output_is_open = vmg_output_open();
	struct vmg_options o;
	int status = STATUS_DONE;
	char host[256];

	vmg_output_host(host, sizeof host);
	switch (vmg_options_read(&o, host, argc, argv)) {
	case VMG_COMMAND_RUN:
		if (o.loop.output || output_is_open)
			status = run(&o);
		break;
	case VMG_COMMAND_DONE:
		break;
	case VMG_COMMAND_WRONG:
		status = STATUS_WRONG;
		break;
	case VMG_COMMAND_FAILED:
		status = STATUS_FAILED;
		break;
	}
	vmg_options_release(&o);
	return status;
}

/* SPDX-License-Identifier: MIT */
/* What a doctor asks, and the answers. */
#ifndef VMG_STAT_QUESTION_H
#define VMG_STAT_QUESTION_H

#include "metrics.h"

enum mark {
	MARK_OK,
	MARK_INFO,
	MARK_PARTLY,
	MARK_NO,
};

struct answer {
	enum mark mark;
	char text[VMG_LOG_SIZE];
};

/* What one attempt to read the host gave. */
struct patient {
	VMGuestLibHandle handle; /* NULL: it cannot be opened */
	/* Of opening it, or of the update. */
	struct vmg_failure failure;
	struct vmg_host_description host;
	const struct vmg_sample *sample;
};

/* Adds to the text, as far as there is room. */
__attribute__((format(printf, 2, 3))) void answer_say(struct answer *a,
						      const char *format, ...);

typedef void question_fn(const struct patient *p, struct answer *a);

/* Of the machine and its system. */
question_fn ask_machine, ask_hypervisor, ask_readers, ask_permissions,
	ask_seccomp, ask_container, ask_lockdown, ask_versions;

/* Of the host. */
question_fn ask_port, ask_channel, ask_service, ask_protocol, ask_statistics,
	ask_host_totals, ask_extended;

#endif

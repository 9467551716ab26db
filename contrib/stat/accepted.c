/* SPDX-License-Identifier: MIT */
#include "accepted.h"

#include <string.h>

bool accepted_add(struct accepted *accepted, const char *text)
{
	size_t len = strcspn(text, "=");
	const struct vmg_threshold *t;

	for (size_t i = 0; (t = vmg_threshold_at(i)); i++) {
		if (strncmp(t->name, text, len) != 0 || t->name[len] != '\0')
			continue;
		accepted->reasons[i] = text[len] && text[len + 1]
					       ? text + len + 1
					       : "no reason given";
		return true;
	}
	return false;
}

const struct vmg_finding *accepted_first(const struct accepted *accepted,
					 const struct vmg_diagnosis *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (!accepted->reasons[d->findings[i].id])
			return &d->findings[i];
	return NULL;
}

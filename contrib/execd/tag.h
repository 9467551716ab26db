/* SPDX-License-Identifier: MIT */
/* Which keys of tags mean something else already. */
#ifndef VMG_EXECD_TAG_H
#define VMG_EXECD_TAG_H

#include "format.h"

/* True if the tag's key is one of names, which end with NULL. */
bool vmg_tag_is_among(const struct vmg_tag *tag, const char *const *names);

/* A tag_refuse of struct vmg_format, where measurements have fields. */
const char *vmg_tag_refuse_fields(const struct vmg_tag *tag);

#endif

/* SPDX-License-Identifier: MIT */
/* What stands for json.c where there is no libyajl. */
#include "format.h"

const struct vmg_format vmg_format_json = {
	.name = "json",
	.missing = "this build has no JSON: it was built without libyajl",
};

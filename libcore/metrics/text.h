/* SPDX-License-Identifier: MIT */
#ifndef VMG_TEXT_H
#define VMG_TEXT_H

/* Replaces by '?' every control character and every byte that is not part of
 * well-formed UTF-8: a text of the host or of a user goes into logs, line
 * protocols and JSON. */
void vmg_text_clean(char *text);

#endif

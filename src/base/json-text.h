/* json-text.h: whether a stranger's JSON may be shown to json-glib
 *
 * Its parser calls itself for every level, ends the process at a lone surrogate, and cuts texts at
 * a NUL. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* NULL when all is well, else a clause that says what is wrong: "it is not UTF-8". Characters only,
 * not grammar. @max_digits: in a row; json-glib makes anything of a whole number above 64 bits.
 * (nullable) (transfer none): static */
const char *shot_json_text_find_fault (const char *text, size_t length, unsigned max_depth,
                                       unsigned max_digits);

G_END_DECLS

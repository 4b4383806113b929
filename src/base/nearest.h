/* nearest.h: the word that was probably meant
 *
 * For messages about names that do not exist. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Longer names than this are no slip of the pen. */
#define SHOT_NEAREST_MAX_BYTES 100

/* How many bytes have to be put in, taken out or changed, the case of ASCII letters set aside;
 * @most stands for any number from there on. */
unsigned shot_nearest_measure (const char *a, const char *b, unsigned most);

/* From here on @word and a known one have nothing in common: for @most above. */
unsigned shot_nearest_get_limit (const char *word);

/* NULL when none is near enough. (transfer none) (nullable) */
const char *shot_nearest_find (const char *word, const char *const *known);

G_END_DECLS

/* language.h: Accept-Language values
 *
 * Pure. Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The tags that a page sees in navigator.languages, best first: "de-CH,de;q=0.8" gives de-CH, de.
 * "*", q=0 and what is no language tag are left out; empty when nothing is left. (transfer full) */
char **shot_language_list (const char *accept_language);

G_END_DECLS

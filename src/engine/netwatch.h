/* netwatch.h: is WebKit's network process still the one that it was?
 *
 * When it dies, the page's requests fail and WebKit starts another: what the page then draws, "No
 * data" for example, is not what Grafana has. WebKit tells nobody, so its process is watched.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ShotNetwatch ShotNetwatch;

ShotNetwatch *shot_netwatch_new  (void);
void          shot_netwatch_free (ShotNetwatch *self); /* accepts NULL */

/* How many network processes have been found dead. Call it when a document is there, which a
 * network process has brought, and again when it matters whether the same one still lives. */
unsigned shot_netwatch_count_deaths (ShotNetwatch *self);

/* It does not answer: WebKit starts another. */
void shot_netwatch_kill (ShotNetwatch *self);

G_END_DECLS

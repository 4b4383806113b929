/* demo-api.h: as much of Grafana's API as an inspection of the demo asks for
 *
 * Searching, folders, the one dashboard, health. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @path: behind "/demo/api/". @query: (nullable): name -> value. Sets @out_status. NULL when there is
 * no such route. (transfer full): JSON */
char *shot_demo_api_answer (const char *path, GHashTable *query, unsigned *out_status);

G_END_DECLS

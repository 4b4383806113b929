/* grafana.h: Grafana's HTTP API, as far as an inspection asks
 *
 * One client per Grafana and token. The token goes to that origin only; redirects to another are an
 * error. Main thread only; callbacks run in the default main context.
 *
 * Errors: _UNREACHABLE, _LOGIN (401: the token is not taken), _REFUSED (403: names the right that is
 * missing), _NOT_FOUND, _DOCUMENT (any other answer that is none), _TIMEOUT, _CANCELLED.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "dashboard.h"
#include "secret.h"

G_BEGIN_DECLS

typedef struct _ShotGrafana ShotGrafana;

typedef struct {
  char  *uid;
  char  *title;
  char  *folder;     /* (owned): title, "" */
  char  *folder_uid; /* (owned): "" */
  char **tags;
} ShotFoundDashboard;

void shot_found_dashboard_free (ShotFoundDashboard *self); /* accepts NULL */

/* @token, @ca_pem: (nullable). @org_id: 0 is the token's own. (transfer full) */
ShotGrafana *shot_grafana_new  (const char *address, const ShotSecret *token, const char *ca_pem,
                                int org_id);
void         shot_grafana_free (ShotGrafana *self); /* accepts NULL; nothing may be pending */

/* Of one call, with all that it has to ask for; a minute when not said. */
void shot_grafana_set_timeout (ShotGrafana *self, unsigned timeout_ms);

/* Every dashboard that the token may see, page by page. (transfer full)
 * (element-type ShotFoundDashboard), by folder, then title */
void       shot_grafana_search_async  (ShotGrafana *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, void *user_data);
GPtrArray *shot_grafana_search_finish (ShotGrafana *self, GAsyncResult *result, GError **error);

/* Those that match a text as Grafana's own search does: for a plan's "search". */
void       shot_grafana_search_text_async (ShotGrafana *self, const char *text,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           void *user_data); /* _search_finish() */

void           shot_grafana_get_dashboard_async  (ShotGrafana *self, const char *uid,
                                                  GCancellable *cancellable,
                                                  GAsyncReadyCallback callback, void *user_data);
ShotDashboard *shot_grafana_get_dashboard_finish (ShotGrafana *self, GAsyncResult *result,
                                                  GError **error); /* (transfer full) */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotGrafana, shot_grafana_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotFoundDashboard, shot_found_dashboard_free)

G_END_DECLS

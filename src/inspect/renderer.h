/* renderer.h: who makes the visits of a run
 *
 * Our own pool, or any number of panelshot servers by address, each given as many visits at a time as
 * it takes (it answers 429 when it is full). A server that fails is left alone for a while and its
 * visit goes to another. Grafana's token is not sent to servers: they have their own, by --token-for.
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "dashboard.h"
#include "expand.h"
#include "pool.h"
#include "secret.h"

G_BEGIN_DECLS

typedef struct _ShotRenderers ShotRenderers;

/* One panel of a visit. */
typedef struct {
  char   *key;       /* (owned): as in job/panel.h */
  char   *title;
  char   *row;
  char   *kind;
  char   *status;    /* (owned): "ok", "no_data", "error", "loading": see job/panel.h */
  char   *message;   /* (owned): of the error */
  char   *threshold; /* (owned): "" or what is beyond which threshold */
  char   *failure;   /* (owned) (nullable): why there is no picture */
  GBytes *picture;   /* (owned) (nullable): PNG */
  GBytes *data;      /* (owned) (nullable): gzip of CSV */
  int     width;     /* device pixels */
  int     height;
} ShotShot;

typedef struct {
  GPtrArray *shots;   /* (owned) (element-type ShotShot) */
  char      *flags;   /* (owned): of the visit, apart by commas: job/result.h */
  char      *timings; /* (owned): JSON object of stages in ms */
  int64_t    duration_ms;
  char      *renderer; /* (owned): "panelshot 5.0.0 (local)" */
  int64_t    dashboard_version; /* that the page showed; 0: not told */
} ShotShots;

void shot_shot_free  (ShotShot *self);  /* accepts NULL */
void shot_shots_free (ShotShots *self); /* accepts NULL */

/* @pool borrowed. (transfer full) */
ShotRenderers *shot_renderers_new_local  (ShotPool *pool);
/* @addresses: of panelshot servers, with or without "/render". @token: (nullable): X-Auth-Token. */
ShotRenderers *shot_renderers_new_remote (const char *const *addresses, const ShotSecret *token,
                                          const char *ca_pem, GError **error);
void           shot_renderers_free       (ShotRenderers *self); /* accepts NULL; nothing pending */

/* Visits that it is worth giving at the same time. */
unsigned shot_renderers_get_width (const ShotRenderers *self);

/* The panels of @visit's cells, and their data. @token: (nullable): Grafana's, as bearer. Fails with the
 * errors of shot_pool_render_finish(). */
void       shot_renderers_visit_async  (ShotRenderers *self, const ShotVisit *visit,
                                        const ShotSecret *token, const char *ca_pem,
                                        int64_t timeout_ms, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, void *user_data);
ShotShots *shot_renderers_visit_finish (ShotRenderers *self, GAsyncResult *result, GError **error);

/* The values of the dashboard's variables as the open page has them: for query variables whose All is to
 * be expanded. (transfer full): name -> char **. Local: a visit. */
void        shot_renderers_list_values_async  (ShotRenderers *self, const char *address,
                                               const ShotSecret *token, const char *ca_pem,
                                               int64_t timeout_ms, GCancellable *cancellable,
                                               GAsyncReadyCallback callback, void *user_data);
GHashTable *shot_renderers_list_values_finish (ShotRenderers *self, GAsyncResult *result,
                                               GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotShots, shot_shots_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotRenderers, shot_renderers_free)

G_END_DECLS

/* server.h: panelshot over HTTP, as Grafana speaks to an image renderer
 *
 *   /render            auth > address > room in the queue > parameters > a picture
 *   /render/version    no token needed
 *   /version /healthz /  likewise
 *   /demo/             pages to try it on, when switched on
 *
 * The pool, tokens and credentials are borrowed and must outlive the server. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "credentials.h"
#include "pool.h"
#include "tokens.h"

G_BEGIN_DECLS

typedef struct _ShotServer ShotServer;

typedef struct {
  ShotPool        *pool;        /* (borrowed) */
  ShotTokens      *tokens;      /* (borrowed) */
  ShotCredentials *credentials; /* (borrowed) */
  int64_t          timeout_ms;  /* of requests that name none */
  bool             allow_insecure;
  const char      *ca_pem; /* (borrowed) (nullable) */
  bool             has_demo;
} ShotServerOptions;

/* (transfer full). Accepts no connection before shot_server_listen(). */
ShotServer *shot_server_new  (const ShotServerOptions *options);
void        shot_server_free (ShotServer *self); /* accepts NULL; no render may be pending */

/* As shot_listener_new(). */
gboolean    shot_server_listen      (ShotServer *self, const char *address, GError **error);
unsigned    shot_server_get_port    (const ShotServer *self);
const char *shot_server_get_address (const ShotServer *self);
bool        shot_server_is_loopback (const ShotServer *self);

/* Accepts nothing more, lets the pool finish what runs within @timeout_ms, waits until the
 * answers are out. Never fails. */
void shot_server_drain_async  (ShotServer *self, unsigned timeout_ms, GAsyncReadyCallback callback,
                               void *user_data);
void shot_server_drain_finish (ShotServer *self, GAsyncResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotServer, shot_server_free)

G_END_DECLS

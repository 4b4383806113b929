/* server.h: panelshot over HTTP, as Grafana speaks to an image renderer
 *
 *   /render            auth > address > room in the queue > parameters > a picture; POST: several
 *   /render/csv        likewise, a table
 *   /render/version    no token needed
 *   /version /openapi.json /   likewise
 *   /healthz           200 as long as the process answers at all
 *   /readyz            200 when a render would be taken and should succeed; both: ?verbose is JSON
 *   /metrics           for Prometheus
 *   /demo/             pages to try it on, when switched on
 *   and what is mounted: see exchange.h
 *
 * A client that closes the connection, or only its sending side, while its render is in the making
 * has gone: the two look the same to us, and nobody is to render for those who left.
 *
 * All collaborators are borrowed and must outlive the server. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "allow.h"
#include "certificate.h"
#include "credentials.h"
#include "exchange.h"
#include "pool.h"
#include "relay.h"
#include "request-rules.h"
#include "telemetry.h"
#include "tokens.h"

G_BEGIN_DECLS

typedef struct _ShotServer ShotServer;

typedef struct {
  ShotPool        *pool;        /* (borrowed) */
  ShotTokens      *tokens;      /* (borrowed) */
  ShotCredentials *credentials; /* (borrowed) */
  ShotTelemetry   *telemetry;   /* (borrowed) */
  const ShotRequestRules *rules; /* (borrowed): may change between requests */
  ShotAllow       *allow;       /* (borrowed): what may be rendered */
  const GPtrArray *allow_texts; /* (borrowed) (element-type utf8): the same, for the engine */
  ShotRelay       *relay;       /* (borrowed) (nullable): the way out of the pages' requests */
  bool             has_demo;
  int64_t          min_free_bytes; /* of memory, or renders are refused; 0: whatever there is */
  const char *const *silent_paths; /* (borrowed) (nullable): requests that are not logged */
  ShotCertificate *certificate;         /* (borrowed) (nullable): NULL is plain HTTP */
  unsigned         max_connections;     /* 0: SHOT_CLIENTS_MAX */
  double           requests_per_second; /* of each client, see quota.h; 0: no limit */
  unsigned         burst;               /* 0: as many as in a second */
  bool             has_self_render;     /* see health.h */
  const ShotMount *mount;               /* (borrowed) (nullable): more paths */
} ShotServerOptions;

/* (transfer full). Accepts no connection before shot_server_listen(). */
ShotServer *shot_server_new  (const ShotServerOptions *options);
void        shot_server_free (ShotServer *self); /* accepts NULL; no render may be pending */

/* As shot_listener_new(). */
gboolean    shot_server_listen      (ShotServer *self, const char *address, GError **error);
unsigned    shot_server_get_port    (const ShotServer *self);
const char *shot_server_get_address (const ShotServer *self);
bool        shot_server_is_loopback (const ShotServer *self);

/* The numbers of the rate limit from now on, as in the options. */
void        shot_server_set_limits  (ShotServer *self, double requests_per_second, unsigned burst);

/* As in the options, for the requests to come. */
void        shot_server_set_min_free_bytes (ShotServer *self, int64_t min_free_bytes);

/* Reads the certificate again at once. On failure the last good one stays; fine without TLS. */
gboolean    shot_server_reload_tls  (ShotServer *self, GError **error);

/* Takes no more renders, lets the pool finish what runs within @timeout_ms, waits until the
 * answers are out. Until then it goes on answering, so that load balancers see /readyz fail and
 * send nobody, while /healthz keeps the process alive. Never fails. */
void shot_server_drain_async  (ShotServer *self, unsigned timeout_ms, GAsyncReadyCallback callback,
                               void *user_data);
void shot_server_drain_finish (ShotServer *self, GAsyncResult *result);

/* The paths of all routes by number, the demo apart; NULL after the last. */
const char *shot_server_get_route (unsigned index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotServer, shot_server_free)

G_END_DECLS

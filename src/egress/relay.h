/* relay.h: the one way out for all traffic of pages
 *
 * A SOCKS 5 server on loopback, in a thread of its own. Each engine is told to send everything
 * through it, so that what a page may reach is decided here, at the address that is connected to,
 * whatever the page, its redirects or a name server say.
 *
 * The user of the SOCKS login names the job; the password is the relay's own, made at the start,
 * so that other programs on this machine find no open proxy.
 *
 * Any thread may call.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdint.h>

#include "allow.h"
#include "secret.h"

G_BEGIN_DECLS

/* Open connections at a time; more wait to be accepted. Each takes two descriptors. */
#define SHOT_RELAY_MAX_CONNECTIONS 256

/* What is remembered of refusals. */
#define SHOT_RELAY_MAX_REFUSALS 16 /* of one job */
#define SHOT_RELAY_MAX_JOBS 256    /* with refusals that no one has taken; the oldest goes */

typedef struct _ShotRelay ShotRelay;

typedef struct {
  ShotAllow         *allow;    /* (borrowed) */
  GResolver         *resolver; /* (borrowed) (nullable): the system's */
  const ShotSecret  *proxy;    /* (borrowed) (nullable): as shot_dialer_new() takes it */
  const char *const *no_proxy; /* (borrowed) (nullable) */
} ShotRelayOptions;

typedef struct {
  char *target; /* (owned): "host:port" */
  char *reason; /* (owned): one line that names the cure */
} ShotRelayRefusal;

typedef struct {
  uint64_t n_connections; /* accepted so far */
  uint64_t n_open;        /* now */
  uint64_t n_refused;     /* because of the list */
  uint64_t up_bytes;      /* from pages */
  uint64_t down_bytes;    /* to pages */
} ShotRelayCounters;

/* Listens when it returns. SHOT_ERROR_USAGE for the proxy, SHOT_ERROR_ENGINE when there is no
 * port. (transfer full) */
ShotRelay *shot_relay_new  (const ShotRelayOptions *options, GError **error);
void       shot_relay_free (ShotRelay *self); /* accepts NULL; closes all, waits for the thread */

/* "socks5://job:password@127.0.0.1:port", for the proxy setting of the job's session. (transfer
 * full) */
ShotSecret *shot_relay_make_uri (const ShotRelay *self, const char *job_id);

/* What the job was refused, each target once, oldest first; it is forgotten here. Never NULL.
 * (transfer full) (element-type ShotRelayRefusal) */
GPtrArray *shot_relay_take_refusals (ShotRelay *self, const char *job_id);

void shot_relay_get_counters (ShotRelay *self, ShotRelayCounters *out_counters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotRelay, shot_relay_free)

G_END_DECLS

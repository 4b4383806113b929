/* identity.h: what of a visit's surroundings may serve another visit
 *
 * Four keys made of a job. Two jobs with the same key may share, one after the other:
 *
 *   session  a network session: connections, and the cache of static files
 *   shell    a web process and its view
 *   origin   the code that such a process has compiled
 *   person   the page itself: who is signed in, how it speaks and looks
 *
 * Keys with secrets in them are digests. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>

#include "job.h"

G_BEGIN_DECLS

typedef struct {
  char *origin;  /* (owned): "" for an address that has none */
  char *session; /* (owned) */
  char *shell;   /* (owned) */
  char *person;  /* (owned) */
  bool  has_credential_headers; /* a token or the like is on every request */
  bool  can_reside; /* its page may be led to the next address: a dashboard or panel of Grafana,
                     * wanted as pictures, by somebody who may come again */
} ShotIdentity;

/* (transfer full) */
ShotIdentity *shot_identity_new  (const ShotJob *job);
void          shot_identity_free (ShotIdentity *self); /* accepts NULL */

/* Whether @name of an address's query tells where to go inside Grafana, rather than how Grafana is
 * to start. */
bool shot_identity_is_route (const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotIdentity, shot_identity_free)

G_END_DECLS

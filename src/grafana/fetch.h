/* fetch.h: one GET to a Grafana, with its token
 *
 *   SENDING > READING > DONE      a redirect goes back to SENDING
 *
 * The token goes to the origin of the address only: a redirect to another one is an error. No proxy,
 * no cookies, no more than a number of bytes. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <libsoup/soup.h>
#include <stdint.h>

#include "secret.h"

G_BEGIN_DECLS

typedef struct {
  SoupSession      *session; /* (borrowed): all of these, while it runs */
  const ShotSecret *token;   /* (nullable) */
  const char       *ca_pem;  /* (nullable) */
  int               org_id;  /* 0: not said */
  int64_t           until_us; /* monotonic */
  size_t            max_bytes;
} ShotFetchOptions;

/* What came back, whatever its status. */
typedef struct {
  unsigned status;
  GBytes  *body;
  char    *path; /* (owned): of the address that answered */
} ShotFetched;

void shot_fetched_free (ShotFetched *self); /* accepts NULL */

/* @options: copied. */
void         shot_fetch_async  (const ShotFetchOptions *options, const char *uri,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                void *user_data);
/* _UNREACHABLE, _TIMEOUT, _CANCELLED, _DOCUMENT (too large, leads elsewhere). (transfer full) */
ShotFetched *shot_fetch_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotFetched, shot_fetched_free)

G_END_DECLS

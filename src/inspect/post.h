/* post.h: one POST of a job to a panelshot server
 *
 *   SENDING > READING > DONE
 *
 * The token goes to this address only: redirects are not followed. No proxy, no cookies, no more
 * than a number of bytes. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <libsoup/soup.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "secret.h"

G_BEGIN_DECLS

typedef struct {
  SoupSession      *session; /* (borrowed): all of these, while it runs */
  const ShotSecret *token;   /* (nullable): X-Auth-Token */
  const char       *ca_pem;  /* (nullable) */
  int64_t           timeout_ms;
  size_t            max_bytes;
} ShotPostOptions;

typedef struct {
  unsigned  status;
  GBytes   *body;
  char     *timing;         /* (owned) (nullable): Server-Timing */
  char     *server;         /* (owned) (nullable): "panelshot 5.0.0" */
  /* Of a status other than 200. */
  char     *text;           /* (owned): one line of what it says, masked */
  ShotError code;
  bool      has_code;       /* the server said it itself; else it is guessed from the status */
  int64_t   retry_after_ms; /* of BUSY; 0: not said */
} ShotPosted;

void shot_posted_free (ShotPosted *self); /* accepts NULL */

/* @options: copied. @body: JSON. */
void        shot_post_async  (const ShotPostOptions *options, const char *uri, GBytes *body,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              void *user_data);
/* _UNREACHABLE, _TIMEOUT, _CANCELLED, _DOCUMENT (too large). (transfer full) */
ShotPosted *shot_post_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPosted, shot_posted_free)

G_END_DECLS

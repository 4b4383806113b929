/* web-client.h: asks the servers of others: Grafana, renderers, the robots of chats
 *
 * A call: SENDING > READING > DONE      a redirect goes back to SENDING
 *
 * What is sent goes to the origin of the address and nowhere else: a redirect to another one is an
 * error. No cookies, no more of an answer than a number of bytes. Errors tell the origin and no more
 * of an address, which may be a secret. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "secret.h"

G_BEGIN_DECLS

typedef struct _ShotWebClient ShotWebClient;

typedef struct {
  const char *name;            /* (nullable): whom errors speak of, "Grafana"; else of the origin alone */
  const char *ca_pem;          /* (nullable): authorities besides the system's */
  unsigned    max_connections;
  unsigned    max_per_server;
  unsigned    silence_s;       /* how long a server may say nothing; 0: as long as the call takes */
  unsigned    max_redirects;   /* 0: none is followed, they are answers as others */
  size_t      max_bytes;
  bool        is_cut;          /* what is larger; else it is an error */
  bool        has_proxy;       /* the system's */
} ShotWebRules;

typedef struct {
  const char        *uri;
  GBytes            *body;         /* (nullable): JSON; makes it a POST */
  const char *const *headers;      /* (nullable): names and values in turn */
  const char        *token_header;
  const char        *token_scheme; /* (nullable): "Bearer " */
  const ShotSecret  *token;        /* (nullable) */
  int64_t            timeout_ms;
} ShotWebOrder;

/* What came back, whatever its status. */
typedef struct {
  unsigned                    status;
  GBytes                     *body;    /* (owned) */
  char                       *path;    /* (owned): of the address that answered */
  struct _SoupMessageHeaders *headers; /* (owned): for shot_web_answer_get_header() */
} ShotWebAnswer;

/* @rules: copied. (transfer full) */
ShotWebClient *shot_web_client_new  (const ShotWebRules *rules);
void           shot_web_client_free (ShotWebClient *self); /* accepts NULL; breaks off what runs */

/* @order: copied. */
void           shot_web_client_call_async  (ShotWebClient *self, const ShotWebOrder *order,
                                            GCancellable *cancellable, GAsyncReadyCallback callback,
                                            void *user_data);
/* _USAGE (no address), _UNREACHABLE, _TIMEOUT, _CANCELLED, _DOCUMENT (too large, leads elsewhere).
 * (transfer full) */
ShotWebAnswer *shot_web_client_call_finish (GAsyncResult *result, GError **error);

void        shot_web_answer_free              (ShotWebAnswer *self); /* accepts NULL */
const char *shot_web_answer_get_header        (const ShotWebAnswer *self, const char *name);
unsigned    shot_web_answer_get_retry_after_s (const ShotWebAnswer *self); /* 0: not said */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotWebClient, shot_web_client_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotWebAnswer, shot_web_answer_free)

G_END_DECLS

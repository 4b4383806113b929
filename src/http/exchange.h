/* exchange.h: one request under a mounted prefix, and its answer
 *
 *   WAITING > ANSWERED         shot_exchange_answer()
 *   WAITING > STREAMING > ENDED    shot_exchange_begin(), _write(), _end()
 *
 * Whoever answers later takes a reference, and answers even when the client has gone: libsoup lets
 * go of a message only then. Answers to those who have left are thrown away. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct _ShotExchange ShotExchange;

/* What is served under some prefixes, by somebody above the server. */
typedef struct {
  const char *const *prefixes; /* (borrowed): "/api/v1/", "/review" alone; NULL-terminated */
  size_t             max_body_bytes;
  /* @exchange: (borrowed). It is to be answered, at once or later. */
  void (*handle) (ShotExchange *exchange, void *user_data);
  /* The server is to stop: streams end. */
  void (*drain) (void *user_data);
  void *user_data; /* (borrowed) */
} ShotMount;

ShotExchange *shot_exchange_ref   (ShotExchange *self);
void          shot_exchange_unref (ShotExchange *self); /* accepts NULL */

const char *shot_exchange_get_method (const ShotExchange *self);
/* Percent encoding removed. */
const char *shot_exchange_get_path   (const ShotExchange *self);
/* As it came. (nullable) */
const char *shot_exchange_get_query  (const ShotExchange *self);
/* Of a header that is there more than once, all values with ", " between. (nullable) */
const char *shot_exchange_get_header (const ShotExchange *self, const char *name);
/* (transfer full): empty when there is none */
GBytes       *shot_exchange_get_body (const ShotExchange *self);
GInetAddress *shot_exchange_get_peer (const ShotExchange *self); /* (transfer none) (nullable) */
bool          shot_exchange_is_tls   (const ShotExchange *self);
bool          shot_exchange_is_gone  (const ShotExchange *self);

/* The route, for metrics: one of few. Static. */
void shot_exchange_set_route (ShotExchange *self, const char *route);

/* A header of the answer: set, or one more of the name. */
void shot_exchange_set_header (ShotExchange *self, const char *name, const char *value);
void shot_exchange_add_header (ShotExchange *self, const char *name, const char *value);

/* @type, @body: (nullable): there is none. */
void shot_exchange_answer (ShotExchange *self, unsigned status, const char *type, GBytes *body);

/* An answer of status 200 that goes on for as long as both like: no deadline ends it. @gone is
 * called once when the client has left, or reads too slowly for what it is sent; not after _end(). */
void shot_exchange_begin (ShotExchange *self, const char *type, void (*gone) (void *user_data),
                          void *user_data);
void shot_exchange_write (ShotExchange *self, const char *text);
void shot_exchange_end   (ShotExchange *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotExchange, shot_exchange_unref)

G_END_DECLS

/* server-private.h: what the files of routes share with the server
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <libsoup/soup.h>

#include "clients.h"
#include "health.h"
#include "quota.h"
#include "listener.h"
#include "server.h"

G_BEGIN_DECLS

struct _ShotServer {
  SoupServer       *soup;     /* (owned) */
  ShotClients      *clients;  /* (owned) */
  ShotListener     *listener; /* (owned) (nullable): NULL before listening and when drained */
  ShotHealth       *health;   /* (owned) */
  ShotQuota       *quota;    /* (owned) (nullable): NULL is no limit */
  ShotServerOptions options;
  char             *address;  /* (owned) (nullable) */
  unsigned          port;
  bool              is_loopback;
  unsigned          unanswered;  /* renders and exchanges whose answer is not out yet */
  GTask            *drain_task;  /* (owned) (nullable) */
  unsigned          flush_timer;
  bool              is_pool_drained;
};

/* Sets a plain text answer; the line end is added. */
void shot_server_answer_text (ShotServer *self, SoupServerMessage *message, unsigned status,
                              const char *text);

/* Counts an answer. @route (nullable): the route's path; @encoding, @mode (nullable): as in
 * ShotTelemetryRequest. */
void shot_server_observe (ShotServer *self, SoupServerMessage *message, const char *route,
                          const char *encoding, const char *mode, bool is_cancelled,
                          int64_t started_us);

/* Whether requests of this path are not to be logged. */
bool shot_server_is_silent (const ShotServer *self, const char *path);

/* To be called when an answer is out. */
void shot_server_check_drained (ShotServer *self);

/* render.c; @text: the query as it came (nullable). */
void shot_server_handle_render (ShotServer *self, SoupServerMessage *message, const char *text);
void shot_server_handle_csv    (ShotServer *self, SoupServerMessage *message, const char *text);

/* Before the body of a POST is read: whether it was answered already, because nobody will want
 * that body. */
bool shot_server_refuse_body (ShotServer *self, SoupServerMessage *message);

/* exchange.c: whether the path is under the mount's prefixes. */
bool shot_server_is_mounted (const ShotServer *self, const char *path);
void shot_server_handle_mounted (ShotServer *self, SoupServerMessage *message);
/* Whether it was answered already. */
bool shot_server_refuse_mounted_body (ShotServer *self, SoupServerMessage *message);

/* openapi.c */
void shot_server_handle_openapi (ShotServer *self, SoupServerMessage *message, const char *text);

/* demo.c; false when there is no such page. */
bool shot_server_handle_demo (ShotServer *self, SoupServerMessage *message, const char *path);

G_END_DECLS

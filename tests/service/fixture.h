/* fixture.h: a running `panelshot serve` and a client for it
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <libsoup/soup.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define TOKEN "s3cret"
#define SERVICE_CHUNKED "Transfer-Encoding: chunked"

typedef struct {
  GSubprocess *process;
  SoupSession *session;
  char        *log_path;
  unsigned     port;
} Service;

typedef struct {
  unsigned            status;
  char               *phrase; /* behind the status */
  char               *body; /* NUL-terminated copy */
  size_t              length;
  SoupMessageHeaders *headers;
} Answer;

/* @arguments: NULL-terminated, added to "serve --listen 127.0.0.1:0"; @environment: pairs "A=b",
 * NULL-terminated; either may be NULL. The token is TOKEN unless AUTH_TOKEN is given, and the
 * server renders nothing of its own unless SERVER_SELF_RENDER=true is. */
void service_start (Service *self, const char *const *arguments, const char *const *environment);

/* SIGTERM; the exit status must be 0. */
void service_stop (Service *self);

/* What the server has logged so far. (transfer full) */
char *service_read_log (Service *self);

/* Until @text is in the log; not for ever. */
void service_wait_for_log (Service *self, const char *text);

/* @token: NULL sends none. @header: "Name: value" or NULL. */
Answer service_get (Service *self, const char *method, const char *path, const char *token,
                    const char *header);

/* GET /render with TOKEN. @url is encoded; @more: further parameters such as "&width=5". */
Answer service_render (Service *self, const char *url, const char *more);

/* As service_get(), with a body of this type unless @body is NULL; it goes out in chunks when
 * @header is SERVICE_CHUNKED. */
Answer service_send (Service *self, const char *method, const char *path, const char *token,
                     const char *header, const char *type, const char *body);

/* Likewise, with any headers ("Name: value", NULL-terminated) and no token. */
Answer service_exchange (Service *self, const char *method, const char *path,
                         const char *const *headers, const char *type, const char *body);

/* POST /render with TOKEN and a job. */
Answer service_post (Service *self, const char *body);

void answer_clear (Answer *self);

/* A connection on which a request for @path was sent, with TOKEN. (transfer full) */
GSocketConnection *service_send_raw (Service *self, const char *path);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

G_END_DECLS

/* peers.h: what the relay meets in tests: servers, a proxy, a name server
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define BULK_BYTES (3400 * 1024)

/* Accepts in a thread and serves each client in another. */
typedef struct {
  GSocketListener *listener;
  GCancellable    *cancellable;
  GThread         *thread;
  unsigned         port;
  int              n_accepted; /* (atomic) */
  void (*serve) (GIOStream *stream);
} Server;

/* @port: 0 for a free one. */
Server *server_start (const char *address, unsigned port, void (*serve) (GIOStream *));
void    server_stop  (Server *server);

/* Back what comes, until there is no more. */
void serve_echo (GIOStream *stream);

/* BULK_BYTES for each byte that comes. */
void serve_bulk (GIOStream *stream);

/* A proxy that knows CONNECT and one host, for "user" with "pass word". */
void serve_http_proxy (GIOStream *stream);

/* Answers the next of its answers (addresses with commas), the last one for ever; "" is no such
 * name, "never" is silence. */
#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)

struct _TestResolver {
  GResolver          parent_instance;
  const char *const *answers;   /* (borrowed) */
  int                n_lookups; /* (atomic) */
};

TestResolver *test_resolver_new (const char *const *answers);

G_END_DECLS

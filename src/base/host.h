/* host.h: hosts and endpoints, read as browsers read them
 *
 * "2130706433", "0x7f.1" and "①②⑦.0.0.1" are all 127.0.0.1 to a browser, so a rule about hosts is
 * worth nothing unless it reads them the same way (url.spec.whatwg.org, "host parsing"). What the
 * standard and this parser might read differently is refused, never guessed.
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Either a name or an address. */
typedef struct {
  char         *name;    /* (owned) (nullable): lower case, ASCII, without the dot at the end */
  GInetAddress *address; /* (owned) (nullable) */
} ShotHost;

typedef struct {
  char    *scheme; /* (owned): "http" or "https" */
  ShotHost host;
  unsigned port; /* the scheme's own when none is written */
} ShotEndpoint;

/* @text: as it stands in an address, IPv6 in brackets. Fails with SHOT_ERROR_REFUSED. */
gboolean shot_host_parse   (const char *text, ShotHost *out_host, GError **error);
char    *shot_host_to_text (const ShotHost *self); /* IPv6 without brackets. (transfer full) */
void     shot_host_clear   (ShotHost *self);

/* Of an http or https address; a user and password in front of the host are passed over, as
 * browsers do. Fails with SHOT_ERROR_REFUSED. */
gboolean shot_endpoint_parse (const char *uri, ShotEndpoint *out_endpoint, GError **error);
void     shot_endpoint_clear (ShotEndpoint *self);

/* "host:port", "[v6]:port". (transfer full) */
char *shot_host_and_port (const ShotHost *host, unsigned port);

/* 1 to 65535 in plain digits. */
gboolean shot_port_parse (const char *text, unsigned *out_port);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotHost, shot_host_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotEndpoint, shot_endpoint_clear)

G_END_DECLS

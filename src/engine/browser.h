/* browser.h: WebKit's contexts, sessions and views
 *
 * The browser makes slots. A slot is a web context (time zone, language, credentials), a network
 * session (its own cookies, caches and storage, none of it on disk) and one view in a window of
 * our own display. A slot serves one visit and is thrown away, so nothing of one identity can
 * reach another.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <webkit/webkit.h>

#include "geometry.h"
#include "job.h"

G_BEGIN_DECLS

typedef struct _ShotBrowser ShotBrowser;
typedef struct _ShotSlot    ShotSlot;

typedef enum {
  SHOT_SANDBOX_UNKNOWN, /* no web process has started yet */
  SHOT_SANDBOX_ON,
  SHOT_SANDBOX_OFF, /* user namespaces are refused here; WebKit went on without */
} ShotSandbox;

typedef void (*ShotSandboxChanged) (ShotSandbox sandbox, void *user_data);

/* @extension_dir: the folder of libpanelshot-webext.so. The callback tells when the first web
 * process has said whether it is sandboxed. (transfer full) */
ShotBrowser *shot_browser_new  (const char *extension_dir, ShotSandboxChanged changed_cb, void *user_data);
void         shot_browser_free (ShotBrowser *self); /* after the last slot; accepts NULL */

ShotSandbox shot_browser_get_sandbox (ShotBrowser *self);

/* As shot_netwatch_count_deaths(). */
unsigned shot_browser_count_network_deaths (ShotBrowser *self);

/* A fresh slot with the job's time zone, language, credentials, scale and first size. Its window
 * is not on the display yet: shot_slot_show(). (transfer full) */
ShotSlot *shot_browser_open_slot (ShotBrowser *self, const ShotJob *job);
void      shot_slot_free         (ShotSlot *self); /* ends its web process; accepts NULL */

void shot_slot_show (ShotSlot *self);

WebKitWebView *shot_slot_get_view (ShotSlot *self); /* (transfer none) */

/* Whether the view stands on the output of its scale: loading earlier would show the page a
 * devicePixelRatio of 1. Changes with the view's notify::scale-factor. */
gboolean shot_slot_is_placed (ShotSlot *self);

/* @job: for its scale and zoom. Takes effect with a resize event in the page. */
void shot_slot_resize (ShotSlot *self, const ShotJob *job, int width, int height);

const ShotGeometry *shot_slot_get_geometry (ShotSlot *self); /* (transfer none) */

/* Makes the session trust a certificate that WebKit refused, if an authority in @ca_pem vouches
 * for it and the slot has not done so for many hosts already. @ca_pem may be NULL. */
gboolean shot_slot_trust (ShotSlot *self, GTlsCertificate *certificate, const char *uri,
                          const char *ca_pem);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotSlot, shot_slot_free)

G_END_DECLS

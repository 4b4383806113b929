/* content.h: what is put into pages: scripts, the style sheet, settings, and a filter
 *
 * The scripts carry what one job says, and are exchanged between the visits of a view.
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <webkit/webkit.h>

#include "geometry.h"
#include "job.h"

G_BEGIN_DECLS

/* What every page sees whose job names no language: WebKit would say "C" with LANG unset, and
 * Intl throws at that. */
#define SHOT_CONTENT_DEFAULT_LANGUAGE "en-US"

char *shot_content_load (const char *name); /* the text of a file in data/page. (transfer full) */

/* With the style sheet and the agent's handler, still without scripts. (transfer full) */
WebKitUserContentManager *shot_content_new_manager (void);

/* Replaces the scripts by those for @job in a view of this geometry. */
void shot_content_set_scripts (WebKitUserContentManager *manager, const ShotJob *job,
                               const ShotGeometry *geometry);

WebKitSettings *shot_content_new_settings (void); /* (transfer full) */
void            shot_content_set_settings (WebKitSettings *settings, const ShotJob *job);

/* Answers for the person that is not there: dialogs, permissions, files to choose. */
void shot_content_connect_manners (WebKitWebView *view);

/* Keeps requests that no picture needs from leaving the page: data/page/filter.json. @folder: an
 * own one, where WebKit puts what it makes of it. @with_live: leaves out the rules about Grafana
 * Live. (transfer full) */
void                     shot_content_compile_filter_async  (const char *folder, bool with_live,
                                                             GAsyncReadyCallback callback, void *user_data);
WebKitUserContentFilter *shot_content_compile_filter_finish (GAsyncResult *result, GError **error);

G_END_DECLS

/* download.h: the file that a page offers
 *
 * Watches the session of a view, which no other view shares. The first file that is offered is
 * received, if files are wanted at all; every other one is refused, so that no page leaves
 * anything behind. The file must come from the page itself or from its origin.
 *
 * Main thread only; lives no longer than the view.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <webkit/webkit.h>

#include "job.h"
#include "result.h"

G_BEGIN_DECLS

#define SHOT_DOWNLOAD_MAX_BYTES (256 << 20)

typedef struct _ShotDownload ShotDownload;

typedef void (*ShotDownloadOffered) (void *user_data);

/* Once: either a picture or an error. Both: (transfer full) (nullable). The download may be freed
 * in it. */
typedef void (*ShotDownloadDone) (ShotPicture *picture, GError *error, void *user_data);

/* @job is borrowed. (transfer full) */
ShotDownload *shot_download_new (WebKitWebView *view, const ShotJob *job,
                                 ShotDownloadOffered offered_cb, ShotDownloadDone done_cb,
                                 void *user_data);
void shot_download_free (ShotDownload *self); /* no callback follows; accepts NULL */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotDownload, shot_download_free)

G_END_DECLS

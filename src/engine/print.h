/* print.h: the document of a view as PDF
 *
 * Through WebKit's print operation: text stays text, print media rules hold. A print that is
 * cancelled answers at once; what WebKit still writes for it is removed when it has finished.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <webkit/webkit.h>

#include "paper.h"
#include "result.h"

G_BEGIN_DECLS

/* @paper is read at once. SHOT_ERROR_USAGE when none of its page ranges is in the document. */
void         shot_print_async  (WebKitWebView *view, const ShotPaper *paper, GCancellable *cancellable,
                                GAsyncReadyCallback callback, void *user_data);
ShotPicture *shot_print_finish (GAsyncResult *result, GError **error); /* (transfer full) */

G_END_DECLS

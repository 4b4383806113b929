/* report-print.h: the report's document on paper
 *
 * The engine opens it from a loopback port under an address that cannot be guessed, pictures of the
 * archive with it. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive.h"
#include "pool.h"

G_BEGIN_DECLS

/* @document: HTML as shot_report_html_write() makes it for SHOT_PICTURES_SERVED. @archive, @pool:
 * borrowed until it is done. */
void    shot_report_print_async  (GBytes *document, ShotArchive *archive, ShotPool *pool,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  void *user_data);
GBytes *shot_report_print_finish (GAsyncResult *result, GError **error); /* (transfer full) */

G_END_DECLS

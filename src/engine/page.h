/* page.h: one visit to one page
 *
 * Opens the address in a slot, or leads the page on that is there, waits until the page has
 * settled, makes sure that it is
 * the page that was asked for, and yields the pictures, or the file that the page offers. A visit
 * happens once.
 * Main thread only.
 *
 *   NEW > PLACING > OPENING > LOADING > SETTLING > INSPECTING > CAPTURING > ENCODING > DONE
 *
 * INSPECTING and CAPTURING go back to SETTLING when the view takes another size or the page moved
 * under the snapshot; ENCODING does for the next picture. A file that the page offers leads from
 * OPENING, LOADING or SETTLING to CAPTURING at once. FAILED can follow any state before DONE.
 * One of the two is reached by the job's deadline, even if the web process hangs or dies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "browser.h"
#include "job.h"
#include "result.h"

G_BEGIN_DECLS

#define SHOT_TYPE_PAGE (shot_page_get_type ())
G_DECLARE_FINAL_TYPE (ShotPage, shot_page, SHOT, PAGE, GObject)

/* Emits "stage-changed" with a ShotStage; for wishes of each panel "progressed" with how many pictures
 * are made of how many, and "pictures" with a ShotResult that has some of them, which the final
 * result does not have. Takes @job.
 * Cheap: no process starts before shot_page_visit_async(). (transfer full) */
ShotPage *shot_page_new (ShotBrowser *browser, ShotJob *job);

/* Once per page. */
void shot_page_visit_async (ShotPage *self, GCancellable *cancellable, GAsyncReadyCallback callback, void *user_data);

/* Fails with any SHOT_ERROR. @out_result is set either way: after a failure it has no picture but
 * tells stages, redirects and the last blocker. (transfer full) */
gboolean shot_page_visit_finish (ShotPage *self, GAsyncResult *result, ShotResult **out_result, GError **error);

/* After a failure with SHOT_ERROR_ENGINE: "web-process" when the page ended it, "web-crash" when it
 * died or was killed, "network-process". Static; NULL for anything else. */
const char *shot_page_get_cause (ShotPage *self);

G_END_DECLS

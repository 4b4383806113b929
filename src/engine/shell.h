/* shell.h: a web process, its rules, and its view in a window of our own display
 *
 * What is made with a shell cannot be changed in it: session, time zone, output scale.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <webkit/webkit.h>

#include "job.h"

G_BEGIN_DECLS

typedef struct _ShotShell ShotShell;

typedef struct {
  /* A web process has started; @namespace: its mount namespace. It is the first of the shell's, or
   * one that a page on another site was given: @n_started counts. */
  void (*started) (unsigned n_started, const char *namespace, void *user_data);
  void (*placed) (void *user_data); /* shot_shell_is_placed() may have changed */
} ShotShellEvents;

typedef void (*ShotShellDone) (bool is_done, void *user_data);

/* For @job, with its rules and nothing else of it. No process starts before something is loaded.
 * @extension_dir, @events: borrowed. (transfer full) */
ShotShell *shot_shell_new  (const char *extension_dir, WebKitNetworkSession *session,
                            WebKitUserContentFilter *filter, const ShotJob *job, int output_scale,
                            const ShotShellEvents *events, void *user_data);

/* Ends the web process. May be called inside one of the view's own signals: it is taken apart
 * later. Accepts NULL. */
void shot_shell_free (ShotShell *self);

WebKitWebView *shot_shell_get_view  (ShotShell *self); /* (transfer none) */
bool           shot_shell_is_placed (ShotShell *self); /* the view stands on the output of its scale */

void shot_shell_set_filter (ShotShell *self, WebKitUserContentFilter *filter);

/* From now on requests go by @job's credentials and language. FALSE: they do so already. TRUE: the
 * callback comes, once, later. */
bool shot_shell_set_rules_async (ShotShell *self, const ShotJob *job, ShotShellDone done_cb, void *user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotShell, shot_shell_free)

G_END_DECLS

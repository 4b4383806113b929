/* display.h: a Wayland display that draws on nothing
 *
 * GTK and WebKit need a display server to talk to. This one lives in a thread of the engine: it
 * accepts surfaces, answers the handshake, hands buffers straight back and paces frames. Nothing
 * is ever composed; pictures come out of WebKit's own snapshots.
 *
 * It listens on a named socket in a private folder, because the web process opens the display
 * too, from inside its sandbox. There is one output per whole scale factor; a window says by its
 * title which one it stands on (shot_display_scale_title()).
 *
 * Start and stop from the main thread; everything else happens in the display's own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SHOT_DISPLAY_MAX_SCALE 4
#define SHOT_DISPLAY_SOCKET_NAME "wayland-0" /* for WAYLAND_DISPLAY */

typedef struct _ShotDisplay ShotDisplay;

/* @folder: private (0700), gets the socket. (transfer full) */
ShotDisplay *shot_display_start (const char *folder, GError **error);

/* Joins the thread and removes the socket. Accepts NULL. */
void shot_display_stop (ShotDisplay *self);

/* The window title that puts a window on the output of this scale; static string. */
const char *shot_display_scale_title (int scale);

G_END_DECLS

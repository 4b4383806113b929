/* display-private.h: what the files of the display share
 *
 * display.c holds what has state: surfaces, frames, outputs, the shell and the thread.
 * display-devices.c holds what GTK wants to find and never uses: sub-surfaces, clipboard, seat.
 * All of it runs in the display's thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <wayland-server.h>

#include "display.h"

G_BEGIN_DECLS

/* NULL, the client told, when there is no memory. */
struct wl_resource *shot_display_add_resource (struct wl_client *client, const struct wl_interface *interface,
                                               uint32_t version, uint32_t id, const void *implementation,
                                               void *data, wl_resource_destroy_func_t destroy);

/* Requests for the tables of interfaces. */
void shot_display_destroy_request (struct wl_client *client, struct wl_resource *resource);
void shot_display_ignore_request  (struct wl_client *client, struct wl_resource *resource);
void shot_display_ignore_number   (struct wl_client *client, struct wl_resource *resource, uint32_t value);

/* wl_global_bind_func_t */
void shot_display_bind_subcompositor (struct wl_client *client, void *data, uint32_t version, uint32_t id);
void shot_display_bind_data_manager  (struct wl_client *client, void *data, uint32_t version, uint32_t id);
void shot_display_bind_seat          (struct wl_client *client, void *data, uint32_t version, uint32_t id);

G_END_DECLS

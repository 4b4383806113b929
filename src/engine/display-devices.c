#include "config.h"

#include "display-private.h"

/* --- for all ----------------------------------------------------------------------------- */

void
shot_display_destroy_request (struct wl_client *client, struct wl_resource *resource)
{
  wl_resource_destroy (resource);
}

struct wl_resource *
shot_display_add_resource (struct wl_client *client, const struct wl_interface *interface,
                           uint32_t version, uint32_t id, const void *implementation, void *data,
                           wl_resource_destroy_func_t destroy)
{
  struct wl_resource *resource = wl_resource_create (client, interface, (int) version, id);

  if (resource == NULL)
    wl_client_post_no_memory (client);
  else
    wl_resource_set_implementation (resource, implementation, data, destroy);
  return resource;
}

void
shot_display_ignore_request (struct wl_client *client, struct wl_resource *resource)
{
}

void
shot_display_ignore_number (struct wl_client *client, struct wl_resource *resource, uint32_t value)
{
}

/* --- subsurfaces ------------------------------------------------------------------------- */

static void
subsurface_set_position (struct wl_client *client, struct wl_resource *resource, int32_t x,
                         int32_t y)
{
}

static void
subsurface_place (struct wl_client *client, struct wl_resource *resource,
                  struct wl_resource *sibling)
{
}

static const struct wl_subsurface_interface subsurface_requests = {
  .destroy = shot_display_destroy_request,
  .set_position = subsurface_set_position,
  .place_above = subsurface_place,
  .place_below = subsurface_place,
  .set_sync = shot_display_ignore_request,
  .set_desync = shot_display_ignore_request,
};

static void
subcompositor_get_subsurface (struct wl_client *client, struct wl_resource *resource, uint32_t id,
                              struct wl_resource *surface, struct wl_resource *parent)
{
  shot_display_add_resource (client, &wl_subsurface_interface, 1, id, &subsurface_requests, NULL,
                             NULL);
}

static const struct wl_subcompositor_interface subcompositor_requests = {
  .destroy = shot_display_destroy_request,
  .get_subsurface = subcompositor_get_subsurface,
};

void
shot_display_bind_subcompositor (struct wl_client *client, void *data, uint32_t version,
                                 uint32_t id)
{
  shot_display_add_resource (client, &wl_subcompositor_interface, version, id,
                             &subcompositor_requests, data, NULL);
}

/* --- clipboard and seat ------------------------------------------------------------------ */

static void
pointer_set_cursor (struct wl_client *client, struct wl_resource *resource, uint32_t serial,
                    struct wl_resource *surface, int32_t x, int32_t y)
{
}

static const struct wl_pointer_interface pointer_requests = {
  .set_cursor = pointer_set_cursor,
  .release = shot_display_destroy_request,
};

static const struct wl_keyboard_interface keyboard_requests = {
  .release = shot_display_destroy_request,
};

static const struct wl_touch_interface touch_requests = {
  .release = shot_display_destroy_request,
};

static void
seat_get_pointer (struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
  shot_display_add_resource (client, &wl_pointer_interface,
                             (uint32_t) wl_resource_get_version (resource), id, &pointer_requests,
                             NULL, NULL);
}

static void
seat_get_keyboard (struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
  shot_display_add_resource (client, &wl_keyboard_interface,
                             (uint32_t) wl_resource_get_version (resource), id, &keyboard_requests,
                             NULL, NULL);
}

static void
seat_get_touch (struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
  shot_display_add_resource (client, &wl_touch_interface,
                             (uint32_t) wl_resource_get_version (resource), id, &touch_requests,
                             NULL, NULL);
}

static const struct wl_seat_interface seat_requests = {
  .get_pointer = seat_get_pointer,
  .get_keyboard = seat_get_keyboard,
  .get_touch = seat_get_touch,
  .release = shot_display_destroy_request,
};

static void
data_source_offer (struct wl_client *client, struct wl_resource *resource, const char *mime_type)
{
}

static const struct wl_data_source_interface data_source_requests = {
  .offer = data_source_offer,
  .destroy = shot_display_destroy_request,
  .set_actions = shot_display_ignore_number,
};

static void
data_device_start_drag (struct wl_client *client, struct wl_resource *resource,
                        struct wl_resource *source, struct wl_resource *origin,
                        struct wl_resource *icon, uint32_t serial)
{
}

static void
data_device_set_selection (struct wl_client *client, struct wl_resource *resource,
                           struct wl_resource *source, uint32_t serial)
{
}

static const struct wl_data_device_interface data_device_requests = {
  .start_drag = data_device_start_drag,
  .set_selection = data_device_set_selection,
  .release = shot_display_destroy_request,
};

static void
data_manager_create_source (struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
  shot_display_add_resource (client, &wl_data_source_interface,
                             (uint32_t) wl_resource_get_version (resource), id,
                             &data_source_requests, NULL, NULL);
}

static void
data_manager_get_device (struct wl_client *client, struct wl_resource *resource, uint32_t id,
                         struct wl_resource *seat)
{
  shot_display_add_resource (client, &wl_data_device_interface,
                             (uint32_t) wl_resource_get_version (resource), id,
                             &data_device_requests, NULL, NULL);
}

static const struct wl_data_device_manager_interface data_manager_requests = {
  .create_data_source = data_manager_create_source,
  .get_data_device = data_manager_get_device,
};

void
shot_display_bind_data_manager (struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
  shot_display_add_resource (client, &wl_data_device_manager_interface, version, id,
                             &data_manager_requests, data, NULL);
}

/* A seat without any device: with no seat at all WebKit tells pages that they are on a touch
 * screen, and map buttons and other controls grow. */
void
shot_display_bind_seat (struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
  struct wl_resource *resource = shot_display_add_resource (client, &wl_seat_interface, version, id,
                                                            &seat_requests, data, NULL);

  if (resource == NULL)
    return;
  wl_seat_send_capabilities (resource, 0);
  if (version >= WL_SEAT_NAME_SINCE_VERSION)
    wl_seat_send_name (resource, "seat0");
}

#include "config.h"

#include "display.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <wayland-server.h>

#include "display-private.h"
#include "error.h"
#include "xdg-shell-server-protocol.h"

#define FRAME_INTERVAL_MS 16

/* GTK clamps windows to their output, so it must be larger than any page. */
#define OUTPUT_SIDE 131072

struct _ShotDisplay {
  GThread           *thread; /* (owned) */
  struct wl_display *wl;     /* (owned) */
  char              *socket_path;
  int                stop_fd;

  /* The display thread's alone. */
  struct wl_event_source *frame_timer;     /* (owned) */
  struct wl_event_source *stop_source;     /* (owned) */
  struct wl_list          frame_callbacks; /* wl_resource of wl_callback */
  struct wl_list          output_resources[SHOT_DISPLAY_MAX_SCALE];
  gboolean                is_frame_armed;
  gboolean                is_stopping;
  uint32_t                serial;
};

typedef struct {
  ShotDisplay        *display;  /* (borrowed) */
  struct wl_resource *resource; /* (borrowed) */
  struct wl_resource *xdg;      /* (borrowed) (nullable) */
  struct wl_resource *toplevel; /* (borrowed) (nullable) */
  struct wl_resource *buffer;   /* (borrowed) (nullable): attached, not committed yet */
  struct wl_listener  buffer_gone;
  struct wl_list      frames; /* wl_resource of wl_callback, for the next commit */
  int                 scale;  /* of the output it stands on */
  gboolean            is_configured;
  gboolean            has_entered;
} Surface;

static const char *const scale_titles[SHOT_DISPLAY_MAX_SCALE] = { "scale-1", "scale-2", "scale-3",
                                                                  "scale-4" };

const char *
shot_display_scale_title (int scale)
{
  g_return_val_if_fail (scale >= 1 && scale <= SHOT_DISPLAY_MAX_SCALE, scale_titles[0]);
  return scale_titles[scale - 1];
}

/* Links in our lists are wl_resource_get_link(); a resource that goes away leaves its list. */
static void
unlink_resource (struct wl_resource *resource)
{
  wl_list_remove (wl_resource_get_link (resource));
}

/* --- frames ------------------------------------------------------------------------------ */

static int
frame_timer_cb (void *data)
{
  ShotDisplay        *self = data;
  struct wl_resource *callback, *next;
  uint32_t            now_ms = (uint32_t) (g_get_monotonic_time () / 1000);

  self->is_frame_armed = FALSE;
  wl_resource_for_each_safe (callback, next, &self->frame_callbacks)
  {
    wl_callback_send_done (callback, now_ms);
    wl_resource_destroy (callback);
  }
  return 0;
}

static void
arm_frame_timer (ShotDisplay *self)
{
  if (self->is_frame_armed || wl_list_empty (&self->frame_callbacks))
    return;
  self->is_frame_armed = TRUE;
  wl_event_source_timer_update (self->frame_timer, FRAME_INTERVAL_MS);
}

/* --- surfaces ---------------------------------------------------------------------------- */

static void
buffer_gone_cb (struct wl_listener *listener, void *data)
{
  Surface *surface = wl_container_of (listener, surface, buffer_gone);

  wl_list_remove (&surface->buffer_gone.link);
  surface->buffer = NULL;
}

static void
forget_buffer (Surface *surface)
{
  if (surface->buffer == NULL)
    return;
  wl_list_remove (&surface->buffer_gone.link);
  surface->buffer = NULL;
}

static void
surface_attach (struct wl_client *client, struct wl_resource *resource, struct wl_resource *buffer,
                int32_t x, int32_t y)
{
  Surface *surface = wl_resource_get_user_data (resource);

  forget_buffer (surface);
  if (buffer == NULL)
    return;
  surface->buffer = buffer;
  surface->buffer_gone.notify = buffer_gone_cb;
  wl_resource_add_destroy_listener (buffer, &surface->buffer_gone);
}

static void
surface_frame (struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
  Surface            *surface = wl_resource_get_user_data (resource);
  struct wl_resource *callback = shot_display_add_resource (client, &wl_callback_interface, 1, id,
                                                            NULL, NULL, unlink_resource);

  if (callback != NULL)
    wl_list_insert (surface->frames.prev, wl_resource_get_link (callback));
}

static void
send_configure (Surface *surface)
{
  if (surface->xdg == NULL || surface->toplevel == NULL)
    return;

  struct wl_array states;
  uint32_t       *state;

  /* 0×0 leaves the size to the client. Without "activated" pages would be inactive windows,
   * which changes selection colours and pauses some animations. */
  wl_array_init (&states);
  state = wl_array_add (&states, sizeof *state);
  if (state != NULL)
    *state = XDG_TOPLEVEL_STATE_ACTIVATED;
  xdg_toplevel_send_configure (surface->toplevel, 0, 0, &states);
  wl_array_release (&states);
  xdg_surface_send_configure (surface->xdg, ++surface->display->serial);
}

static void
enter_output (Surface *surface)
{
  struct wl_client   *client = wl_resource_get_client (surface->resource);
  struct wl_resource *output;

  wl_resource_for_each (output, &surface->display->output_resources[surface->scale - 1])
  {
    if (wl_resource_get_client (output) != client)
      continue;
    wl_surface_send_enter (surface->resource, output);
    surface->has_entered = TRUE;
  }
}

static void
surface_commit (struct wl_client *client, struct wl_resource *resource)
{
  Surface     *surface = wl_resource_get_user_data (resource);
  ShotDisplay *self = surface->display;

  if (surface->toplevel != NULL && !surface->is_configured) {
    surface->is_configured = TRUE;
    enter_output (surface);
    send_configure (surface);
  }
  if (surface->buffer != NULL) {
    wl_buffer_send_release (surface->buffer);
    forget_buffer (surface);
  }
  wl_list_insert_list (self->frame_callbacks.prev, &surface->frames);
  wl_list_init (&surface->frames);
  arm_frame_timer (self);
}

static void
surface_damage (struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y,
                int32_t width, int32_t height)
{
}

static void
surface_set_region (struct wl_client *client, struct wl_resource *resource,
                    struct wl_resource *region)
{
}

static void
surface_set_number (struct wl_client *client, struct wl_resource *resource, int32_t number)
{
}

static const struct wl_surface_interface surface_requests = {
  .destroy = shot_display_destroy_request,
  .attach = surface_attach,
  .damage = surface_damage,
  .frame = surface_frame,
  .set_opaque_region = surface_set_region,
  .set_input_region = surface_set_region,
  .commit = surface_commit,
  .set_buffer_transform = surface_set_number,
  .set_buffer_scale = surface_set_number,
  .damage_buffer = surface_damage,
};

static void
surface_destroyed (struct wl_resource *resource)
{
  Surface            *surface = wl_resource_get_user_data (resource);
  struct wl_resource *callback, *next;

  forget_buffer (surface);
  wl_resource_for_each_safe (callback, next, &surface->frames) wl_resource_destroy (callback);
  if (surface->xdg != NULL)
    wl_resource_set_user_data (surface->xdg, NULL);
  if (surface->toplevel != NULL)
    wl_resource_set_user_data (surface->toplevel, NULL);
  g_free (surface);
}

static void
region_rectangle (struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y,
                  int32_t width, int32_t height)
{
}

static const struct wl_region_interface region_requests = {
  .destroy = shot_display_destroy_request,
  .add = region_rectangle,
  .subtract = region_rectangle,
};

static void
compositor_create_surface (struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
  Surface *surface = g_new0 (Surface, 1);

  surface->display = wl_resource_get_user_data (resource);
  surface->scale = 1;
  wl_list_init (&surface->frames);
  surface->resource = shot_display_add_resource (client, &wl_surface_interface,
                                                 (uint32_t) wl_resource_get_version (resource), id,
                                                 &surface_requests, surface, surface_destroyed);
  if (surface->resource == NULL)
    g_free (surface);
}

static void
compositor_create_region (struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
  shot_display_add_resource (client, &wl_region_interface, 1, id, &region_requests, NULL, NULL);
}

static const struct wl_compositor_interface compositor_requests = {
  .create_surface = compositor_create_surface,
  .create_region = compositor_create_region,
};

/* --- shell ------------------------------------------------------------------------------- */

static void
toplevel_set_title (struct wl_client *client, struct wl_resource *resource, const char *title)
{
  Surface *surface = wl_resource_get_user_data (resource);

  for (int i = 0; surface != NULL && i < SHOT_DISPLAY_MAX_SCALE; i++) {
    if (strcmp (title, scale_titles[i]) == 0)
      surface->scale = i + 1;
  }
}

static void
toplevel_set_parent (struct wl_client *client, struct wl_resource *resource,
                     struct wl_resource *parent)
{
}

static void
toplevel_set_app_id (struct wl_client *client, struct wl_resource *resource, const char *app_id)
{
}

static void
toplevel_show_menu (struct wl_client *client, struct wl_resource *resource,
                    struct wl_resource *seat, uint32_t serial, int32_t x, int32_t y)
{
}

static void
toplevel_move (struct wl_client *client, struct wl_resource *resource, struct wl_resource *seat,
               uint32_t serial)
{
}

static void
toplevel_resize (struct wl_client *client, struct wl_resource *resource, struct wl_resource *seat,
                 uint32_t serial, uint32_t edges)
{
}

static void
toplevel_set_size (struct wl_client *client, struct wl_resource *resource, int32_t width,
                   int32_t height)
{
}

static void
toplevel_set_fullscreen (struct wl_client *client, struct wl_resource *resource,
                         struct wl_resource *output)
{
}

static const struct xdg_toplevel_interface toplevel_requests = {
  .destroy = shot_display_destroy_request,
  .set_parent = toplevel_set_parent,
  .set_title = toplevel_set_title,
  .set_app_id = toplevel_set_app_id,
  .show_window_menu = toplevel_show_menu,
  .move = toplevel_move,
  .resize = toplevel_resize,
  .set_max_size = toplevel_set_size,
  .set_min_size = toplevel_set_size,
  .set_maximized = shot_display_ignore_request,
  .unset_maximized = shot_display_ignore_request,
  .set_fullscreen = toplevel_set_fullscreen,
  .unset_fullscreen = shot_display_ignore_request,
  .set_minimized = shot_display_ignore_request,
};

static void
toplevel_destroyed (struct wl_resource *resource)
{
  Surface *surface = wl_resource_get_user_data (resource);

  if (surface != NULL)
    surface->toplevel = NULL;
}

static void
xdg_surface_destroyed (struct wl_resource *resource)
{
  Surface *surface = wl_resource_get_user_data (resource);

  if (surface != NULL)
    surface->xdg = NULL;
}

static void
xdg_surface_get_toplevel (struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
  Surface *surface = wl_resource_get_user_data (resource);

  if (surface != NULL && surface->toplevel != NULL) {
    wl_resource_post_error (resource, XDG_SURFACE_ERROR_ALREADY_CONSTRUCTED, "it has a role");
    return;
  }

  struct wl_resource *toplevel = shot_display_add_resource (
      client, &xdg_toplevel_interface, (uint32_t) wl_resource_get_version (resource), id,
      &toplevel_requests, surface, toplevel_destroyed);
  if (surface == NULL)
    return;
  surface->toplevel = toplevel;
  surface->is_configured = FALSE;
}

static void
popup_grab (struct wl_client *client, struct wl_resource *resource, struct wl_resource *seat,
            uint32_t serial)
{
}

static void
popup_reposition (struct wl_client *client, struct wl_resource *resource,
                  struct wl_resource *positioner, uint32_t token)
{
}

static const struct xdg_popup_interface popup_requests = {
  .destroy = shot_display_destroy_request,
  .grab = popup_grab,
  .reposition = popup_reposition,
};

/* A menu that nobody can see is closed at once. */
static void
xdg_surface_get_popup (struct wl_client *client, struct wl_resource *resource, uint32_t id,
                       struct wl_resource *parent, struct wl_resource *positioner)
{
  struct wl_resource *popup = shot_display_add_resource (
      client, &xdg_popup_interface, (uint32_t) wl_resource_get_version (resource), id,
      &popup_requests, NULL, NULL);

  if (popup != NULL)
    xdg_popup_send_popup_done (popup);
}

static void
xdg_surface_set_geometry (struct wl_client *client, struct wl_resource *resource, int32_t x,
                          int32_t y, int32_t width, int32_t height)
{
}

static void
take_serial (struct wl_client *client, struct wl_resource *resource, uint32_t serial)
{
}

static const struct xdg_surface_interface xdg_surface_requests = {
  .destroy = shot_display_destroy_request,
  .get_toplevel = xdg_surface_get_toplevel,
  .get_popup = xdg_surface_get_popup,
  .set_window_geometry = xdg_surface_set_geometry,
  .ack_configure = take_serial,
};

static void
wm_base_get_xdg_surface (struct wl_client *client, struct wl_resource *resource, uint32_t id,
                         struct wl_resource *surface_resource)
{
  Surface *surface = wl_resource_get_user_data (surface_resource);

  /* A second role on one surface is a protocol error of the client's. */
  if (surface->xdg != NULL) {
    wl_resource_post_error (resource, XDG_WM_BASE_ERROR_ROLE, "the surface has a role");
    return;
  }

  surface->xdg = shot_display_add_resource (client, &xdg_surface_interface,
                                            (uint32_t) wl_resource_get_version (resource), id,
                                            &xdg_surface_requests, surface, xdg_surface_destroyed);
}

static void
positioner_two (struct wl_client *client, struct wl_resource *resource, int32_t a, int32_t b)
{
}

static const struct xdg_positioner_interface positioner_requests = {
  .destroy = shot_display_destroy_request,
  .set_size = positioner_two,
  .set_anchor_rect = region_rectangle,
  .set_anchor = shot_display_ignore_number,
  .set_gravity = shot_display_ignore_number,
  .set_constraint_adjustment = shot_display_ignore_number,
  .set_offset = positioner_two,
  .set_reactive = shot_display_ignore_request,
  .set_parent_size = positioner_two,
  .set_parent_configure = take_serial,
};

static void
wm_base_create_positioner (struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
  shot_display_add_resource (client, &xdg_positioner_interface,
                             (uint32_t) wl_resource_get_version (resource), id,
                             &positioner_requests, NULL, NULL);
}

static const struct xdg_wm_base_interface wm_base_requests = {
  .destroy = shot_display_destroy_request,
  .create_positioner = wm_base_create_positioner,
  .get_xdg_surface = wm_base_get_xdg_surface,
  .pong = take_serial,
};

static const struct wl_output_interface output_requests = {
  .release = shot_display_destroy_request,
};

/* --- globals ----------------------------------------------------------------------------- */

static void
bind_compositor (struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
  shot_display_add_resource (client, &wl_compositor_interface, version, id, &compositor_requests,
                             data, NULL);
}

static void
bind_wm_base (struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
  shot_display_add_resource (client, &xdg_wm_base_interface, version, id, &wm_base_requests, data,
                             NULL);
}

static void
bind_output_of_scale (struct wl_client *client, ShotDisplay *self, uint32_t version, uint32_t id,
                      int scale)
{
  struct wl_resource *resource = shot_display_add_resource (client, &wl_output_interface, version,
                                                            id, &output_requests, self,
                                                            unlink_resource);

  if (resource == NULL)
    return;
  wl_list_insert (&self->output_resources[scale - 1], wl_resource_get_link (resource));
  wl_output_send_geometry (resource, 0, 0, 0, 0, WL_OUTPUT_SUBPIXEL_NONE, "panelshot",
                           scale_titles[scale - 1], WL_OUTPUT_TRANSFORM_NORMAL);
  wl_output_send_mode (resource, WL_OUTPUT_MODE_CURRENT | WL_OUTPUT_MODE_PREFERRED, OUTPUT_SIDE,
                       OUTPUT_SIDE, 60000);
  if (version >= WL_OUTPUT_SCALE_SINCE_VERSION)
    wl_output_send_scale (resource, scale);
  if (version >= WL_OUTPUT_DONE_SINCE_VERSION)
    wl_output_send_done (resource);
}

#define DEFINE_BIND_OUTPUT(scale)                                                          \
  static void bind_output_##scale (struct wl_client *client, void *data, uint32_t version, \
                                   uint32_t id)                                            \
  {                                                                                        \
    bind_output_of_scale (client, data, version, id, scale);                               \
  }
DEFINE_BIND_OUTPUT (1)
DEFINE_BIND_OUTPUT (2)
DEFINE_BIND_OUTPUT (3)
DEFINE_BIND_OUTPUT (4)

static gboolean
add_globals (ShotDisplay *self)
{
  /* The highest versions that GTK 4.8 asks for and that the requests above answer in full. */
  static const struct {
    const struct wl_interface *interface;
    int                        version;
    wl_global_bind_func_t      bind;
  } globals[] = {
    { &wl_compositor_interface, 4, bind_compositor },
    { &wl_subcompositor_interface, 1, shot_display_bind_subcompositor },
    { &wl_data_device_manager_interface, 3, shot_display_bind_data_manager },
    { &wl_seat_interface, 5, shot_display_bind_seat },
    { &wl_output_interface, 2, bind_output_1 },
    { &wl_output_interface, 2, bind_output_2 },
    { &wl_output_interface, 2, bind_output_3 },
    { &wl_output_interface, 2, bind_output_4 },
    { &xdg_wm_base_interface, 1, bind_wm_base },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (globals); i++) {
    if (wl_global_create (self->wl, globals[i].interface, globals[i].version, self,
                          globals[i].bind) == NULL)
      return FALSE;
  }
  return wl_display_init_shm (self->wl) == 0;
}

/* --- life -------------------------------------------------------------------------------- */

static int
listen_on (const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
    g_set_error (
        error, SHOT_ERROR, SHOT_ERROR_ENGINE,
        "the runtime folder's name is too long for a socket (%s): set TMPDIR to a shorter one",
        path);
    return -1;
  }

  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) != 0 ||
      listen (fd, 64) != 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot listen on %s: %s", path,
                 g_strerror (errno));
    if (fd >= 0)
      close (fd);
    return -1;
  }
  return fd;
}

static int
stop_cb (int fd, uint32_t mask, void *data)
{
  ShotDisplay *self = data;

  self->is_stopping = TRUE;
  return 0;
}

static void *
display_thread (void *data)
{
  ShotDisplay          *self = data;
  struct wl_event_loop *loop = wl_display_get_event_loop (self->wl);

  while (!self->is_stopping) {
    wl_display_flush_clients (self->wl);
    if (wl_event_loop_dispatch (loop, -1) < 0 && errno != EINTR)
      break;
  }
  wl_display_destroy_clients (self->wl);
  return NULL;
}

ShotDisplay *
shot_display_start (const char *folder, GError **error)
{
  ShotDisplay *self = g_new0 (ShotDisplay, 1);

  self->socket_path = g_build_filename (folder, SHOT_DISPLAY_SOCKET_NAME, NULL);
  self->stop_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->wl = wl_display_create ();
  wl_list_init (&self->frame_callbacks);
  for (int i = 0; i < SHOT_DISPLAY_MAX_SCALE; i++)
    wl_list_init (&self->output_resources[i]);

  int fd = listen_on (self->socket_path, error);
  if (fd < 0) {
    shot_display_stop (self);
    return NULL;
  }
  struct wl_event_loop *loop = wl_display_get_event_loop (self->wl);
  self->frame_timer = wl_event_loop_add_timer (loop, frame_timer_cb, self);
  self->stop_source = wl_event_loop_add_fd (loop, self->stop_fd, WL_EVENT_READABLE, stop_cb, self);
  if (!add_globals (self) || wl_display_add_socket_fd (self->wl, fd) != 0) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                         "cannot set up the display: out of memory");
    shot_display_stop (self);
    return NULL;
  }
  self->thread = g_thread_new ("display", display_thread, self);
  return self;
}

void
shot_display_stop (ShotDisplay *self)
{
  if (self == NULL)
    return;
  if (self->thread != NULL) {
    eventfd_write (self->stop_fd, 1);
    g_thread_join (self->thread);
  }
  g_clear_pointer (&self->frame_timer, wl_event_source_remove);
  g_clear_pointer (&self->stop_source, wl_event_source_remove);
  if (self->wl != NULL)
    wl_display_destroy (self->wl);
  unlink (self->socket_path);
  close (self->stop_fd);
  g_free (self->socket_path);
  g_free (self);
}

#include "config.h"

#include "renderer.h"

#include <string.h>

#include "error.h"
#include "renderer-private.h"

#define PNG_HEAD "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
#define PNG_HEAD_BYTES 16

void
shot_shot_free (ShotShot *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->title);
  g_free (self->row);
  g_free (self->kind);
  g_free (self->status);
  g_free (self->message);
  g_free (self->threshold);
  g_free (self->failure);
  g_clear_pointer (&self->picture, g_bytes_unref);
  g_clear_pointer (&self->data, g_bytes_unref);
  g_free (self);
}

void
shot_shots_free (ShotShots *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->shots, g_ptr_array_unref);
  g_free (self->flags);
  g_free (self->timings);
  g_free (self->renderer);
  g_free (self);
}

static void
order_free (void *data)
{
  ShotRendererOrder *self = data;

  g_free (self->address);
  g_free (self->timezone);
  g_free (self->language);
  g_ptr_array_unref (self->keys);
  shot_secret_unref (self->token);
  g_free (self->ca_pem);
  g_free (self);
}

static ShotRendererOrder *
order_new (const char *address, const ShotSecret *token, const char *ca_pem, int64_t timeout_ms)
{
  ShotRendererOrder *self = g_new0 (ShotRendererOrder, 1);

  self->address = g_strdup (address);
  self->scale = 1;
  self->keys = g_ptr_array_new_with_free_func (g_free);
  self->token = token != NULL ? shot_secret_ref ((ShotSecret *) token) : NULL;
  self->ca_pem = g_strdup (ca_pem);
  self->timeout_ms = timeout_ms;
  return self;
}

/* "panel-4-clone-1" is asked for as "panel-4": how clones are called differs between Grafanas. */
static void
add_key (ShotRendererOrder *self, GHashTable *seen, const char *key)
{
  const char *clone = strstr (key, "-clone-");
  char       *plain = clone != NULL ? g_strndup (key, (size_t) (clone - key)) : g_strdup (key);

  if (g_hash_table_add (seen, plain))
    g_ptr_array_add (self->keys, plain);
  else
    g_free (plain);
}

static void
start (ShotRenderers *self, ShotRendererOrder *order, GCancellable *cancellable,
       GAsyncReadyCallback callback, void *user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_task_data (task, order, order_free);
  g_task_set_check_cancellable (task, FALSE);
  self->kind->render (self, task);
}

void
shot_renderers_visit_async (ShotRenderers *self, const ShotVisit *visit, const ShotSecret *token,
                            const char *ca_pem, int64_t timeout_ms, GCancellable *cancellable,
                            GAsyncReadyCallback callback, void *user_data)
{
  ShotRendererOrder     *order = order_new (visit->address, token, ca_pem, timeout_ms);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  order->width = visit->width;
  order->height = visit->height;
  order->scale = visit->scale > 0 ? visit->scale : 1;
  order->timezone = g_strdup (visit->timezone);
  order->language = g_strdup (visit->language);
  for (unsigned i = 0; i < visit->cells->len; i++) {
    const ShotCell *cell = visit->cells->pdata[i];
    add_key (order, seen, cell->panel_key);
  }
  start (self, order, cancellable, callback, user_data);
}

ShotShots *
shot_renderers_visit_finish (ShotRenderers *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
shot_renderers_list_values_async (ShotRenderers *self, const char *address, const ShotSecret *token,
                                  const char *ca_pem, int64_t timeout_ms, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, void *user_data)
{
  ShotRendererOrder *order = order_new (address, token, ca_pem, timeout_ms);

  order->is_listing = true;
  start (self, order, cancellable, callback, user_data);
}

GHashTable *
shot_renderers_list_values_finish (ShotRenderers *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

unsigned
shot_renderers_get_width (const ShotRenderers *self)
{
  return MAX (1, self->kind->get_width (self));
}

void
shot_renderers_free (ShotRenderers *self)
{
  if (self != NULL)
    self->kind->free (self);
}

static int
read_side (const uint8_t *at)
{
  uint32_t side = (uint32_t) at[0] << 24 | (uint32_t) at[1] << 16 | (uint32_t) at[2] << 8 | at[3];

  return side <= G_MAXINT ? (int) side : 0;
}

bool
shot_renderer_is_png (GBytes *picture, int *out_width, int *out_height)
{
  size_t         length = 0;
  const uint8_t *data = g_bytes_get_data (picture, &length);

  if (length < PNG_HEAD_BYTES + 8 || memcmp (data, PNG_HEAD, PNG_HEAD_BYTES) != 0)
    return false;
  int width = read_side (data + PNG_HEAD_BYTES);
  int height = read_side (data + PNG_HEAD_BYTES + 4);
  if (width < 1 || height < 1)
    return false;
  if (out_width != NULL)
    *out_width = width;
  if (out_height != NULL)
    *out_height = height;
  return true;
}

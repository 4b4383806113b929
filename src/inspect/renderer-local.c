#include "config.h"

#include <string.h>

#include "error.h"
#include "renderer-private.h"

/* Visits are made side by side on all processors, and nobody waits for one: what is slow to come to
 * rest there would be flagged for no fault of its own. */
#define MOVING_MS 8000

/* Our own engine, through the pool. */
typedef struct {
  ShotRenderers base;
  ShotPool     *pool; /* (borrowed) */
} Local;

static unsigned
get_width (const ShotRenderers *renderers)
{
  const Local   *self = (const Local *) renderers;
  ShotPoolStatus status;

  shot_pool_get_status (self->pool, &status);
  return status.max_jobs;
}

static ShotJob *
make_job (const ShotRendererOrder *order)
{
  ShotJob         *job = shot_job_new (order->address);
  bool             is_grid = order->width == 0;
  ShotPictureWish *wish = shot_job_add_picture (
      job, order->is_listing ? SHOT_PICTURE_VARIABLES : SHOT_PICTURE_EACH_PANEL, NULL);

  job->scale = order->scale;
  job->patience.moving_ms = MOVING_MS;
  job->timeout_ms = order->timeout_ms;
  job->timezone = g_strdup (order->timezone);
  job->language = g_strdup (order->language);
  job->ca_pem = g_strdup (order->ca_pem);
  job->width = is_grid ? SHOT_RENDERER_GRID_WIDTH : order->width;
  job->height = is_grid ? SHOT_RENDERER_GRID_HEIGHT : order->height;
  if (order->token != NULL) {
    g_autofree char       *text = g_strconcat ("Bearer ", shot_secret_reveal (order->token), NULL);
    g_autoptr (ShotSecret) value = shot_secret_new (text);
    shot_job_add_header (job, order->address, "Authorization", value);
    explicit_bzero (text, strlen (text));
  }
  if (order->is_listing)
    return job;
  /* What is not done by then is kept as it is, and says so. */
  job->is_best_effort = true;
  wish->is_grid = is_grid;
  wish->wants_data = true;
  wish->panels = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; i < order->keys->len; i++)
    g_ptr_array_add (wish->panels, g_strdup (order->keys->pdata[i]));
  return job;
}

static ShotShot *
make_shot (const ShotPicture *picture, GError **error)
{
  const ShotPanel *panel = picture->panel;
  ShotShot        *shot = g_new0 (ShotShot, 1);

  shot->key = g_strdup (panel->key);
  shot->title = g_strdup (panel->title);
  shot->row = g_strdup (panel->row);
  shot->kind = g_strdup (panel->plugin);
  shot->status = g_strdup (panel->status);
  shot->message = g_strdup (panel->message);
  shot->threshold = g_strdup (panel->threshold);
  shot->failure = g_strdup (panel->failure);
  if (picture->data_bytes > 0)
    shot->data = shot_picture_get_data (picture, NULL);
  if (shot_picture_is_lost (picture))
    return shot;
  shot->picture = shot_picture_get_bytes (picture, error);
  shot->width = picture->width;
  shot->height = picture->height;
  return shot;
}

static char *
describe_timings (const ShotResult *result)
{
  g_autoptr (GString) text = g_string_new ("{");

  for (int i = 0; i < SHOT_N_STAGES; i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd (number, sizeof number, "%.1f", (double) result->stage_us[i] / 1000);
    g_string_append_printf (text, "%s\"%s\":%s", i > 0 ? "," : "", shot_stage_get_name (i), number);
  }
  g_string_append (text, "}");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static ShotShots *
make_shots (const ShotResult *result, GError **error)
{
  g_autoptr (ShotShots) self = g_new0 (ShotShots, 1);

  self->shots = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_shot_free);
  self->flags = shot_flags_to_string (result->flags);
  self->timings = describe_timings (result);
  self->renderer = g_strdup ("panelshot " SHOT_VERSION " (local)");
  self->dashboard_version = result->dashboard_version;
  for (int i = SHOT_STAGE_OPENING; i < SHOT_N_STAGES; i++)
    self->duration_ms += result->stage_us[i] / 1000;
  for (unsigned i = 0; i < result->pictures->len; i++) {
    const ShotPicture *picture = result->pictures->pdata[i];
    if (picture->panel == NULL)
      continue;
    ShotShot *shot = make_shot (picture, error);
    g_ptr_array_add (self->shots, shot);
    if (shot->picture == NULL && !shot_picture_is_lost (picture))
      return NULL;
  }
  return g_steal_pointer (&self);
}

static GHashTable *
make_values (const ShotResult *result, GError **error)
{
  g_autoptr (GBytes) json = shot_picture_get_bytes (result->pictures->pdata[0], error);

  return json != NULL ? shot_renderer_read_values (json, error) : NULL;
}

/* A job under way. */
typedef struct {
  ShotPool *pool; /* (borrowed) */
  GTask    *task; /* (owned) */
} Call;

static void
rendered_cb (GObject *source, GAsyncResult *async_result, void *user_data)
{
  g_autofree Call         *call = user_data;
  g_autoptr (GTask)        task = call->task;
  const ShotRendererOrder *order = g_task_get_task_data (task);
  g_autoptr (ShotResult)   result = NULL;
  g_autoptr (GError)       error = NULL;
  void                    *value = NULL;

  if (shot_pool_render_finish (call->pool, async_result, &result, &error))
    value = order->is_listing ? (void *) make_values (result, &error)
                              : (void *) make_shots (result, &error);
  if (value == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, value,
                           order->is_listing ? (GDestroyNotify) g_hash_table_unref
                                             : (GDestroyNotify) shot_shots_free);
}

static void
render (ShotRenderers *renderers, GTask *task)
{
  Local              *self = (Local *) renderers;
  g_autoptr (ShotJob) job = make_job (g_task_get_task_data (task));
  GError             *error = NULL;

  if (!shot_job_check (job, &error)) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  Call *call = g_new0 (Call, 1);
  call->pool = self->pool;
  call->task = task;
  shot_pool_render_async (self->pool, g_steal_pointer (&job), NULL, g_task_get_cancellable (task),
                          rendered_cb, call);
}

static void
local_free (ShotRenderers *renderers)
{
  g_free (renderers);
}

static const ShotRenderersClass local_kind = { get_width, render, local_free };

ShotRenderers *
shot_renderers_new_local (ShotPool *pool)
{
  Local *self = g_new0 (Local, 1);

  self->base.kind = &local_kind;
  self->pool = pool;
  return &self->base;
}

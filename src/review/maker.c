#include "config.h"

#include "maker.h"

struct _ShotMaker {
  ShotArchiveWorker *archive;   /* (borrowed) */
  ShotRenderers     *renderers; /* (owned) */
};

static void
inspection_free (void *data)
{
  shot_inspection_free (data);
}

static void
done_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)  task = user_data;
  g_autoptr (GError) error = NULL;
  ShotRun           *run = shot_inspection_finish (g_task_get_task_data (task), result, &error);

  if (run != NULL)
    g_task_return_pointer (task, run, (GDestroyNotify) shot_run_free);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
inspect_async (ShotOrder *order, void *data, GCancellable *cancellable,
               GAsyncReadyCallback callback, void *user_data)
{
  ShotMaker                  *self = data;
  const ShotInspectionOptions options = { .archive = self->archive,
                                          .renderers = self->renderers,
                                          .trigger = order->trigger,
                                          .started_by = order->user,
                                          .now_ms = order->now_ms,
                                          .progress = order->progress,
                                          .progress_data = order->progress_data };
  ShotInspection *inspection = shot_inspection_new (g_steal_pointer (&order->plan), &options);
  GTask          *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_task_data (task, inspection, inspection_free);
  switch (order->kind) {
  case SHOT_ORDER_RUN:
    shot_inspection_run_async (inspection, cancellable, done_cb, task);
    return;
  case SHOT_ORDER_RESUME:
    shot_inspection_resume_async (inspection, order->run_id, order->retries_failed, cancellable,
                                  done_cb, task);
    return;
  case SHOT_ORDER_CAPTURE:
    shot_inspection_capture_async (inspection, order->extra.cell_id, order->extra.label,
                                   order->extra.from_ms, order->extra.to_ms, order->user,
                                   cancellable, done_cb, task);
    return;
  }
  g_assert_not_reached ();
}

static ShotRun *
inspect_finish (void *data, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

ShotMaker *
shot_maker_new (ShotArchiveWorker *archive, ShotPool *pool)
{
  ShotMaker *self = g_new0 (ShotMaker, 1);

  self->archive = archive;
  self->renderers = shot_renderers_new_local (pool);
  return self;
}

void
shot_maker_free (ShotMaker *self)
{
  if (self == NULL)
    return;
  shot_renderers_free (self->renderers);
  g_free (self);
}

ShotInspector
shot_maker_get_inspector (ShotMaker *self)
{
  return (ShotInspector){ .inspect_async = inspect_async,
                          .inspect_finish = inspect_finish,
                          .data = self };
}

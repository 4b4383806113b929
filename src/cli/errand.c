#include "config.h"

#include "errand.h"

#include <glib-unix.h>
#include <signal.h>

#define END_MS 2000

void
shot_errand_init (ShotErrand *self)
{
  self->loop = g_main_loop_new (NULL, FALSE);
  self->cancellable = g_cancellable_new ();
}

void
shot_errand_clear (ShotErrand *self)
{
  shot_errand_release_signals (self);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

static gboolean
signal_cb (void *user_data)
{
  ShotErrand *self = user_data;
  bool        is_second = g_cancellable_is_cancelled (self->cancellable);

  if (is_second && self->second == SHOT_ERRAND_LEAVES)
    g_main_loop_quit (self->loop);
  if (is_second && self->second == SHOT_ERRAND_DIES) {
    /* It is the system's again. */
    signal (SIGINT, SIG_DFL);
    raise (SIGINT);
  }
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

void
shot_errand_catch_signals (ShotErrand *self, ShotErrandSecond second)
{
  self->second = second;
  self->interrupt = g_unix_signal_add (SIGINT, signal_cb, self);
  self->terminate = g_unix_signal_add (SIGTERM, signal_cb, self);
}

void
shot_errand_release_signals (ShotErrand *self)
{
  g_clear_handle_id (&self->interrupt, g_source_remove);
  g_clear_handle_id (&self->terminate, g_source_remove);
}

void
shot_errand_wait (ShotErrand *self)
{
  g_main_loop_run (self->loop);
}

void
shot_errand_done (ShotErrand *self)
{
  g_main_loop_quit (self->loop);
}

static void
drained_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  /* Nothing is to be learnt from it, and the pool may be gone when nobody waited. */
  shot_errand_done (user_data);
}

void
shot_errand_end_pool (ShotErrand *self, ShotPool *pool)
{
  if (pool == NULL)
    return;
  shot_pool_drain_async (pool, END_MS, drained_cb, self);
  shot_errand_wait (self);
  shot_pool_free (pool);
}

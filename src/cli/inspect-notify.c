#include "config.h"

#include "inspect-notify.h"

#include <string.h>

#include "notifier.h"

#define TIMEOUT_MS 10000

typedef struct {
  ShotNotifier *notifier;
  GMainLoop    *loop;
} Telling;

/* The outcomes are in the log by now. */
static void
told_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Telling *telling = user_data;

  g_ptr_array_unref (shot_notifier_send_finish (telling->notifier, result));
  g_main_loop_quit (telling->loop);
}

/* (transfer full) (nullable) */
static char *
make_link (const char *url, const ShotRun *run)
{
  if (url == NULL || *url == '\0')
    return NULL;
  return g_strdup_printf ("%s%sreview/runs/%" G_GINT64_FORMAT, url,
                          g_str_has_suffix (url, "/") ? "" : "/", run->id);
}

void
shot_inspect_notify (const ShotPlan *plan, const ShotRun *run, const char *url,
                     GCancellable *cancellable)
{
  const ShotNotifierOptions options = { .ca_file = plan->ca_file,
                                        .retry_ms = shot_notifier_short_retry_ms,
                                        .timeout_ms = TIMEOUT_MS };
  g_autofree char          *link = make_link (url, run);
  g_autoptr (GError)        error = NULL;
  ShotNotice                notice = {
                   .event = SHOT_NOTIFY_DONE, .plan = run->plan, .title = run->title, .run = run, .link = link
  };

  if (plan->notify == NULL || plan->notify->len == 0)
    return;
  g_autoptr (ShotNotifier) notifier = shot_notifier_new (&options, &error);
  if (notifier == NULL) {
    g_warning ("nobody is told of the run: %s", error->message);
    return;
  }
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Telling               telling = { notifier, loop };
  shot_notifier_send_async (notifier, plan->notify, &notice, cancellable, told_cb, &telling);
  g_main_loop_run (loop);
}

#include "config.h"

#include "serve-review.h"

#include <stdio.h>
#include <string.h>

#include "error.h"
#include "maker.h"
#include "notifier.h"

struct _ShotServeReview {
  ShotArchiveWorker *archive;      /* (owned): of the page */
  ShotArchiveWorker *doorman;      /* (owned): checks passwords */
  ShotArchiveWorker *keeper;       /* (owned) (nullable): takes what is captured */
  ShotConductor     *conductor;    /* (owned) (nullable) */
  ShotMaker         *maker;        /* (owned) (nullable): of inspections */
  ShotNotifier      *notifier;     /* (owned) (nullable) */
  GCancellable      *cancellable;  /* (owned): of what is being told */
  unsigned           n_telling;    /* deliveries of notices that are not over */
  bool               is_conducted; /* stopping: the conductor has */
  GTask             *stop_task;    /* (owned) (nullable) */
  ShotVisitorRules   rules;
  ShotReview        *review; /* (owned) */
  char              *uri;    /* (owned) (nullable): of the server */
};

static gboolean
read_rules (ShotVisitorRules *rules, const ShotSettings *settings, GError **error)
{
  const char        *url = shot_settings_get_text (settings, "review.url");
  const char        *role = shot_settings_get_text (settings, "review.auth-proxy-role");
  const char *const *trusted = shot_settings_get_list (settings, "review.auth-proxy-trusted");
  const char *const *hosts = shot_settings_get_list (settings, "review.host");

  shot_visitor_rules_init (rules);
  for (; *trusted != NULL; trusted++) {
    if (!shot_visitor_rules_trust (rules, *trusted, error))
      return FALSE;
  }
  rules->proxy_header = g_strdup (shot_settings_get_text (settings, "review.auth-proxy-header"));
  rules->creates_users = shot_role_from_name (role, &rules->proxy_role);
  g_strfreev (rules->hosts);
  rules->hosts = g_strdupv ((char **) hosts);
  rules->life_ms = shot_settings_get_duration (settings, "review.session-life");
  rules->idle_ms = shot_settings_get_duration (settings, "review.session-idle");
  if (url == NULL)
    return TRUE;
  rules->url = g_strdup (url);
  if (g_str_has_suffix (rules->url, "/"))
    rules->url[strlen (rules->url) - 1] = '\0';
  return TRUE;
}

static void
finish_stop (ShotServeReview *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->stop_task == NULL || !self->is_conducted || self->n_telling > 0)
    return;
  task = g_steal_pointer (&self->stop_task);
  g_task_return_boolean (task, TRUE);
}

/* The outcomes are in the log by now. */
static void
told_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotServeReview *self = user_data;

  g_ptr_array_unref (shot_notifier_send_finish (self->notifier, result));
  self->n_telling--;
  finish_stop (self);
}

/* (transfer full) */
static char *
make_link (const ShotServeReview *self, const ShotNotice *notice)
{
  const char *start = self->rules.url != NULL ? self->rules.url : self->uri;

  if (notice->run == NULL || start == NULL)
    return NULL;
  return notice->cell != NULL
             ? g_strdup_printf ("%s/review/cells/%" G_GINT64_FORMAT, start, notice->cell->id)
             : g_strdup_printf ("%s/review/runs/%" G_GINT64_FORMAT, start, notice->run->id);
}

static void
notify_cb (const ShotPlan *plan, const ShotNotice *notice, void *user_data)
{
  ShotServeReview *self = user_data;
  ShotNotice       linked = *notice;
  g_autofree char *link = make_link (self, notice);

  if (plan == NULL || plan->notify == NULL || plan->notify->len == 0)
    return;
  linked.link = link;
  self->n_telling++;
  shot_notifier_send_async (self->notifier, plan->notify, &linked, self->cancellable, told_cb,
                            self);
}

static gboolean
open_conductor (ShotServeReview *self, const ShotSettings *settings, const char *folder,
                ShotPool *pool, GError **error)
{
  ShotConductorOptions options = { .folder = shot_settings_get_text (settings, "review.plans"),
                                   .notify = notify_cb,
                                   .notify_data = self };

  if (options.folder == NULL)
    return TRUE;
  const ShotNotifierOptions notify_options = {
    .ca_file = shot_settings_get_text (settings, "target.ca-file"),
  };
  self->notifier = shot_notifier_new (&notify_options, error);
  if (self->notifier == NULL)
    return FALSE;
  self->keeper = shot_archive_worker_new (folder, SHOT_ARCHIVE_WRITE, error);
  if (self->keeper == NULL)
    return FALSE;
  self->maker = shot_maker_new (self->keeper, pool);
  options.inspector = shot_maker_get_inspector (self->maker);
  options.archive = self->keeper;
  self->conductor = shot_conductor_new (&options, error);
  return self->conductor != NULL;
}

ShotServeReview *
shot_serve_review_new (const ShotSettings *settings, ShotPool *pool, GError **error)
{
  g_autoptr (ShotServeReview) self = g_new0 (ShotServeReview, 1);
  const char                 *folder = shot_settings_get_text (settings, "review.archive");

  self->cancellable = g_cancellable_new ();
  if (!read_rules (&self->rules, settings, error))
    return NULL;
  self->archive = shot_archive_worker_new (folder, SHOT_ARCHIVE_WRITE, error);
  if (self->archive == NULL)
    return NULL;
  self->doorman = shot_archive_worker_new (folder, SHOT_ARCHIVE_WRITE, error);
  if (self->doorman == NULL || !open_conductor (self, settings, folder, pool, error))
    return NULL;

  const ShotReviewOptions options = { .archive = self->archive,
                                      .doorman = self->doorman,
                                      .conductor = self->conductor,
                                      .rules = &self->rules,
                                      .folder = folder,
                                      .pool = pool };
  self->review = shot_review_new (&options);
  return g_steal_pointer (&self);
}

void
shot_serve_review_free (ShotServeReview *self)
{
  if (self == NULL)
    return;
  shot_review_free (self->review);
  shot_conductor_free (self->conductor);
  shot_maker_free (self->maker);
  shot_notifier_free (self->notifier);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->stop_task);
  shot_archive_worker_free (self->keeper);
  shot_archive_worker_free (self->doorman);
  shot_archive_worker_free (self->archive);
  shot_visitor_rules_clear (&self->rules);
  g_free (self->uri);
  g_free (self);
}

const ShotMount *
shot_serve_review_get_mount (ShotServeReview *self)
{
  return shot_review_get_mount (self->review);
}

/* NULL without an error when there is an administrator. */
static void *
make_secret_cb (ShotArchive *archive, void *data, GError **error)
{
  g_autoptr (GError) cause = NULL;
  ShotSecret        *secret = shot_people_make_setup_secret (archive, &cause);

  if (cause != NULL && !g_error_matches (cause, SHOT_ERROR, SHOT_ERROR_CONFLICT))
    g_propagate_error (error, g_steal_pointer (&cause));
  return secret;
}

static void
made_secret_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotServeReview       *self = user_data;
  g_autoptr (GError)     error = NULL;
  g_autoptr (ShotSecret) secret = shot_archive_worker_run_finish (self->doorman, result, &error);
  const char            *start = self->rules.url != NULL ? self->rules.url : self->uri;

  if (error != NULL)
    g_warning ("no link to set up the first user: %s", error->message);
  if (secret == NULL)
    return;
  /* Not through the log, which others may read for long. */
  fprintf (stderr,
           "panelshot: nobody can sign in yet. To make the first administrator, open\n"
           "panelshot: %s/review/setup#secret=%s\n",
           start, shot_secret_reveal (secret));
}

void
shot_serve_review_print_link (ShotServeReview *self, const char *uri)
{
  g_free (self->uri);
  self->uri = g_strdup (uri);
  shot_archive_worker_run_async (self->doorman, make_secret_cb, NULL, NULL,
                                 (GDestroyNotify) shot_secret_unref, made_secret_cb, self);
}

static void
stopped_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotServeReview *self = user_data;

  shot_conductor_stop_finish (self->conductor, result);
  self->is_conducted = true;
  finish_stop (self);
}

void
shot_serve_review_stop_async (ShotServeReview *self, GAsyncReadyCallback callback, void *user_data)
{
  self->stop_task = g_task_new (NULL, NULL, callback, user_data);
  g_cancellable_cancel (self->cancellable);
  if (self->conductor != NULL) {
    shot_conductor_stop_async (self->conductor, stopped_cb, self);
  } else {
    self->is_conducted = true;
    finish_stop (self);
  }
}

void
shot_serve_review_stop_finish (ShotServeReview *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

#include "config.h"

#include "watch.h"

#include <string.h>

#include "activity.h"
#include "clock.h"
#include "expression.h"
#include "origin.h"

struct _ShotWatch {
  WebKitWebView   *view; /* (borrowed) */
  const ShotJob   *job;  /* (borrowed) */
  ShotWatchChanged changed_cb;
  ShotWatchTls     tls_cb;
  void            *user_data;  /* (borrowed) */
  ShotActivity    *activity;   /* (owned) */
  ShotExpression  *expression; /* (owned) (nullable) */
  guint            recheck_source;
  ShotFacts        facts;
  int64_t          heard_ms;
  int64_t          query_changed_ms;
  int64_t          bars_gone_ms;
  int64_t          channel_done_ms;
  int64_t          loaded_ms;
  int64_t          disturbed_ms;
  bool             has_been_ready;
  bool             is_dashboard_missing;
  bool             has_dashboard;
  char            *refused_uri; /* (owned) (nullable) */
};

static void
script_message_cb (WebKitUserContentManager *manager, JSCValue *value, void *data)
{
  ShotWatch       *self = data;
  int              query_count = self->facts.query_count;
  int              loading_bars = self->facts.loading_bars;
  g_autofree char *text = jsc_value_is_string (value) ? jsc_value_to_string (value) : NULL;

  ShotChannel channel = self->facts.channel;

  if (text == NULL || !shot_facts_parse (&self->facts, text, self->job->id))
    return;
  g_debug ("id=%s page says %s", self->job->id, text);
  self->heard_ms = shot_clock_now_ms ();
  if (self->facts.channel == SHOT_CHANNEL_DONE && channel != SHOT_CHANNEL_DONE)
    self->channel_done_ms = self->heard_ms;
  if (self->facts.query_count != query_count)
    self->query_changed_ms = self->heard_ms;
  if (loading_bars > 0 && self->facts.loading_bars == 0)
    self->bars_gone_ms = self->heard_ms;
  self->changed_cb (self->user_data);
}

static void
expression_changed_cb (void *data)
{
  ShotWatch *self = data;

  self->changed_cb (self->user_data);
}

static void
activity_changed_cb (void *data)
{
  ShotWatch *self = data;

  self->changed_cb (self->user_data);
}

/* Whether @path is of the very dashboard that the job's address names, and not of something about
 * it: ".../uid/abc", ".../dashboards/abc/dto". */
static bool
is_own_dashboard (const ShotJob *job, const char *path)
{
  const char *solo = strstr (job->uri, "/d-solo/");
  const char *whole = strstr (job->uri, "/d/");
  const char *uid = solo != NULL ? solo + strlen ("/d-solo/") : whole != NULL ? whole + 3 : NULL;
  size_t      length = uid != NULL ? strcspn (uid, "/?#") : 0;

  if (length == 0)
    return false;
  g_autofree char *end = g_strdup_printf ("/%.*s", (int) length, uid);
  g_autofree char *with_access = g_strconcat (end, "/dto", NULL);
  return g_str_has_suffix (path, end) || g_str_has_suffix (path, with_access);
}

/* The answers of Grafana's API that decide whether the picture may be handed out. A request that is
 * refused once and then answered has been signed in after all. */
static void
activity_answered_cb (const char *uri, unsigned status, void *data)
{
  ShotWatch       *self = data;
  g_autofree char *origin = shot_origin_from_uri (self->job->uri);
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED,
                                         NULL);

  if (parsed == NULL || origin == NULL || !shot_origin_matches (origin, uri))
    return;
  const char *path = g_uri_get_path (parsed);
  bool        is_data = strstr (path, "/api/ds/query") != NULL;
  bool        is_dashboard = strstr (path, "/api/dashboards/uid/") != NULL ||
                      (strstr (path, "/apis/dashboard.grafana.app/") != NULL &&
                       strstr (path, "/dashboards/") != NULL);
  if (is_dashboard && status == 404)
    self->is_dashboard_missing = true;
  if (is_dashboard && status == 200 && is_own_dashboard (self->job, path))
    self->has_dashboard = true;
  if (!is_data && !is_dashboard)
    return;
  if (status == 401 && self->refused_uri == NULL)
    self->refused_uri = g_strdup (path);
  else if (status == 200 && g_strcmp0 (self->refused_uri, path) == 0)
    g_clear_pointer (&self->refused_uri, g_free);
}

static void
activity_tls_cb (GTlsCertificate *certificate, const char *uri, void *data)
{
  ShotWatch *self = data;

  self->tls_cb (certificate, uri, self->user_data);
}

static gboolean
recheck_cb (void *data)
{
  ShotWatch *self = data;

  self->recheck_source = 0;
  self->changed_cb (self->user_data);
  return G_SOURCE_REMOVE;
}

void
shot_watch_judge (ShotWatch *self, const ShotGeometry *geometry, ShotVerdict *out_verdict)
{
  const ShotFacts *facts = &self->facts;
  ShotSignals      signals = {
         .now_ms = shot_clock_now_ms (),
         .quiet_ms = self->job->quiet_ms,
         .loaded_ms = self->loaded_ms,
         .disturbed_ms = self->disturbed_ms,
         .patience = self->job->patience,
         .has_right_size = shot_geometry_fits (geometry, facts->width, facts->height),
         .is_wait_for_missing = facts->is_wait_for_missing,
         .is_expression_missing = self->expression != NULL &&
                                  !shot_expression_is_true (self->expression),
         .channel = facts->channel,
         .channel_done_ms = self->channel_done_ms,
         .will_report = facts->will_report,
         .is_booting = facts->is_booting && !self->is_dashboard_missing,
         .has_scene = facts->has_scene,
         .query_count = facts->query_count,
         .query_changed_ms = self->query_changed_ms,
         .panels_rendered = facts->panels_rendered,
         .panels_expected = facts->panels_expected,
         .loading_bars = facts->loading_bars,
         .bars_gone_ms = self->bars_gone_ms,
         .pending_fonts = facts->pending_fonts,
         .pending_images = facts->pending_images,
         .page_quiet_ms = facts->quiet_ms,
         .frames = facts->frames,
  };

  /* What is still to settle when the view takes another size has not kept anybody waiting before. */
  if (self->has_been_ready)
    signals.patience.limit_ms = 0;
  shot_activity_fill (self->activity, &signals);
  shot_ready_judge (&signals, out_verdict);
  self->has_been_ready = self->has_been_ready || out_verdict->kind == SHOT_VERDICT_READY;
  g_clear_handle_id (&self->recheck_source, g_source_remove);
  if (out_verdict->recheck_ms > 0) {
    int64_t wait_ms = MAX (out_verdict->recheck_ms - signals.now_ms, 1);
    self->recheck_source = g_timeout_add ((guint) wait_ms, recheck_cb, self);
  }
}

void
shot_watch_forget (ShotWatch *self)
{
  shot_facts_clear (&self->facts);
  shot_facts_init (&self->facts);
  self->loaded_ms = 0;
  self->query_changed_ms = 0;
  self->bars_gone_ms = 0;
  self->channel_done_ms = 0;
  self->has_been_ready = false;
  self->is_dashboard_missing = false;
  self->has_dashboard = false;
  g_clear_pointer (&self->refused_uri, g_free);
  shot_activity_reset (self->activity);
  if (self->expression != NULL)
    shot_expression_stop (self->expression);
}

void
shot_watch_forget_facts (ShotWatch *self)
{
  shot_facts_clear (&self->facts);
  shot_facts_init (&self->facts);
  if (self->expression != NULL)
    shot_expression_start (self->expression);
}

bool
shot_watch_is_reported (ShotWatch *self)
{
  return self->facts.channel == SHOT_CHANNEL_DONE && !self->job->patience.ignores_reports;
}

void
shot_watch_fill_fetched (ShotWatch *self, ShotResult *result)
{
  shot_activity_fill_fetched (self->activity, result);
}

void
shot_watch_disturb (ShotWatch *self)
{
  self->disturbed_ms = shot_clock_now_ms ();
}

void
shot_watch_set_loaded (ShotWatch *self)
{
  self->loaded_ms = shot_clock_now_ms ();
}

const ShotFacts *
shot_watch_get_facts (ShotWatch *self)
{
  return &self->facts;
}

int64_t
shot_watch_get_heard_ms (ShotWatch *self)
{
  return self->heard_ms;
}

void
shot_watch_fill_trail (ShotWatch *self, ShotTrail *trail)
{
  trail->is_dashboard_missing = self->is_dashboard_missing;
  trail->refused_uri = self->refused_uri;
  trail->has_dashboard = self->has_dashboard;
}

ShotWatch *
shot_watch_new (WebKitWebView *view, const ShotJob *job, ShotWatchChanged changed_cb,
                ShotWatchTls tls_cb, void *user_data)
{
  static const ShotActivityEvents events = {
    .changed = activity_changed_cb,
    .answered = activity_answered_cb,
    .tls_failed = activity_tls_cb,
  };
  ShotWatch *self = g_new0 (ShotWatch, 1);

  self->view = view;
  self->job = job;
  self->changed_cb = changed_cb;
  self->tls_cb = tls_cb;
  self->user_data = user_data;
  shot_facts_init (&self->facts);
  self->activity = shot_activity_new (view, &events, self);
  if (job->wait_expression != NULL)
    self->expression = shot_expression_new (view, job->wait_expression, expression_changed_cb,
                                            self);
  g_signal_connect (webkit_web_view_get_user_content_manager (view),
                    "script-message-received::" SHOT_AGENT_HANDLER, G_CALLBACK (script_message_cb),
                    self);
  return self;
}

void
shot_watch_free (ShotWatch *self)
{
  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (webkit_web_view_get_user_content_manager (self->view),
                                        self);
  g_clear_handle_id (&self->recheck_source, g_source_remove);
  shot_expression_free (self->expression);
  shot_activity_free (self->activity);
  shot_facts_clear (&self->facts);
  g_free (self->refused_uri);
  g_free (self);
}

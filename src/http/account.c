#include "config.h"

#include "account.h"

#include <string.h>

#include "error.h"
#include "log.h"

#define MAX_LOGGED_BYTES 2048
#define MAX_FIELDS 16

void
shot_account_init (ShotAccount *self, const char *route)
{
  *self = (ShotAccount){ .route = route, .started_us = g_get_monotonic_time () };
}

void
shot_account_clear (ShotAccount *self)
{
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->target, g_free);
  shot_trace_clear (&self->trace);
}

void
shot_account_open (ShotAccount *self, ShotServer *server, const ShotJob *job)
{
  const ShotPictureWish *wish = job->pictures->pdata[0];

  self->id = g_strdup (job->id);
  self->target = g_strndup (job->uri, MAX_LOGGED_BYTES);
  self->encoding = shot_encoding_get_name (wish->encoding);
  self->kind = shot_picture_kind_get_name (wish->kind);
  shot_telemetry_begin_render (server->options.telemetry);
}

/* "/render?…" as it came, cut; the log masks what is secret in it. */
static char *
get_path (SoupServerMessage *message)
{
  g_autofree char *uri = g_uri_to_string_partial (soup_server_message_get_uri (message),
                                                  G_URI_HIDE_PASSWORD);
  const char      *path = strstr (uri, "://");

  path = path != NULL ? strchr (path + 3, '/') : NULL;
  return g_strndup (path != NULL ? path : uri, MAX_LOGGED_BYTES);
}

static void
write_line (const ShotAccount *self, SoupServerMessage *message, const ShotResult *result,
            const GError *error)
{
  const char      *method = soup_server_message_get_method (message);
  g_autofree char *path = get_path (message);
  g_autofree char *flags = shot_flags_to_string (result != NULL ? result->flags : 0);
  char             stages[SHOT_N_STAGES][32];
  ShotLogField     fields[MAX_FIELDS + SHOT_N_STAGES] = { 0 };
  unsigned         n = 0;

  fields[n++] = SHOT_LOG_TEXT_FIELD ("id", self->id != NULL ? self->id : "-");
  if (*self->trace.trace_id != '\0')
    fields[n++] = SHOT_LOG_TEXT_FIELD ("trace_id", self->trace.trace_id);
  fields[n++] = SHOT_LOG_TEXT_FIELD ("method", method);
  fields[n++] = SHOT_LOG_TEXT_FIELD ("path", path);
  /* A GET has it in its path. */
  if (self->target != NULL && g_str_equal (method, "POST"))
    fields[n++] = SHOT_LOG_TEXT_FIELD ("target", self->target);
  fields[n++] = SHOT_LOG_NUMBER_FIELD ("status", soup_server_message_get_status (message));
  fields[n++] = SHOT_LOG_NUMBER_FIELD ("ms", (g_get_monotonic_time () - self->started_us) / 1000);
  fields[n++] = SHOT_LOG_TEXT_FIELD (
      "outcome", error != NULL ? shot_error_get_name (shot_error_classify (error)) : "ok");
  for (int i = 0; result != NULL && i < SHOT_N_STAGES; i++) {
    g_snprintf (stages[i], sizeof stages[i], "%s_ms", shot_stage_get_name (i));
    fields[n++] = SHOT_LOG_NUMBER_FIELD (stages[i], result->stage_us[i] / 1000);
  }
  if (result != NULL)
    fields[n++] = SHOT_LOG_TEXT_FIELD ("by", shot_path_get_name (result->path));
  if (result != NULL && result->attempts > 1)
    fields[n++] = SHOT_LOG_NUMBER_FIELD ("attempts", result->attempts);
  if (*flags != '\0')
    fields[n++] = SHOT_LOG_TEXT_FIELD ("flags", flags);
  if (error != NULL)
    fields[n++] = SHOT_LOG_TEXT_FIELD ("error", error->message);
  shot_log_event (G_LOG_LEVEL_INFO, "render", fields);
}

/* How a page that was drawn had told that it was ready, in the official renderer's words. */
static const char *
get_mode (const ShotResult *result, const GError *error)
{
  if (result == NULL || error != NULL)
    return NULL;
  return result->is_reported ? "binding" : "legacy";
}

void
shot_account_close (ShotAccount *self, ShotServer *server, SoupServerMessage *message,
                    const ShotResult *result, const GError *error)
{
  const ShotTelemetryRender render = {
    .encoding = self->encoding,
    .kind = self->kind,
    .mode = get_mode (result, error),
    .result = result,
    .error = error,
    .duration_us = g_get_monotonic_time () - self->started_us,
  };

  if (!shot_server_is_silent (server, self->route))
    write_line (self, message, result, error);
  if (self->id != NULL)
    shot_telemetry_end_render (server->options.telemetry, &render);
  shot_server_observe (server, message, self->route, self->encoding, render.mode,
                       g_error_matches (error, SHOT_ERROR, SHOT_ERROR_CANCELLED), self->started_us);
}

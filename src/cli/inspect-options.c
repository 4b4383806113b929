#include "config.h"

#include "inspect-options.h"

#include <string.h>

#include "error.h"
#include "options.h"

#define TO_THE_MINUTE "2026-11-25T08:00"
#define MAX_QUEUE 128

gboolean
shot_inspect_read_now (const char *text, const ShotPlan *plan, int64_t *out_ms, GError **error)
{
  const char *name = plan->look.timezone;

  if (text == NULL)
    return TRUE;
  g_autoptr (GTimeZone) zone = name != NULL ? g_time_zone_new_identifier (name) : NULL;
  g_autoptr (GTimeZone) known = zone != NULL ? g_time_zone_ref (zone) : g_time_zone_new_local ();
  g_autofree char *whole = g_strconcat (text, strlen (text) == strlen (TO_THE_MINUTE) ? ":00" : "",
                                        NULL);
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (whole, known);
  if (time == NULL) {
    g_autofree char *shown = g_utf8_make_valid (text, (gssize) strnlen (text, 40));
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "--now \"%s\": want a time such as " TO_THE_MINUTE " or " TO_THE_MINUTE ":00Z",
                 shown);
    return FALSE;
  }
  *out_ms = g_date_time_to_unix (time) * 1000 + g_date_time_get_microsecond (time) / 1000;
  return TRUE;
}

ShotRenderers *
shot_inspect_make_remote (const char *const *addresses, const char *token_file, const char *ca_file,
                          GError **error)
{
  g_autoptr (GError)     cause = NULL;
  g_autofree char       *ca_pem = shot_options_read_ca ("--renderer-ca-file", ca_file, &cause);
  g_autoptr (ShotSecret) token = NULL;

  if (cause == NULL)
    token = shot_options_read_secret (token_file, "PANELSHOT_RENDERER_TOKEN", &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  return shot_renderers_new_remote (addresses, token, ca_pem, error);
}

ShotPool *
shot_inspect_make_pool (unsigned slots, gboolean is_verbose)
{
  g_autofree char      *argument = g_strdup_printf ("--slots=%u", slots);
  const char *const     arguments[] = { argument, NULL };
  const ShotPoolOptions options = {
    .max_jobs = slots,
    .max_queue = MAX_QUEUE,
    .log_level = is_verbose ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
    .engine_arguments = arguments,
  };

  return shot_pool_new (&options);
}

int
shot_inspect_fail (const GError *error)
{
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);
  int            status = 0;

  for (char **line = lines; *line != NULL; line++) {
    g_autoptr (GError) one = g_error_new_literal (error->domain, error->code, *line);
    status = shot_cli_fail (one);
  }
  return status;
}

#include "config.h"

#include "options.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "error.h"
#include "job.h"
#include "log.h"
#include "mask.h"

#define MAX_PEM_BYTES (16 * 1024)

int
shot_cli_fail (const GError *error)
{
  g_autofree char *masked = shot_mask_uri (error->message);

  g_strdelimit (masked, "\r\n", ' ');
  /* Not g_printerr(), which turns what the locale lacks into question marks. */
  fprintf (stderr, "panelshot: %s\n", masked);
  return shot_error_get_exit_status (shot_error_classify (error));
}

static gboolean
parse (const GOptionEntry *entries, const char *command, bool has_others, int *argc, char ***argv,
       GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError)         cause = NULL;

  /* GLib's own --help would leave through exit(). */
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_ignore_unknown_options (context, has_others);
  g_option_context_add_main_entries (context, entries, NULL);
  if (g_option_context_parse (context, argc, argv, &cause))
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "%s: see `panelshot %s --help`", cause->message,
               command);
  return FALSE;
}

gboolean
shot_options_parse (const GOptionEntry *entries, const char *command, int *argc, char ***argv,
                    GError **error)
{
  return parse (entries, command, false, argc, argv, error);
}

gboolean
shot_options_parse_some (const GOptionEntry *entries, const char *command, int *argc, char ***argv,
                         GError **error)
{
  return parse (entries, command, true, argc, argv, error);
}

static char *
describe_entry (const GOptionEntry *entry)
{
  g_autofree char *dash = entry->short_name != 0 ? g_strdup_printf ("-%c, ", entry->short_name)
                                                 : g_strdup ("    ");
  bool             has_argument = entry->arg_description != NULL;

  return g_strdup_printf ("  %s--%s%s%s", dash, entry->long_name, has_argument ? " " : "",
                          has_argument ? entry->arg_description : "");
}

void
shot_options_print_help (const GOptionEntry *entries, const char *usage, const char *tail)
{
  int width = 0;

  for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++) {
    g_autofree char *start = describe_entry (entry);
    width = MAX (width, (int) strlen (start));
  }
  g_print ("%s", usage);
  for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++) {
    g_autofree char *start = describe_entry (entry);
    g_print ("%-*s  %s\n", width, start, entry->description);
  }
  g_print ("%s", tail);
}

void
shot_options_hide (char **argv, const char *option)
{
  size_t length = strlen (option);

  for (char **at = argv; *at != NULL && !g_str_equal (*at, "--"); at++) {
    if (!g_str_has_prefix (*at, option))
      continue;
    char *value = NULL;
    if ((*at)[length] == '=')
      value = *at + length + 1;
    else if ((*at)[length] == '\0' && at[1] != NULL)
      value = *++at;
    if (value != NULL)
      memset (value, '*', strlen (value));
  }
}

static gboolean fail (const char *option, const char *text, GError **error, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
fail (const char *option, const char *text, GError **error, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *shown = g_utf8_make_valid (text, (gssize) strnlen (text, 40));

  va_start (arguments, format);
  g_autofree char *wanted = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "%s \"%s\": %s", option, shown, wanted);
  return FALSE;
}

gboolean
shot_options_read_int (const char *option, const char *text, int least, int most, int *out_value,
                       GError **error)
{
  gint64 value = 0;

  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_signed (text, 10, least, most, &value, NULL))
    return fail (option, text, error, "want a whole number from %d to %d", least, most);
  *out_value = (int) value;
  return TRUE;
}

gboolean
shot_options_read_double (const char *option, const char *text, double least, double most,
                          double *out_value, GError **error)
{
  char *end = NULL;

  if (text == NULL)
    return TRUE;

  double value = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || !(value >= least && value <= most))
    return fail (option, text, error, "want a number from %g to %g", least, most);
  *out_value = value;
  return TRUE;
}

gboolean
shot_options_read_duration (const char *option, const char *text, int64_t *out_ms, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (text == NULL || shot_duration_parse (text, SHOT_JOB_MAX_TIMEOUT_MS, out_ms, &cause))
    return TRUE;
  return fail (option, text, error, "%s", cause->message);
}

gboolean
shot_options_read_level (const char *text, GLogLevelFlags *out_level, GError **error)
{
  if (text == NULL || shot_log_level_from_string (text, out_level))
    return TRUE;
  return fail ("--log-level", text, error, "want debug, info, message, warning or error");
}

/* The rules for what files hold are the job's. */
static ShotJob *
make_job (void)
{
  ShotJob *job = shot_job_new ("http://localhost/");

  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  return job;
}

char *
shot_options_read_ca (const char *name, const char *path, GError **error)
{
  g_autofree char   *text = NULL;
  g_autoptr (GError) cause = NULL;

  if (path == NULL)
    return NULL;
  if (!g_file_get_contents (path, &text, NULL, &cause)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "%s: %s: name a PEM file that this user may read", name, cause->message);
    return NULL;
  }

  g_autoptr (ShotJob) job = make_job ();
  job->ca_pem = g_steal_pointer (&text);
  if (!shot_job_check (job, error)) {
    g_prefix_error (error, "%s: ", name);
    return NULL;
  }
  return g_steal_pointer (&job->ca_pem);
}

/* @pem has room for it already: growing would leave a copy of a key behind. */
static gboolean
append_pem (GString *pem, const char *path, GError **error)
{
  g_autofree char   *text = NULL;
  g_autoptr (GError) cause = NULL;
  size_t             length = 0;

  if (!g_file_get_contents (path, &text, &length, &cause)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "%s: name a PEM file that this user may read",
                 cause->message);
    return FALSE;
  }
  bool is_fitting = length <= MAX_PEM_BYTES;
  if (is_fitting) {
    g_string_append_len (pem, text, (gssize) length);
    g_string_append_c (pem, '\n');
  } else {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "%s is larger than %d KiB: give the certificate and its key alone", path,
                 MAX_PEM_BYTES / 1024);
  }
  explicit_bzero (text, length);
  return is_fitting;
}

ShotSecret *
shot_options_read_pair (const char *name, const char *certificate_path, const char *key_path,
                        GError **error)
{
  g_autoptr (GString) pem = g_string_sized_new (2 * (MAX_PEM_BYTES + 1));
  g_autoptr (ShotJob) job = make_job ();

  if (append_pem (pem, certificate_path, error) &&
      (key_path == NULL || append_pem (pem, key_path, error)))
    job->client_pem = shot_secret_new (pem->str);
  explicit_bzero (pem->str, pem->len);
  if (job->client_pem != NULL && shot_job_check (job, error))
    return shot_secret_ref (job->client_pem);
  g_prefix_error (error, "%s: ", name);
  return NULL;
}

ShotSecret *
shot_options_read_secret (const char *file, const char *name, GError **error)
{
  const char *text = g_getenv (name);

  if (file != NULL)
    return shot_secret_read_file (file, error);
  return text != NULL && *text != '\0' ? shot_secret_new (text) : NULL;
}

#include "config.h"

#include <json-glib/json-glib.h>
#include <signal.h>
#include <stdio.h>

#include "check-report.h"
#include "commands.h"
#include "errand.h"
#include "error.h"
#include "inspect-options.h"
#include "log.h"
#include "options.h"
#include "run.h"

typedef struct {
  char    *now;
  char   **only;
  char   **renderers;
  char    *renderer_token_file;
  char    *renderer_ca_file;
  gboolean json;
  gboolean verbose;
  gboolean help;
} Options;

typedef struct {
  ShotErrand      errand;
  ShotPool       *pool;       /* (owned) (nullable): not with --renderer */
  ShotRenderers  *renderers;  /* (owned) (nullable) */
  ShotInspection *inspection; /* (owned) (nullable) */
  GPtrArray      *visits;     /* (owned) (nullable) */
  GError         *error;      /* (owned) (nullable) */
} Check;

static const char usage[] =
    "Usage: panelshot inspect check PLAN [OPTIONS]\n"
    "Says what the plan would capture, and captures nothing. Grafana is asked for its\n"
    "dashboards; for values of variables that only a page knows, one is opened.\n\n";

static const char tail[] =
    "\nAll mistakes are told at once, with their lines.\n"
    "Exit status: 0 the plan can be run, 2 it cannot; else what went wrong.\n";

static void
options_clear (Options *options)
{
  g_free (options->now);
  g_strfreev (options->only);
  g_strfreev (options->renderers);
  g_free (options->renderer_token_file);
  g_free (options->renderer_ca_file);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
check_clear (Check *check)
{
  g_clear_pointer (&check->visits, g_ptr_array_unref);
  shot_inspection_free (check->inspection);
  shot_renderers_free (check->renderers);
  shot_errand_end_pool (&check->errand, check->pool);
  g_clear_error (&check->error);
  shot_errand_clear (&check->errand);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Check, check_clear)

static void
checked_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Check *check = user_data;

  check->visits = shot_inspection_check_finish (check->inspection, result, &check->error);
  shot_errand_done (&check->errand);
}

static gboolean
make_renderers (Check *check, const Options *options, GError **error)
{
  if (options->renderers != NULL) {
    check->renderers = shot_inspect_make_remote ((const char *const *) options->renderers,
                                                 options->renderer_token_file,
                                                 options->renderer_ca_file, error);
  } else {
    check->pool = shot_inspect_make_pool (1, options->verbose);
    check->renderers = shot_renderers_new_local (check->pool);
  }
  return check->renderers != NULL;
}

/* @plan: (transfer full) */
static gboolean
find_visits (Check *check, const Options *options, ShotPlan *plan, int64_t now_ms, GError **error)
{
  ShotInspectionOptions settings = {
    .trigger = "cli",
    .started_by = "",
    .now_ms = now_ms,
    .only = (const char *const *) options->only,
  };

  shot_errand_init (&check->errand);
  shot_errand_catch_signals (&check->errand, SHOT_ERRAND_WAITS);
  if (!make_renderers (check, options, error)) {
    shot_plan_free (plan);
    return FALSE;
  }
  settings.renderers = check->renderers;
  check->inspection = shot_inspection_new (plan, &settings);
  shot_inspection_check_async (check->inspection, check->errand.cancellable, checked_cb, check);
  shot_errand_wait (&check->errand);
  if (check->visits == NULL)
    g_propagate_error (error, g_steal_pointer (&check->error));
  return check->visits != NULL;
}

static int
fail (const Options *options, const GError *error)
{
  if (options->json) {
    g_autoptr (JsonObject) root = json_object_new ();
    JsonObject            *object = json_object_new ();
    JsonArray             *problems = json_array_new ();
    g_auto (GStrv)         lines = g_strsplit (error->message, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
      json_array_add_string_element (problems, *line);
    json_object_set_string_member (object, "code",
                                   shot_error_get_name (shot_error_classify (error)));
    json_object_set_array_member (object, "problems", problems);
    json_object_set_object_member (root, "error", object);
    g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), root);
    g_autofree char     *text = json_to_string (node, TRUE);
    printf ("%s\n", text);
  }
  return shot_inspect_fail (error);
}

static int
check_plan (const Options *options, const char *path)
{
  g_auto (Check)       check = { 0 };
  g_autoptr (GError)   error = NULL;
  int64_t              now_ms = g_get_real_time () / 1000;
  g_autoptr (ShotPlan) read = shot_plan_read (path, &error);

  if (read == NULL || !shot_inspect_read_now (options->now, read, &now_ms, &error))
    return fail (options, error);
  const ShotPlan *plan = read; /* the inspection's from here on */
  if (!find_visits (&check, options, g_steal_pointer (&read), now_ms, &error))
    return fail (options, error);

  g_autoptr (GPtrArray) notes = shot_check_report_list_notes (plan, check.visits);
  g_autofree char      *text = options->json
                                   ? shot_check_report_make_json (plan, check.visits, now_ms, notes)
                                   : shot_check_report_make_text (plan, check.visits, now_ms);
  fputs (text, stdout);
  if (options->json)
    fputc ('\n', stdout);
  for (unsigned i = 0; i < notes->len; i++)
    fprintf (stderr, "panelshot: note: %s\n", (char *) notes->pdata[i]);
  return 0;
}

int
shot_command_inspect_check (int argc, char **argv)
{
  g_auto (Options)   options = { 0 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "now", 0, 0, G_OPTION_ARG_STRING, &options.now, "ranges count from it, as 2026-11-25T08:00",
      "TIME" },
    { "only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.only,
      "dashboard=UID, panel=TITLE, range=LABEL", "WHAT" },
    { "renderer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.renderers,
      "a panelshot server that opens pages", "URL" },
    { "renderer-token-file", 0, 0, G_OPTION_ARG_FILENAME, &options.renderer_token_file,
      "its X-Auth-Token (PANELSHOT_RENDERER_TOKEN)", "FILE" },
    { "renderer-ca-file", 0, 0, G_OPTION_ARG_FILENAME, &options.renderer_ca_file,
      "authorities that its certificate may be of", "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, "tell it as JSON", NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options.verbose, "log what is done", NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &options.help, "this text", NULL },
    { 0 },
  };

  if (!shot_options_parse (entries, "inspect check", &argc, &argv, &error))
    return shot_cli_fail (error);
  if (options.help) {
    shot_options_print_help (entries, usage, tail);
    return 0;
  }
  if (argc != 2) {
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                         "check wants one plan: see `panelshot inspect check --help`");
    return shot_cli_fail (error);
  }
  shot_log_init (options.verbose ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_WARNING, NULL);
  signal (SIGPIPE, SIG_IGN);
  return check_plan (&options, argv[1]);
}

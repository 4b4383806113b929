#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "errand.h"
#include "error.h"
#include "first-plan.h"
#include "grafana.h"
#include "options.h"
#include "output.h"
#include "plan-resources.h"

#define DEFAULT_OUTPUT "plan.yaml"
#define N_AT_ONCE 4
#define MAX_LOOKED_AT 500 /* dashboards beyond are listed without their panels */

typedef struct {
  char    *grafana;
  char    *token_file;
  char    *ca_file;
  char    *org_id;
  char    *output;
  gboolean force;
  gboolean sample;
  gboolean help;
} Options;

typedef enum {
  INIT_SEARCHING,
  INIT_READING,
  INIT_DONE
} InitState;

typedef struct {
  InitState       state;
  ShotGrafana    *grafana; /* (owned) */
  ShotErrand      errand;
  GPtrArray      *found;      /* (owned) (nullable) */
  ShotDashboard **dashboards; /* (owned): as @found; NULL where none could be read */
  unsigned        n_to_read;
  unsigned        n_asked;
  unsigned        n_pending;
  unsigned        n_unreadable;
  GError         *unreadable; /* (owned) (nullable): the first */
  GError         *error;      /* (owned) (nullable) */
} Init;

/* One dashboard that has been asked for. */
typedef struct {
  Init    *init;
  unsigned i;
} Question;

static const char usage[] =
    "Usage: panelshot inspect init ADDRESS [-o FILE] [OPTIONS]\n"
    "Asks a Grafana for its dashboards and writes a first plan, with comments.\n\n";

static const char tail[] =
    "\nThe token is a service account's, role Viewer; PANELSHOT_TOKEN may hold it too.\n"
    "Example: panelshot inspect init https://grafana.example --token-file token\n";

static void
options_clear (Options *options)
{
  g_free (options->grafana);
  g_free (options->token_file);
  g_free (options->ca_file);
  g_free (options->org_id);
  g_free (options->output);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
init_clear (Init *init)
{
  for (unsigned i = 0; init->dashboards != NULL && i < init->found->len; i++)
    shot_dashboard_free (init->dashboards[i]);
  g_free (init->dashboards);
  g_clear_pointer (&init->found, g_ptr_array_unref);
  g_clear_error (&init->unreadable);
  g_clear_error (&init->error);
  shot_errand_clear (&init->errand);
  shot_grafana_free (init->grafana);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Init, init_clear)

static void advance (Init *init);

static void
found_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Init *init = user_data;

  init->found = shot_grafana_search_finish (init->grafana, result, &init->error);
  if (init->found == NULL) {
    init->state = INIT_DONE;
  } else {
    init->dashboards = g_new0 (ShotDashboard *, init->found->len);
    init->n_to_read = MIN (init->found->len, MAX_LOOKED_AT);
    init->state = INIT_READING;
  }
  advance (init);
}

/* One that may not be read does not keep the others from being in the plan; a Grafana that is gone
 * does. */
static void
read_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autofree Question *question = user_data;
  Init                *init = question->init;
  g_autoptr (GError)   error = NULL;

  init->n_pending--;
  init->dashboards[question->i] = shot_grafana_get_dashboard_finish (init->grafana, result, &error);
  if (error != NULL) {
    init->n_unreadable++;
    if (init->unreadable == NULL)
      init->unreadable = g_error_copy (error);
    if (init->error == NULL && !g_error_matches (error, SHOT_ERROR, SHOT_ERROR_REFUSED) &&
        !g_error_matches (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND) &&
        !g_error_matches (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT)) {
      init->error = g_steal_pointer (&error);
      g_cancellable_cancel (init->errand.cancellable);
    }
  }
  advance (init);
}

static void
read_more (Init *init)
{
  while (init->n_pending < N_AT_ONCE && init->n_asked < init->n_to_read && init->error == NULL) {
    const ShotFoundDashboard *found = init->found->pdata[init->n_asked];
    Question                 *question = g_new0 (Question, 1);
    question->init = init;
    question->i = init->n_asked++;
    init->n_pending++;
    shot_grafana_get_dashboard_async (init->grafana, found->uid, init->errand.cancellable, read_cb,
                                      question);
  }
  if (init->n_pending == 0)
    init->state = INIT_DONE;
}

static void
advance (Init *init)
{
  switch (init->state) {
  case INIT_SEARCHING:
    shot_grafana_search_async (init->grafana, init->errand.cancellable, found_cb, init);
    return;
  case INIT_READING:
    read_more (init);
    break;
  case INIT_DONE:
  default:
    break;
  }
  if (init->state == INIT_DONE)
    shot_errand_done (&init->errand);
}

static gboolean
ask (Init *init, GError **error)
{
  shot_errand_init (&init->errand);
  shot_errand_catch_signals (&init->errand, SHOT_ERRAND_WAITS);
  advance (init);
  shot_errand_wait (&init->errand);
  shot_errand_release_signals (&init->errand);
  if (init->error != NULL) {
    g_propagate_error (error, g_steal_pointer (&init->error));
    return FALSE;
  }
  if (init->found->len > 0)
    return TRUE;
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND,
                       "Grafana shows no dashboard to whom asks: give a token with the right "
                       "dashboards:read (a service account of role Viewer)");
  return FALSE;
}

/* As it is to stand in a plan that lies at @output: beside it, its name; else the whole path. */
static char *
make_path (const char *path, const char *output)
{
  if (path == NULL)
    return NULL;
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  g_autofree char *plan = g_canonicalize_filename (output, NULL);
  g_autofree char *folder = g_path_get_dirname (whole);
  g_autofree char *plan_folder = g_path_get_dirname (plan);

  return strcmp (folder, plan_folder) == 0 && !g_str_equal (output, "-")
             ? g_path_get_basename (whole)
             : g_steal_pointer (&whole);
}

static char *
make_text (const Init *init, const Options *options, const char *output, unsigned *out_n_active)
{
  g_autofree ShotFirstPlanEntry *entries = g_new0 (ShotFirstPlanEntry, init->found->len);
  g_autofree char               *token_file = make_path (options->token_file, output);
  g_autofree char               *ca_file = make_path (options->ca_file, output);
  ShotFirstPlanFacts             facts = {
                options->grafana, token_file, ca_file, 0, entries, init->found->len
  };

  if (options->org_id != NULL)
    facts.org_id = (int) g_ascii_strtoll (options->org_id, NULL, 10);
  for (unsigned i = 0; i < init->found->len; i++)
    entries[i] = (ShotFirstPlanEntry){ init->found->pdata[i], init->dashboards[i] };
  return shot_first_plan_make (&facts, out_n_active);
}

static void
tell (const Init *init, const char *output, bool is_stdout, unsigned n_active)
{
  if (init->n_unreadable > 0)
    fprintf (stderr, "panelshot: %u of %u dashboards could not be read: %s\n", init->n_unreadable,
             init->found->len, init->unreadable->message);
  fprintf (stderr, "panelshot: %u of %u dashboards are in %s", n_active, init->found->len,
           is_stdout ? "the plan\n" : output);
  if (!is_stdout)
    fprintf (stderr, "; next: panelshot inspect check %s\n", output);
}

static gboolean
init_plan (const Options *options, GError **error)
{
  const char            *path = options->output != NULL ? options->output : DEFAULT_OUTPUT;
  bool                   is_stdout = g_str_equal (path, "-");
  int                    org_id = 0;
  unsigned               n_active = 0;
  g_auto (Init)          init = { 0 };
  g_autoptr (ShotSecret) token = NULL;

  if (!is_stdout && !options->force && g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "\"%s\" is there already: give -o another name, or --force", path);
    return FALSE;
  }
  g_autoptr (ShotOutput) output = shot_output_new (path, true, error);
  if (output == NULL ||
      !shot_options_read_int ("--org-id", options->org_id, 1, G_MAXINT, &org_id, error))
    return FALSE;

  g_autoptr (GError) cause = NULL;
  g_autofree char   *ca_pem = shot_options_read_ca ("--ca-file", options->ca_file, &cause);
  if (cause == NULL)
    token = shot_options_read_secret (options->token_file, "PANELSHOT_TOKEN", &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  init.grafana = shot_grafana_new (options->grafana, token, ca_pem, org_id);
  if (!ask (&init, error))
    return FALSE;

  g_autofree char   *text = make_text (&init, options, path, &n_active);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  if (!shot_output_write (output, bytes, error))
    return FALSE;
  tell (&init, path, is_stdout, n_active);
  return TRUE;
}

int
shot_command_inspect_init (int argc, char **argv)
{
  g_auto (Options)   options = { 0 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "grafana", 0, 0, G_OPTION_ARG_STRING, &options.grafana, "the same as ADDRESS", "URL" },
    { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &options.token_file, "what to sign in with",
      "FILE" },
    { "ca-file", 0, 0, G_OPTION_ARG_FILENAME, &options.ca_file, "PEM of your own authorities",
      "FILE" },
    { "org-id", 0, 0, G_OPTION_ARG_STRING, &options.org_id, "another organisation than the token's",
      "N" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
      "the plan (" DEFAULT_OUTPUT "); - is stdout", "FILE" },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options.force, "even if the file is there", NULL },
    { "sample", 0, 0, G_OPTION_ARG_NONE, &options.sample,
      "print all that a plan may say, explained", NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &options.help, "this text", NULL },
    { 0 },
  };

  if (!shot_options_parse (entries, "inspect init", &argc, &argv, &error))
    return shot_cli_fail (error);
  if (options.help) {
    shot_options_print_help (entries, usage, tail);
    return 0;
  }
  if (options.sample) {
    g_autoptr (GBytes) bytes = g_resource_lookup_data (shot_plan_get_resource (),
                                                       "/panelshot/plan/plan.yaml",
                                                       G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    fwrite (g_bytes_get_data (bytes, NULL), 1, g_bytes_get_size (bytes), stdout);
    return 0;
  }
  if (argc == 2 && options.grafana == NULL) {
    options.grafana = g_strdup (argv[1]);
    argc = 1;
  }
  if (argc != 1 || options.grafana == NULL)
    error = g_error_new (
        SHOT_ERROR, SHOT_ERROR_USAGE,
        "init wants one address of a Grafana: see `panelshot inspect init --help`");
  else
    init_plan (&options, &error);
  return error != NULL ? shot_cli_fail (error) : 0;
}

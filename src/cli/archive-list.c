#include "config.h"

#include <stdio.h>

#include "archive-common.h"
#include "commands.h"
#include "error.h"
#include "options.h"
#include "plain.h"

#define MAX_CELLS 5000

static JsonObject *
summary_to_json (const ShotArchiveSummary *summary)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "runs", summary->n_runs);
  json_object_set_int_member (object, "cells", summary->n_cells);
  json_object_set_int_member (object, "objects", summary->n_objects);
  json_object_set_int_member (object, "bytes", summary->n_bytes);
  json_object_set_int_member (object, "databaseBytes", summary->n_database_bytes);
  if (summary->head != NULL)
    json_object_set_string_member (object, "chainHead", summary->head);
  else
    json_object_set_null_member (object, "chainHead");
  return object;
}

static void
print_run (const ShotRun *run)
{
  g_autofree char *started = shot_archive_command_show_time (run->started_ms);
  g_autofree char *name = shot_archive_command_show_text (run->name, 36);
  unsigned         n_confirmed = run->n_cells - run->n_verdicts[SHOT_VERDICT_NONE];
  const char *state = run->is_interrupted ? "interrupted" : shot_run_state_get_name (run->state);

  printf ("%-36s  %-11s  %s  %6u %6u %6u %6u %6u\n", name, state, started, run->n_cells,
          run->n_failed, run->n_flagged, run->n_verdicts[SHOT_VERDICT_ABNORMAL], n_confirmed);
}

static void
print_summary (const ShotArchiveSummary *summary)
{
  g_autofree char *files = g_format_size ((guint64) summary->n_bytes);
  g_autofree char *database = g_format_size ((guint64) summary->n_database_bytes);

  printf ("%" G_GINT64_FORMAT " runs, %" G_GINT64_FORMAT " cells, %" G_GINT64_FORMAT
          " files of %s, database %s\n",
          summary->n_runs, summary->n_cells, summary->n_objects, files, database);
  if (summary->head != NULL)
    printf ("head of the chain of signed runs: %s\n", summary->head);
}

static void
print_list (const GPtrArray *runs, const ShotArchiveSummary *summary)
{
  if (runs->len > 0)
    printf ("%-36s  %-11s  %-16s  %6s %6s %6s %6s %6s\n", "RUN", "STATE", "STARTED", "CELLS",
            "FAILED", "FLAGS", "ABNORM", "JUDGED");
  for (unsigned i = 0; i < runs->len; i++)
    print_run (runs->pdata[i]);
  print_summary (summary);
}

static void
print_list_json (const GPtrArray *runs, const ShotArchiveSummary *summary)
{
  JsonObject *root = json_object_new ();
  JsonArray  *array = json_array_new ();

  for (unsigned i = 0; i < runs->len; i++)
    json_array_add_object_element (array, shot_run_to_json (runs->pdata[i], false));
  json_object_set_array_member (root, "runs", array);
  json_object_set_object_member (root, "archive", summary_to_json (summary));
  shot_archive_command_print_json (root);
}

static gboolean
list (const ShotArchiveCommand *command, const ShotRunFilter *filter, GError **error)
{
  g_autoptr (ShotArchive) archive = shot_archive_command_open (command, SHOT_ARCHIVE_READ, error);
  g_autoptr (GPtrArray)   runs = NULL;
  ShotArchiveSummary      summary = { 0 };

  if (archive == NULL || (runs = shot_archive_list_runs (archive, filter, error)) == NULL ||
      !shot_archive_get_summary (archive, &summary, error))
    return FALSE;
  if (command->json)
    print_list_json (runs, &summary);
  else
    print_list (runs, &summary);
  g_free (summary.head);
  return TRUE;
}

int
shot_command_archive_list (int argc, char **argv)
{
  g_auto (ShotArchiveCommand) command = { 0 };
  g_autoptr (GError)          error = NULL;
  g_autofree char            *plan = NULL;
  g_autofree char            *state = NULL;
  ShotRunState                wanted = SHOT_RUN_RUNNING;
  int                         limit = 50;
  const GOptionEntry          entries[] = {
             { "plan", 0, 0, G_OPTION_ARG_STRING, &plan, "only this plan's", "NAME" },
             { "state", 0, 0, G_OPTION_ARG_STRING, &state, "only running, done or signed ones", "STATE" },
             { "limit", 'n', 0, G_OPTION_ARG_INT, &limit, "at most so many, 50 by default", "N" },
             SHOT_ARCHIVE_COMMAND_ENTRIES (command),
             { 0 },
  };
  int status = shot_archive_command_parse (&command, entries,
                                           "Usage: panelshot archive list [OPTIONS]\n\n", "", 0, 0,
                                           &argc, &argv);

  if (status >= 0)
    return status;
  if (state != NULL && !shot_run_state_from_name (state, &wanted))
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                         "--state \"%.40s\": want running, done or signed", state);
  else if (limit < 1 || limit > 1000)
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE, "--limit: want a number from 1 to 1000");
  if (error != NULL)
    return shot_cli_fail (error);

  ShotRunFilter filter = { .plan = plan, .state = state != NULL ? (int) wanted : -1 };
  filter.limit = (unsigned) limit;
  return list (&command, &filter, &error) ? 0 : shot_cli_fail (error);
}

static void
print_fact (const char *name, const char *value)
{
  g_autofree char *shown = value != NULL ? shot_archive_command_show_text (value, 0) : NULL;

  if (shown != NULL && *shown != '\0')
    printf ("%-10s %s\n", name, shown);
}

static void
print_facts (const ShotRun *run, int64_t n_files, int64_t n_bytes)
{
  g_autofree char *now = shot_archive_command_show_time (run->now_ms);
  g_autofree char *started = shot_archive_command_show_time (run->started_ms);
  g_autofree char *finished = shot_archive_command_show_time (run->finished_ms);
  g_autofree char *due = shot_archive_command_show_time (run->due_ms);
  g_autofree char *signed_at = shot_archive_command_show_time (run->signed_ms);
  g_autofree char *size = g_format_size ((guint64) n_bytes);

  print_fact ("run", run->name);
  print_fact ("plan", run->title);
  print_fact ("state", run->is_interrupted ? "interrupted" : shot_run_state_get_name (run->state));
  print_fact ("failure", run->failure);
  print_fact ("grafana", run->grafana);
  print_fact ("now", now);
  printf ("%-10s %s to %s\n", "captured", started, finished);
  print_fact ("due", due);
  print_fact ("reviewers", run->reviewers);
  printf ("%-10s %u: %u pending, %u failed, %u flagged, %u changed\n", "cells", run->n_cells,
          run->n_pending, run->n_failed, run->n_flagged, run->n_changed);
  printf ("%-10s %u ok, %u abnormal, %u ignored, %u open\n", "verdicts",
          run->n_verdicts[SHOT_VERDICT_OK], run->n_verdicts[SHOT_VERDICT_ABNORMAL],
          run->n_verdicts[SHOT_VERDICT_IGNORED], run->n_verdicts[SHOT_VERDICT_NONE]);
  printf ("%-10s %" G_GINT64_FORMAT " of %s\n", "files", n_files, size);
  if (run->state != SHOT_RUN_SIGNED)
    return;
  print_fact ("signed by", run->signed_by);
  print_fact ("signed at", signed_at);
  print_fact ("comment", run->sign_comment);
  print_fact ("head", run->head);
}

static char *
list_flags (const ShotCell *cell)
{
  GString *text = g_string_new (
      cell->state == SHOT_CELL_CAPTURED ? "" : shot_cell_state_get_name (cell->state));

  for (unsigned i = 0; i < SHOT_N_CELL_FLAGS; i++) {
    if (cell->flags & 1u << i)
      g_string_append_printf (text, "%s%s", text->len > 0 ? "," : "",
                              shot_cell_flag_get_name (1u << i));
  }
  return g_string_free (text, FALSE);
}

static void
print_cell (const ShotCell *cell)
{
  g_autofree char    *where = g_strdup_printf ("%s / %s", cell->dashboard_title, cell->panel_title);
  g_autofree char    *place = shot_archive_command_show_text (where, 44);
  g_autofree char    *range = shot_archive_command_show_text (cell->range, 16);
  g_autofree char    *flags = list_flags (cell);
  const char         *why = cell->failure != NULL        ? cell->failure
                            : *cell->flag_detail != '\0' ? cell->flag_detail
                                                         : cell->reason;
  g_autofree char    *detail = shot_archive_command_show_text (why, 80);
  g_autoptr (GString) line = g_string_new (NULL);

  g_string_append_printf (line, "%8" G_GINT64_FORMAT "  %-8s  ", cell->id,
                          shot_verdict_get_name (cell->verdict.kind));
  shot_plain_append (line, place, 46);
  shot_plain_append (line, range, 18);
  g_string_append_printf (line, "%s  %s", flags, detail);
  puts (g_strchomp (line->str));
}

static gboolean
show_text (ShotArchive *archive, const ShotRun *run, const GPtrArray *cells, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char   *pruned = shot_archive_describe_pruning (archive, run->id, &cause);
  int64_t            n_files = 0;
  int64_t            n_bytes = 0;

  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  if (!shot_archive_measure_run (archive, run->id, &n_files, &n_bytes, error))
    return FALSE;
  print_facts (run, n_files, n_bytes);
  print_fact ("pruned", pruned);
  if (cells->len > 0)
    printf ("\n%8s  %-8s  %-44s  %-16s  %s\n", "CELL", "VERDICT", "DASHBOARD / PANEL", "RANGE",
            "FLAGS");
  for (unsigned i = 0; i < cells->len; i++)
    print_cell (cells->pdata[i]);
  return TRUE;
}

static void
show_json (const ShotRun *run, const GPtrArray *cells)
{
  JsonObject *root = shot_run_to_json (run, true);
  JsonArray  *array = json_array_new ();

  for (unsigned i = 0; i < cells->len; i++)
    json_array_add_object_element (array, shot_cell_to_json (cells->pdata[i], true));
  json_object_set_array_member (root, "cellList", array);
  shot_archive_command_print_json (root);
}

/* All pages of them. */
static GPtrArray *
list_cells (ShotArchive *archive, int64_t run_id, bool is_all, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  ShotCellFilter filter = { .run_id = run_id, .limit = MAX_CELLS, .is_worst_first = !is_all };
  unsigned       n = MAX_CELLS;

  filter.filter = is_all ? 0 : SHOT_CELLS_FLAGGED;
  while (n == MAX_CELLS) {
    g_autoptr (GPtrArray) page = shot_archive_list_cells (archive, &filter, NULL, error);
    if (page == NULL)
      return NULL;
    n = page->len;
    filter.offset += n;
    g_ptr_array_extend_and_steal (all, g_steal_pointer (&page));
  }
  return g_steal_pointer (&all);
}

static gboolean
show (const ShotArchiveCommand *command, const char *name, bool is_all, GError **error)
{
  g_autoptr (ShotArchive) archive = shot_archive_command_open (command, SHOT_ARCHIVE_READ, error);
  g_autoptr (ShotRun)   run = archive != NULL ? shot_archive_find_run (archive, name, error) : NULL;
  g_autoptr (GPtrArray) cells = NULL;

  if (run == NULL || (cells = list_cells (archive, run->id, is_all, error)) == NULL)
    return FALSE;
  if (!command->json)
    return show_text (archive, run, cells, error);
  show_json (run, cells);
  return TRUE;
}

int
shot_command_archive_show (int argc, char **argv)
{
  g_auto (ShotArchiveCommand) command = { 0 };
  g_autoptr (GError)          error = NULL;
  int                         is_all = FALSE;
  const GOptionEntry          entries[] = {
             { "cells", 0, 0, G_OPTION_ARG_NONE, &is_all, "all cells, not only what is flagged or failed",
               NULL },
             SHOT_ARCHIVE_COMMAND_ENTRIES (command),
             { 0 },
  };
  int status = shot_archive_command_parse (&command, entries,
                                           "Usage: panelshot archive show [OPTIONS] RUN\n\n", "", 1,
                                           1, &argc, &argv);

  if (status >= 0)
    return status;
  return show (&command, argv[1], is_all, &error) ? 0 : shot_cli_fail (error);
}

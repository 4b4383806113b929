#include "config.h"

#include "report-markdown.h"

#include <string.h>

#include "change.h"

#define MAX_TITLE 200 /* characters */

/* Inside a paragraph or a cell of a table: nothing of it may be markup, HTML or an end of line. */
static void
append_escaped (GString *text, const char *raw)
{
  unsigned n = 0;

  for (const char *at = raw != NULL ? raw : ""; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar character = g_utf8_get_char (at);
    if (character == '<')
      g_string_append (text, "&lt;");
    else if (character == '>')
      g_string_append (text, "&gt;");
    else if (character == '&')
      g_string_append (text, "&amp;");
    else if (g_unichar_iscntrl (character))
      g_string_append_c (text, ' ');
    else if (character < 128 && strchr ("\\`*_{}[]()#+-!|~", (int) character) != NULL)
      g_string_append_printf (text, "\\%c", (int) character);
    else
      g_string_append_unichar (text, character);
    if (++n == MAX_TITLE && *g_utf8_next_char (at) != '\0') {
      g_string_append (text, "…");
      return;
    }
  }
}

/* Each line quoted. */
static void
append_note (GString *text, const char *note)
{
  g_auto (GStrv) lines = g_strsplit (note, "\n", -1);

  for (char **line = lines; *line != NULL; line++) {
    g_string_append (text, "> ");
    /* A note is as long as it is: in pieces that the limit of titles does not cut. */
    for (const char *at = *line; *at != '\0';) {
      size_t           n = (size_t) MIN (g_utf8_strlen (at, -1), MAX_TITLE);
      const char      *end = g_utf8_offset_to_pointer (at, (long) n);
      g_autofree char *piece = g_strndup (at, (size_t) (end - at));
      append_escaped (text, piece);
      at = end;
    }
    g_string_append (text, "\n");
  }
  g_string_append_c (text, '\n');
}

static void
append_fact (GString *text, const char *name, const char *value)
{
  if (value == NULL || *value == '\0')
    return;
  g_string_append_printf (text, "- **%s:** ", name);
  append_escaped (text, value);
  g_string_append_c (text, '\n');
}

/* "33 Pictures expected; …", "应截图数 33；…" */
static char *
describe_counts (const ShotRun *run, ShotLanguage language)
{
  const struct {
    unsigned    n;
    const char *word;
  } counts[] = {
    { run->n_cells, shot_word (language, SHOT_WORD_CELLS) },
    { run->n_verdicts[SHOT_VERDICT_ABNORMAL], shot_word_verdict (language, SHOT_VERDICT_ABNORMAL) },
    { run->n_verdicts[SHOT_VERDICT_OK], shot_word_verdict (language, SHOT_VERDICT_OK) },
    { run->n_verdicts[SHOT_VERDICT_IGNORED], shot_word_verdict (language, SHOT_VERDICT_IGNORED) },
    { run->n_verdicts[SHOT_VERDICT_NONE], shot_word (language, SHOT_WORD_OPEN) },
  };
  g_autoptr (GString) text = g_string_new (NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (counts); i++) {
    if (language == SHOT_LANGUAGE_CHINESE)
      g_string_append_printf (text, "%s%s %u", i > 0 ? "；" : "", counts[i].word, counts[i].n);
    else
      g_string_append_printf (text, "%s%u %s", i > 0 ? "; " : "", counts[i].n, counts[i].word);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
append_head (GString *text, const ShotReportModel *model, ShotLanguage language)
{
  const ShotRun   *run = model->run;
  g_autofree char *now = shot_report_format_time (run->now_ms, model->zone);
  g_autofree char *due = shot_report_format_time (run->due_ms, model->zone);
  g_autofree char *signed_at = shot_report_format_time (run->signed_ms, model->zone);
  g_autofree char *counts = describe_counts (run, language);

  g_string_append_printf (text, "# %s: ", shot_word (language, SHOT_WORD_REPORT));
  append_escaped (text, run->title);
  g_string_append (text, "\n\n");
  append_fact (text, shot_word (language, SHOT_WORD_COUNTS), counts);
  append_fact (text, shot_word (language, SHOT_WORD_RUN_FAILURE), run->failure);
  append_fact (text, shot_word (language, SHOT_WORD_NOW), now);
  append_fact (text, shot_word (language, SHOT_WORD_PLAN), run->plan);
  append_fact (text, shot_word (language, SHOT_WORD_RUN), run->name);
  append_fact (text, shot_word (language, SHOT_WORD_GRAFANA), run->grafana);
  append_fact (text, shot_word (language, SHOT_WORD_REVIEWERS), run->reviewers);
  append_fact (text, shot_word (language, SHOT_WORD_DUE), due);
  if (run->state == SHOT_RUN_SIGNED) {
    g_autofree char *who = g_strdup_printf ("%s, %s", run->signed_by, signed_at);
    append_fact (text, shot_word (language, SHOT_WORD_SIGNED_BY), who);
    append_fact (text, shot_word (language, SHOT_WORD_COMMENT), run->sign_comment);
    append_fact (text, shot_word (language, SHOT_WORD_HEAD), run->head);
  } else {
    g_string_append_printf (text, "\n*%s*\n", shot_word (language, SHOT_WORD_NOT_SIGNED));
  }
}

static void
append_picture (GString *text, const ShotCell *cell)
{
  g_autofree char *name = shot_report_model_make_file_name (cell, ".png");
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);

  g_string_append (text, "![");
  append_escaped (text, cell->panel_title);
  g_string_append_printf (text, "](pictures/%s)", escaped);
}

static void
append_abnormal (GString *text, const ShotReportModel *model, ShotLanguage language, bool has_files)
{
  g_string_append_printf (text, "\n## %s\n\n", shot_word (language, SHOT_WORD_ABNORMAL_FIRST));
  if (model->abnormal->len == 0)
    g_string_append_printf (text, "%s\n", shot_word (language, SHOT_WORD_NOTHING_ABNORMAL));
  for (unsigned i = 0; i < model->abnormal->len; i++) {
    const ShotCell  *cell = model->abnormal->pdata[i];
    g_autofree char *when = shot_report_format_range (cell->from_ms, cell->to_ms, model->zone);
    g_autofree char *variables = shot_report_model_describe_variables (cell);
    g_autofree char *flags = shot_report_model_describe_flags (cell, language);
    g_autofree char *at = shot_report_format_time (cell->verdict.at_ms, model->zone);
    g_string_append (text, "### ");
    append_escaped (text, cell->panel_title);
    g_string_append (text, " – ");
    append_escaped (text, cell->dashboard_title);
    g_string_append (text, "\n\n");
    append_fact (text, shot_word (language, SHOT_WORD_RANGE), when);
    append_fact (text, shot_word (language, SHOT_WORD_VARIABLES), variables);
    append_fact (text, shot_word (language, SHOT_WORD_SEVERITY),
                 shot_word_severity (language, cell->verdict.severity));
    append_fact (text, shot_word (language, SHOT_WORD_BY), cell->verdict.user);
    append_fact (text, shot_word (language, SHOT_WORD_JUDGED_AT), at);
    append_fact (text, shot_word (language, SHOT_WORD_FLAGS), flags);
    g_string_append_c (text, '\n');
    if (cell->verdict.note != NULL && *cell->verdict.note != '\0')
      append_note (text, cell->verdict.note);
    if (has_files && cell->state == SHOT_CELL_CAPTURED) {
      append_picture (text, cell);
      g_string_append (text, "\n\n");
    }
  }
}

static void
append_row (GString *text, const ShotReportModel *model, const ShotCell *cell,
            ShotLanguage language, bool has_files)
{
  g_autofree char *when = shot_report_format_range (cell->from_ms, cell->to_ms, model->zone);
  g_autofree char *flags = shot_report_model_describe_flags (cell, language);
  g_autofree char *variables = shot_report_model_describe_variables (cell);
  g_autofree char *reason = shot_change_translate (cell->reason, shot_language_get_name (language));

  g_string_append (text, "| ");
  append_escaped (text, cell->panel_title);
  if (*variables != '\0') {
    g_string_append (text, " (");
    append_escaped (text, variables);
    g_string_append_c (text, ')');
  }
  g_string_append (text, " | ");
  append_escaped (text, cell->range);
  g_string_append (text, ", ");
  append_escaped (text, when);
  g_string_append_printf (text, " | %s | ", shot_word_verdict (language, cell->verdict.kind));
  append_escaped (text, cell->state == SHOT_CELL_FAILED ? cell->failure : flags);
  g_string_append (text, " | ");
  append_escaped (text, reason);
  if (has_files) {
    g_string_append (text, " | ");
    if (cell->state == SHOT_CELL_CAPTURED)
      append_picture (text, cell);
  }
  g_string_append (text, " |\n");
}

static void
append_dashboard (GString *text, const ShotReportModel *model, const ShotReportDashboard *dashboard,
                  ShotLanguage language, bool has_files)
{
  const ShotWord columns[] = { SHOT_WORD_PANEL, SHOT_WORD_RANGE,  SHOT_WORD_VERDICT,
                               SHOT_WORD_FLAGS, SHOT_WORD_CHANGE, SHOT_WORD_PICTURE };
  unsigned       n_columns = has_files ? 6 : 5;

  g_string_append (text, "\n## ");
  append_escaped (text, dashboard->first->dashboard_title);
  g_string_append (text, "\n\n|");
  for (unsigned i = 0; i < n_columns; i++)
    g_string_append_printf (text, " %s |", shot_word (language, columns[i]));
  g_string_append (text, "\n|");
  for (unsigned i = 0; i < n_columns; i++)
    g_string_append (text, " --- |");
  g_string_append_c (text, '\n');
  for (unsigned i = 0; i < dashboard->panels->len; i++) {
    const ShotReportPanel *panel = dashboard->panels->pdata[i];
    for (unsigned j = 0; j < panel->cells->len; j++)
      append_row (text, model, panel->cells->pdata[j], language, has_files);
  }
}

char *
shot_report_markdown_make (const ShotReportModel *model, ShotLanguage language, bool has_files)
{
  g_autoptr (GString) text = g_string_new (NULL);

  append_head (text, model, language);
  append_abnormal (text, model, language, has_files);
  for (unsigned i = 0; i < model->dashboards->len; i++)
    append_dashboard (text, model, model->dashboards->pdata[i], language, has_files);
  g_string_append_printf (text, "\n*panelshot %s*\n", model->run->version);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

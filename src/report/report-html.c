#include "config.h"

#include "report-html.h"

#include <stdarg.h>
#include <string.h>

#include "change.h"
#include "report-resources.h"

#define MAX_TITLE 200 /* characters: titles may be thousands */

typedef struct {
  const ShotReportModel *model;   /* (borrowed) */
  ShotArchive           *archive; /* (borrowed) */
  ShotLanguage           language;
  ShotReportPictures     pictures;
  bool                   has_thumbnails; /* of what is fine */
  GOutputStream         *stream;         /* (borrowed) */
  GString               *text;           /* (owned): not written yet */
  unsigned               n_sections;
} Writer;

/* "%s" takes text and escapes it; "%S" takes HTML; "%u" a number. */
static void
put (Writer *self, const char *pattern, ...)
{
  va_list arguments;

  va_start (arguments, pattern);
  for (const char *at = pattern; *at != '\0'; at++) {
    if (*at != '%') {
      g_string_append_c (self->text, *at);
      continue;
    }
    at++;
    if (*at == 's') {
      const char      *text = va_arg (arguments, const char *);
      g_autofree char *escaped = g_markup_escape_text (text != NULL ? text : "", -1);
      g_string_append (self->text, escaped);
    } else if (*at == 'S') {
      g_string_append (self->text, va_arg (arguments, const char *));
    } else if (*at == 'u') {
      g_string_append_printf (self->text, "%u", va_arg (arguments, unsigned));
    } else {
      g_string_append_c (self->text, *at);
    }
  }
  va_end (arguments);
}

static gboolean
flush (Writer *self, GError **error)
{
  gboolean is_written = g_output_stream_write_all (self->stream, self->text->str, self->text->len,
                                                   NULL, NULL, error);

  g_string_truncate (self->text, 0);
  return is_written;
}

static const char *
word (const Writer *self, ShotWord which)
{
  return shot_word (self->language, which);
}

/* (transfer full) */
static char *
shorten (const Writer *self, const char *title)
{
  if (title == NULL || *title == '\0')
    return g_strdup (word (self, SHOT_WORD_UNTITLED));
  if (g_utf8_strlen (title, -1) <= MAX_TITLE)
    return g_strdup (title);
  g_autofree char *start = g_utf8_substring (title, 0, MAX_TITLE);
  return g_strconcat (start, "…", NULL);
}

static void
put_resource (Writer *self, const char *name)
{
  g_autofree char   *path = g_strconcat ("/panelshot/report/", name, NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (shot_report_get_resource (), path,
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  g_string_append_len (self->text, g_bytes_get_data (bytes, NULL),
                       (gssize) g_bytes_get_size (bytes));
}

/* ---- The cover */

static void
put_fact (Writer *self, ShotWord name, const char *value)
{
  if (value != NULL && *value != '\0')
    put (self, "<dt>%s</dt><dd><bdi>%s</bdi></dd>\n", word (self, name), value);
}

static void
put_count (Writer *self, const char *name, const char *kind, unsigned value)
{
  put (self, "<li class=\"%S%S\"><b>%u</b> <span>%s</span></li>\n", kind, value == 0 ? " none" : "",
       value, name);
}

static void
put_counts (Writer *self)
{
  const ShotRun *run = self->model->run;

  put (self, "<ul class=\"counts\">\n");
  put_count (self, word (self, SHOT_WORD_CELLS), "all", run->n_cells);
  put_count (self, shot_word_verdict (self->language, SHOT_VERDICT_ABNORMAL), "abnormal",
             run->n_verdicts[SHOT_VERDICT_ABNORMAL]);
  put_count (self, shot_word_verdict (self->language, SHOT_VERDICT_OK), "ok",
             run->n_verdicts[SHOT_VERDICT_OK]);
  put_count (self, shot_word_verdict (self->language, SHOT_VERDICT_IGNORED), "ignored",
             run->n_verdicts[SHOT_VERDICT_IGNORED]);
  put_count (self, word (self, SHOT_WORD_OPEN), "open", run->n_verdicts[SHOT_VERDICT_NONE]);
  put_count (self, word (self, SHOT_WORD_FAILED), "failed", run->n_failed);
  put_count (self, word (self, SHOT_WORD_FLAGGED), "flagged", run->n_flagged);
  put_count (self, word (self, SHOT_WORD_CHANGED), "changed", run->n_changed);
  put (self, "</ul>\n");
}

static void
put_sign_off (Writer *self)
{
  const ShotRun *run = self->model->run;

  put (self, "<section class=\"seal%S\"><h2>%s</h2>\n",
       run->state == SHOT_RUN_SIGNED ? "" : " unsigned", word (self, SHOT_WORD_SIGN_OFF));
  if (run->state != SHOT_RUN_SIGNED) {
    put (self, "<p>%s</p></section>\n", word (self, SHOT_WORD_NOT_SIGNED));
    return;
  }
  g_autofree char *when = shot_report_format_time (run->signed_ms, self->model->zone);
  g_autofree char *who = g_strdup_printf ("%s, %s", run->signed_by, when);
  put (self, "<dl>\n");
  put_fact (self, SHOT_WORD_SIGNED_BY, who);
  put_fact (self, SHOT_WORD_COMMENT, run->sign_comment);
  put (self, "<dt>%s</dt><dd><code>%s</code></dd>\n</dl><p class=\"hint\">%s</p></section>\n",
       word (self, SHOT_WORD_HEAD), run->head, word (self, SHOT_WORD_HEAD_HINT));
}

static void
put_cover (Writer *self)
{
  const ShotReportModel *model = self->model;
  const ShotRun         *run = model->run;
  g_autofree char       *title = shorten (self, run->title);
  g_autofree char       *now = shot_report_format_time (run->now_ms, model->zone);
  g_autofree char       *now_zone = g_strdup_printf ("%s (%s)", now, run->timezone);
  g_autofree char       *due = shot_report_format_time (run->due_ms, model->zone);
  g_autofree char       *period = NULL;
  g_autofree char       *captured = NULL;

  if (model->cells->len > 0)
    period = shot_report_format_range (model->from_ms, model->to_ms, model->zone);
  if (model->first_ms != 0)
    captured = shot_report_format_range (model->first_ms, model->last_ms, model->zone);
  put (self, "<header class=\"cover\"><p class=\"kind\">%s</p><h1><bdi>%s</bdi></h1>\n",
       word (self, SHOT_WORD_REPORT), title);
  put_counts (self);
  if (run->failure != NULL)
    put (self, "<p class=\"warning\"><b>%s:</b> <bdi>%s</bdi></p>\n",
         word (self, SHOT_WORD_RUN_FAILURE), run->failure);
  put (self, "<dl>\n");
  put_fact (self, SHOT_WORD_NOW, now_zone);
  put_fact (self, SHOT_WORD_PERIOD, period);
  put_fact (self, SHOT_WORD_CAPTURED_BETWEEN, captured);
  put_fact (self, SHOT_WORD_REVIEWERS, run->reviewers);
  put_fact (self, SHOT_WORD_DUE, due);
  put_fact (self, SHOT_WORD_PLAN, run->plan);
  put_fact (self, SHOT_WORD_RUN, run->name);
  put_fact (self, SHOT_WORD_GRAFANA, run->grafana);
  put (self, "</dl>\n");
  put_sign_off (self);
  put (self, "<p class=\"maker\">panelshot %s</p></header>\n", run->version);
}

/* ---- Contents */

static void
put_contents (Writer *self)
{
  const ShotReportModel *model = self->model;

  put (self,
       "<h2 class=\"contents\">%s</h2>\n<p class=\"toc\"><a href=\"#abnormal\">%s</a> "
       "<span class=\"count%S\">%u</span><i class=\"page-of\" data-of=\"abnormal\"></i></p>\n",
       word (self, SHOT_WORD_CONTENTS), word (self, SHOT_WORD_ABNORMAL_FIRST),
       model->abnormal->len > 0 ? " abnormal" : "", model->abnormal->len);
  for (unsigned i = 0; i < model->dashboards->len; i++) {
    const ShotReportDashboard *dashboard = model->dashboards->pdata[i];
    g_autofree char           *title = shorten (self, dashboard->first->dashboard_title);
    put (self,
         "<p class=\"toc\"><a href=\"#d%u\"><bdi>%s</bdi></a> <span class=\"count\">%u</span>", i,
         title, dashboard->n_cells);
    if (dashboard->n_abnormal > 0)
      put (self, " <span class=\"count abnormal\">%u</span>", dashboard->n_abnormal);
    put (self, "<i class=\"page-of\" data-of=\"d%u\"></i></p>\n", i);
  }
}

/* ---- Cells */

static gboolean
put_inside (Writer *self, const ShotCell *cell, GError **error)
{
  bool is_small = self->has_thumbnails && cell->thumbnail != NULL &&
                  (cell->verdict.kind == SHOT_VERDICT_OK ||
                   cell->verdict.kind == SHOT_VERDICT_IGNORED);
  g_autoptr (GBytes) bytes = shot_archive_get_object (self->archive,
                                                      is_small ? cell->thumbnail : cell->picture,
                                                      error);
  if (bytes == NULL)
    return FALSE;
  g_autofree char *base64 = g_base64_encode (g_bytes_get_data (bytes, NULL),
                                             g_bytes_get_size (bytes));
  put (self, "data:image/%S;base64,%S", is_small ? "webp" : "png", base64);
  return TRUE;
}

static gboolean
put_picture (Writer *self, const ShotCell *cell, GError **error)
{
  if (cell->state == SHOT_CELL_PRUNED || cell->picture == NULL) {
    put (self, "<p class=\"no-picture\"><b>%s</b> <bdi>%s</bdi></p>",
         word (self, SHOT_WORD_NO_PICTURE),
         cell->state == SHOT_CELL_PRUNED ? word (self, SHOT_WORD_PRUNED) : cell->failure);
    return TRUE;
  }

  g_autofree char *title = shorten (self, cell->panel_title);
  put (self, "<img alt=\"%s, %s\" width=\"%u\" height=\"%u\" src=\"", title, cell->range,
       (unsigned) cell->picture_width, (unsigned) cell->picture_height);
  if (self->pictures == SHOT_PICTURES_FILES) {
    g_autofree char *name = shot_report_model_make_file_name (cell, ".png");
    g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
    put (self, "pictures/%s", escaped);
  } else if (self->pictures == SHOT_PICTURES_SERVED) {
    put (self, "objects/%s", cell->picture);
  } else if (!put_inside (self, cell, error)) {
    return FALSE;
  }
  put (self, "\">");
  return TRUE;
}

/* Notes of what is abnormal stand before everything else, and not a second time. */
static void
put_verdict (Writer *self, const ShotCell *cell, bool is_first)
{
  const ShotVerdict *verdict = &cell->verdict;
  const char        *name = shot_verdict_get_name (verdict->kind);

  put (self, "<p class=\"verdict %S\"><b>%s</b>", name,
       shot_word_verdict (self->language, verdict->kind));
  if (verdict->kind == SHOT_VERDICT_ABNORMAL && verdict->severity != SHOT_SEVERITY_NONE)
    put (self, " · %s", shot_word_severity (self->language, verdict->severity));
  if (verdict->revision > 0) {
    g_autofree char *when = shot_report_format_time (verdict->at_ms, self->model->zone);
    put (self, " <span>%s <bdi>%s</bdi>, %s</span>", word (self, SHOT_WORD_BY), verdict->user,
         when);
  }
  put (self, "</p>");
  if (verdict->note != NULL && *verdict->note != '\0' &&
      (is_first || verdict->kind != SHOT_VERDICT_ABNORMAL))
    put (self, "<p class=\"note\" dir=\"auto\">%s</p>", verdict->note);
}

static void
put_remarks (Writer *self, const ShotCell *cell)
{
  g_autofree char *flags = shot_report_model_describe_flags (cell, self->language);

  if (*flags != '\0')
    put (self, "<p class=\"flags\"><bdi>%s</bdi></p>", flags);
  if (cell->reason != NULL && *cell->reason != '\0') {
    g_autofree char *reason = shot_change_translate (cell->reason,
                                                     shot_language_get_name (self->language));
    put (self, "<p class=\"reason\"><bdi>%s</bdi></p>", reason);
  }
}

static void
put_where (Writer *self, const ShotCell *cell, bool with_panel)
{
  g_autofree char *when = shot_report_format_range (cell->from_ms, cell->to_ms, self->model->zone);
  g_autofree char *variables = shot_report_model_describe_variables (cell);

  if (with_panel) {
    g_autofree char *dashboard = shorten (self, cell->dashboard_title);
    g_autofree char *panel = shorten (self, cell->panel_title);
    put (self, "<h3><bdi>%s</bdi> <small><bdi>%s</bdi></small></h3>", panel, dashboard);
  }
  put (self, "<p class=\"where\"><b>%s</b> %s", cell->range, when);
  if (with_panel && *variables != '\0')
    put (self, " · <bdi>%s</bdi>", variables);
  put (self, "</p>");
}

static void
put_hash (Writer *self, const ShotCell *cell)
{
  if (cell->picture != NULL)
    put (self, "<p class=\"hash\">SHA-256 %s</p>", cell->picture);
}

static gboolean
put_abnormal (Writer *self, GError **error)
{
  const GPtrArray *abnormal = self->model->abnormal;

  put (self, "<h2 id=\"abnormal\">%s</h2>\n", word (self, SHOT_WORD_ABNORMAL_FIRST));
  if (abnormal->len == 0)
    put (self, "<p class=\"empty\">%s</p>\n", word (self, SHOT_WORD_NOTHING_ABNORMAL));
  for (unsigned i = 0; i < abnormal->len; i++) {
    const ShotCell *cell = abnormal->pdata[i];
    put (self, "<article>");
    put_where (self, cell, true);
    put_verdict (self, cell, true);
    put_remarks (self, cell);
    if (!put_picture (self, cell, error))
      return FALSE;
    put_hash (self, cell);
    put (self, "</article>\n");
    if (!flush (self, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
put_figure (Writer *self, const ShotCell *cell, GError **error)
{
  put (self, "<figure class=\"%S\">", shot_verdict_get_name (cell->verdict.kind));
  if (!put_picture (self, cell, error))
    return FALSE;
  put (self, "<figcaption>");
  put_where (self, cell, false);
  put_verdict (self, cell, false);
  put_remarks (self, cell);
  put_hash (self, cell);
  put (self, "</figcaption></figure>\n");
  return TRUE;
}

static gboolean
put_panel (Writer *self, const ShotReportPanel *panel, GError **error)
{
  g_autofree char *title = shorten (self, panel->first->panel_title);
  g_autofree char *variables = shot_report_model_describe_variables (panel->first);

  put (self, "<h3><bdi>%s</bdi>", title);
  if (panel->first->row != NULL && *panel->first->row != '\0') {
    g_autofree char *row = shorten (self, panel->first->row);
    put (self, " <small><bdi>%s</bdi></small>", row);
  }
  if (*variables != '\0')
    put (self, " <small><bdi>%s</bdi></small>", variables);
  put (self, "</h3>\n");
  for (unsigned i = 0; i < panel->cells->len; i++) {
    if (i % 2 == 0)
      put (self, "<div class=\"pair\">\n");
    if (!put_figure (self, panel->cells->pdata[i], error))
      return FALSE;
    if (i % 2 == 1 || i + 1 == panel->cells->len)
      put (self, "</div>\n");
  }
  return flush (self, error);
}

static gboolean
put_dashboard (Writer *self, const ShotReportDashboard *dashboard, GError **error)
{
  g_autofree char *title = shorten (self, dashboard->first->dashboard_title);

  put (self, "<h2 id=\"d%u\"><bdi>%s</bdi>", self->n_sections++, title);
  if (dashboard->first->dashboard_version > 0)
    put (self, " <small>%s %u</small>", word (self, SHOT_WORD_VERSION),
         (unsigned) dashboard->first->dashboard_version);
  put (self, "</h2>\n");
  for (unsigned i = 0; i < dashboard->panels->len; i++) {
    if (!put_panel (self, dashboard->panels->pdata[i], error))
      return FALSE;
  }
  return TRUE;
}

/* ---- The document */

static void
put_head (Writer *self)
{
  const ShotRun *run = self->model->run;
  bool           is_print = self->pictures == SHOT_PICTURES_SERVED;

  put (self, "<!DOCTYPE html>\n<html lang=\"%S\"%S>\n<head>\n<meta charset=\"utf-8\">\n",
       shot_language_get_name (self->language), is_print ? " class=\"print\"" : "");
  if (!is_print)
    put (self, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
               "style-src 'unsafe-inline'; img-src data: 'self' file:\">\n");
  put (self,
       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
       "<title>%s – %s</title>\n<style>\n",
       run->title, run->name);
  put_resource (self, "report.css");
  put (self, "</style>\n</head>\n<body data-footer=\"%s · %s\">\n<main>\n", run->title, run->name);
}

static bool
is_large (const ShotReportModel *model, ShotArchive *archive)
{
  uint64_t total = 0;

  for (unsigned i = 0; i < model->cells->len && total <= SHOT_REPORT_MAX_INSIDE; i++) {
    const ShotCell    *cell = model->cells->pdata[i];
    g_autoptr (GBytes) bytes = NULL;
    if (cell->picture != NULL && cell->state == SHOT_CELL_CAPTURED)
      bytes = shot_archive_get_object (archive, cell->picture, NULL);
    total += bytes != NULL ? g_bytes_get_size (bytes) : 0;
  }
  return total > SHOT_REPORT_MAX_INSIDE;
}

gboolean
shot_report_html_write (const ShotReportModel *model, ShotArchive *archive, ShotLanguage language,
                        ShotReportPictures pictures, GOutputStream *stream, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Writer              self = {
                 .model = model,
                 .archive = archive,
                 .language = language,
                 .pictures = pictures,
                 .has_thumbnails = pictures == SHOT_PICTURES_INSIDE && is_large (model, archive),
                 .stream = stream,
                 .text = text,
  };

  put_head (&self);
  put_cover (&self);
  put_contents (&self);
  if (!put_abnormal (&self, error))
    return FALSE;
  for (unsigned i = 0; i < model->dashboards->len; i++) {
    if (!put_dashboard (&self, model->dashboards->pdata[i], error))
      return FALSE;
  }
  put (&self, "</main>\n");
  if (pictures == SHOT_PICTURES_SERVED)
    put (&self, "<script type=\"module\" src=\"paginate.js\"></script>\n");
  put (&self, "</body>\n</html>\n");
  return flush (&self, error);
}

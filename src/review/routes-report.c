/* routes-report.c: a run as a file, written when somebody wants it */
#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "call.h"
#include "error.h"
#include "inspection-report.h"

/* One at a time: it reads all pictures, and may print thousands. */
#define MAX_WAITING 8

typedef struct {
  ShotReportFormat format;
  ShotLanguage     language;
  char            *folder; /* (owned): of our own */
  char            *path;   /* (owned): the file in it */
  char            *name;   /* (owned): what it is called when it is saved */
  GBytes          *bytes;  /* (owned) (nullable) */
} Report;

/* In a thread that may wait for the disk. */
static void
report_free (void *data)
{
  Report *report = data;

  if (report->folder != NULL) {
    g_unlink (report->path);
    g_rmdir (report->folder);
  }
  g_free (report->folder);
  g_free (report->path);
  g_free (report->name);
  g_clear_pointer (&report->bytes, g_bytes_unref);
  g_free (report);
}

static gboolean
read_format (ShotCall *call, ShotReportFormat *out_format, ShotLanguage *out_language,
             GError **error)
{
  const char *format = shot_query_get (call->query, "format");
  const char *language = shot_query_get (call->query, "lang");

  *out_format = SHOT_REPORT_HTML;
  *out_language = SHOT_LANGUAGE_ENGLISH;
  if (format != NULL && !shot_report_format_from_name (format, out_format))
    return shot_query_fail (call->query, "format", "want html, pdf, zip or md", error);
  if (g_strcmp0 (language, "zh-CN") == 0)
    *out_language = SHOT_LANGUAGE_CHINESE;
  else if (language != NULL && !g_str_equal (language, "en"))
    return shot_query_fail (call->query, "lang", "want en or zh-CN", error);
  return TRUE;
}

static gboolean
read_report (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (GError)  cause = NULL;
  g_autoptr (ShotRun) run = NULL;
  ShotReportFormat    format;
  ShotLanguage        language;
  Report             *report;

  if (!read_format (call, &format, &language, error))
    return FALSE;
  run = shot_archive_get_run (archive, call->id, error);
  if (run == NULL)
    return FALSE;
  report = g_new0 (Report, 1);
  shot_call_set_data (call, report, report_free);
  report->format = format;
  report->language = language;
  report->folder = g_dir_make_tmp ("panelshot-report-XXXXXX", &cause);
  if (report->folder == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "no place for the report: %s",
                 cause->message);
    return FALSE;
  }
  report->path = g_build_filename (report->folder, "report", NULL);
  report->name = g_strdup_printf ("%s.%s", run->name, shot_report_format_get_name (format));
  return TRUE;
}

/* The file goes at once; what is mapped stays. */
static void
map_cb (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  Report                 *report = data;
  g_autoptr (GError)      cause = NULL;
  g_autoptr (GMappedFile) file = g_mapped_file_new (report->path, FALSE, &cause);

  if (file != NULL)
    report->bytes = g_mapped_file_get_bytes (file);
  g_unlink (report->path);
  g_rmdir (report->folder);
  g_clear_pointer (&report->folder, g_free);
  if (file != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_STORAGE, "cannot read the report: %s",
                             cause->message);
}

static void begin_report (ShotCall *call);

static void
finish_report (ShotCall *call)
{
  ShotReview *review = call->review;

  shot_call_finish (call);
  review->is_reporting = false;
  if (!g_queue_is_empty (&review->reports))
    begin_report (g_queue_pop_head (&review->reports));
}

static void
mapped_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotCall *call = user_data;
  Report   *report = call->data;

  if (g_task_propagate_boolean (G_TASK (result), &call->error)) {
    shot_call_take_bytes (call, g_bytes_ref (report->bytes),
                          shot_report_format_get_mime_type (report->format));
    shot_call_add_header (call, "Content-Disposition",
                          g_strdup_printf ("attachment; filename=\"%s\"", report->name));
  }
  finish_report (call);
}

static void
written_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotCall         *call = user_data;
  g_autoptr (GTask) task = NULL;

  if (!shot_inspection_report_write_finish (result, &call->error)) {
    finish_report (call);
    return;
  }
  task = g_task_new (NULL, NULL, mapped_cb, call);
  g_task_set_task_data (task, call->data, NULL);
  g_task_run_in_thread (task, map_cb);
}

static void
begin_report (ShotCall *call)
{
  const Report                     *report = call->data;
  const ShotReviewOptions          *options = &call->review->options;
  const ShotInspectionReportOptions wish = { .archive = options->folder,
                                             .run_id = call->id,
                                             .format = report->format,
                                             .language = report->language,
                                             .path = report->path,
                                             .pool = options->pool };

  call->review->is_reporting = true;
  /* Whoever has left while others were served wants none any more. */
  if (shot_exchange_is_gone (call->exchange)) {
    g_set_error (&call->error, SHOT_ERROR, SHOT_ERROR_CANCELLED, "the client has gone");
    finish_report (call);
    return;
  }
  shot_inspection_report_write_async (&wish, NULL, written_cb, call);
}

static void
write_report (ShotCall *call)
{
  ShotReview *review = call->review;

  if (!review->is_reporting) {
    begin_report (call);
  } else if (review->reports.length < MAX_WAITING) {
    g_queue_push_tail (&review->reports, call);
  } else {
    g_set_error (&call->error, SHOT_ERROR, SHOT_ERROR_BUSY,
                 "too many reports are being written: try again later");
    shot_call_finish (call);
  }
}

const ShotRoute shot_routes_report[] = {
  { "GET", "/api/v1/runs/{id}/report", SHOT_ROLE_VIEWER, 0, read_report, write_report },
  { NULL },
};

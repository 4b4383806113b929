#include "config.h"

#include "inspection-report.h"

#include <stdbool.h>
#include <string.h>

#include "archive.h"
#include "error.h"
#include "report-bundle.h"
#include "report-html.h"
#include "report-markdown.h"
#include "report-print.h"

typedef struct {
  char            *archive_folder; /* (owned) */
  int64_t          run_id;
  ShotReportFormat format;
  ShotLanguage     language;
  char            *path;     /* (owned) */
  ShotPool        *pool;     /* (borrowed) (nullable) */
  ShotArchive     *archive;  /* (owned) (nullable): PDF: its pictures are asked for by the page */
  GBytes          *document; /* (owned) (nullable): PDF: what is printed */
} Work;

static const struct {
  const char *name;
  const char *mime_type;
} formats[SHOT_N_REPORT_FORMATS] = {
  [SHOT_REPORT_HTML] = { "html", "text/html; charset=utf-8" },
  [SHOT_REPORT_PDF] = { "pdf", "application/pdf" },
  [SHOT_REPORT_ZIP] = { "zip", "application/zip" },
  [SHOT_REPORT_MARKDOWN] = { "md", "text/markdown; charset=utf-8" },
};

const char *
shot_report_format_get_name (ShotReportFormat format)
{
  return formats[format].name;
}

const char *
shot_report_format_get_mime_type (ShotReportFormat format)
{
  return formats[format].mime_type;
}

gboolean
shot_report_format_from_name (const char *name, ShotReportFormat *out_format)
{
  for (int i = 0; i < SHOT_N_REPORT_FORMATS; i++) {
    if (g_ascii_strcasecmp (name, formats[i].name) == 0) {
      *out_format = i;
      return TRUE;
    }
  }
  return FALSE;
}

static void
work_free (void *data)
{
  Work *work = data;

  g_clear_pointer (&work->document, g_bytes_unref);
  shot_archive_close (work->archive);
  g_free (work->archive_folder);
  g_free (work->path);
  g_free (work);
}

static gboolean
fail_to_write (const Work *work, GError *cause, GError **error)
{
  if (cause->domain == SHOT_ERROR) {
    g_propagate_error (error, cause);
    return FALSE;
  }
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "cannot write the report to %s: %s",
               work->path, cause->message);
  g_error_free (cause);
  return FALSE;
}

typedef gboolean (*Writer) (const ShotReportModel *model, ShotArchive *archive,
                            ShotLanguage language, GOutputStream *stream, GError **error);

static gboolean
write_html (const ShotReportModel *model, ShotArchive *archive, ShotLanguage language,
            GOutputStream *stream, GError **error)
{
  return shot_report_html_write (model, archive, language, SHOT_PICTURES_INSIDE, stream, error);
}

static gboolean
write_markdown (const ShotReportModel *model, ShotArchive *archive, ShotLanguage language,
                GOutputStream *stream, GError **error)
{
  g_autofree char *text = shot_report_markdown_make (model, language, false);

  return g_output_stream_write_all (stream, text, strlen (text), NULL, NULL, error);
}

/* Closing a stream of g_file_replace() puts the file in its place, unless it is told not to. */
static void
discard (GOutputStream *stream)
{
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();

  g_cancellable_cancel (cancelled);
  g_output_stream_close (stream, cancelled, NULL);
}

static gboolean
write_stream (Work *work, const ShotReportModel *model, Writer writer, GError **error)
{
  g_autoptr (GFile)             file = g_file_new_for_path (work->path);
  g_autoptr (GError)            cause = NULL;
  g_autoptr (GFileOutputStream) stream = g_file_replace (file, NULL, FALSE,
                                                         G_FILE_CREATE_REPLACE_DESTINATION, NULL,
                                                         &cause);
  if (stream == NULL)
    return fail_to_write (work, g_steal_pointer (&cause), error);
  if (!writer (model, work->archive, work->language, G_OUTPUT_STREAM (stream), &cause)) {
    discard (G_OUTPUT_STREAM (stream));
    return fail_to_write (work, g_steal_pointer (&cause), error);
  }
  if (!g_output_stream_close (G_OUTPUT_STREAM (stream), NULL, &cause))
    return fail_to_write (work, g_steal_pointer (&cause), error);
  return TRUE;
}

static gboolean
make_document (Work *work, const ShotReportModel *model, GError **error)
{
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();

  if (!shot_report_html_write (model, work->archive, work->language, SHOT_PICTURES_SERVED, stream,
                               error) ||
      !g_output_stream_close (stream, NULL, error))
    return FALSE;
  work->document = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (stream));
  return TRUE;
}

static gboolean
write_report (Work *work, GError **error)
{
  work->archive = shot_archive_open (work->archive_folder, SHOT_ARCHIVE_READ, error);
  if (work->archive == NULL)
    return FALSE;

  g_autoptr (ShotReportModel) model = shot_report_model_new (work->archive, work->run_id, error);
  if (model == NULL)
    return FALSE;
  switch (work->format) {
  case SHOT_REPORT_HTML:
    return write_stream (work, model, write_html, error);
  case SHOT_REPORT_MARKDOWN:
    return write_stream (work, model, write_markdown, error);
  case SHOT_REPORT_ZIP:
    return shot_report_bundle_write (model, work->archive, work->language, work->path, error);
  case SHOT_REPORT_PDF:
    return make_document (work, model, error);
  case SHOT_N_REPORT_FORMATS:
    break;
  }
  g_return_val_if_reached (FALSE);
}

static void
work_thread (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (write_report (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
printed_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)  task = user_data;
  Work              *work = g_task_get_task_data (task);
  g_autoptr (GFile)  file = g_file_new_for_path (work->path);
  g_autoptr (GBytes) bytes = NULL;
  GError            *error = NULL;

  bytes = shot_report_print_finish (result, &error);
  if (bytes == NULL) {
    g_task_return_error (task, error);
    return;
  }
  if (g_file_replace_contents (file, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL,
                               FALSE, G_FILE_CREATE_REPLACE_DESTINATION, NULL, NULL, &error)) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  GError *told = NULL;
  fail_to_write (work, error, &told);
  g_task_return_error (task, told);
}

static void
written_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask) task = user_data;
  Work             *work = g_task_get_task_data (task);
  GError           *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (work->format != SHOT_REPORT_PDF) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  GCancellable *cancellable = g_task_get_cancellable (task);
  shot_report_print_async (work->document, work->archive, work->pool, cancellable, printed_cb,
                           g_steal_pointer (&task));
}

void
shot_inspection_report_write_async (const ShotInspectionReportOptions *options,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    void *user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Work  *work = g_new0 (Work, 1);

  g_return_if_fail (options->format != SHOT_REPORT_PDF || options->pool != NULL);
  work->archive_folder = g_strdup (options->archive);
  work->run_id = options->run_id;
  work->format = options->format;
  work->language = options->language;
  work->path = g_strdup (options->path);
  work->pool = options->pool;
  g_task_set_source_tag (task, shot_inspection_report_write_async);
  g_task_set_task_data (task, work, work_free);

  /* The outer task owns the work; the inner one borrows it and keeps the outer alive. */
  g_autoptr (GTask) inner = g_task_new (NULL, cancellable, written_cb, task);
  g_task_set_task_data (inner, work, NULL);
  g_task_run_in_thread (inner, work_thread);
}

gboolean
shot_inspection_report_write_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

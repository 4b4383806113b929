/* report.c: a run told as HTML, Markdown and a zip, hostile texts in it */
#include "config.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <zip.h>

#include "archive.h"
#include "error.h"
#include "inspection-report.h"
#include "report-html.h"
#include "report-markdown.h"
#include "report-model.h"

#define HOUR_MS (3600 * 1000)
#define NOW_MS INT64_C (1764057600000) /* 2025-11-25 08:00 UTC */
#define HOSTILE "<script>alert(1)</script>|`*[x](y)"

/* The smallest PNG there is: one transparent pixel. */
static const char png_base64[] =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

typedef struct {
  char        *folder;
  ShotArchive *archive;
  ShotRun     *run;
  GPtrArray   *cells;
} Fixture;

static void
set_text (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static ShotCell *
add_cell (Fixture *fixture, const char *dashboard, const char *panel, const char *title,
          const char *range)
{
  ShotCell *cell = shot_cell_new ();

  set_text (&cell->dashboard_uid, dashboard);
  set_text (&cell->dashboard_title, g_str_equal (dashboard, "a") ? "生产环境" : "Second " HOSTILE);
  set_text (&cell->panel_key, panel);
  set_text (&cell->panel_title, title);
  set_text (&cell->panel_kind, "timeseries");
  set_text (&cell->range, range);
  set_text (&cell->variables, "{\"region\":[\"eu\",\"华东\"]}");
  g_free (cell->key);
  cell->key = shot_cell_make_key (dashboard, panel, range, cell->variables);
  cell->from_ms = NOW_MS - HOUR_MS;
  cell->to_ms = NOW_MS;
  g_ptr_array_add (fixture->cells, cell);
  return cell;
}

static GBytes *
compress (const char *text)
{
  g_autoptr (GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP,
                                                                  -1);
  g_autoptr (GOutputStream)   sink = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (sink, G_CONVERTER (compressor));

  g_assert_true (g_output_stream_write_all (stream, text, strlen (text), NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (sink));
}

static void
capture (Fixture *fixture, ShotCell *cell)
{
  g_autoptr (GError) error = NULL;
  size_t             length = 0;
  void              *data = g_base64_decode (png_base64, &length);
  g_autoptr (GBytes) picture = g_bytes_new_take (data, length);
  g_autoptr (GBytes) csv = compress ("time,series,value\n");

  cell->state = SHOT_CELL_CAPTURED;
  cell->picture_width = cell->picture_height = 1;
  cell->captured_ms = NOW_MS + 1000;
  cell->attempts = 1;
  shot_archive_record_cell (fixture->archive, cell, picture, NULL, csv, NULL, &error);
  g_assert_no_error (error);
}

static void
judge (Fixture *fixture, const ShotCell *cell, ShotVerdictKind kind, ShotSeverity severity,
       const char *note)
{
  g_autoptr (ShotVerdict) verdict = shot_verdict_new ();
  g_autoptr (GError)      error = NULL;

  verdict->cell_id = cell->id;
  verdict->kind = kind;
  verdict->severity = severity;
  set_text (&verdict->note, note);
  set_text (&verdict->user, "wang");
  set_text (&verdict->origin, "cli");
  shot_archive_set_verdict (fixture->archive, verdict, 0, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, const void *data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("panelshot-report-XXXXXX", NULL);
  fixture->archive = shot_archive_open (fixture->folder, SHOT_ARCHIVE_WRITE, &error);
  g_assert_no_error (error);
  fixture->cells = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  fixture->run = shot_run_new ();
  set_text (&fixture->run->plan, "daily");
  set_text (&fixture->run->title, "每日巡检");
  set_text (&fixture->run->grafana, "https://grafana.example.net");
  set_text (&fixture->run->timezone, "Asia/Shanghai");
  set_text (&fixture->run->version, "5.0.0");
  fixture->run->now_ms = fixture->run->started_ms = NOW_MS;

  add_cell (fixture, "a", "panel-1", "CPU", "last 1h");
  add_cell (fixture, "a", "panel-1", "CPU", "yesterday");
  add_cell (fixture, "a", "panel-2", HOSTILE, "last 1h");
  add_cell (fixture, "b", "panel-1", "Load", "last 1h");
  g_assert_true (shot_archive_begin_run (fixture->archive, fixture->run, fixture->cells, &error));
  g_assert_no_error (error);
  capture (fixture, fixture->cells->pdata[0]);
  capture (fixture, fixture->cells->pdata[1]);
  capture (fixture, fixture->cells->pdata[2]);

  ShotCell *lost = fixture->cells->pdata[3];
  lost->state = SHOT_CELL_FAILED;
  lost->flags = SHOT_CELL_FLAG_GONE;
  set_text (&lost->failure, "the dashboard has no panel-1 <b>any more</b>");
  g_assert_true (shot_archive_record_cell (fixture->archive, lost, NULL, NULL, NULL, NULL, &error));
  g_assert_true (shot_archive_finish_run (fixture->archive, fixture->run->id, NULL, &error));
  g_assert_no_error (error);
  judge (fixture, fixture->cells->pdata[0], SHOT_VERDICT_OK, SHOT_SEVERITY_NONE, "");
  judge (fixture, fixture->cells->pdata[1], SHOT_VERDICT_ABNORMAL, SHOT_SEVERITY_LOW, "a bit high");
  judge (fixture, fixture->cells->pdata[2], SHOT_VERDICT_ABNORMAL, SHOT_SEVERITY_CRITICAL,
         "磁盘已满 " HOSTILE);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL;
       name = g_dir_read_name (dir)) {
    g_autofree char *inside = g_build_filename (path, name, NULL);
    remove_tree (inside);
  }
  g_remove (path);
}

static void
tear_down (Fixture *fixture, const void *data)
{
  shot_archive_close (fixture->archive);
  shot_run_free (fixture->run);
  g_ptr_array_unref (fixture->cells);
  remove_tree (fixture->folder);
  g_free (fixture->folder);
}

static void
finished_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* The file's content, or NULL with @error. */
static char *
write_report (Fixture *fixture, ShotReportFormat format, ShotLanguage language, const char *name,
              size_t *out_length, GError **error)
{
  g_autofree char                  *path = g_build_filename (fixture->folder, name, NULL);
  g_autoptr (GAsyncResult)          result = NULL;
  char                             *content = NULL;
  const ShotInspectionReportOptions options = { .archive = fixture->folder,
                                                .run_id = fixture->run->id,
                                                .format = format,
                                                .language = language,
                                                .path = path };

  shot_inspection_report_write_async (&options, NULL, finished_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  if (!shot_inspection_report_write_finish (result, error))
    return NULL;
  g_assert_true (g_file_get_contents (path, &content, out_length, NULL));
  return content;
}

/* Whether the pieces are there, one after the other. */
static void
expect_order (const char *text, ...)
{
  va_list     pieces;
  const char *at = text;

  va_start (pieces, text);
  for (const char *piece = va_arg (pieces, const char *); piece != NULL;
       piece = va_arg (pieces, const char *)) {
    const char *found = strstr (at, piece);
    if (found == NULL)
      g_error ("“%s” is not in its place in: %s", piece, text);
    at = found + strlen (piece);
  }
  va_end (pieces);
}

static void
test_html (Fixture *fixture, const void *data)
{
  g_autoptr (GError) error = NULL;
  size_t             length = 0;
  g_autofree char *html = write_report (fixture, SHOT_REPORT_HTML, SHOT_LANGUAGE_CHINESE, "r.html",
                                        &length, &error);

  g_assert_no_error (error);
  g_assert_true (g_utf8_validate (html, (gssize) length, NULL));
  g_assert_null (strstr (html, "<script"));
  g_assert_null (strstr (html, "<b>any more"));
  /* The most severe first, then dashboards in the plan's order, the lost one told. */
  expect_order (html, "lang=\"zh-CN\"", "巡检报告", "每日巡检", "目录", "生产环境",
                "id=\"abnormal\"", "&lt;script&gt;", "严重", "磁盘已满",
                "data:image/png;base64,iVBOR", "a bit high", "id=\"d0\"", "生产环境", "CPU",
                "last 1h", "正常", "yesterday", "id=\"d1\"", "Load", "无截图", "any more", NULL);
  expect_order (html, "2025-11-25 15:00 – 16:00 CST", "region=eu, 华东", NULL);
}

static void
test_markdown (Fixture *fixture, const void *data)
{
  g_autoptr (GError) error = NULL;
  size_t             length = 0;
  g_autofree char   *text = write_report (fixture, SHOT_REPORT_MARKDOWN, SHOT_LANGUAGE_ENGLISH,
                                          "r.md", &length, &error);

  g_assert_no_error (error);
  g_assert_null (strstr (text, "<script"));
  g_assert_null (strstr (text, "[x](y)"));
  expect_order (text, "# Inspection report: 每日巡检", "4 Pictures expected; 2 abnormal; 1 OK",
                "## Abnormal", "critical", "a bit high", "## 生产环境", "| Panel |", "CPU", "OK",
                "Load", "any more", NULL);
}

static char *
read_entry (zip_t *zip, const char *name)
{
  zip_stat_t       stat;
  zip_file_t      *file = zip_fopen (zip, name, 0);
  g_autofree char *text = NULL;

  g_assert_nonnull (file);
  g_assert_cmpint (zip_stat (zip, name, 0, &stat), ==, 0);
  text = g_malloc0 (stat.size + 1);
  g_assert_cmpint (zip_fread (file, text, stat.size), ==, (zip_int64_t) stat.size);
  zip_fclose (file);
  return g_steal_pointer (&text);
}

/* Every file is listed with its sum. */
static void
test_zip (Fixture *fixture, const void *data)
{
  g_autoptr (GError) error = NULL;
  size_t             length = 0;
  g_autofree char *content = write_report (fixture, SHOT_REPORT_ZIP, SHOT_LANGUAGE_ENGLISH, "r.zip",
                                           &length, &error);
  g_assert_no_error (error);

  zip_error_t reason;
  zip_error_init (&reason);
  zip_source_t    *source = zip_source_buffer_create (content, length, 0, &reason);
  zip_t           *zip = zip_open_from_source (source, ZIP_RDONLY, &reason);
  g_autofree char *sums = read_entry (zip, "SHA256SUMS");
  g_autofree char *html = read_entry (zip, "report.html");
  g_autofree char *table = read_entry (zip, "data/0001-cpu.csv");
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, html, -1);
  g_autofree char *line = g_strdup_printf ("%s  report.html\n", sum);
  g_assert_cmpint (zip_get_num_entries (zip, 0), ==, 9);
  g_assert_nonnull (strstr (sums, line));
  g_assert_cmpstr (table, ==, "time,series,value\n");
  g_assert_nonnull (strstr (html, "src=\"pictures/0001-cpu.png\""));
  g_assert_cmpint (zip_name_locate (zip, "pictures/0002-cpu.png", 0), >=, 0);
  zip_discard (zip);
}

/* A little that would fill the memory: what a panel got may be a stranger's, too. */
static void
test_bomb (Fixture *fixture, const void *data)
{
  g_autofree char   *zeros = g_strnfill (65 * 1024 * 1024, '0');
  g_autoptr (GBytes) bomb = compress (zeros);
  g_autoptr (GBytes) picture = g_bytes_new_static ("picture", 7);
  g_autoptr (GError) error = NULL;
  size_t             length = 0;

  g_assert_true (shot_archive_record_cell (fixture->archive, fixture->cells->pdata[0], picture,
                                           NULL, bomb, NULL, &error));
  g_assert_null (
      write_report (fixture, SHOT_REPORT_ZIP, SHOT_LANGUAGE_ENGLISH, "bomb.zip", &length, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "64 MiB"));
}

static void
test_errors (Fixture *fixture, const void *data)
{
  g_autoptr (GError) error = NULL;
  size_t             length = 0;

  g_assert_null (write_report (fixture, SHOT_REPORT_HTML, SHOT_LANGUAGE_ENGLISH,
                               "no/such/folder.html", &length, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE);
  g_clear_error (&error);
  fixture->run->id += 100;
  g_assert_null (
      write_report (fixture, SHOT_REPORT_HTML, SHOT_LANGUAGE_ENGLISH, "r.html", &length, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND);

  g_autofree char *path = g_build_filename (fixture->folder, "r.html", NULL);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/report/html", Fixture, NULL, set_up, test_html, tear_down);
  g_test_add ("/report/markdown", Fixture, NULL, set_up, test_markdown, tear_down);
  g_test_add ("/report/zip", Fixture, NULL, set_up, test_zip, tear_down);
  g_test_add ("/report/bomb", Fixture, NULL, set_up, test_bomb, tear_down);
  g_test_add ("/report/errors", Fixture, NULL, set_up, test_errors, tear_down);
  return g_test_run ();
}

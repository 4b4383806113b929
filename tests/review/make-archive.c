/* make-archive.c: an archive as some weeks of inspections leave it, for the tests of the review page
 *
 *   make-archive FOLDER [CELLS [GRAFANA]]
 *
 * Prints the ids of its runs as JSON. Runs are of GRAFANA. The latest is under review and has CELLS cells (default 72);
 * those before it, yesterday's and last week's, have the first 72 of them and are signed off; another
 * plan was interrupted. People: ada (admin), rita and bo (reviewers), vic (viewer), with one password.
 * Titles are hostile: markup, paths, 4,000 characters, right to left.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "change.h"
#include "people.h"

#define PASSWORD "correct horse 9"
#define HOUR ((int64_t) 3600 * 1000)
#define DAY (24 * HOUR)
#define N_PANELS 12 /* of a dashboard */
#define N_OLD 72    /* cells of the runs before */
#define N_LOOKS 24  /* pictures that differ */

typedef struct {
  GBytes *picture;
  GBytes *thumbnail;
} Look;

static const struct {
  const char *label;
  int64_t     length_ms;
} ranges[] = { { "last 1h", HOUR }, { "last 24h", DAY }, { "last 7d", 7 * DAY } };

static const char *const dashboards[][2] = {
  { "demo", "Nodes" },
  { "gateway", "API gateway" },
  { "database", "数据库 · Database" },
  { "evil", "<script>alert(1)</script> ../../etc/passwd" },
  { "rtl", "لوحة القيادة" },
};

static const char *const titles[] = { "CPU",       "Memory", "Requests",    "Latency p99",
                                      "5xx rate",  "Disk",   "Queue depth", "网络流量 · Network",
                                      "GC pauses", "Pods" };

static void
stop_on (GError *error)
{
  if (error == NULL)
    return;
  g_printerr ("make-archive: %s\n", error->message);
  exit (1); /* nocheck:exit a program of the tests */
}

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static cairo_status_t
write_cb (void *closure, const unsigned char *data, unsigned length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static void
draw_line (cairo_t *cr, unsigned seed, double level)
{
  for (int x = 60; x <= 980; x += 4) {
    double wave = sin (x / 57.0 + seed) * 40 + sin (x / 19.0 + seed * 3) * 22 +
                  sin (x / 7.3 + seed * 7) * 9;
    cairo_line_to (cr, x, level + wave);
  }
  cairo_stroke (cr);
}

static GBytes *
draw (unsigned seed)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 1000, 500);
  cairo_t         *cr = cairo_create (surface);
  GByteArray      *bytes = g_byte_array_new ();
  g_autofree char *title = g_strdup_printf ("Panel %u", seed);

  cairo_set_source_rgb (cr, .094, .106, .122);
  cairo_paint (cr);
  cairo_select_font_face (cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
  cairo_set_font_size (cr, 19);
  cairo_set_source_rgb (cr, .86, .88, .92);
  cairo_move_to (cr, 16, 32);
  cairo_show_text (cr, title);
  cairo_set_line_width (cr, 1);
  for (int i = 0; i < 6; i++) {
    cairo_set_source_rgb (cr, .17, .19, .23);
    cairo_move_to (cr, 60, 80.5 + i * 70);
    cairo_line_to (cr, 980, 80.5 + i * 70);
    cairo_stroke (cr);
  }
  cairo_set_line_width (cr, 2.5);
  cairo_set_source_rgb (cr, .45, .75, .41);
  draw_line (cr, seed, 190 + seed * 5 % 90);
  cairo_set_source_rgb (cr, .95, .8, .05);
  draw_line (cr, seed + 40, 300 + seed * 11 % 80);
  cairo_surface_write_to_png_stream (surface, write_cb, bytes);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  return g_byte_array_free_to_bytes (bytes);
}

static GBytes *
pack (const char *text)
{
  g_autoptr (GConverter) gzip = G_CONVERTER (
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
  g_autoptr (GInputStream)  from = g_memory_input_stream_new_from_data (text, -1, NULL);
  g_autoptr (GInputStream)  stream = g_converter_input_stream_new (from, gzip);
  g_autoptr (GOutputStream) to = g_memory_output_stream_new_resizable ();
  g_autoptr (GError)        error = NULL;

  g_output_stream_splice (to, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error);
  stop_on (error);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (to));
}

static GBytes *
make_data (void)
{
  g_autoptr (GString)   text = g_string_new ("# frame A\r\ntime,series,value\r\n");
  g_autoptr (GDateTime) start = g_date_time_new_utc (2026, 11, 25, 7, 0, 0);

  for (int i = 0; i < 150; i++) {
    g_autoptr (GDateTime) at = g_date_time_add_minutes (start, i);
    g_autofree char      *when = g_date_time_format (at, "%Y-%m-%dT%H:%M:%S.000Z");
    g_string_append_printf (text, "%s,\"web-%d, <b>bold</b>\",%d.5\r\n", when, i % 3, i * 7 % 50);
  }
  return pack (text->str);
}

static void
set_title (ShotCell *cell, unsigned panel)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (panel == 1) {
    g_string_append (text, "<img src=x onerror=alert(1)> ../../ ");
    while (text->len < 4000)
      g_string_append (text, "a very long title ");
  } else if (panel == 2) {
    g_string_append (text, "استخدام المعالج \u202eevil");
  } else {
    g_string_append_printf (text, "%s %u", titles[panel % G_N_ELEMENTS (titles)], panel);
  }
  set (&cell->panel_title, text->str);
}

static ShotCell *
make_cell (unsigned index, int64_t now_ms)
{
  ShotCell        *cell = shot_cell_new ();
  unsigned         panel = index / G_N_ELEMENTS (ranges);
  unsigned         range = index % G_N_ELEMENTS (ranges);
  unsigned         dashboard = panel / N_PANELS % G_N_ELEMENTS (dashboards);
  g_autofree char *key = g_strdup_printf ("panel-%u", panel + 1);

  set (&cell->dashboard_uid, dashboards[dashboard][0]);
  set (&cell->dashboard_title, dashboards[dashboard][1]);
  cell->dashboard_version = 12;
  set (&cell->panel_key, key);
  set_title (cell, panel);
  set (&cell->panel_kind, "timeseries");
  set (&cell->row, panel % 4 == 3 ? "Traffic" : "");
  set (&cell->range, ranges[range].label);
  set (&cell->variables, panel % 4 == 3 ? "{\"host\":[\"web-1\",\"web-2\"]}" : "{}");
  set (&cell->theme, "dark");
  set (&cell->timezone, "Asia/Shanghai");
  set (&cell->language, "en");
  cell->from_ms = now_ms - ranges[range].length_ms;
  cell->to_ms = now_ms;
  cell->width = 1000;
  cell->height = 500;
  cell->scale = 1;
  g_free (cell->key);
  cell->key = shot_cell_make_key (cell->dashboard_uid, cell->panel_key, cell->range,
                                  cell->variables);
  return cell;
}

static void
capture (ShotArchive *archive, ShotCell *cell, unsigned index, const Look *look, GBytes *data,
         GBytes *panel)
{
  g_autoptr (GError) error = NULL;
  bool               is_failed = index % 31 == 7;

  cell->state = is_failed ? SHOT_CELL_FAILED : SHOT_CELL_CAPTURED;
  set (&cell->failure, is_failed ? "timeout: the panel was still loading after 30 s" : NULL);
  if (index % 13 == 4)
    cell->flags = SHOT_CELL_FLAG_NO_DATA;
  if (index % 17 == 5) {
    cell->flags = SHOT_CELL_FLAG_THRESHOLD | SHOT_CELL_FLAG_EDITED;
    set (&cell->flag_detail, "5xx: 4.2 is above 3");
  }
  cell->picture_width = 1000;
  cell->picture_height = 500;
  cell->captured_ms = cell->to_ms + 4000;
  cell->duration_ms = 3400;
  set (&cell->timings, "{\"queue\":20,\"load\":900,\"settle\":420,\"capture\":130}");
  set (&cell->renderer, "panelshot " SHOT_VERSION " (local)");
  cell->attempts = is_failed ? 3 : 1;
  if (is_failed)
    shot_archive_record_cell (archive, cell, NULL, NULL, NULL, NULL, &error);
  else
    shot_archive_record_cell (archive, cell, look->picture, look->thumbnail, data, panel, &error);
  stop_on (error);
}

static void
compare (ShotArchive *archive, ShotCell *cell, unsigned index, const ShotCell *previous,
         const ShotCell *week)
{
  static const char *const reasons[] = { "3 series gone", "mean 4.1× last week",
                                         "no data, had data yesterday" };
  g_autoptr (GError)       error = NULL;

  if (previous == NULL || cell->state != SHOT_CELL_CAPTURED)
    return;
  cell->previous_id = previous->id;
  cell->week_id = week != NULL ? week->id : 0;
  cell->score = index % 5 == 0 ? .35 + index % 60 / 100. : .08;
  cell->picture_change = index % 5 == 0 ? .212 : .01;
  set (&cell->reason, index % 5 == 0 ? reasons[index % 3] : "");
  shot_archive_set_change (archive, cell, &error);
  stop_on (error);
}

static ShotRun *
make_run (const char *plan, const char *title, const char *grafana, int64_t now_ms)
{
  ShotRun *run = shot_run_new ();

  set (&run->plan, plan);
  set (&run->title, title);
  g_autofree char *plan_text = g_strdup_printf ("grafana: { address: '%s' }\nranges: [last 1h]\n"
                                                "dashboards: [{ uid: demo }, { uid: gateway }]\n",
                                                grafana);
  set (&run->grafana, grafana);
  set (&run->trigger, "schedule");
  set (&run->plan_text, plan_text);
  set (&run->reviewers, "rita, bo");
  set (&run->timezone, "Asia/Shanghai");
  set (&run->version, SHOT_VERSION);
  run->now_ms = now_ms;
  run->started_ms = now_ms + 1000;
  return run;
}

static void
judge_all (ShotArchive *archive, int64_t run_id, unsigned count)
{
  ShotCellFilter filter = { .run_id = run_id, .filter = SHOT_CELLS_UNCONFIRMED, .limit = 5000 };
  g_autoptr (ShotVerdict) verdict = shot_verdict_new ();
  g_autoptr (GError)      error = NULL;
  g_autofree char        *head = NULL;

  verdict->kind = SHOT_VERDICT_OK;
  set (&verdict->note, "");
  set (&verdict->user, "bo");
  set (&verdict->origin, "cli");
  shot_archive_set_verdicts (archive, &filter, count, verdict, &error);
  stop_on (error);
  shot_archive_sign_run (archive, run_id, "bo", "cli", "All quiet.", count, false, &head, &error);
  stop_on (error);
}

typedef struct {
  ShotArchive *archive;
  Look         looks[N_LOOKS];
  GBytes      *data;
  GBytes      *panel;
} Maker;

/* @n_done: cells that were captured before the run was interrupted; all of them: it ended. Returns the
 * cells; the run's id in @out_run. */
static GPtrArray *
add_run (Maker *self, ShotRun *run, unsigned n_cells, unsigned n_done, unsigned turn,
         GPtrArray *previous, GPtrArray *week)
{
  GPtrArray         *cells = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  g_autoptr (GError) error = NULL;

  for (unsigned i = 0; i < n_cells; i++)
    g_ptr_array_add (cells, make_cell (i, run->now_ms));
  shot_archive_begin_run (self->archive, run, cells, &error);
  stop_on (error);
  for (unsigned i = 0; i < n_done; i++) {
    const Look *look = &self->looks[(i + (i % 5 == 0 ? turn : 0)) % N_LOOKS];
    capture (self->archive, cells->pdata[i], i, look, i < N_OLD ? self->data : NULL,
             i < N_OLD ? self->panel : NULL);
    if (previous != NULL && i < previous->len)
      compare (self->archive, cells->pdata[i], i, previous->pdata[i], week->pdata[i]);
  }
  if (n_done == n_cells)
    shot_archive_finish_run (self->archive, run->id, NULL, &error);
  stop_on (error);
  return cells;
}

static void
add_people (ShotArchive *archive)
{
  static const struct {
    const char *name;
    ShotRole    role;
  } people[] = { { "ada", SHOT_ROLE_ADMIN },
                 { "rita", SHOT_ROLE_REVIEWER },
                 { "bo", SHOT_ROLE_REVIEWER },
                 { "vic", SHOT_ROLE_VIEWER } };
  g_autoptr (ShotSecret) password = shot_secret_new (PASSWORD);
  g_autoptr (GError)     error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (people); i++) {
    shot_people_add (archive, people[i].name, people[i].role, password, &error);
    stop_on (error);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int64_t            now_ms = g_get_real_time () / 1000 / HOUR * HOUR;
  const char        *grafana = argc > 3 ? argv[3] : "https://grafana.example";
  unsigned           n_cells = argc > 2 ? (unsigned) strtoul (argv[2], NULL, 10) : N_OLD;
  Maker              self = { 0 };

  if (argc < 2 || n_cells < N_OLD)
    return 2;
  self.archive = shot_archive_open (argv[1], SHOT_ARCHIVE_WRITE, &error);
  stop_on (error);
  for (unsigned i = 0; i < N_LOOKS; i++) {
    self.looks[i].picture = draw (i);
    self.looks[i].thumbnail = shot_change_make_thumbnail (self.looks[i].picture, &error);
    stop_on (error);
  }
  self.data = make_data ();
  self.panel = pack ("{\"id\":1,\"title\":\"CPU\",\"type\":\"timeseries\"}");
  add_people (self.archive);

  g_autoptr (ShotRun)   week_run = make_run ("daily", "Daily inspection · 每日巡检", grafana,
                                             now_ms - 7 * DAY);
  g_autoptr (GPtrArray) week = add_run (&self, week_run, N_OLD, N_OLD, 0, NULL, NULL);
  judge_all (self.archive, week_run->id, N_OLD);
  g_autoptr (ShotRun)   day_run = make_run ("daily", "Daily inspection · 每日巡检", grafana,
                                            now_ms - DAY);
  g_autoptr (GPtrArray) day = add_run (&self, day_run, N_OLD, N_OLD, 1, week, week);
  judge_all (self.archive, day_run->id, N_OLD);
  g_autoptr (ShotRun)   weekly_run = make_run ("weekly", "Capacity", grafana, now_ms - 2 * HOUR);
  g_autoptr (GPtrArray) weekly = add_run (&self, weekly_run, 12, 6, 2, NULL, NULL);
  g_autoptr (ShotRun)   late_run = make_run ("late", "Overdue round", grafana, now_ms - 3 * HOUR);
  late_run->due_ms = now_ms - HOUR;
  g_autoptr (GPtrArray) late = add_run (&self, late_run, 24, 24, 3, NULL, NULL);
  g_autoptr (ShotRun) run = make_run ("daily", "Daily inspection · 每日巡检", grafana, now_ms);
  run->due_ms = now_ms + 5 * HOUR;
  g_autoptr (GPtrArray) cells = add_run (&self, run, n_cells, n_cells, 2, day, week);
  g_print ("{\"run\":%" G_GINT64_FORMAT ",\"late\":%" G_GINT64_FORMAT
           ",\"interrupted\":%" G_GINT64_FORMAT ",\"signed\":%" G_GINT64_FORMAT
           ",\"cell\":%" G_GINT64_FORMAT "}\n",
           run->id, late_run->id, weekly_run->id, day_run->id, ((ShotCell *) cells->pdata[0])->id);

  for (unsigned i = 0; i < N_LOOKS; i++) {
    g_bytes_unref (self.looks[i].picture);
    g_bytes_unref (self.looks[i].thumbnail);
  }
  g_bytes_unref (self.data);
  g_bytes_unref (self.panel);
  shot_archive_close (self.archive);
  return 0;
}

/* routes-cells.c: cells, their pictures, data and history */
#include "config.h"

#include <string.h>

#include "call.h"
#include "change.h"
#include "error.h"
#include "gzip.h"
#include "live.h"
#include "record-text.h"
#include "table.h"

#define MAX_CELLS 5000
#define DEFAULT_CELLS 200
#define MAX_OFFSET 1000000
#define MAX_HISTORY 200
#define DEFAULT_HISTORY 60
#define MAX_ROWS 1000
#define DEFAULT_ROWS 100
#define MAX_DATA_BYTES (64 * 1024 * 1024)
#define MAX_SIBLINGS 100
#define BYTES_OF_CELL 1024 /* more or less */

static gboolean
read_words (const char *text, unsigned *out_filter, GError **error)
{
  static const struct {
    const char *word;
    unsigned    bit;
  } words[] = {
    { "unconfirmed", SHOT_CELLS_UNCONFIRMED }, { "flagged", SHOT_CELLS_FLAGGED },
    { "changed", SHOT_CELLS_CHANGED },         { "abnormal", SHOT_CELLS_ABNORMAL },
    { "pending", SHOT_CELLS_PENDING },         { "failed", SHOT_CELLS_FAILED },
  };
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  for (char **part = parts; *part != NULL; part++) {
    unsigned bit = 0;
    for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
      bit |= g_str_equal (*part, words[i].word) ? words[i].bit : 0;
    if (bit == 0)
      return shot_body_fail ("filter",
                             "want some of unconfirmed, flagged, changed, abnormal, "
                             "pending and failed, with commas between",
                             error);
    *out_filter |= bit;
  }
  return TRUE;
}

gboolean
shot_call_read_filter (const char *filter, const char *text, const char *dashboard,
                       const char *range, ShotCellFilter *out_filter, GError **error)
{
  if (filter != NULL && *filter != '\0' && !read_words (filter, &out_filter->filter, error))
    return FALSE;
  out_filter->text = text != NULL && *text != '\0' ? text : NULL;
  out_filter->dashboard = dashboard != NULL && *dashboard != '\0' ? dashboard : NULL;
  out_filter->range = range != NULL && *range != '\0' ? range : NULL;
  return TRUE;
}

static gboolean
read_list (ShotCall *call, ShotCellFilter *out_filter, GError **error)
{
  const char *order = shot_query_get (call->query, "order");
  int64_t     offset = 0;
  int64_t     limit = DEFAULT_CELLS;

  if (order != NULL && !g_str_equal (order, "worst") && !g_str_equal (order, "plan"))
    return shot_query_fail (call->query, "order", "want worst or plan", error);
  if (!shot_call_read_filter (shot_query_get (call->query, "filter"),
                              shot_query_get (call->query, "text"),
                              shot_query_get (call->query, "dashboard"),
                              shot_query_get (call->query, "range"), out_filter, error) ||
      !shot_call_get_number (call, "offset", 0, MAX_OFFSET, &offset, error) ||
      !shot_call_get_number (call, "limit", 1, MAX_CELLS, &limit, error))
    return FALSE;
  out_filter->is_worst_first = order == NULL || g_str_equal (order, "worst");
  out_filter->offset = (unsigned) offset;
  out_filter->limit = (unsigned) limit;
  return TRUE;
}

static JsonArray *
describe_cells (const ShotCall *call, const GPtrArray *cells)
{
  JsonArray *array = json_array_sized_new (cells->len);

  for (unsigned i = 0; i < cells->len; i++)
    json_array_add_object_element (array, shot_call_describe_cell (call, cells->pdata[i], false));
  return array;
}

static gboolean
list_cells (ShotCall *call, ShotArchive *archive, GError **error)
{
  ShotCellFilter        filter = { .run_id = call->id };
  g_autoptr (ShotRun)   run = NULL;
  g_autoptr (GPtrArray) cells = NULL;
  unsigned              total = 0;
  GString              *text;

  if (!read_list (call, &filter, error))
    return FALSE;
  run = shot_archive_get_run (archive, call->id, error);
  cells = run != NULL ? shot_archive_list_cells (archive, &filter, &total, error) : NULL;
  if (cells == NULL)
    return FALSE;
  for (unsigned i = 0; i < cells->len; i++)
    shot_call_translate_cell (call, cells->pdata[i]);
  text = g_string_sized_new (cells->len * BYTES_OF_CELL);
  g_string_append (text, "{\"cells\":");
  shot_cells_write_json (cells, text);
  g_string_append_printf (text, ",\"total\":%u}", total);
  shot_call_take_bytes (call, g_string_free_to_bytes (text), "application/json");
  return TRUE;
}

static void
set_other (const ShotCall *call, ShotArchive *archive, JsonObject *object, const char *member,
           int64_t id)
{
  g_autoptr (ShotCell) cell = id != 0 ? shot_archive_get_cell (archive, id, NULL) : NULL;

  if (cell != NULL)
    json_object_set_object_member (object, member, shot_call_describe_cell (call, cell, false));
  else
    json_object_set_null_member (object, member);
}

/* The same panel with the same variables over the run's other ranges. */
static gboolean
add_siblings (const ShotCall *call, ShotArchive *archive, JsonObject *object, const ShotCell *cell,
              GError **error)
{
  ShotCellFilter        filter = { .run_id = cell->run_id,
                                   .dashboard = cell->dashboard_uid,
                                   .panel = cell->panel_key,
                                   .limit = MAX_CELLS };
  g_autoptr (GPtrArray) cells = shot_archive_list_cells (archive, &filter, NULL, error);
  JsonArray            *array;

  if (cells == NULL)
    return FALSE;
  array = json_array_new ();
  for (unsigned i = 0; i < cells->len && json_array_get_length (array) < MAX_SIBLINGS; i++) {
    ShotCell *other = cells->pdata[i];
    if (other->id != cell->id && g_str_equal (other->variables, cell->variables))
      json_array_add_object_element (array, shot_call_describe_cell (call, other, false));
  }
  json_object_set_array_member (object, "siblings", array);
  return TRUE;
}

static JsonObject *
describe_run_briefly (const ShotRun *run)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "id", run->id);
  json_object_set_string_member (object, "name", run->name);
  json_object_set_string_member (object, "state", shot_run_state_get_name (run->state));
  json_object_set_int_member (object, "now", run->now_ms);
  return object;
}

static gboolean
get_cell (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotCell)   cell = shot_archive_get_cell (archive, call->id, error);
  g_autoptr (ShotRun)    run = cell != NULL ? shot_archive_get_run (archive, cell->run_id, error)
                                            : NULL;
  g_autoptr (JsonObject) object = NULL;
  g_autofree char       *live = NULL;

  if (run == NULL)
    return FALSE;
  object = shot_call_describe_cell (call, cell, true);
  live = shot_live_make_address (run->grafana, cell);
  if (live != NULL)
    json_object_set_string_member (object, "live", live);
  else
    json_object_set_null_member (object, "live");
  set_other (call, archive, object, "previousCell", cell->previous_id);
  set_other (call, archive, object, "weekCell", cell->week_id);
  json_object_set_object_member (object, "run", describe_run_briefly (run));
  if (!add_siblings (call, archive, object, cell, error))
    return FALSE;
  shot_call_take_json (call, g_steal_pointer (&object));
  return TRUE;
}

/* ---- Files */

/* NULL for what is no picture. */
static const char *
get_picture_type (GBytes *bytes)
{
  size_t      length = 0;
  const char *data = g_bytes_get_data (bytes, &length);

  if (length >= 8 && memcmp (data, "\x89PNG\r\n\x1a\n", 8) == 0)
    return "image/png";
  if (length >= 12 && memcmp (data, "RIFF", 4) == 0 && memcmp (data + 8, "WEBP", 4) == 0)
    return "image/webp";
  return NULL;
}

static gboolean
fail_missing (GError **error, const char *what)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND, "there is no %s", what);
  return FALSE;
}

static gboolean
answer_picture (ShotCall *call, ShotArchive *archive, const char *hash, bool is_immutable,
                GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  const char        *type;

  if (shot_call_has_known (call, hash, is_immutable))
    return TRUE;
  bytes = shot_archive_get_object (archive, hash, error);
  if (bytes == NULL)
    return FALSE;
  type = get_picture_type (bytes);
  if (type == NULL)
    return fail_missing (error, "such picture");
  shot_call_take_bytes (call, g_steal_pointer (&bytes), type);
  return TRUE;
}

static bool
is_hash (const char *text)
{
  return strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

static gboolean
get_object (ShotCall *call, ShotArchive *archive, GError **error)
{
  return is_hash (call->name) ? answer_picture (call, archive, call->name, true, error)
                              : fail_missing (error, "such picture");
}

static gboolean
get_picture (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotCell) cell = shot_archive_get_cell (archive, call->id, error);

  if (cell == NULL)
    return FALSE;
  return cell->picture != NULL ? answer_picture (call, archive, cell->picture, false, error)
                               : fail_missing (error, "picture of this cell");
}

static gboolean
get_thumbnail (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotCell) cell = shot_archive_get_cell (archive, call->id, error);

  if (cell == NULL)
    return FALSE;
  return cell->thumbnail != NULL ? answer_picture (call, archive, cell->thumbnail, false, error)
                                 : fail_missing (error, "small picture of this cell");
}

/* What may be a file's name everywhere. (transfer full) */
static char *
make_file_name (const ShotCell *cell)
{
  g_autofree char *title = g_utf8_substring (cell->panel_title, 0,
                                             MIN (g_utf8_strlen (cell->panel_title, -1), 60));

  for (char *at = title; *at != '\0'; at++) {
    if (!g_ascii_isalnum (*at) && *at != '-' && *at != '_')
      *at = '_';
  }
  return g_strdup_printf ("%s-%" G_GINT64_FORMAT ".csv", title, cell->id);
}

static gboolean
answer_csv (ShotCall *call, const ShotCell *cell, GBytes *packed, GError **error)
{
  g_autofree char *name = make_file_name (cell);

  shot_call_add_header (call, "Content-Disposition",
                        g_strdup_printf ("attachment; filename=\"%s\"", name));
  shot_call_add_header (call, "Vary", g_strdup ("Accept-Encoding"));
  if (call->takes_gzip) {
    shot_call_add_header (call, "Content-Encoding", g_strdup ("gzip"));
    shot_call_take_bytes (call, g_bytes_ref (packed), "text/csv; charset=utf-8");
    return TRUE;
  }
  GBytes *plain = shot_gzip_unpack (packed, MAX_DATA_BYTES, error);
  if (plain == NULL)
    return FALSE;
  shot_call_take_bytes (call, plain, "text/csv; charset=utf-8");
  return TRUE;
}

static gboolean
answer_table (ShotCall *call, GBytes *packed, GError **error)
{
  g_autoptr (GBytes) plain = shot_gzip_unpack (packed, MAX_DATA_BYTES, error);
  int64_t            limit = DEFAULT_ROWS;
  int64_t            frame = 0;
  size_t             length = 0;
  JsonObject        *object;

  if (plain == NULL || !shot_call_get_number (call, "limit", 1, MAX_ROWS, &limit, error) ||
      !shot_call_get_number (call, "frame", 0, 1000, &frame, error))
    return FALSE;
  const char *text = g_bytes_get_data (plain, &length);
  object = shot_table_read (text != NULL ? text : "", length, (unsigned) frame, (unsigned) limit,
                            error);
  if (object == NULL)
    return FALSE;
  shot_call_take_json (call, object);
  return TRUE;
}

static gboolean
get_data (ShotCall *call, ShotArchive *archive, GError **error)
{
  const char          *format = shot_query_get (call->query, "format");
  g_autoptr (ShotCell) cell = NULL;
  g_autoptr (GBytes)   packed = NULL;

  if (format != NULL && !g_str_equal (format, "json") && !g_str_equal (format, "csv"))
    return shot_query_fail (call->query, "format", "want csv or json", error);
  cell = shot_archive_get_cell (archive, call->id, error);
  if (cell == NULL)
    return FALSE;
  if (cell->data == NULL)
    return fail_missing (error, "data of this cell");
  packed = shot_archive_get_object (archive, cell->data, error);
  if (packed == NULL)
    return FALSE;
  return g_strcmp0 (format, "json") == 0 ? answer_table (call, packed, error)
                                         : answer_csv (call, cell, packed, error);
}

static gboolean
get_panel (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotCell) cell = shot_archive_get_cell (archive, call->id, error);
  g_autoptr (GBytes)   packed = NULL;
  GBytes              *plain;

  if (cell == NULL)
    return FALSE;
  if (cell->panel_json == NULL)
    return fail_missing (error, "panel JSON of this cell");
  packed = shot_archive_get_object (archive, cell->panel_json, error);
  plain = packed != NULL ? shot_gzip_unpack (packed, MAX_DATA_BYTES, error) : NULL;
  if (plain == NULL)
    return FALSE;
  shot_call_take_bytes (call, plain, "application/json");
  return TRUE;
}

/* ---- Difference */

/* Two at a time: each takes a processor, which renders need, too. */
#define MAX_DRAWINGS 2
#define MAX_WAITING 32

typedef struct {
  GBytes *now;
  GBytes *before;
} Pair;

static void
pair_free (void *data)
{
  Pair *pair = data;

  g_clear_pointer (&pair->now, g_bytes_unref);
  g_clear_pointer (&pair->before, g_bytes_unref);
  g_free (pair);
}

/* The cell that @cell is to be compared with. (transfer full) */
static ShotCell *
find_other (ShotCall *call, ShotArchive *archive, const ShotCell *cell, GError **error)
{
  bool                 is_week = g_str_equal (shot_query_get (call->query, "with"), "week");
  int64_t              id = is_week ? cell->week_id : cell->previous_id;
  g_autoptr (ShotCell) other = NULL;

  if (cell->picture == NULL || id == 0) {
    fail_missing (error, "such picture to compare with");
    return NULL;
  }
  other = shot_archive_get_cell (archive, id, error);
  if (other == NULL || other->picture != NULL)
    return g_steal_pointer (&other);
  fail_missing (error, "such picture to compare with");
  return NULL;
}

static gboolean
read_pair (ShotCall *call, ShotArchive *archive, GError **error)
{
  const char          *with = shot_query_get (call->query, "with");
  g_autoptr (ShotCell) cell = NULL;
  g_autoptr (ShotCell) other = NULL;
  g_autofree char     *tag = NULL;
  Pair                *pair;

  if (with == NULL)
    return shot_query_fail_missing (call->query, "with", error);
  if (!g_str_equal (with, "previous") && !g_str_equal (with, "week"))
    return shot_query_fail (call->query, "with", "want previous or week", error);
  cell = shot_archive_get_cell (archive, call->id, error);
  other = cell != NULL ? find_other (call, archive, cell, error) : NULL;
  if (other == NULL)
    return FALSE;
  tag = g_strdup_printf ("%.32s-%.32s", cell->picture, other->picture);
  if (shot_call_has_known (call, tag, false))
    return TRUE;
  pair = g_new0 (Pair, 1);
  shot_call_set_data (call, pair, pair_free);
  pair->now = shot_archive_get_object (archive, cell->picture, error);
  pair->before = pair->now != NULL ? shot_archive_get_object (archive, other->picture, error)
                                   : NULL;
  return pair->before != NULL;
}

static void
draw_cb (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  const Pair *pair = data;
  GError     *error = NULL;
  GBytes     *drawing = shot_change_draw (pair->now, pair->before, &error);

  if (drawing != NULL)
    g_task_return_pointer (task, drawing, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

static void begin_drawing (ShotCall *call);

static void
drawn_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotCall   *call = user_data;
  ShotReview *review = call->review;
  GBytes     *drawing = g_task_propagate_pointer (G_TASK (result), &call->error);

  if (drawing != NULL)
    shot_call_take_bytes (call, drawing, "image/png");
  shot_call_finish (call);
  review->n_drawings--;
  if (!g_queue_is_empty (&review->drawings))
    begin_drawing (g_queue_pop_head (&review->drawings));
}

static void
begin_drawing (ShotCall *call)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, drawn_cb, call);

  call->review->n_drawings++;
  g_task_set_task_data (task, call->data, NULL);
  g_task_run_in_thread (task, draw_cb);
}

static void
draw (ShotCall *call)
{
  ShotReview *review = call->review;

  if (call->data == NULL) {
    shot_call_finish (call);
  } else if (review->n_drawings < MAX_DRAWINGS) {
    begin_drawing (call);
  } else if (review->drawings.length < MAX_WAITING) {
    g_queue_push_tail (&review->drawings, call);
  } else {
    g_set_error (&call->error, SHOT_ERROR, SHOT_ERROR_BUSY,
                 "too many differences are being drawn: try again");
    shot_call_finish (call);
  }
}

/* ---- History */

static gboolean
add_run (ShotArchive *archive, JsonObject *runs, int64_t id, GError **error)
{
  g_autofree char    *name = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  g_autoptr (ShotRun) run = NULL;

  if (json_object_has_member (runs, name))
    return TRUE;
  run = shot_archive_get_run (archive, id, error);
  if (run == NULL)
    return FALSE;
  json_object_set_object_member (runs, name, describe_run_briefly (run));
  return TRUE;
}

static gboolean
get_history (ShotCall *call, ShotArchive *archive, GError **error)
{
  ShotCellFilter         filter = { 0 };
  int64_t                id = 0;
  int64_t                limit = DEFAULT_HISTORY;
  g_autoptr (ShotCell)   cell = NULL;
  g_autoptr (GPtrArray)  cells = NULL;
  g_autoptr (JsonObject) runs = json_object_new ();
  JsonObject            *object;

  if (shot_query_get (call->query, "cell") == NULL)
    return shot_query_fail_missing (call->query, "cell", error);
  if (!shot_call_get_number (call, "cell", 1, G_MAXINT64, &id, error) ||
      !shot_call_get_number (call, "before", 1, G_MAXINT64, &filter.before_id, error) ||
      !shot_call_get_number (call, "limit", 1, MAX_HISTORY, &limit, error))
    return FALSE;
  cell = shot_archive_get_cell (archive, id, error);
  if (cell == NULL)
    return FALSE;
  filter.key = cell->key;
  filter.limit = (unsigned) limit;
  cells = shot_archive_list_cells (archive, &filter, NULL, error);
  if (cells == NULL)
    return FALSE;
  for (unsigned i = 0; i < cells->len; i++) {
    if (!add_run (archive, runs, ((const ShotCell *) cells->pdata[i])->run_id, error))
      return FALSE;
  }
  object = json_object_new ();
  json_object_set_array_member (object, "cells", describe_cells (call, cells));
  json_object_set_object_member (object, "runs", g_steal_pointer (&runs));
  shot_call_take_json (call, object);
  return TRUE;
}

const ShotRoute shot_routes_cells[] = {
  { "GET", "/api/v1/runs/{id}/cells", SHOT_ROLE_VIEWER, 0, list_cells },
  { "GET", "/api/v1/cells/{id}", SHOT_ROLE_VIEWER, 0, get_cell },
  { "GET", "/api/v1/cells/{id}/picture", SHOT_ROLE_VIEWER, 0, get_picture },
  { "GET", "/api/v1/cells/{id}/thumbnail", SHOT_ROLE_VIEWER, 0, get_thumbnail },
  { "GET", "/api/v1/cells/{id}/data", SHOT_ROLE_VIEWER, 0, get_data },
  { "GET", "/api/v1/cells/{id}/panel", SHOT_ROLE_VIEWER, 0, get_panel },
  { "GET", "/api/v1/cells/{id}/difference", SHOT_ROLE_VIEWER, 0, read_pair, draw },
  { "GET", "/api/v1/objects/{hash}", SHOT_ROLE_VIEWER, 0, get_object },
  { "GET", "/api/v1/history", SHOT_ROLE_VIEWER, 0, get_history },
  { NULL },
};

#include "config.h"

#include <string.h>

#include "archive-private.h"
#include "error.h"
#include "objects.h"

#define MAX_CELLS 5000

const char shot_cell_columns[] =
    "id, run_id, position, key, dashboard_uid, dashboard_title, dashboard_version, panel_key,"
    " panel_title, panel_kind, row, range, from_ms, to_ms, variables, width, height, scale, theme,"
    " timezone, language, state, flags, flag_detail, failure, picture, picture_width,"
    " picture_height, thumbnail, data, panel_json, captured_ms, duration_ms, timings, renderer,"
    " attempts, added_by, score, reason, picture_change, previous_id, week_id, verdict_revision,"
    " verdict_kind, verdict_severity, verdict_note, verdict_user, verdict_origin, verdict_at_ms";

static void
take_text (char **target, ShotStatement *row)
{
  g_free (*target);
  *target = shot_statement_get_text (row);
}

static void
read_verdict (ShotVerdict *verdict, int64_t cell_id, ShotStatement *row)
{
  verdict->cell_id = cell_id;
  verdict->revision = (unsigned) shot_statement_get_int (row);
  verdict->kind = (ShotVerdictKind) shot_statement_get_int (row);
  verdict->severity = (ShotSeverity) shot_statement_get_int (row);
  take_text (&verdict->note, row);
  take_text (&verdict->user, row);
  take_text (&verdict->origin, row);
  verdict->at_ms = shot_statement_get_int (row);
}

ShotCell *
shot_archive_read_cell (ShotStatement *row)
{
  ShotCell *cell = shot_cell_new ();

  cell->id = shot_statement_get_int (row);
  cell->run_id = shot_statement_get_int (row);
  cell->position = (unsigned) shot_statement_get_int (row);
  take_text (&cell->key, row);
  take_text (&cell->dashboard_uid, row);
  take_text (&cell->dashboard_title, row);
  cell->dashboard_version = shot_statement_get_int (row);
  take_text (&cell->panel_key, row);
  take_text (&cell->panel_title, row);
  take_text (&cell->panel_kind, row);
  take_text (&cell->row, row);
  take_text (&cell->range, row);
  cell->from_ms = shot_statement_get_int (row);
  cell->to_ms = shot_statement_get_int (row);
  take_text (&cell->variables, row);
  cell->width = (int) shot_statement_get_int (row);
  cell->height = (int) shot_statement_get_int (row);
  cell->scale = shot_statement_get_real (row);
  take_text (&cell->theme, row);
  take_text (&cell->timezone, row);
  take_text (&cell->language, row);
  cell->state = (ShotCellState) shot_statement_get_int (row);
  cell->flags = (unsigned) shot_statement_get_int (row);
  take_text (&cell->flag_detail, row);
  take_text (&cell->failure, row);
  take_text (&cell->picture, row);
  cell->picture_width = (int) shot_statement_get_int (row);
  cell->picture_height = (int) shot_statement_get_int (row);
  take_text (&cell->thumbnail, row);
  take_text (&cell->data, row);
  take_text (&cell->panel_json, row);
  cell->captured_ms = shot_statement_get_int (row);
  cell->duration_ms = shot_statement_get_int (row);
  take_text (&cell->timings, row);
  take_text (&cell->renderer, row);
  cell->attempts = (unsigned) shot_statement_get_int (row);
  take_text (&cell->added_by, row);
  cell->score = shot_statement_get_real (row);
  take_text (&cell->reason, row);
  cell->picture_change = shot_statement_get_real (row);
  cell->previous_id = shot_statement_get_int (row);
  cell->week_id = shot_statement_get_int (row);
  read_verdict (&cell->verdict, cell->id, row);
  return cell;
}

/* What the plan says of a cell, in the order of the columns below. */
static void
add_place (ShotStatement *insert, const ShotCell *cell)
{
  shot_statement_add_text (insert, cell->key);
  shot_statement_add_text (insert, cell->dashboard_uid);
  shot_statement_add_text (insert, cell->range);
  shot_statement_add_text (insert, cell->panel_key);
  shot_statement_add_text (insert, cell->row);
  shot_statement_add_int (insert, cell->from_ms);
  shot_statement_add_int (insert, cell->to_ms);
  shot_statement_add_text (insert, cell->variables);
  shot_statement_add_int (insert, cell->width);
  shot_statement_add_int (insert, cell->height);
  shot_statement_add_real (insert, cell->scale);
  shot_statement_add_text (insert, cell->theme);
  shot_statement_add_text (insert, cell->timezone);
  shot_statement_add_text (insert, cell->language);
  shot_statement_add_text (insert, cell->added_by);
}

#define PLACE_COLUMNS                                                                           \
  "key, dashboard_uid, range, panel_key, row, from_ms, to_ms, variables, width, height, scale," \
  " theme, timezone, language, added_by"

/* What a capture fills. */
static void
add_capture (ShotStatement *statement, const ShotCell *cell)
{
  shot_statement_add_int (statement, cell->state);
  shot_statement_add_int (statement, cell->flags);
  shot_statement_add_text (statement, cell->flag_detail);
  shot_statement_add_text (statement, cell->failure);
  shot_statement_add_text (statement, cell->dashboard_title);
  shot_statement_add_int (statement, cell->dashboard_version);
  shot_statement_add_text (statement, cell->panel_title);
  shot_statement_add_text (statement, cell->panel_kind);
  shot_statement_add_text (statement, cell->picture);
  shot_statement_add_int (statement, cell->picture_width);
  shot_statement_add_int (statement, cell->picture_height);
  shot_statement_add_text (statement, cell->thumbnail);
  shot_statement_add_text (statement, cell->data);
  shot_statement_add_text (statement, cell->panel_json);
  shot_statement_add_int (statement, cell->captured_ms);
  shot_statement_add_int (statement, cell->duration_ms);
  shot_statement_add_text (statement, cell->timings);
  shot_statement_add_text (statement, cell->renderer);
  shot_statement_add_int (statement, cell->attempts);
}

#define CAPTURE_COLUMNS                                                                            \
  "state, flags, flag_detail, failure, dashboard_title, dashboard_version, panel_title,"           \
  " panel_kind, picture, picture_width, picture_height, thumbnail, data, panel_json, captured_ms," \
  " duration_ms, timings, renderer, attempts"

static void
add_change (ShotStatement *statement, const ShotCell *cell)
{
  shot_statement_add_real (statement, cell->score);
  shot_statement_add_text (statement, cell->reason);
  shot_statement_add_real (statement, cell->picture_change);
  shot_statement_add_int (statement, cell->previous_id);
  shot_statement_add_int (statement, cell->week_id);
}

#define CHANGE_COLUMNS "score, reason, picture_change, previous_id, week_id"

gboolean
shot_archive_insert_cell (ShotArchive *self, ShotCell *cell, int64_t run_now_ms, GError **error)
{
  g_autoptr (ShotStatement) insert = shot_statement_new (
      self->database, "INSERT INTO cells (run_id, position, run_now_ms, " PLACE_COLUMNS
                      ", " CAPTURE_COLUMNS ", " CHANGE_COLUMNS ") VALUES (?, ?, ?,"
                      " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                      " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

  shot_statement_add_int (insert, cell->run_id);
  shot_statement_add_int (insert, cell->position);
  shot_statement_add_int (insert, run_now_ms);
  add_place (insert, cell);
  add_capture (insert, cell);
  add_change (insert, cell);
  if (!shot_statement_run (insert, error))
    return FALSE;
  cell->id = shot_database_get_last_id (self->database);
  return shot_archive_fold_cell (self, cell->id, error);
}

gboolean
shot_archive_fold_cell (ShotArchive *self, int64_t cell_id, GError **error)
{
  g_autoptr (ShotStatement) update = shot_statement_new (
      self->database, "UPDATE cells SET search = shot_fold (panel_title || char (10)"
                      " || dashboard_title || char (10) || row || char (10) || reason || char (10)"
                      " || verdict_note || char (10) || flag_detail || char (10)"
                      " || coalesce (failure, '')) WHERE id = ?");

  shot_statement_add_int (update, cell_id);
  return shot_statement_run (update, error);
}

gboolean
shot_archive_add_cell (ShotArchive *self, ShotCell *cell, GError **error)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT now_ms, (SELECT max (position) FROM cells WHERE run_id = runs.id)"
                      " FROM runs WHERE id = ?");

  if (!shot_archive_begin (self, &transaction, error) ||
      !shot_archive_check_open (self, cell->run_id, NULL, error))
    return FALSE;
  shot_statement_add_int (query, cell->run_id);
  if (shot_statement_step (query, error) != SHOT_STEP_ROW)
    return FALSE;
  int64_t now_ms = shot_statement_get_int (query);
  cell->position = (unsigned) shot_statement_get_int (query) + 1;
  cell->state = SHOT_CELL_PENDING;
  return shot_archive_insert_cell (self, cell, now_ms, error) &&
         shot_archive_add_event (self, "cell", cell->run_id, cell->id, error) &&
         shot_archive_commit (self, &transaction, error);
}

/* A file of a cell. */
typedef struct {
  GBytes *bytes; /* (borrowed) (nullable) */
  char   *hash;  /* (owned) (nullable) */
} File;

enum {
  PICTURE,
  THUMBNAIL,
  DATA,
  PANEL,
  N_FILES
};

static void
clear_files (File *files)
{
  for (size_t i = 0; i < N_FILES; i++)
    g_clear_pointer (&files[i].hash, g_free);
}

/* Before the transaction, which others wait for. */
static gboolean
store_files (ShotArchive *self, File *files, GError **error)
{
  for (size_t i = 0; i < N_FILES; i++) {
    if (files[i].bytes == NULL)
      continue;
    files[i].hash = shot_object_store (self->folder, files[i].bytes, error);
    if (files[i].hash == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
update_capture (ShotArchive *self, const ShotCell *cell, GError **error)
{
  g_autoptr (ShotStatement) update = shot_statement_new (
      self->database, "UPDATE cells SET (" CAPTURE_COLUMNS
                      ") = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?");

  add_capture (update, cell);
  shot_statement_add_int (update, cell->id);
  if (!shot_statement_run (update, error))
    return FALSE;
  if (shot_database_get_changes (self->database) == 0)
    return shot_archive_fail_missing ("cell", cell->id, error);
  return shot_archive_fold_cell (self, cell->id, error);
}

static gboolean
write_capture (ShotArchive *self, ShotCell *cell, const File *files, GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;

  if (!shot_archive_begin (self, &transaction, error))
    return FALSE;
  for (size_t i = 0; i < N_FILES; i++) {
    if (files[i].hash != NULL && !shot_object_keep (self, files[i].hash, files[i].bytes, error))
      return FALSE;
  }
  return update_capture (self, cell, error) &&
         shot_archive_add_event (self, "cell", cell->run_id, cell->id, error) &&
         shot_archive_commit (self, &transaction, error);
}

gboolean
shot_archive_record_cell (ShotArchive *self, ShotCell *cell, GBytes *picture, GBytes *thumbnail,
                          GBytes *data, GBytes *panel_json, GError **error)
{
  File   files[N_FILES] = { { picture }, { thumbnail }, { data }, { panel_json } };
  char **hashes[N_FILES] = { &cell->picture, &cell->thumbnail, &cell->data, &cell->panel_json };
  char  *before[N_FILES];

  if (!shot_archive_check_open (self, cell->run_id, NULL, error) ||
      !store_files (self, files, error)) {
    clear_files (files);
    return FALSE;
  }
  for (size_t i = 0; i < N_FILES; i++) {
    before[i] = *hashes[i];
    *hashes[i] = files[i].hash;
  }

  gboolean is_written = write_capture (self, cell, files, error);
  for (size_t i = 0; i < N_FILES; i++) {
    if (!is_written) {
      g_free (*hashes[i]);
      *hashes[i] = before[i];
    } else {
      g_free (before[i]);
    }
  }
  return is_written;
}

gboolean
shot_archive_set_change (ShotArchive *self, const ShotCell *cell, GError **error)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotStatement) update = shot_statement_new (self->database,
                                                         "UPDATE cells SET (" CHANGE_COLUMNS
                                                         ") = (?, ?, ?, ?, ?) WHERE id = ?");

  add_change (update, cell);
  shot_statement_add_int (update, cell->id);
  if (!shot_archive_begin (self, &transaction, error) || !shot_statement_run (update, error))
    return FALSE;
  if (shot_database_get_changes (self->database) == 0)
    return shot_archive_fail_missing ("cell", cell->id, error);
  return shot_archive_fold_cell (self, cell->id, error) &&
         shot_archive_add_event (self, "cell", cell->run_id, cell->id, error) &&
         shot_archive_commit (self, &transaction, error);
}

static const struct {
  unsigned    bit;
  const char *sql;
} conditions[] = {
  { SHOT_CELLS_UNCONFIRMED, " AND verdict_kind = 0" },
  { SHOT_CELLS_FLAGGED, " AND (flags <> 0 OR state = 2)" },
  { SHOT_CELLS_CHANGED, " AND score >= 0.3" },
  { SHOT_CELLS_ABNORMAL, " AND verdict_kind = 2" },
  { SHOT_CELLS_PENDING, " AND state = 0" },
  { SHOT_CELLS_FAILED, " AND state = 2" },
};

static bool
has_text (const ShotCellFilter *filter)
{
  return filter->text != NULL && *filter->text != '\0';
}

char *
shot_cell_filter_make_where (const ShotCellFilter *filter)
{
  GString *where = g_string_new (" WHERE 1");

  if (filter->run_id != 0)
    g_string_append (where, " AND run_id = ?");
  if (filter->key != NULL)
    g_string_append (where, " AND key = ?");
  if (filter->before_id != 0)
    g_string_append (where, " AND (run_now_ms, id) <"
                            " (SELECT run_now_ms, id FROM cells WHERE id = ?)");
  for (size_t i = 0; i < G_N_ELEMENTS (conditions); i++) {
    if (filter->filter & conditions[i].bit)
      g_string_append (where, conditions[i].sql);
  }
  if (filter->dashboard != NULL)
    g_string_append (where, " AND dashboard_uid = ?");
  if (filter->range != NULL)
    g_string_append (where, " AND range = ?");
  if (filter->panel != NULL)
    g_string_append (where, " AND panel_key = ?");
  if (has_text (filter))
    g_string_append (where, " AND instr (search, shot_fold (?)) > 0");
  return g_string_free (where, FALSE);
}

void
shot_cell_filter_bind (const ShotCellFilter *filter, ShotStatement *statement)
{
  if (filter->run_id != 0)
    shot_statement_add_int (statement, filter->run_id);
  if (filter->key != NULL)
    shot_statement_add_text (statement, filter->key);
  if (filter->before_id != 0)
    shot_statement_add_int (statement, filter->before_id);
  if (filter->dashboard != NULL)
    shot_statement_add_text (statement, filter->dashboard);
  if (filter->range != NULL)
    shot_statement_add_text (statement, filter->range);
  if (filter->panel != NULL)
    shot_statement_add_text (statement, filter->panel);
  if (has_text (filter))
    shot_statement_add_text (statement, filter->text);
}

static gboolean
count_cells (ShotArchive *self, const ShotCellFilter *filter, const char *where,
             unsigned *out_total, GError **error)
{
  g_autofree char          *sql = g_strconcat ("SELECT count(*) FROM cells", where, NULL);
  g_autoptr (ShotStatement) query = shot_statement_new (self->database, sql);

  shot_cell_filter_bind (filter, query);
  if (shot_statement_step (query, error) != SHOT_STEP_ROW)
    return FALSE;
  *out_total = (unsigned) shot_statement_get_int (query);
  return TRUE;
}

GPtrArray *
shot_archive_list_cells (ShotArchive *self, const ShotCellFilter *filter, unsigned *out_total,
                         GError **error)
{
  const char *order = filter->is_worst_first ? "worst DESC, position" : "position";

  if (filter->run_id == 0 && filter->key == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "cells of which run, or of which key?");
    return NULL;
  }
  if (filter->key != NULL)
    order = "run_now_ms DESC, id DESC";

  g_autofree char          *where = shot_cell_filter_make_where (filter);
  g_autofree char          *sql = g_strconcat ("SELECT ", shot_cell_columns, " FROM cells", where,
                                               " ORDER BY ", order, " LIMIT ? OFFSET ?", NULL);
  g_autoptr (ShotStatement) query = shot_statement_new (self->database, sql);
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  unsigned              total = 0;
  ShotStep              step;

  shot_cell_filter_bind (filter, query);
  shot_statement_add_int (query, CLAMP (filter->limit, 1, MAX_CELLS));
  shot_statement_add_int (query, filter->offset);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW)
    g_ptr_array_add (cells, shot_archive_read_cell (query));
  if (step == SHOT_STEP_FAILED)
    return NULL;
  if (out_total != NULL) {
    if (!count_cells (self, filter, where, &total, error))
      return NULL;
    *out_total = total;
  }
  return g_steal_pointer (&cells);
}

static ShotCell *
read_first (ShotStatement *query, GError **error)
{
  return shot_statement_step (query, error) == SHOT_STEP_ROW ? shot_archive_read_cell (query)
                                                             : NULL;
}

ShotCell *
shot_archive_get_cell (ShotArchive *self, int64_t id, GError **error)
{
  g_autofree char *sql = g_strconcat ("SELECT ", shot_cell_columns, " FROM cells WHERE id = ?",
                                      NULL);
  g_autoptr (ShotStatement) query = shot_statement_new (self->database, sql);
  g_autoptr (GError)        cause = NULL;

  shot_statement_add_int (query, id);
  ShotCell *cell = read_first (query, &cause);
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (cell == NULL)
    shot_archive_fail_missing ("cell", id, error);
  return cell;
}

static ShotCell *
find_before (ShotArchive *self, const ShotCell *cell, GError **error)
{
  g_autofree char *sql = g_strconcat (
      "SELECT ", shot_cell_columns,
      " FROM cells WHERE key = ? AND state = 1 AND run_id <> ? AND (run_now_ms, run_id) <"
      " ((SELECT now_ms FROM runs WHERE id = ?), ?) ORDER BY run_now_ms DESC, id DESC LIMIT 1",
      NULL);
  g_autoptr (ShotStatement) query = shot_statement_new (self->database, sql);

  shot_statement_add_text (query, cell->key);
  shot_statement_add_int (query, cell->run_id);
  shot_statement_add_int (query, cell->run_id);
  shot_statement_add_int (query, cell->run_id);
  return read_first (query, error);
}

static ShotCell *
find_around (ShotArchive *self, const ShotCell *cell, int64_t at_ms, int64_t tolerance_ms,
             GError **error)
{
  g_autofree char *sql = g_strconcat (
      "SELECT ", shot_cell_columns,
      " FROM cells WHERE key = ? AND state = 1 AND run_id <> ? AND run_now_ms BETWEEN ? AND ?"
      " ORDER BY abs (run_now_ms - ?), id DESC LIMIT 1",
      NULL);
  g_autoptr (ShotStatement) query = shot_statement_new (self->database, sql);

  shot_statement_add_text (query, cell->key);
  shot_statement_add_int (query, cell->run_id);
  shot_statement_add_int (query, at_ms - tolerance_ms);
  shot_statement_add_int (query, at_ms + tolerance_ms);
  shot_statement_add_int (query, at_ms);
  return read_first (query, error);
}

ShotCell *
shot_archive_find_same_cell (ShotArchive *self, const ShotCell *cell, int64_t at_ms,
                             int64_t tolerance_ms, GError **error)
{
  return at_ms == 0 ? find_before (self, cell, error)
                    : find_around (self, cell, at_ms, tolerance_ms, error);
}

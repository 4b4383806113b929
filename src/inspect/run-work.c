/* run-work.c: what a run asks of the archive, in the archive's thread */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "expand.h"
#include "run-private.h"

#define PAGE 5000

void
shot_run_opening_free (void *opening)
{
  RunOpening *self = opening;

  if (self == NULL)
    return;
  g_clear_pointer (&self->run, shot_run_free);
  g_clear_pointer (&self->cells, g_ptr_array_unref);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_free (self->plan);
  g_free (self->label);
  g_free (self->user);
  g_free (self);
}

static gboolean
lock (ShotArchive *archive, RunOpening *self, const char *plan, GError **error)
{
  self->lock_fd = shot_archive_lock_plan (archive, plan, error);
  return self->lock_fd >= 0;
}

/* All cells of the run that are to be captured. */
static GPtrArray *
list_pending (ShotArchive *archive, int64_t run_id, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  ShotCellFilter        filter = { .run_id = run_id, .filter = SHOT_CELLS_PENDING, .limit = PAGE };

  for (;;) {
    g_autoptr (GPtrArray) page = shot_archive_list_cells (archive, &filter, NULL, error);
    if (page == NULL)
      return NULL;
    for (unsigned i = 0; i < page->len; i++)
      g_ptr_array_add (all, shot_cell_copy (page->pdata[i]));
    if (page->len < PAGE)
      return g_steal_pointer (&all);
    filter.offset += page->len;
  }
}

static gboolean
resume (ShotArchive *archive, RunOpening *self, GError **error)
{
  unsigned n_again = 0;

  self->run = shot_archive_get_run (archive, self->run_id, error);
  if (self->run == NULL)
    return FALSE;
  if (g_strcmp0 (self->run->plan, self->plan) != 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the run %s is one of the plan \"%s\", not of \"%s\"", self->run->name,
                 self->run->plan, self->plan);
    return FALSE;
  }
  if (!lock (archive, self, self->plan, error))
    return FALSE;
  if (self->kind == OPEN_RETRY && !shot_archive_reopen_run (archive, self->run_id, &n_again, error))
    return FALSE;
  self->cells = list_pending (archive, self->run_id, error);
  return self->cells != NULL;
}

static void
copy_place (ShotCell *to, const ShotCell *from)
{
  const struct {
    char      **to;
    const char *from;
  } texts[] = {
    { &to->dashboard_uid, from->dashboard_uid }, { &to->dashboard_title, from->dashboard_title },
    { &to->panel_key, from->panel_key },         { &to->panel_title, from->panel_title },
    { &to->panel_kind, from->panel_kind },       { &to->row, from->row },
    { &to->variables, from->variables },         { &to->theme, from->theme },
    { &to->timezone, from->timezone },           { &to->language, from->language },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_free (*texts[i].to);
    *texts[i].to = g_strdup (texts[i].from);
  }
  to->dashboard_version = from->dashboard_version;
  to->width = from->width;
  to->height = from->height;
  to->scale = from->scale;
  to->run_id = from->run_id;
}

/* As a plan would write it, in the zone of the run. (transfer full) */
static char *
write_time (const ShotRun *run, int64_t ms)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (run->timezone);
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (ms / 1000);
  g_autoptr (GDateTime) local = utc != NULL && zone != NULL ? g_date_time_to_timezone (utc, zone)
                                                            : NULL;

  if (utc == NULL)
    return g_strdup_printf ("%" G_GINT64_FORMAT, ms);
  return g_date_time_format (local != NULL ? local : utc,
                             ms / 1000 % 60 == 0 ? "%Y-%m-%dT%H:%M" : "%Y-%m-%dT%H:%M:%S");
}

/* (transfer full) */
static char *
make_label (const RunOpening *self)
{
  g_autofree char *from = write_time (self->run, self->from_ms);
  g_autofree char *to = write_time (self->run, self->to_ms);

  return self->label != NULL && *self->label != '\0' ? g_strdup (self->label)
                                                     : g_strdup_printf ("%s to %s", from, to);
}

static gboolean
add_cell (ShotArchive *archive, RunOpening *self, GError **error)
{
  g_autoptr (ShotCell) model = shot_archive_get_cell (archive, self->cell_id, error);
  g_autoptr (ShotCell) cell = shot_cell_new ();

  if (model == NULL)
    return FALSE;
  self->run = shot_archive_get_run (archive, model->run_id, error);
  if (self->run == NULL)
    return FALSE;
  copy_place (cell, model);
  g_free (cell->range);
  cell->range = make_label (self);
  cell->from_ms = self->from_ms;
  cell->to_ms = self->to_ms;
  g_free (cell->added_by);
  cell->added_by = g_strdup (self->user);
  g_free (cell->key);
  cell->key = shot_expand_make_key (model, cell->range);
  if (!shot_archive_add_cell (archive, cell, error))
    return FALSE;
  self->cells = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  g_ptr_array_add (self->cells, g_steal_pointer (&cell));
  return TRUE;
}

void *
shot_run_open_work (ShotArchive *archive, void *opening, GError **error)
{
  RunOpening *self = opening;
  gboolean    is_open;

  switch (self->kind) {
  case OPEN_NEW:
    is_open = lock (archive, self, self->run->plan, error) &&
              shot_archive_begin_run (archive, self->run, self->cells, error);
    break;
  case OPEN_CAPTURE:
    is_open = add_cell (archive, self, error);
    break;
  case OPEN_RESUME:
  case OPEN_RETRY:
  default:
    is_open = resume (archive, self, error);
    break;
  }
  return is_open ? (void *) true : NULL;
}

void
shot_run_closing_free (void *closing)
{
  RunClosing *self = closing;

  g_free (self->failure);
  g_free (self);
}

void *
shot_run_close_work (ShotArchive *archive, void *closing, GError **error)
{
  RunClosing *self = closing;

  if (self->is_to_end && !shot_archive_finish_run (archive, self->run_id, self->failure, error))
    return NULL;
  return shot_archive_get_run (archive, self->run_id, error);
}

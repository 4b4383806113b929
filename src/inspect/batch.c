#include "config.h"

#include "batch.h"

#include <string.h>

#include "change.h"
#include "error.h"

#define WEEK_MS (INT64_C (7) * 24 * 3600 * 1000)
/* Runs of a plan are due at the same time of day; by hand they are not. */
#define WEEK_TOLERANCE_MS (INT64_C (2) * 3600 * 1000)
#define MAX_INFLATED_BYTES (16 * 1024 * 1024)
#define N_BEFORE 2

typedef enum {
  BATCH_PREPARING,
  BATCH_RECORDING,
  BATCH_COMPARING,
  BATCH_RATING,
  BATCH_DONE,
} BatchState;

/* The same cell of another run. */
typedef struct {
  ShotCell *cell;    /* (owned) (nullable) */
  GBytes   *picture; /* (owned) (nullable) */
  GBytes   *data;    /* (owned) (nullable) */
  char     *name;    /* (owned) (nullable): "yesterday" */
} Before;

typedef struct {
  ShotCell *cell;             /* (borrowed) */
  GBytes   *picture;          /* (owned) (nullable) */
  GBytes   *thumbnail;        /* (owned) (nullable) */
  GBytes   *data;             /* (owned) (nullable) */
  GBytes   *panel;            /* (owned) (nullable): compressed */
  char     *panel_json;       /* (owned) (nullable) */
  Before    before[N_BEFORE]; /* the previous run's, last week's */
} Item;

struct _ShotBatch {
  BatchState         state;
  int64_t            run_now_ms;
  GPtrArray         *items;   /* (owned) (element-type Item) */
  ShotArchiveWorker *archive; /* (borrowed) */
  GTask             *task;    /* (owned) (nullable): while it is stored */
  void (*recorded) (void *user_data);
  void *user_data;
};

static void advance (ShotBatch *self);

static void
before_clear (Before *self)
{
  g_clear_pointer (&self->cell, shot_cell_free);
  g_clear_pointer (&self->picture, g_bytes_unref);
  g_clear_pointer (&self->data, g_bytes_unref);
  g_clear_pointer (&self->name, g_free);
}

static void
item_free (void *data)
{
  Item *self = data;

  g_clear_pointer (&self->picture, g_bytes_unref);
  g_clear_pointer (&self->thumbnail, g_bytes_unref);
  g_clear_pointer (&self->data, g_bytes_unref);
  g_clear_pointer (&self->panel, g_bytes_unref);
  g_free (self->panel_json);
  for (unsigned i = 0; i < N_BEFORE; i++)
    before_clear (&self->before[i]);
  g_free (self);
}

ShotBatch *
shot_batch_new (int64_t run_now_ms)
{
  ShotBatch *self = g_new0 (ShotBatch, 1);

  self->run_now_ms = run_now_ms;
  self->items = g_ptr_array_new_with_free_func (item_free);
  return self;
}

void
shot_batch_free (ShotBatch *self)
{
  if (self == NULL)
    return;
  g_assert (self->task == NULL);
  g_ptr_array_unref (self->items);
  g_free (self);
}

void
shot_batch_add (ShotBatch *self, ShotCell *cell, GBytes *picture, GBytes *data,
                const char *panel_json)
{
  Item *item = g_new0 (Item, 1);

  item->cell = cell;
  item->picture = picture != NULL ? g_bytes_ref (picture) : NULL;
  item->data = data != NULL ? g_bytes_ref (data) : NULL;
  item->panel_json = g_strdup (panel_json);
  g_ptr_array_add (self->items, item);
}

/* ---- Compression */

static GBytes *
convert (GConverter *converter, const void *data, size_t length, size_t most)
{
  g_autoptr (GInputStream) source = g_memory_input_stream_new_from_data (data, (gssize) length,
                                                                         NULL);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (source, converter);
  g_autoptr (GByteArray)   all = g_byte_array_new ();
  g_autofree uint8_t      *chunk = g_malloc (64 * 1024);
  gssize                   n_read;

  while ((n_read = g_input_stream_read (stream, chunk, 64 * 1024, NULL, NULL)) > 0) {
    if (all->len + (size_t) n_read > most)
      return NULL;
    g_byte_array_append (all, chunk, (unsigned) n_read);
  }
  return n_read == 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&all)) : NULL;
}

char *
shot_batch_inflate (GBytes *gzip)
{
  g_autoptr (GZlibDecompressor) inflater = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  size_t                        length = 0;
  const void                   *data = g_bytes_get_data (gzip, &length);
  g_autoptr (GBytes) text = convert (G_CONVERTER (inflater), data, length, MAX_INFLATED_BYTES);

  if (text == NULL)
    return NULL;
  const char *bytes = g_bytes_get_data (text, &length);
  return g_strndup (bytes != NULL ? bytes : "", length);
}

GBytes *
shot_batch_compress (const char *text)
{
  g_autoptr (GZlibCompressor) deflater = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
  GBytes *bytes = convert (G_CONVERTER (deflater), text, strlen (text), SIZE_MAX);

  g_assert (bytes != NULL);
  return bytes;
}

/* ---- PREPARING, in a thread */

static void
prepare_thread (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  ShotBatch *self = data;

  for (unsigned i = 0; i < self->items->len; i++) {
    Item              *item = self->items->pdata[i];
    g_autoptr (GError) error = NULL;
    if (item->panel_json != NULL)
      item->panel = shot_batch_compress (item->panel_json);
    if (item->picture == NULL)
      continue;
    item->thumbnail = shot_change_make_thumbnail (item->picture, &error);
    if (item->thumbnail == NULL)
      g_warning ("no small picture of %s: %s", item->cell->panel_key, error->message);
  }
  g_task_return_boolean (task, TRUE);
}

/* ---- RECORDING, in the archive's thread */

static GBytes *
load (ShotArchive *archive, const char *hash)
{
  return hash != NULL ? shot_archive_get_object (archive, hash, NULL) : NULL;
}

static void
load_before (ShotArchive *archive, const ShotBatch *self, const ShotCell *cell, int64_t at_ms,
             Before *out_before)
{
  g_autoptr (GError)  error = NULL;
  g_autoptr (ShotRun) run = NULL;
  ShotCell           *before = shot_archive_find_same_cell (archive, cell, at_ms,
                                                  at_ms != 0 ? WEEK_TOLERANCE_MS : 0, &error);

  if (error != NULL)
    g_warning ("cannot look for earlier pictures of %s: %s", cell->panel_key, error->message);
  if (before == NULL)
    return;
  out_before->cell = before;
  out_before->picture = load (archive, before->picture);
  out_before->data = load (archive, before->data);
  run = shot_archive_get_run (archive, before->run_id, NULL);
  if (run != NULL)
    out_before->name = shot_change_name_before (self->run_now_ms, run->now_ms);
}

static void
load_all_before (ShotArchive *archive, const ShotBatch *self, Item *item)
{
  Before *previous = &item->before[0];
  Before *week = &item->before[1];

  load_before (archive, self, item->cell, 0, previous);
  load_before (archive, self, item->cell, self->run_now_ms - WEEK_MS, week);
  item->cell->previous_id = previous->cell != NULL ? previous->cell->id : 0;
  item->cell->week_id = week->cell != NULL ? week->cell->id : 0;
  if (item->cell->previous_id == item->cell->week_id)
    before_clear (week);
}

static void *
record_work (ShotArchive *archive, void *data, GError **error)
{
  ShotBatch *self = data;

  for (unsigned i = 0; i < self->items->len; i++) {
    Item *item = self->items->pdata[i];
    item->cell->captured_ms = g_get_real_time () / 1000;
    if (!shot_archive_record_cell (archive, item->cell, item->picture, item->thumbnail, item->data,
                                   item->panel, error))
      return NULL;
  }
  for (unsigned i = 0; i < self->items->len; i++)
    load_all_before (archive, self, self->items->pdata[i]);
  return (void *) true;
}

/* ---- COMPARING, in a thread */

static void
compare (Item *item, const char *data_now, const Before *before)
{
  g_auto (ShotChange) change = { 0 };
  g_autofree char    *data_before = before->data != NULL ? shot_batch_inflate (before->data) : NULL;
  ShotCell           *cell = item->cell;

  shot_change_compare (cell, item->picture, data_now, before->cell, before->picture, data_before,
                       before->name != NULL ? before->name : "the previous run", &change);
  if (change.score <= cell->score)
    return;
  cell->score = change.score;
  cell->picture_change = change.picture_change;
  g_free (cell->reason);
  cell->reason = g_strdup (change.reason != NULL ? change.reason : "");
}

static void
compare_thread (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  ShotBatch *self = data;

  for (unsigned i = 0; i < self->items->len; i++) {
    Item            *item = self->items->pdata[i];
    g_autofree char *data_now = NULL;
    item->cell->score = -1;
    if (item->data != NULL && (item->before[0].data != NULL || item->before[1].data != NULL))
      data_now = shot_batch_inflate (item->data);
    for (unsigned j = 0; j < N_BEFORE; j++) {
      if (item->before[j].cell != NULL)
        compare (item, data_now, &item->before[j]);
    }
  }
  g_task_return_boolean (task, TRUE);
}

/* ---- RATING, in the archive's thread */

static void *
rate_work (ShotArchive *archive, void *data, GError **error)
{
  ShotBatch *self = data;

  for (unsigned i = 0; i < self->items->len; i++) {
    const Item *item = self->items->pdata[i];
    if (item->before[0].cell == NULL && item->before[1].cell == NULL)
      continue;
    if (!shot_archive_set_change (archive, item->cell, error))
      return NULL;
  }
  return (void *) true;
}

/* ---- */

static void
set_state (ShotBatch *self, BatchState state)
{
  g_assert (state == self->state + 1);
  self->state = state;
}

static void
threaded_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotBatch *self = user_data;

  set_state (self, self->state + 1);
  advance (self);
}

static void
recorded_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotBatch *self = user_data;
  GError    *error = NULL;

  if (shot_archive_worker_run_finish (self->archive, result, &error) == NULL) {
    g_autoptr (GTask) task = g_steal_pointer (&self->task);
    self->state = BATCH_DONE;
    g_task_return_error (task, error);
    return;
  }
  if (self->recorded != NULL)
    self->recorded (self->user_data);
  set_state (self, BATCH_COMPARING);
  advance (self);
}

static void
rated_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotBatch         *self = user_data;
  g_autoptr (GError) error = NULL;

  /* The cells are safe, and a reviewer sees them: worse first is all that is lost. */
  if (shot_archive_worker_run_finish (self->archive, result, &error) == NULL)
    g_warning ("cannot note what changed: %s", error->message);
  set_state (self, BATCH_DONE);
  advance (self);
}

static void
run_in_thread (ShotBatch *self, GTaskThreadFunc function)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, threaded_cb, self);

  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, function);
}

static void
advance (ShotBatch *self)
{
  switch (self->state) {
  case BATCH_PREPARING:
    run_in_thread (self, prepare_thread);
    break;
  case BATCH_RECORDING:
    shot_archive_worker_run_async (self->archive, record_work, self, NULL, NULL, recorded_cb, self);
    break;
  case BATCH_COMPARING:
    run_in_thread (self, compare_thread);
    break;
  case BATCH_RATING:
    shot_archive_worker_run_async (self->archive, rate_work, self, NULL, NULL, rated_cb, self);
    break;
  case BATCH_DONE:
  default: {
    g_autoptr (GTask) task = g_steal_pointer (&self->task);
    g_task_return_boolean (task, TRUE);
    break;
  }
  }
}

void
shot_batch_store_async (ShotBatch *self, ShotArchiveWorker                     *archive,
                        void (*recorded) (void *user_data), GAsyncReadyCallback callback,
                        void *user_data)
{
  g_return_if_fail (self->task == NULL && self->state == BATCH_PREPARING);
  self->archive = archive;
  self->recorded = recorded;
  self->user_data = user_data;
  self->task = g_task_new (NULL, NULL, callback, user_data);
  advance (self);
}

gboolean
shot_batch_store_finish (ShotBatch *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

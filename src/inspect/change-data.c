#include "config.h"

#include "change-data.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "change-csv.h"

/* So many rows tell what a column holds. */
#define SAMPLE_ROWS 64

/* Rows of a table that are told apart by their names. */
#define MAX_ROWS 20000

/* The quantiles of so many values, taken evenly, stand for those of all. */
#define SAMPLE_VALUES 4096

typedef enum {
  COLUMN_EMPTY,
  COLUMN_NUMBER,
  COLUMN_TIME,
  COLUMN_TEXT
} ColumnKind;

typedef struct {
  ColumnKind kinds[SHOT_CSV_MAX_COLUMNS];
  char      *names[SHOT_CSV_MAX_COLUMNS]; /* (owned) */
  unsigned   n_columns;
  unsigned   n_numbers;
  bool       is_long;   /* time,series,value */
  bool       is_events; /* rows have times of their own */
  bool       has_names; /* rows have texts */
} Frame;

typedef struct {
  ShotChangeData *data;
  ShotCsv         csv;
  Frame           frame;
  GString        *key;
  ShotChangeSeries
      *last; /* (borrowed) (nullable): most rows go on with the series of the one before */
} Reader;

/* Names come from strangers, who know the usual hash function. */
static unsigned
hash_name (const void *key)
{
  static const uint64_t prime = 0x100000001b3;
  static size_t         once;
  static uint64_t       seed;
  uint64_t              hash;

  if (g_once_init_enter (&once)) {
    seed = (uint64_t) g_random_int () << 32 | g_random_int ();
    g_once_init_leave (&once, 1);
  }
  hash = seed;
  for (const unsigned char *at = key; *at != '\0'; at++) {
    hash = (hash ^ *at) * prime;
    hash ^= hash >> 29;
  }
  return (unsigned) (hash ^ hash >> 32);
}

static void
free_series (void *data)
{
  ShotChangeSeries *series = data;

  g_array_unref (series->values);
  g_free (series->name);
  g_free (series);
}

static void
frame_clear (Frame *frame)
{
  for (unsigned i = 0; i < frame->n_columns; i++)
    g_free (frame->names[i]);
  memset (frame, 0, sizeof *frame);
}

static ShotChangeSeries *
find_series (Reader *reader, const char *name)
{
  ShotChangeData *data = reader->data;

  if (reader->last != NULL && g_str_equal (reader->last->name, name))
    return reader->last;
  ShotChangeSeries *series = g_hash_table_lookup (data->series, name);
  if (series == NULL && g_hash_table_size (data->series) >= SHOT_CHANGE_MAX_SERIES) {
    data->is_cut = true;
    return NULL;
  }
  if (series == NULL) {
    series = g_new0 (ShotChangeSeries, 1);
    series->name = g_strdup (name);
    series->values = g_array_new (FALSE, FALSE, sizeof (double));
    g_hash_table_insert (data->series, series->name, series);
  }
  reader->last = series;
  return series;
}

static void
add_value (Reader *reader, const char *name, const char *text)
{
  double value;

  if (g_str_equal (text, "true") || g_str_equal (text, "false"))
    value = text[0] == 't';
  else if (!shot_csv_is_number (text, &value) || !isfinite (value))
    return;
  reader->data->n_values++;
  ShotChangeSeries *series = find_series (reader, name);
  if (series != NULL)
    g_array_append_val (series->values, value);
}

static ColumnKind
judge (const char *text, ColumnKind before)
{
  double value;

  if (text[0] == '\0' || before == COLUMN_TEXT)
    return before;
  if (shot_csv_is_number (text, &value))
    return before == COLUMN_TIME ? COLUMN_TEXT : COLUMN_NUMBER;
  if (shot_csv_is_time (text))
    return before == COLUMN_NUMBER ? COLUMN_TEXT : COLUMN_TIME;
  return COLUMN_TEXT;
}

/* Looks at the first rows of a frame, and goes back. */
static void
sample_frame (Reader *reader)
{
  Frame           *frame = &reader->frame;
  const char      *start = reader->csv.at;
  g_autofree char *first_time = NULL;

  for (unsigned row = 0; row < SAMPLE_ROWS && shot_csv_next (&reader->csv); row++) {
    if (reader->csv.is_frame)
      break;
    for (unsigned i = 0; i < frame->n_columns; i++) {
      const char *text = shot_csv_get (&reader->csv, i);
      frame->kinds[i] = judge (text, frame->kinds[i]);
      if (frame->kinds[i] != COLUMN_TIME || text[0] == '\0')
        continue;
      if (first_time == NULL)
        first_time = g_strdup (text);
      else if (!frame->is_events && row > 0)
        frame->is_events = strcmp (first_time, text) != 0;
    }
  }
  for (unsigned i = 0; i < frame->n_columns; i++) {
    frame->has_names |= frame->kinds[i] == COLUMN_TEXT;
    frame->n_numbers += frame->kinds[i] == COLUMN_NUMBER;
  }
  reader->csv.at = start;
}

static void
begin_frame (Reader *reader)
{
  const ShotCsv *csv = &reader->csv;
  Frame         *frame = &reader->frame;

  frame_clear (frame);
  frame->n_columns = csv->n_fields;
  for (unsigned i = 0; i < csv->n_fields; i++)
    frame->names[i] = g_strdup (shot_csv_get (csv, i));
  frame->is_long = csv->n_fields == 3 && g_str_equal (frame->names[0], "time") &&
                   g_str_equal (frame->names[1], "series") &&
                   g_str_equal (frame->names[2], "value");
  if (!frame->is_long)
    sample_frame (reader);
}

static void
name_row (Reader *reader)
{
  const Frame *frame = &reader->frame;

  g_string_truncate (reader->key, 0);
  for (unsigned i = 0; i < MIN (frame->n_columns, reader->csv.n_fields); i++) {
    const char *text = shot_csv_get (&reader->csv, i);
    if (frame->kinds[i] != COLUMN_TEXT || text[0] == '\0')
      continue;
    if (reader->key->len > 0)
      g_string_append (reader->key, " · ");
    g_string_append (reader->key, text);
  }
}

static void
add_row (Reader *reader)
{
  const Frame    *frame = &reader->frame;
  ShotChangeData *data = reader->data;
  bool            is_keyed = frame->has_names && !frame->is_events;
  size_t          key_length = 0;

  if (frame->has_names)
    data->n_texts++;
  data->n_events += frame->has_names && frame->is_events;
  if (is_keyed) {
    name_row (reader);
    key_length = reader->key->len;
    if (g_hash_table_size (data->rows) < MAX_ROWS)
      g_hash_table_add (data->rows, g_strdup (reader->key->str));
  }
  for (unsigned i = 0; i < MIN (frame->n_columns, reader->csv.n_fields); i++) {
    if (frame->kinds[i] != COLUMN_NUMBER)
      continue;
    const char *name = frame->names[i];
    if (is_keyed) {
      g_string_truncate (reader->key, key_length);
      if (frame->n_numbers > 1)
        g_string_append_printf (reader->key, " · %s", name);
      name = reader->key->str;
    }
    add_value (reader, name, shot_csv_get (&reader->csv, i));
  }
}

static int
compare_doubles (const void *a, const void *b)
{
  double left = *(const double *) a;
  double right = *(const double *) b;

  return (left > right) - (left < right);
}

static double
get_quantile (const double *sorted, size_t n, double share)
{
  double at = share * (double) (n - 1);
  size_t low = (size_t) at;
  size_t high = MIN (low + 1, n - 1);

  return sorted[low] + (at - (double) low) * (sorted[high] - sorted[low]);
}

static void
measure_series (ShotChangeSeries *series, double *sample)
{
  const double *values = (const double *) (const void *) series->values->data;
  size_t        n = series->values->len;
  size_t        step = (n + SAMPLE_VALUES - 1) / SAMPLE_VALUES;
  size_t        n_sample = 0;
  double        mean = 0, squares = 0;

  if (n == 0)
    return;
  /* Halved before they are subtracted, so that nothing overflows. */
  for (size_t i = 0; i < n; i++) {
    double delta = values[i] / 2 - mean / 2;
    mean += 2 * (delta / (double) (i + 1));
    squares += 4 * delta * (values[i] / 2 - mean / 2);
  }
  for (size_t i = 0; i < n; i += step)
    sample[n_sample++] = values[i];
  qsort (sample, n_sample, sizeof *sample, compare_doubles);
  series->mean = mean;
  series->spread = isfinite (squares) ? sqrt (squares / (double) n) : DBL_MAX;
  series->median = get_quantile (sample, n_sample, 0.5);
  /* Of a normal distribution 80 % lie within 2.56 standard deviations. */
  series->wobble = get_quantile (sample, n_sample, 0.9) / 2.56 -
                   get_quantile (sample, n_sample, 0.1) / 2.56;
}

static gboolean
is_empty_cb (void *key, void *value, void *user_data)
{
  return ((ShotChangeSeries *) value)->values->len == 0;
}

ShotChangeData *
shot_change_data_read (const char *csv)
{
  ShotChangeData *data = g_new0 (ShotChangeData, 1);
  Reader          reader = { .data = data, .key = g_string_new (NULL) };
  bool            wants_header = true;

  data->series = g_hash_table_new_full (hash_name, g_str_equal, NULL, free_series);
  data->rows = g_hash_table_new_full (hash_name, g_str_equal, g_free, NULL);
  shot_csv_init (&reader.csv, csv);
  while (shot_csv_next (&reader.csv)) {
    if (reader.csv.is_frame) {
      wants_header = true;
    } else if (wants_header) {
      wants_header = false;
      begin_frame (&reader);
    } else if (reader.frame.is_long) {
      add_value (&reader, shot_csv_get (&reader.csv, 1), shot_csv_get (&reader.csv, 2));
    } else {
      add_row (&reader);
    }
  }
  frame_clear (&reader.frame);
  shot_csv_clear (&reader.csv);
  g_string_free (reader.key, TRUE);

  g_hash_table_foreach_remove (data->series, is_empty_cb, NULL);
  g_autofree double *sample = g_new (double, SAMPLE_VALUES);
  GHashTableIter     iter;
  void              *series;
  g_hash_table_iter_init (&iter, data->series);
  while (g_hash_table_iter_next (&iter, NULL, &series))
    measure_series (series, sample);
  return data;
}

void
shot_change_data_free (ShotChangeData *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->series);
  g_hash_table_unref (self->rows);
  g_free (self);
}

bool
shot_change_data_has_any (const ShotChangeData *self)
{
  return self->n_values > 0 || self->n_texts > 0;
}

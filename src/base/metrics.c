#include "config.h"

#include "metrics.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A series is found by the places of its label values, a byte each. */
G_STATIC_ASSERT (SHOT_METRICS_MAX_LABELS <= sizeof (uint64_t));
G_STATIC_ASSERT (SHOT_METRICS_MAX_VALUES <= UINT8_MAX);

typedef struct {
  uint64_t  key;
  char     *labels;  /* (owned): "a=\"1\",b=\"2\"", "" for none */
  double    value;   /* a histogram's sum */
  uint64_t *buckets; /* (owned) (nullable): histograms; not cumulated, the last is +Inf */
} Series;

typedef struct {
  const ShotMetricSpec *spec;                  /* (borrowed) */
  GPtrArray  *values[SHOT_METRICS_MAX_LABELS]; /* (owned) (element-type utf8): the rest first */
  unsigned    n_labels;
  GPtrArray  *series; /* (owned) (element-type Series) */
  GHashTable *by_key; /* (owned) key (borrowed) > Series (borrowed) */
} Family;

struct _ShotMetrics {
  Family  *families; /* (owned) */
  unsigned n_families;
};

static void
series_free (void *data)
{
  Series *series = data;

  g_free (series->labels);
  g_free (series->buckets);
  g_free (series);
}

static void
append_escaped (GString *text, const char *value, bool is_label)
{
  for (const char *at = value; *at != '\0'; at++) {
    if (*at == '\\')
      g_string_append (text, "\\\\");
    else if (*at == '\n')
      g_string_append (text, "\\n");
    else if (*at == '"' && is_label)
      g_string_append (text, "\\\"");
    else
      g_string_append_c (text, *at);
  }
}

static void
append_label (GString *text, const char *name, const char *value)
{
  if (text->len > 0)
    g_string_append_c (text, ',');
  g_string_append_printf (text, "%s=\"", name);
  append_escaped (text, value, true);
  g_string_append_c (text, '"');
}

/* As Go writes numbers, with the fewest digits and an exponent from a million on: bounds are
 * labels, so queries that were written for the official renderer look for le="1.048576e+06". */
static void
append_number (GString *text, double number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  char format[8];
  int  digits = 1;

  if (isinf (number)) {
    g_string_append (text, number > 0 ? "+Inf" : "-Inf");
    return;
  }
  if (isnan (number)) {
    g_string_append (text, "NaN");
    return;
  }
  do {
    g_snprintf (format, sizeof format, "%%.%de", digits - 1);
    g_ascii_formatd (buffer, sizeof buffer, format, number);
  } while (g_ascii_strtod (buffer, NULL) != number && digits++ < 17);

  int64_t exponent = g_ascii_strtoll (strchr (buffer, 'e') + 1, NULL, 10);
  if (exponent >= -4 && exponent < 6) {
    g_snprintf (format, sizeof format, "%%.%dg", MAX (digits, 6));
    g_ascii_formatd (buffer, sizeof buffer, format, number);
  }
  g_string_append (text, buffer);
}

/* The place of @value among those of the label; 0 is the rest. */
static uint8_t
find_value (Family *family, unsigned label, const char *value)
{
  GPtrArray *values = family->values[label];

  if (value == NULL)
    return 0;
  for (unsigned i = 0; i < values->len; i++) {
    if (g_str_equal (values->pdata[i], value))
      return (uint8_t) i;
  }
  if (family->spec->labels[label].values != NULL || values->len > SHOT_METRICS_MAX_VALUES)
    return 0;
  g_ptr_array_add (values, g_utf8_make_valid (value, -1));
  return (uint8_t) (values->len - 1);
}

static Series *
add_series (Family *family, uint64_t key)
{
  const ShotMetricSpec *spec = family->spec;
  g_autoptr (GString)   labels = g_string_new (NULL);
  Series               *series = g_new0 (Series, 1);

  if (spec->unit != NULL)
    append_label (labels, "unit", spec->unit);
  for (unsigned i = 0; i < family->n_labels; i++)
    append_label (labels, spec->labels[i].name,
                  family->values[i]->pdata[(key >> (8 * i)) & UINT8_MAX]);
  series->key = key;
  series->labels = g_string_free (g_steal_pointer (&labels), FALSE);
  if (spec->type == SHOT_METRIC_HISTOGRAM)
    series->buckets = g_new0 (uint64_t, spec->n_bounds + 1);
  g_ptr_array_add (family->series, series);
  g_hash_table_insert (family->by_key, &series->key, series);
  return series;
}

static Series *
get_series (Family *family, const char *const *values)
{
  uint64_t key = 0;

  for (unsigned i = 0; i < family->n_labels && values != NULL; i++)
    key |= (uint64_t) find_value (family, i, values[i]) << (8 * i);

  Series *series = g_hash_table_lookup (family->by_key, &key);
  if (series != NULL)
    return series;
  /* Full: the place that is left is for the series of rest values alone, whose key is 0. */
  if (family->series->len >= SHOT_METRICS_MAX_SERIES - 1) {
    uint64_t rest = 0;
    series = g_hash_table_lookup (family->by_key, &rest);
    return series != NULL ? series : add_series (family, rest);
  }
  return add_series (family, key);
}

static void
family_init (Family *family, const ShotMetricSpec *spec)
{
  family->spec = spec;
  family->series = g_ptr_array_new_with_free_func (series_free);
  family->by_key = g_hash_table_new (g_int64_hash, g_int64_equal);
  while (family->n_labels < SHOT_METRICS_MAX_LABELS &&
         spec->labels[family->n_labels].name != NULL) {
    const ShotMetricLabel *label = &spec->labels[family->n_labels];
    GPtrArray             *values = g_ptr_array_new_with_free_func (g_free);
    g_auto (GStrv) declared = g_strsplit (label->values != NULL ? label->values : "", "|", -1);

    g_ptr_array_add (values, g_strdup (label->rest));
    for (char **value = declared; *value != NULL; value++)
      g_ptr_array_add (values, g_strdup (*value));
    g_assert (values->len <= SHOT_METRICS_MAX_VALUES);
    family->values[family->n_labels++] = values;
  }
  if (family->n_labels == 0 && spec->type != SHOT_METRIC_GAUGE)
    add_series (family, 0);
}

ShotMetrics *
shot_metrics_new (const ShotMetricSpec *specs, unsigned n_specs)
{
  ShotMetrics *self = g_new0 (ShotMetrics, 1);

  self->families = g_new0 (Family, n_specs);
  self->n_families = n_specs;
  for (unsigned i = 0; i < n_specs; i++)
    family_init (&self->families[i], &specs[i]);
  return self;
}

void
shot_metrics_free (ShotMetrics *self)
{
  if (self == NULL)
    return;
  for (unsigned i = 0; i < self->n_families; i++) {
    Family *family = &self->families[i];
    for (unsigned label = 0; label < family->n_labels; label++)
      g_ptr_array_unref (family->values[label]);
    g_hash_table_unref (family->by_key);
    g_ptr_array_unref (family->series);
  }
  g_free (self->families);
  g_free (self);
}

void
shot_metrics_add (ShotMetrics *self, unsigned metric, double amount, const char *const *values)
{
  g_return_if_fail (metric < self->n_families);
  Family *family = &self->families[metric];
  g_return_if_fail (family->spec->type == SHOT_METRIC_GAUGE ||
                    (family->spec->type == SHOT_METRIC_COUNTER && amount >= 0));
  get_series (family, values)->value += amount;
}

void
shot_metrics_set (ShotMetrics *self, unsigned metric, double value, const char *const *values)
{
  g_return_if_fail (metric < self->n_families);
  Family *family = &self->families[metric];
  g_return_if_fail (family->spec->type != SHOT_METRIC_HISTOGRAM);
  get_series (family, values)->value = value;
}

void
shot_metrics_observe (ShotMetrics *self, unsigned metric, double value, const char *const *values)
{
  g_return_if_fail (metric < self->n_families);
  Family *family = &self->families[metric];
  g_return_if_fail (family->spec->type == SHOT_METRIC_HISTOGRAM && !isnan (value));
  Series  *series = get_series (family, values);
  unsigned i = 0;

  while (i < family->spec->n_bounds && value > family->spec->bounds[i])
    i++;
  series->buckets[i]++;
  series->value += value;
}

static void
append_sample (GString *text, const char *name, const char *suffix, const char *labels,
               double value)
{
  g_string_append_printf (text, "%s%s", name, suffix);
  if (*labels != '\0')
    g_string_append_printf (text, "{%s}", labels);
  g_string_append_c (text, ' ');
  append_number (text, value);
  g_string_append_c (text, '\n');
}

static void
append_histogram (GString *text, const ShotMetricSpec *spec, const Series *series)
{
  uint64_t            count = 0;
  g_autoptr (GString) labels = g_string_new (series->labels);

  for (unsigned i = 0; i <= spec->n_bounds; i++) {
    g_autoptr (GString) bound = g_string_new (NULL);

    append_number (bound, i < spec->n_bounds ? spec->bounds[i] : INFINITY);
    g_string_assign (labels, series->labels);
    append_label (labels, "le", bound->str);
    count += series->buckets[i];
    append_sample (text, spec->name, "_bucket", labels->str, (double) count);
  }
  append_sample (text, spec->name, "_sum", series->labels, series->value);
  append_sample (text, spec->name, "_count", series->labels, (double) count);
}

static void
append_family (GString *text, const Family *family)
{
  static const char *const types[] = { "counter", "gauge", "histogram" };
  const ShotMetricSpec    *spec = family->spec;
  bool                     has_head = false;

  for (unsigned i = 0; i < family->series->len; i++) {
    const Series *series = family->series->pdata[i];

    if (isnan (series->value))
      continue;
    if (!has_head) {
      g_string_append_printf (text, "# HELP %s ", spec->name);
      append_escaped (text, spec->help, false);
      g_string_append_printf (text, "\n# TYPE %s %s\n", spec->name, types[spec->type]);
      has_head = true;
    }
    if (spec->type == SHOT_METRIC_HISTOGRAM)
      append_histogram (text, spec, series);
    else
      append_sample (text, spec->name, "", series->labels, series->value);
  }
}

char *
shot_metrics_write (const ShotMetrics *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (unsigned i = 0; i < self->n_families; i++)
    append_family (text, &self->families[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

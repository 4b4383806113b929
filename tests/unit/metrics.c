#include "config.h"

#include "metrics.h"

#include <math.h>
#include <string.h>

static const double bounds[] = { 0.1, 0.25, 1, 1048576 };

enum {
  REQUESTS,
  ROOM,
  DURATION,
  PLAIN,
  EMPTY,
  TOKENS
};

static const ShotMetricSpec specs[] = {
  [REQUESTS] = { .type = SHOT_METRIC_COUNTER,
                 .name = "requests_total",
                 .help = "Back\\slash and\nline.",
                 .labels = { { "method", "other", "GET|HEAD" }, { "path", "none", NULL } } },
  [ROOM] = { .type = SHOT_METRIC_GAUGE, .name = "room", .help = "Room." },
  [DURATION] = { .type = SHOT_METRIC_HISTOGRAM,
                 .name = "duration",
                 .help = "How long.",
                 .unit = "seconds",
                 .labels = { { "kind", "other", "a|b" } },
                 .bounds = bounds,
                 .n_bounds = G_N_ELEMENTS (bounds) },
  [PLAIN] = { .type = SHOT_METRIC_COUNTER, .name = "plain_total", .help = "Plain." },
  [EMPTY] = { .type = SHOT_METRIC_COUNTER,
              .name = "empty_total",
              .help = "Never counted.",
              .labels = { { "x", "other", NULL } } },
  [TOKENS] = { .type = SHOT_METRIC_COUNTER,
               .name = "tokens_total",
               .help = "Any.",
               .labels = { { "a", "other", NULL }, { "b", "other", NULL } } },
};

static ShotMetrics *
make (void)
{
  return shot_metrics_new (specs, G_N_ELEMENTS (specs));
}

static unsigned
count_lines (const char *text, const char *start)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  unsigned       count = 0;

  for (char **line = lines; *line != NULL; line++)
    count += g_str_has_prefix (*line, start);
  return count;
}

static void
assert_has (const ShotMetrics *metrics, const char *expected)
{
  g_autofree char *text = shot_metrics_write (metrics);

  if (strstr (text, expected) == NULL)
    g_test_message ("not found: %s in:\n%s", expected, text);
  g_assert_nonnull (strstr (text, expected));
}

static void
test_fresh (void)
{
  g_autoptr (ShotMetrics) metrics = make ();
  g_autofree char        *text = shot_metrics_write (metrics);

  g_assert_cmpstr (text, ==,
                   "# HELP plain_total Plain.\n# TYPE plain_total counter\nplain_total 0\n");
}

static void
test_counter (void)
{
  g_autoptr (ShotMetrics) metrics = make ();

  shot_metrics_add (metrics, REQUESTS, 1, SHOT_LABELS ("GET", "a\"b\\c\nd"));
  shot_metrics_add (metrics, REQUESTS, 2.5, SHOT_LABELS ("GET", "a\"b\\c\nd"));
  assert_has (metrics, "# HELP requests_total Back\\\\slash and\\nline.\n"
                       "# TYPE requests_total counter\n"
                       "requests_total{method=\"GET\",path=\"a\\\"b\\\\c\\nd\"} 3.5\n");
  /* What is not declared, and what is not known. */
  shot_metrics_add (metrics, REQUESTS, 1, SHOT_LABELS ("BREW", NULL));
  shot_metrics_add (metrics, REQUESTS, 1, SHOT_NO_LABELS);
  assert_has (metrics, "requests_total{method=\"other\",path=\"none\"} 2\n");
  shot_metrics_add (metrics, REQUESTS, 1, SHOT_LABELS ("HEAD", "\xff"));
  assert_has (metrics, "requests_total{method=\"HEAD\",path=\"\xef\xbf\xbd\"} 1\n");
}

static void
test_gauge (void)
{
  g_autoptr (ShotMetrics) metrics = make ();

  shot_metrics_set (metrics, ROOM, 7, SHOT_NO_LABELS);
  shot_metrics_add (metrics, ROOM, -9, SHOT_NO_LABELS);
  assert_has (metrics, "# TYPE room gauge\nroom -2\n");
  shot_metrics_set (metrics, ROOM, INFINITY, SHOT_NO_LABELS);
  assert_has (metrics, "\nroom +Inf\n");
  shot_metrics_set (metrics, ROOM, NAN, SHOT_NO_LABELS);
  g_autofree char *text = shot_metrics_write (metrics);
  g_assert_null (strstr (text, "room"));
  shot_metrics_set (metrics, ROOM, 1, SHOT_NO_LABELS);
  assert_has (metrics, "\nroom 1\n");
}

static void
test_histogram (void)
{
  g_autoptr (ShotMetrics) metrics = make ();
  const double            values[] = { 0.0625, 0.25, 0.5, 2, 1048576, 2097152 };

  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    shot_metrics_observe (metrics, DURATION, values[i], SHOT_LABELS ("b"));
  assert_has (metrics, "# TYPE duration histogram\n"
                       "duration_bucket{unit=\"seconds\",kind=\"b\",le=\"0.1\"} 1\n"
                       "duration_bucket{unit=\"seconds\",kind=\"b\",le=\"0.25\"} 2\n"
                       "duration_bucket{unit=\"seconds\",kind=\"b\",le=\"1\"} 3\n"
                       "duration_bucket{unit=\"seconds\",kind=\"b\",le=\"1.048576e+06\"} 5\n"
                       "duration_bucket{unit=\"seconds\",kind=\"b\",le=\"+Inf\"} 6\n"
                       "duration_sum{unit=\"seconds\",kind=\"b\"} 3.1457308125e+06\n"
                       "duration_count{unit=\"seconds\",kind=\"b\"} 6\n");
}

/* The numbers on the right are what Go's strconv.FormatFloat (v, 'g', -1, 64) writes. */
static void
test_numbers (void)
{
  static const struct {
    double      value;
    const char *text;
  } rows[] = {
    { 0, "0" },
    { 0.1, "0.1" },
    { 0.1 + 0.2, "0.30000000000000004" },
    { 1e5, "100000" },
    { 123456.789, "123456.789" },
    { 999999, "999999" },
    { 1e6, "1e+06" },
    { 1048576, "1.048576e+06" },
    { 123456789, "1.23456789e+08" },
    { 0.0001, "0.0001" },
    { 0.00001, "1e-05" },
    { 1e21, "1e+21" },
    { -2.5, "-2.5" },
    { 3172.8837473621106, "3172.8837473621106" },
  };
  g_autoptr (ShotMetrics) metrics = make ();

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *expected = g_strdup_printf ("\nroom %s\n", rows[i].text);
    shot_metrics_set (metrics, ROOM, rows[i].value, SHOT_NO_LABELS);
    assert_has (metrics, expected);
  }
}

/* Whatever is sent, the text stays bounded and the sum stays true. */
static void
test_bounds (void)
{
  g_autoptr (ShotMetrics) metrics = make ();
  const unsigned          n = 2 * SHOT_METRICS_MAX_VALUES;

  for (unsigned i = 0; i < n; i++) {
    g_autofree char *path = g_strdup_printf ("/%u", i);
    shot_metrics_add (metrics, REQUESTS, 1, SHOT_LABELS ("GET", path));
  }
  g_autofree char *text = shot_metrics_write (metrics);
  g_assert_cmpuint (count_lines (text, "requests_total{"), ==, SHOT_METRICS_MAX_VALUES + 1);
  g_autofree char *rest = g_strdup_printf ("requests_total{method=\"GET\",path=\"none\"} %u\n",
                                           n - SHOT_METRICS_MAX_VALUES);
  assert_has (metrics, rest);
}

static void
test_max_series (void)
{
  g_autoptr (ShotMetrics) metrics = make ();
  const unsigned          n = 40;

  G_STATIC_ASSERT (40 * 40 > SHOT_METRICS_MAX_SERIES && 40 < SHOT_METRICS_MAX_VALUES);
  for (unsigned i = 0; i < n * n; i++) {
    g_autofree char *a = g_strdup_printf ("%u", i / n);
    g_autofree char *b = g_strdup_printf ("%u", i % n);
    shot_metrics_add (metrics, TOKENS, 1, SHOT_LABELS (a, b));
  }
  g_autofree char *text = shot_metrics_write (metrics);
  g_assert_cmpuint (count_lines (text, "tokens_total{"), ==, SHOT_METRICS_MAX_SERIES);
  g_autofree char *rest = g_strdup_printf ("tokens_total{a=\"other\",b=\"other\"} %u\n",
                                           n * n - (SHOT_METRICS_MAX_SERIES - 1));
  assert_has (metrics, rest);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics/fresh", test_fresh);
  g_test_add_func ("/metrics/counter", test_counter);
  g_test_add_func ("/metrics/gauge", test_gauge);
  g_test_add_func ("/metrics/histogram", test_histogram);
  g_test_add_func ("/metrics/numbers", test_numbers);
  g_test_add_func ("/metrics/bounds", test_bounds);
  g_test_add_func ("/metrics/max-series", test_max_series);
  return g_test_run ();
}

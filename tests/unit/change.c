/* change.c: what is said of two captures of the same panel */
#include "config.h"

#include "change.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define HOUR_MS (3600 * (int64_t) 1000)

/* Cells that say nothing but a range of one hour, and that they were captured. */
static ShotCell
make_cell (unsigned flags)
{
  return (ShotCell){ .state = SHOT_CELL_CAPTURED, .flags = flags, .to_ms = HOUR_MS };
}

static ShotChange
compare_texts (const char *now, const char *before)
{
  ShotCell   here = make_cell (0), there = make_cell (0);
  ShotChange change;

  shot_change_compare (&here, NULL, now, &there, NULL, before, "last week", &change);
  g_assert_cmpfloat (change.score, >=, 0);
  g_assert_cmpfloat (change.score, <=, 1);
  g_assert_cmpfloat (change.picture_change, <, 0);
  return change;
}

/* Adds a series that waves around @level; @seed: another day. */
static void
add_series (GString *csv, const char *name, double level, unsigned seed)
{
  for (int i = 0; i < 60; i++) {
    double value = level * (1 + 0.2 * sin (i / 7.0 + seed) + 0.03 * ((i * 7 + (int) seed) % 5));
    g_string_append_printf (csv, "2026-11-25T10:%02d:00.000Z,%s,%.3f\r\n", i, name, value);
  }
}

static char *
make_series (unsigned seed, const char *first, ...)
{
  GString *csv = g_string_new ("time,series,value\r\n");
  va_list  list;

  va_start (list, first);
  for (const char *name = first; name != NULL; name = va_arg (list, const char *))
    add_series (csv, name, va_arg (list, double), seed);
  va_end (list);
  return g_string_free (csv, FALSE);
}

static void
check (const char *now, const char *before, double low, double high, const char *reason)
{
  ShotChange change = compare_texts (now, before);

  if (!(change.score >= low && change.score <= high) || strcmp (change.reason, reason) != 0)
    g_test_message ("score %.3f, reason %s", change.score, change.reason);
  g_assert_cmpfloat (change.score, >=, low);
  g_assert_cmpfloat (change.score, <=, high);
  g_assert_cmpstr (change.reason, ==, reason);
  shot_change_clear (&change);
}

static void
test_series (void)
{
  g_autofree char *before = make_series (1, "2xx", 400.0, "4xx", 12.0, "5xx", 3.0, NULL);
  g_autofree char *same = make_series (2, "2xx", 410.0, "4xx", 11.0, "5xx", 3.1, NULL);
  g_autofree char *risen = make_series (2, "2xx", 400.0, "4xx", 12.0, "5xx", 12.3, NULL);
  g_autofree char *lost = make_series (2, "2xx", 400.0, NULL);
  g_autofree char *renamed = make_series (2, "2xx", 400.0, "4xx", 12.0, "5YY", 3.0, NULL);

  check (before, before, 0, 0, "");
  check (same, before, 0, 0.1, "");
  check (risen, before, 0.6, 0.9, "mean of “5xx” 4.0× last week");
  check (lost, before, 0.7, 0.95, "2 series gone");
  check (before, lost, 0.3, 0.5, "2 series new");
  check (renamed, before, 0.3, 0.6, "series “5xx” gone; series “5YY” new");
  check ("", before, 1, 1, "no data, had data last week");
  check ("time,series,value\r\n", before, 1, 1, "no data, had data last week");
  check (before, "", 0.3, 0.5, "data, had none last week");
  check ("", "", 0, 0, "");
}

/* Columns that are numbers belong to the row that their texts name; a row that goes is one row. */
static void
test_tables (void)
{
  static const char before[] = "# frame A\r\n"
                               "time,host,mount,used,\"inodes, free\"\r\n"
                               "2026-11-18T10:00:00.000Z,web-1,/,41.5,9000\r\n"
                               "2026-11-18T10:00:00.000Z,web-2,/,40,9000\r\n"
                               "2026-11-18T10:00:00.000Z,web-3,\"/srv/\"\"x\"\"\",12,9000\r\n";
  static const char same[] = "# frame A\n"
                             "time,host,mount,used,\"inodes, free\"\n"
                             "2026-11-25T10:00:00.000Z,web-3,\"/srv/\"\"x\"\"\",12.1,8900\n"
                             "2026-11-25T10:00:00.000Z,web-1,/,41.9,9100\n"
                             "2026-11-25T10:00:00.000Z,web-2,/,39,9050\n";
  static const char full[] = "# frame A\n"
                             "time,host,mount,used,\"inodes, free\"\n"
                             "2026-11-25T10:00:00.000Z,web-1,/,41.9,9100\n"
                             "2026-11-25T10:00:00.000Z,web-2,/,98,9050\n"
                             "2026-11-25T10:00:00.000Z,web-3,\"/srv/\"\"x\"\"\",12,9000\n";
  static const char fewer[] = "# frame A\n"
                              "time,host,mount,used,\"inodes, free\"\n"
                              "2026-11-25T10:00:00.000Z,web-1,/,41.9,9100\n";
  static const char one_fewer[] = "host,used\na,1\n";
  static const char plain[] = "host,used\na,1\nb,1\n";
  static const char zero[] = "host,used\na,1\nb,0\n";

  check (same, before, 0, 0.1, "");
  check (full, before, 0.3, 0.6, "“web-2 · / · used” 2.5× last week");
  check (fewer, before, 0.7, 0.9, "2 rows gone");
  check (before, fewer, 0.3, 0.5, "2 rows new");
  check (one_fewer, plain, 0.6, 0.9, "row “b” gone");
  check (plain, zero, 0.6, 1, "“b” is 1, was 0 last week");
}

static char *
make_events (unsigned n)
{
  GString *csv = g_string_new ("time,level,line\n");

  for (unsigned i = 0; i < n; i++)
    g_string_append_printf (csv, "2026-11-25T10:%02u:%02u.000Z,info,\"line %u of\n two\"\n",
                            i / 60 % 60, i % 60, i * n);
  return g_string_free (csv, FALSE);
}

/* Lines of a log are other ones each time; that there are many more of them is news. */
static void
test_events (void)
{
  g_autofree char *few = make_events (40), *some = make_events (55), *many = make_events (400);
  g_autofree char *one = make_events (2), *two = make_events (5);
  ShotCell         now = make_cell (0), before = make_cell (0);
  ShotChange       change;

  check (some, few, 0, 0.1, "");
  check (two, one, 0, 0.1, "");
  check (many, few, 0.6, 1, "10× the rows of last week");
  check (few, many, 0.6, 1, "0.1× the rows of last week");
  /* In ten hours there are ten times as many. */
  now.to_ms = 10 * HOUR_MS;
  shot_change_compare (&now, NULL, many, &before, NULL, few, "last week", &change);
  g_assert_cmpfloat (change.score, <, 0.1);
  shot_change_clear (&change);
}

static char *
make_wave (double level, double spread, unsigned n, bool has_spike)
{
  GString *csv = g_string_new ("time,series,value\n");

  for (unsigned i = 0; i < n; i++)
    g_string_append_printf (csv, "t,x,%f\n",
                            level + spread * sin (i / 3.0) +
                                (has_spike && i % 50 == 0 ? 20 * level : 0));
  return g_string_free (csv, FALSE);
}

static void
test_levels (void)
{
  g_autofree char *calm = make_wave (10, 0.5, 240, false), *wild = make_wave (10, 4, 240, false);
  g_autofree char *spiky = make_wave (10, 0.5, 240, true), *few = make_wave (10, 0.5, 50, false);
  g_autofree char *around = make_wave (0.1, 4, 240, false);
  g_autofree char *other = make_wave (0.9, 4, 240, false);
  g_autofree char *negative = make_wave (-10, 0.5, 240, false);
  g_autofree char *flat = make_wave (10, 0, 240, false), *zero = make_wave (0, 0, 240, false);
  g_autofree char *giant = make_wave (1e308, 0, 240, false);

  check (wild, calm, 0.4, 0.8, "spread of “x” 8.0× last week");
  check (calm, wild, 0, 0.1, "");
  check (other, around, 0, 0.1, "");
  check (few, calm, 0.3, 0.9, "20 % of the points of last week");
  check (negative, calm, 0.9, 1, "mean of “x” -9.99, was 10 last week");
  check (zero, flat, 0.9, 1, "mean of “x” 0, was 10 last week");
  check (zero, zero, 0, 0, "");
  check (flat, calm, 0, 0.1, "");
  check (flat, wild, 0.3, 0.5, "spread of “x” 0, was 2.82 last week");
  g_autofree char *available = make_wave (99.9, 0.02, 240, false);
  g_autofree char *lower = make_wave (97, 0.3, 240, false);
  g_autofree char *grown = make_wave (100.4, 0.02, 240, false);
  check (lower, available, 0.1, 0.29, "mean of “x” 97, was 99.9 last week");
  check (grown, available, 0, 0.05, "");
  check ("time,series,value\nt,up,false\n", "time,series,value\nt,up,true\n", 0.9, 1,
         "“up” is 0, was 1 last week");
  ShotChange spike = compare_texts (spiky, calm);
  g_assert_cmpfloat (spike.score, >, 0.3);
  shot_change_clear (&spike);
  ShotChange large = compare_texts (giant, calm);
  g_assert_cmpfloat (large.score, >, 0.9);
  shot_change_clear (&large);
}

static void
test_states (void)
{
  static const struct {
    unsigned      now, before;
    ShotCellState state;
    double        low, high;
    const char   *reason;
  } rows[] = {
    { 0, 0, SHOT_CELL_CAPTURED, 0, 0, "" },
    { SHOT_CELL_FLAG_NO_DATA, 0, SHOT_CELL_CAPTURED, 1, 1, "no data, had data yesterday" },
    { SHOT_CELL_FLAG_NO_DATA, SHOT_CELL_FLAG_NO_DATA, SHOT_CELL_CAPTURED, 0, 0, "" },
    { SHOT_CELL_FLAG_QUERY_ERROR, 0, SHOT_CELL_CAPTURED, 1, 1, "query error, none yesterday" },
    { SHOT_CELL_FLAG_LOGIN | SHOT_CELL_FLAG_NO_DATA, 0, SHOT_CELL_CAPTURED, 1, 1,
      "login page, none yesterday; no data, had data yesterday" },
    { SHOT_CELL_FLAG_GONE, 0, SHOT_CELL_FAILED, 1, 1,
      "not captured, was captured yesterday; panel gone, was there yesterday" },
    { SHOT_CELL_FLAG_THRESHOLD, 0, SHOT_CELL_CAPTURED, 0.8, 0.8,
      "beyond a threshold, was not yesterday" },
    { SHOT_CELL_FLAG_LOADING, 0, SHOT_CELL_CAPTURED, 0.5, 0.5,
      "still loading, was done yesterday" },
    { 0, SHOT_CELL_FLAG_QUERY_ERROR, SHOT_CELL_CAPTURED, 0.3, 0.4,
      "well again, was not yesterday" },
    { 0, SHOT_CELL_FLAG_THRESHOLD, SHOT_CELL_CAPTURED, 0, 0, "" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    ShotCell   now = make_cell (rows[i].now), before = make_cell (rows[i].before);
    ShotChange change;

    now.state = rows[i].state;
    shot_change_compare (&now, NULL, NULL, &before, NULL, NULL, "yesterday", &change);
    g_assert_cmpfloat (change.score, >=, rows[i].low);
    g_assert_cmpfloat (change.score, <=, rows[i].high);
    g_assert_cmpstr (change.reason, ==, rows[i].reason);
    shot_change_clear (&change);
  }
  /* The flag and the empty data are one finding. */
  ShotCell   now = make_cell (SHOT_CELL_FLAG_NO_DATA), before = make_cell (0);
  ShotChange change;
  shot_change_compare (&now, NULL, "", &before, NULL, "host\na\n", "yesterday", &change);
  g_assert_cmpstr (change.reason, ==, "no data, had data yesterday");
  shot_change_clear (&change);
}

/* Whatever a series is called, a reason is one line and keeps its marks apart. */
static void
test_hostile_names (void)
{
  g_autoptr (GString) name = g_string_new (
      "\"<script>” gone; no data, had data\nx\xe2\x80\xae\xff");
  while (name->len < 4000)
    g_string_append (name, "年");
  g_string_append_c (name, '"');
  g_autofree char *before = g_strdup_printf ("time,series,value\nt,%s,1\nt,b,1\nt,b,1\n",
                                             name->str);
  ShotChange       change = compare_texts ("time,series,value\nt,b,1\nt,b,1\n", before);

  g_assert_true (g_utf8_validate (change.reason, -1, NULL));
  g_assert_cmpint (g_utf8_strlen (change.reason, -1), <, 100);
  g_assert_true (g_str_has_prefix (change.reason,
                                   "series “<script>\" gone; no data, had data x\xef\xbf\xbd年"));
  g_assert_true (g_str_has_suffix (change.reason, "年…” gone"));
  g_autofree char *chinese = shot_change_translate (change.reason, "zh-CN");
  g_assert_true (g_str_has_prefix (chinese, "序列“<script>\" gone; no data"));
  g_assert_true (g_str_has_suffix (chinese, "年…”消失"));
  shot_change_clear (&change);
}

/* Files as large as may be, made of what costs most: linear, so a moment. */
static void
test_large (void)
{
  static const struct {
    const char *head, *tail;
  } pieces[] = { { "t,a", ",1\n" },        { "\"", "\"," },
                 { "# frame\nh\n", "\n" }, { "\"", "" },
                 { "\"\"\"", "" },         { "9", "" },
                 { "t,s,", "e999\n" },     { "2026-01-01T00:00:00Z,", "\n" } };

  for (size_t i = 0; i < G_N_ELEMENTS (pieces); i++) {
    g_autoptr (GString) csv = g_string_new ("time,series,value\n");
    for (unsigned n = 0; csv->len < (1 << 20); n++)
      g_string_append_printf (csv, "%s%u%s", pieces[i].head, n, pieces[i].tail);
    ShotChange change = compare_texts (csv->str, "time,series,value\nt,s,1\n");
    shot_change_clear (&change);
  }
}

static void
test_translate (void)
{
  static const struct {
    const char *english, *chinese;
  } rows[] = {
    { "", "" },
    { "3 series gone", "少了 3 个序列" },
    { "no data, had data yesterday", "无数据，昨天有数据" },
    { "mean of “5xx” 4.1× last week", "“5xx”的均值为上周的 4.1 倍" },
    { "mean of “5xx” and 2 more over 1000× last week", "“5xx”等 3 个的均值为上周的 1000 多倍" },
    { "mean of “x” -3.5, was 12 3 days ago", "“x”的均值为 -3.5， 3 天前为 12" },
    { "“web-2 · /” 0.24× 5 hours ago", "“web-2 · /”为 5 小时前的 0.24 倍" },
    { "series “a; b” gone; 10× the rows of 20 minutes ago",
      "序列“a; b”消失；行数为 20 分钟前的 10 倍" },
    { "picture differs by 34 % from last run", "画面与上次巡检相差 34%" },
    { "20 % of the points of a day in May", "数据点仅为a day in May的 20%" },
    { "spread of “x” and 2 more 0, was 42.4 last week", "“x”等 3 个的波动为 0，上周为 42.4" },
    { "login page, none yesterday; no data, had data yesterday",
      "出现登录页，昨天没有；无数据，昨天有数据" },
    { "of another version", "of another version" },
    { "3 series gone; of another version", "3 series gone; of another version" },
    { "series “open gone", "series “open gone" },
    { "; ", "; " },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *chinese = shot_change_translate (rows[i].english, "zh-CN");
    g_autofree char *english = shot_change_translate (rows[i].english, "en");
    g_assert_cmpstr (chinese, ==, rows[i].chinese);
    g_assert_cmpstr (english, ==, rows[i].english);
  }
}

static void
test_name_before (void)
{
  static const struct {
    int64_t     ago_ms;
    const char *name;
  } rows[] = {
    { 0, "last time" },
    { -5, "last time" },
    { 1000, "1 minute ago" },
    { 61 * 1000, "1 minute ago" },
    { 15 * 60000, "15 minutes ago" },
    { 60 * 60000, "60 minutes ago" },
    { 2 * HOUR_MS, "2 hours ago" },
    { 23 * HOUR_MS, "yesterday" },
    { 24 * HOUR_MS, "yesterday" },
    { 30 * HOUR_MS, "30 hours ago" },
    { 48 * HOUR_MS, "2 days ago" },
    { 168 * HOUR_MS, "last week" },
    { 169 * HOUR_MS, "last week" },
    { 336 * HOUR_MS, "14 days ago" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *name = shot_change_name_before (1000 * HOUR_MS,
                                                     1000 * HOUR_MS - rows[i].ago_ms);
    g_autofree char *reason = g_strdup_printf ("no data, had data %s", name);
    g_autofree char *chinese = shot_change_translate (reason, "zh-CN");
    g_assert_cmpstr (name, ==, rows[i].name);
    g_assert_null (strstr (chinese, name));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/change/series", test_series);
  g_test_add_func ("/change/tables", test_tables);
  g_test_add_func ("/change/events", test_events);
  g_test_add_func ("/change/levels", test_levels);
  g_test_add_func ("/change/states", test_states);
  g_test_add_func ("/change/hostile-names", test_hostile_names);
  g_test_add_func ("/change/large", test_large);
  g_test_add_func ("/change/translate", test_translate);
  g_test_add_func ("/change/name-before", test_name_before);
  return g_test_run ();
}

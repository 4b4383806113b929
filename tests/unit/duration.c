#include "config.h"

#include "duration.h"

#include "error.h"

#define MOST_MS INT64_C (1800000)

static void
test_table (void)
{
  static const struct {
    const char *text;
    int64_t     expected_ms; /* -1: an error */
  } rows[] = {
    { "30", 30000 },
    { "1", 1000 },
    { "1800", 1800000 },
    { "030", 30000 },
    { "+30", 30000 },
    { "30s", 30000 },
    { "1m30s", 90000 },
    { "1m", 60000 },
    { "0.5h", 1800000 },
    { "1.5s", 1500 },
    { ".5s", 500 },
    { "1.s", 1000 },
    { "800ms", 800 },
    { "1500us", 2 },
    { "1500\xc2\xb5s", 2 },
    { "1ns", 1 },
    { "1m0.5s", 60500 },
    { "0", -1 },
    { "0s", -1 },
    { "-1", -1 },
    { "-1s", -1 },
    { "", -1 },
    { "+", -1 },
    { "s", -1 },
    { ".s", -1 },
    { "1.5", -1 },
    { "1 s", -1 },
    { " 30", -1 },
    { "1m30", -1 },
    { "1d", -1 },
    { "1e3", -1 },
    { "0x10", -1 },
    { "NaN", -1 },
    { "inf", -1 },
    { "1801", -1 },
    { "31m", -1 },
    { "9999999999999999999999", -1 },
    { "9999999999h", -1 },
    { "99999999999999999999999999999999999999999999999999999999999999999999999999999999h", -1 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    int64_t            ms = -1;
    gboolean           is_parsed = shot_duration_parse (rows[i].text, MOST_MS, &ms, &error);
    g_test_message ("%s", rows[i].text);
    g_assert_cmpint (ms, ==, rows[i].expected_ms);
    g_assert_cmpint (is_parsed, ==, rows[i].expected_ms >= 0);
    if (!is_parsed)
      g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  }
}

static void
test_read (void)
{
  static const struct {
    const char *text;
    double      expected_ms; /* 1e300: none */
  } rows[] = {
    { "0", 0 },          { "0s", 0 },       { "-0", 0 },      { "30", 30000 }, { "-30", -30000 },
    { "-1m1s", -61000 }, { "+1s", 1000 },   { "1.5ms", 1.5 }, { "-", 1e300 },  { "--1", 1e300 },
    { "-+1s", 1e300 },   { "+-1s", 1e300 }, { "", 1e300 },    { "1d", 1e300 }, { "1s ", 1e300 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    double ms = 1e300;
    g_test_message ("%s", rows[i].text);
    g_assert_cmpint (shot_duration_read (rows[i].text, &ms), ==, rows[i].expected_ms < 1e300);
    g_assert_cmpfloat_with_epsilon (ms, rows[i].expected_ms, 1e-9);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/duration/table", test_table);
  g_test_add_func ("/duration/read", test_read);
  return g_test_run ();
}

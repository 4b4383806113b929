#include "config.h"

#include "log.h"

#include <sys/mman.h>
#include <unistd.h>

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"

#define PROGRAM "engine"

/* What @function makes the log write, with "TIME" for each time of today. (transfer full) */
static char *
capture (void (*function) (void))
{
  g_autoptr (GRegex) times = g_regex_new ("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z", 0,
                                          0, NULL);
  char               text[8192] = { 0 };
  int                file = memfd_create ("log", MFD_CLOEXEC);
  int                saved = dup (STDERR_FILENO);

  g_assert_cmpint (dup2 (file, STDERR_FILENO), >=, 0);
  function ();
  g_assert_cmpint (dup2 (saved, STDERR_FILENO), >=, 0);
  g_assert_cmpint (pread (file, text, sizeof text - 1, 0), >=, 0);
  close (file);
  close (saved);
  return g_regex_replace (times, text, -1, 0, "TIME", 0, NULL);
}

static void
expect (void (*function) (void), ShotLogFormat format, const char *expected)
{
  shot_log_set_level (G_LOG_LEVEL_INFO);
  shot_log_set_format (format);
  g_autofree char *text = capture (function);
  g_assert_cmpstr (text, ==, expected);
}

static void
write_request (void)
{
  const ShotLogField fields[] = {
    SHOT_LOG_TEXT_FIELD ("id", "r-7"),
    SHOT_LOG_TEXT_FIELD ("path", "/render?renderKey=abc&width=1"),
    SHOT_LOG_NUMBER_FIELD ("status", 200),
    SHOT_LOG_NUMBER_FIELD ("ms", -3),
    SHOT_LOG_TEXT_FIELD ("flags", ""),
    SHOT_LOG_TEXT_FIELD ("outcome", NULL),
    SHOT_LOG_TEXT_FIELD ("auth_token", "plain"),
    SHOT_LOG_TEXT_FIELD ("error", "no \"" JWT "\"\nline\x1b two \\"),
    { 0 },
  };

  shot_log_event (G_LOG_LEVEL_INFO, "render", fields);
}

static void
test_text (void)
{
  expect (write_request, SHOT_LOG_TEXT,
          "TIME level=info program=engine render id=r-7 path=/render?renderKey=***&width=1 "
          "status=200 ms=-3 flags=\"\" outcome=\"\" auth_token=*** "
          "error=\"no \\\"***\\\"\\nline\\u001b two \\\\\"\n");
}

static void
test_json (void)
{
  expect (write_request, SHOT_LOG_JSON,
          "{\"time\":\"TIME\",\"level\":\"info\",\"program\":\"engine\",\"message\":\"render\","
          "\"id\":\"r-7\",\"path\":\"/render?renderKey=***&width=1\",\"status\":200,\"ms\":-3,"
          "\"flags\":\"\",\"outcome\":\"\",\"auth_token\":\"***\","
          "\"error\":\"no \\\"***\\\"\\nline\\u001b two \\\\\"}\n");
}

static void
write_macros (void)
{
  g_warning ("%s", "a \"token=abc\" caf\xe9\n");
}

static void
test_macros (void)
{
  expect (write_macros, SHOT_LOG_JSON,
          "{\"time\":\"TIME\",\"level\":\"warning\",\"program\":\"engine\","
          "\"message\":\"a \\\"token=***\\\" caf\xef\xbf\xbd\"}\n");
  expect (write_macros, SHOT_LOG_TEXT,
          "TIME level=warning program=engine a \"token=***\" caf\xef\xbf\xbd\n");
}

static void
write_levels (void)
{
  shot_log_set_level (G_LOG_LEVEL_WARNING);
  g_info ("one");
  shot_log_set_level (G_LOG_LEVEL_INFO);
  g_info ("two");
  g_debug ("three");
  g_assert_cmpint (shot_log_get_level (), ==, G_LOG_LEVEL_INFO);
}

static void
test_levels (void)
{
  expect (write_levels, SHOT_LOG_TEXT, "TIME level=info program=engine two\n");
}

#define LINE_START "2026-01-31T10:00:00.123Z level="

static void
write_relay (void)
{
  const char *message = NULL;

  g_assert_true (shot_log_relay (LINE_START "warning program=web GTK is old", &message));
  g_assert_cmpstr (message, ==, "GTK is old");
  g_assert_true (shot_log_relay (LINE_START "info domain=Gtk id=7 \"moved\"", NULL));
  /* Below our level, yet a line of ours. */
  g_assert_true (shot_log_relay (LINE_START "debug x", &message));
  g_assert_cmpstr (message, ==, "x");
}

static void
test_relay (void)
{
  static const char *const strangers[] = { "",
                                           "2026-01-31T10:00:00.123Z",
                                           "2026-01-31T10:00:00.123Z ",
                                           "2026-01-31T10:00:00.123Z a message",
                                           LINE_START "info",
                                           LINE_START "loud x",
                                           "** (process:1): WARNING **: level=info x" };

  expect (write_relay, SHOT_LOG_TEXT,
          "TIME level=warning program=web GTK is old\nTIME level=info domain=Gtk id=7 \"moved\"\n");
  expect (
      write_relay, SHOT_LOG_JSON,
      "{\"time\":\"TIME\",\"level\":\"warning\",\"program\":\"web\",\"message\":\"GTK is old\"}\n"
      "{\"time\":\"TIME\",\"level\":\"info\",\"domain\":\"Gtk\","
      "\"message\":\"id=7 \\\"moved\\\"\"}\n");
  for (size_t i = 0; i < G_N_ELEMENTS (strangers); i++)
    g_assert_false (shot_log_relay (strangers[i], NULL));
}

static void
test_names (void)
{
  ShotLogFormat  format = SHOT_LOG_TEXT;
  GLogLevelFlags level = G_LOG_LEVEL_DEBUG;

  g_assert_true (shot_log_format_from_string ("json", &format));
  g_assert_cmpint (format, ==, SHOT_LOG_JSON);
  g_assert_true (shot_log_format_from_string ("text", &format));
  g_assert_cmpint (format, ==, SHOT_LOG_TEXT);
  g_assert_false (shot_log_format_from_string ("JSON", &format));
  g_assert_false (shot_log_format_from_string (NULL, &format));
  g_assert_true (shot_log_level_from_string ("message", &level));
  g_assert_cmpstr (shot_log_level_to_string (level), ==, "message");
  g_assert_false (shot_log_level_from_string ("loud", &level));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  shot_log_init (G_LOG_LEVEL_WARNING, PROGRAM);
  g_test_add_func ("/log/text", test_text);
  g_test_add_func ("/log/json", test_json);
  g_test_add_func ("/log/macros", test_macros);
  g_test_add_func ("/log/levels", test_levels);
  g_test_add_func ("/log/relay", test_relay);
  g_test_add_func ("/log/names", test_names);
  return g_test_run ();
}

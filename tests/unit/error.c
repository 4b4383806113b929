#include "config.h"

#include "error.h"

/* The numbers that callers of the command and of the HTTP interface rely on. */
static void
test_table (void)
{
  static const struct {
    ShotError   code;
    int         http_status;
    int         exit_status;
    const char *name;
  } rows[] = {
    { SHOT_ERROR_USAGE, 400, 2, "usage" },
    { SHOT_ERROR_UNAUTHORIZED, 401, 3, "unauthorized" },
    { SHOT_ERROR_REFUSED, 403, 3, "refused" },
    { SHOT_ERROR_TIMEOUT, 408, 4, "timeout" },
    { SHOT_ERROR_UNREACHABLE, 502, 5, "unreachable" },
    { SHOT_ERROR_DOCUMENT, 502, 6, "document" },
    { SHOT_ERROR_LOGIN, 502, 7, "login" },
    { SHOT_ERROR_NOT_FOUND, 404, 8, "not-found" },
    { SHOT_ERROR_SCRIPT, 502, 9, "script" },
    { SHOT_ERROR_ENGINE, 500, 10, "engine" },
    { SHOT_ERROR_BUSY, 429, 11, "busy" },
    { SHOT_ERROR_CONFLICT, 409, 12, "conflict" },
    { SHOT_ERROR_STORAGE, 507, 13, "storage" },
    { SHOT_ERROR_CANCELLED, 408, 130, "cancelled" },
  };

  g_assert_cmpuint (G_N_ELEMENTS (rows), ==, SHOT_N_ERRORS);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_cmpint (shot_error_get_http_status (rows[i].code), ==, rows[i].http_status);
    g_assert_cmpint (shot_error_get_exit_status (rows[i].code), ==, rows[i].exit_status);
    g_assert_cmpstr (shot_error_get_name (rows[i].code), ==, rows[i].name);
    g_assert_cmpint (shot_error_from_name (rows[i].name), ==, rows[i].code);
  }
}

static void
test_classify (void)
{
  static const struct {
    GQuark (*domain) (void);
    int       code;
    ShotError expected;
  } rows[] = {
    { shot_error_quark, SHOT_ERROR_LOGIN, SHOT_ERROR_LOGIN },
    { g_io_error_quark, G_IO_ERROR_CANCELLED, SHOT_ERROR_CANCELLED },
    { g_io_error_quark, G_IO_ERROR_TIMED_OUT, SHOT_ERROR_TIMEOUT },
    { g_io_error_quark, G_IO_ERROR_FAILED, SHOT_ERROR_ENGINE },
    { g_option_error_quark, G_OPTION_ERROR_BAD_VALUE, SHOT_ERROR_USAGE },
    { g_file_error_quark, G_FILE_ERROR_ACCES, SHOT_ERROR_USAGE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = g_error_new_literal (rows[i].domain (), rows[i].code, "x");
    g_assert_cmpint (shot_error_classify (error), ==, rows[i].expected);
  }
  g_assert_cmpint (shot_error_from_name ("no such name"), ==, SHOT_ERROR_ENGINE);
  g_assert_cmpint (shot_error_from_name (NULL), ==, SHOT_ERROR_ENGINE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/table", test_table);
  g_test_add_func ("/error/classify", test_classify);
  return g_test_run ();
}

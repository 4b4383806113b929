#include "config.h"

#include "error.h"

typedef struct {
  int         http_status;
  int         exit_status;
  const char *name;
} Row;

/* Exit 1 is left to crashes of the shell kind; 130 is what a shell reports for Ctrl-C, and
 * 408 is what the official renderer records for a client that left. */
static const Row table[SHOT_N_ERRORS] = {
  [SHOT_ERROR_USAGE] = { 400, 2, "usage" },
  [SHOT_ERROR_UNAUTHORIZED] = { 401, 3, "unauthorized" },
  [SHOT_ERROR_REFUSED] = { 403, 3, "refused" },
  [SHOT_ERROR_TIMEOUT] = { 408, 4, "timeout" },
  [SHOT_ERROR_UNREACHABLE] = { 502, 5, "unreachable" },
  [SHOT_ERROR_DOCUMENT] = { 502, 6, "document" },
  [SHOT_ERROR_LOGIN] = { 502, 7, "login" },
  [SHOT_ERROR_NOT_FOUND] = { 404, 8, "not-found" },
  [SHOT_ERROR_SCRIPT] = { 502, 9, "script" },
  [SHOT_ERROR_ENGINE] = { 500, 10, "engine" },
  [SHOT_ERROR_BUSY] = { 429, 11, "busy" },
  [SHOT_ERROR_CONFLICT] = { 409, 12, "conflict" },
  [SHOT_ERROR_STORAGE] = { 507, 13, "storage" },
  [SHOT_ERROR_CANCELLED] = { 408, 130, "cancelled" },
};

G_DEFINE_QUARK (shot - error - quark, shot_error)

int
shot_error_get_http_status (ShotError code)
{
  g_return_val_if_fail (code < SHOT_N_ERRORS, 500);
  return table[code].http_status;
}

int
shot_error_get_exit_status (ShotError code)
{
  g_return_val_if_fail (code < SHOT_N_ERRORS, 10);
  return table[code].exit_status;
}

const char *
shot_error_get_name (ShotError code)
{
  g_return_val_if_fail (code < SHOT_N_ERRORS, "engine");
  return table[code].name;
}

ShotError
shot_error_from_name (const char *name)
{
  for (int code = 0; code < SHOT_N_ERRORS; code++) {
    if (g_strcmp0 (name, table[code].name) == 0)
      return code;
  }
  return SHOT_ERROR_ENGINE;
}

ShotError
shot_error_classify (const GError *error)
{
  if (error->domain == SHOT_ERROR)
    return error->code;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return SHOT_ERROR_CANCELLED;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return SHOT_ERROR_TIMEOUT;
  if (error->domain == G_OPTION_ERROR || error->domain == G_FILE_ERROR)
    return SHOT_ERROR_USAGE;
  return SHOT_ERROR_ENGINE;
}

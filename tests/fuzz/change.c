/* change.c: a panel's data, and what is said of it */
#include "config.h"

#include "change.h"

#include <string.h>

#include "target.h"

/* The part before the first 0 byte is compared with the one after it, and with itself. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autofree char *now = g_strndup ((const char *) data, length);
  size_t           at = MIN (length, strlen (now) + 1);
  g_autofree char *before = g_strndup ((const char *) data + at, length - at);
  ShotCell         cell = { .state = SHOT_CELL_CAPTURED, .to_ms = 1 };
  ShotChange       change;

  shot_change_compare (&cell, NULL, now, &cell, NULL, now, "yesterday", &change);
  g_assert_cmpfloat (change.score, ==, 0);
  g_assert_cmpstr (change.reason, ==, "");
  shot_change_clear (&change);

  shot_change_compare (&cell, NULL, now, &cell, NULL, before, "yesterday", &change);
  g_assert_cmpfloat (change.score, >=, 0);
  g_assert_cmpfloat (change.score, <=, 1);
  g_assert_true (g_utf8_validate (change.reason, -1, NULL));
  g_assert_null (strchr (change.reason, '\n'));
  /* Each of our reasons can be said in Chinese. */
  g_autofree char *chinese = shot_change_translate (change.reason, "zh-CN");
  g_assert_true (change.reason[0] == '\0' || strcmp (chinese, change.reason) != 0);
  shot_change_clear (&change);

  g_autofree char *foreign = shot_change_translate (now, "zh-CN");
  g_assert_nonnull (foreign);
  return 0;
}

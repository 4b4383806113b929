/* numbers.c: durations and page ranges */
#include "config.h"

#include "duration.h"
#include "error.h"
#include "job.h"
#include "paper.h"
#include "target.h"

/* What is accepted is within its range, and the normal form of page ranges is its own normal form. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autofree char   *text = g_strndup ((const char *) data, length);
  g_autofree char   *ranges = NULL;
  g_autofree char   *again = NULL;
  g_autoptr (GError) error = NULL;
  int64_t            ms = -1;

  if (shot_duration_parse (text, SHOT_JOB_MAX_TIMEOUT_MS, &ms, &error))
    g_assert_true (ms > 0 && ms <= SHOT_JOB_MAX_TIMEOUT_MS);
  else
    g_assert_true (error != NULL && ms == -1);
  if (shot_paper_normalize_ranges (text, &ranges) && ranges != NULL) {
    g_assert_true (shot_paper_normalize_ranges (ranges, &again));
    g_assert_cmpstr (again, ==, ranges);
  }
  return 0;
}

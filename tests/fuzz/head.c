/* head.c: the head of a request, as it comes in pieces */
#include "config.h"

#include "head.h"

#include "target.h"

/* Once judged, more bytes change nothing; a bad head has an answer; and where the judge goes on from
 * makes no difference. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  ShotHeadVerdict last = SHOT_HEAD_INCOMPLETE;
  size_t          n_judged = 0;

  for (size_t step = length > 512 ? length / 64 : 1, end = 0; end <= length; end += step) {
    unsigned        status = 0;
    const char     *reason = NULL;
    ShotHeadVerdict verdict = shot_head_judge ((const char *) data, end, 0, &status, &reason);
    g_assert_cmpint (shot_head_judge ((const char *) data, end, n_judged, &status, &reason), ==,
                     verdict);
    if (verdict == SHOT_HEAD_INCOMPLETE)
      n_judged = end;
    if (verdict == SHOT_HEAD_BAD)
      g_assert_true (status >= 400 && status <= 505 && reason != NULL);
    g_assert_true (last == SHOT_HEAD_INCOMPLETE || verdict == last);
    last = verdict;
  }
  return 0;
}

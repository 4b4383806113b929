#include "config.h"

#include "head.h"

#include <string.h>

#define LINE "GET / HTTP/1.1\r\n"

static ShotHeadVerdict
judge (const char *text, unsigned *out_status)
{
  const char *reason = NULL;

  *out_status = 0;
  return shot_head_judge (text, strlen (text), 0, out_status, &reason);
}

static void
test_verdicts (void)
{
  static const struct {
    const char     *text;
    ShotHeadVerdict verdict;
    unsigned        status;
  } rows[] = {
    { "", SHOT_HEAD_INCOMPLETE, 0 },
    { "G", SHOT_HEAD_INCOMPLETE, 0 },
    { LINE, SHOT_HEAD_INCOMPLETE, 0 },
    { LINE "Host: x\r\n\r", SHOT_HEAD_INCOMPLETE, 0 },
    { LINE "\r\n", SHOT_HEAD_GOOD, 0 },
    { LINE "Host: x\r\n\r\n", SHOT_HEAD_GOOD, 0 },
    { "GET / HTTP/1.1\nHost: x\n\n", SHOT_HEAD_GOOD, 0 },
    { LINE "Host: x\r\n\r\nHost: y\r\nbody\rbody", SHOT_HEAD_GOOD, 0 },
    { LINE "Empty:\r\n\r\n", SHOT_HEAD_GOOD, 0 },
    { LINE "content-length: 12\r\n\r\n", SHOT_HEAD_GOOD, 0 },
    { LINE "Transfer-Encoding: \t Chunked \r\n\r\n", SHOT_HEAD_GOOD, 0 },
    { "\r\n\r\n", SHOT_HEAD_INCOMPLETE, 0 },
    { "\n\n\n", SHOT_HEAD_INCOMPLETE, 0 },
    { "\r\n\r\n\r\n\r\n" LINE "\r\n", SHOT_HEAD_GOOD, 0 },
    { "\n\n" LINE "Host: x\r\n\r\n", SHOT_HEAD_GOOD, 0 },
    { "\r\n\r\n" LINE "Host: x\r\n", SHOT_HEAD_INCOMPLETE, 0 },
    { "\r\n\r\n" LINE "Host: x\r\nHost: y\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { "\n\n" LINE "Content-Length: -1\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { "\r\n\r\n\r\n\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { "\r\r\n" LINE "\r\n", SHOT_HEAD_BAD, 400 },
    { "\r\n \r\n" LINE "\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Host: x\r\nhost: y\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Transfer-Encoding: gzip\r\n\r\n", SHOT_HEAD_BAD, 501 },
    { LINE "Transfer-Encoding: gzip, chunked\r\n\r\n", SHOT_HEAD_BAD, 501 },
    { LINE "Transfer-Encoding:\r\n\r\n", SHOT_HEAD_BAD, 501 },
    { LINE "Transfer-Encoding : chunked\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Transfer-Encoding:\r\n gzip\r\n\r\n", SHOT_HEAD_BAD, 501 },
    { LINE "A: b\r\n\tc\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE " A: b\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "A\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE ": b\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "A: b\rHost: y\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { "GET /\rx HTTP/1.1\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Content-Length: -1\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Content-Length: +1\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Content-Length: 0x1\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Content-Length: 1, 1\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Content-Length:\r\n\r\n", SHOT_HEAD_BAD, 400 },
    { LINE "Content-Length: 9999999999999999999\r\n\r\n", SHOT_HEAD_BAD, 400 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    unsigned status = 0;
    g_test_message ("%s", rows[i].text);
    g_assert_cmpint (judge (rows[i].text, &status), ==, rows[i].verdict);
    g_assert_cmpuint (status, ==, rows[i].status);
  }
}

static void
test_nul (void)
{
  static const char text[] = LINE "A: b\0c\r\n\r\n";
  unsigned          status = 0;
  const char       *reason = NULL;

  g_assert_cmpint (shot_head_judge (text, sizeof text - 1, 0, &status, &reason), ==, SHOT_HEAD_BAD);
  g_assert_cmpuint (status, ==, 400);
}

static void
test_length (void)
{
  g_autofree char *filler = g_strnfill (SHOT_HEAD_MAX_BYTES, 'a');
  g_autofree char *header = g_strconcat (LINE "A: ", filler, NULL);
  g_autofree char *fitting = g_strndup (header, SHOT_HEAD_MAX_BYTES - 4);
  g_autofree char *whole = g_strconcat (fitting, "\r\n\r\n", NULL);
  g_autofree char *later = g_strconcat ("\r\n", whole, NULL);
  g_autofree char *with_body = g_strconcat (whole, filler, NULL);
  unsigned         status = 0;

  g_assert_cmpint (judge (fitting, &status), ==, SHOT_HEAD_INCOMPLETE);
  g_assert_cmpint (judge (whole, &status), ==, SHOT_HEAD_GOOD);
  g_assert_cmpint (judge (with_body, &status), ==, SHOT_HEAD_GOOD);
  g_assert_cmpint (judge (header, &status), ==, SHOT_HEAD_BAD);
  g_assert_cmpuint (status, ==, 431);
  g_assert_cmpint (judge (later, &status), ==, SHOT_HEAD_BAD);
  g_assert_cmpuint (status, ==, 431);
  g_assert_cmpint (judge (filler, &status), ==, SHOT_HEAD_BAD);
  g_assert_cmpuint (status, ==, 414);
}

/* However the bytes come, the verdict is the same; and none is read that is not there. */
static void
test_pieces (void)
{
  static const char *const heads[] = {
    LINE "Host: x\r\nContent-Length: 3\r\n\r\n",
    "\r\n\r\n" LINE "Host: x\r\nContent-Length: 3\r\n\r\n",
    "\n" LINE "Host: x\n\n",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (heads); i++) {
    g_autofree char *text = g_strconcat (heads[i], "abc", NULL);
    size_t           end = strlen (heads[i]);

    for (size_t length = 0; length <= end + 3; length++) {
      g_autofree char *piece = g_memdup2 (text, MAX (length, 1));
      for (size_t n_judged = 0; n_judged <= MIN (length, end - 1); n_judged++) {
        unsigned    status = 0;
        const char *reason = NULL;
        g_assert_cmpint (shot_head_judge (piece, length, n_judged, &status, &reason), ==,
                         length < end ? SHOT_HEAD_INCOMPLETE : SHOT_HEAD_GOOD);
      }
    }
  }
}

static void
test_empty_lines (void)
{
  g_assert_cmpuint (shot_head_count_empty ("", 0), ==, 0);
  g_assert_cmpuint (shot_head_count_empty ("\r", 1), ==, 0);
  g_assert_cmpuint (shot_head_count_empty ("\r\n", 2), ==, 2);
  g_assert_cmpuint (shot_head_count_empty ("\r\n\n\r\nG\r\n", 8), ==, 5);
  g_assert_cmpuint (shot_head_count_empty (" \r\n", 3), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/head/verdicts", test_verdicts);
  g_test_add_func ("/head/nul", test_nul);
  g_test_add_func ("/head/length", test_length);
  g_test_add_func ("/head/pieces", test_pieces);
  g_test_add_func ("/head/empty-lines", test_empty_lines);
  return g_test_run ();
}

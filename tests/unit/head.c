#include "config.h"

#include "head.h"

#include <string.h>

#define LINE "GET / HTTP/1.1\r\n"

static ShotHeadVerdict
judge (const char *text, unsigned *out_status)
{
  const char *reason = NULL;

  *out_status = 0;
  return shot_head_judge (text, strlen (text), out_status, &reason);
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
    { "\r\n\r\n", SHOT_HEAD_GOOD, 0 }, /* libsoup's to refuse */
    { "\n\n", SHOT_HEAD_GOOD, 0 },
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

  g_assert_cmpint (shot_head_judge (text, sizeof text - 1, &status, &reason), ==, SHOT_HEAD_BAD);
  g_assert_cmpuint (status, ==, 400);
}

static void
test_length (void)
{
  g_autofree char *filler = g_strnfill (SHOT_HEAD_MAX_BYTES, 'a');
  g_autofree char *header = g_strconcat (LINE "A: ", filler, NULL);
  g_autofree char *fitting = g_strndup (header, SHOT_HEAD_MAX_BYTES - 4);
  g_autofree char *whole = g_strconcat (fitting, "\r\n\r\n", NULL);
  g_autofree char *with_body = g_strconcat (whole, filler, NULL);
  unsigned         status = 0;

  g_assert_cmpint (judge (fitting, &status), ==, SHOT_HEAD_INCOMPLETE);
  g_assert_cmpint (judge (whole, &status), ==, SHOT_HEAD_GOOD);
  g_assert_cmpint (judge (with_body, &status), ==, SHOT_HEAD_GOOD);
  g_assert_cmpint (judge (header, &status), ==, SHOT_HEAD_BAD);
  g_assert_cmpuint (status, ==, 431);
  g_assert_cmpint (judge (filler, &status), ==, SHOT_HEAD_BAD);
  g_assert_cmpuint (status, ==, 414);
}

/* However the bytes come, the verdict is the same; and none is read that is not there. */
static void
test_pieces (void)
{
  static const char text[] = LINE "Host: x\r\nContent-Length: 3\r\n\r\nabc";
  size_t            end = strlen (text) - 3;

  for (size_t length = 0; length < sizeof text; length++) {
    g_autofree char *piece = g_memdup2 (text, MAX (length, 1));
    unsigned         status = 0;
    const char      *reason = NULL;
    g_assert_cmpint (shot_head_judge (piece, length, &status, &reason), ==,
                     length < end ? SHOT_HEAD_INCOMPLETE : SHOT_HEAD_GOOD);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/head/verdicts", test_verdicts);
  g_test_add_func ("/head/nul", test_nul);
  g_test_add_func ("/head/length", test_length);
  g_test_add_func ("/head/pieces", test_pieces);
  return g_test_run ();
}

#include "config.h"

#include "socks.h"

#include <string.h>

#define BYTES(text) ((const uint8_t *) (text)), sizeof (text) - 1

/* No prefix of a whole message is a message or a fault. */
static void
test_pieces (void)
{
  static const char greeting[] = "\x05\x02\x00\x02";
  static const char login[] = "\x01\x03job\x06secret";
  static const char request[] = "\x05\x01\x00\x03\x09localhost\x0b\xb8";
  bool              offers_password = false;
  g_autofree char  *user = NULL, *password = NULL, *host = NULL;
  unsigned          port = 0;
  ShotSocksReply    reply = SHOT_SOCKS_FAILED;

  for (size_t i = 0; i < sizeof greeting - 1; i++)
    g_assert_cmpint (shot_socks_read_greeting ((const uint8_t *) greeting, i, &offers_password), ==,
                     0);
  for (size_t i = 0; i < sizeof login - 1; i++)
    g_assert_cmpint (shot_socks_read_login ((const uint8_t *) login, i, &user, &password), ==, 0);
  for (size_t i = 0; i < sizeof request - 1; i++)
    g_assert_cmpint (shot_socks_read_request ((const uint8_t *) request, i, &host, &port, &reply),
                     ==, 0);
  g_assert_null (user);
  g_assert_null (host);

  g_assert_cmpint (shot_socks_read_greeting (BYTES (greeting), &offers_password), ==, 4);
  g_assert_true (offers_password);
  g_assert_cmpint (shot_socks_read_login (BYTES (login), &user, &password), ==, 12);
  g_assert_cmpstr (user, ==, "job");
  g_assert_cmpstr (password, ==, "secret");
  g_assert_cmpint (shot_socks_read_request (BYTES (request), &host, &port, &reply), ==, 16);
  g_assert_cmpstr (host, ==, "localhost");
  g_assert_cmpuint (port, ==, 3000);
  g_assert_cmpint (reply, ==, SHOT_SOCKS_SUCCEEDED);
}

static void
check_request (const uint8_t *bytes, size_t length, ShotSocksReply expected, const char *target)
{
  g_autofree char *host = NULL;
  unsigned         port = 0;
  ShotSocksReply   reply = SHOT_SOCKS_FAILED;

  g_assert_cmpint (shot_socks_read_request (bytes, length, &host, &port, &reply), ==, (int) length);
  g_assert_cmpint (reply, ==, expected);
  g_assert_cmpint (host == NULL, ==, target == NULL);
  if (target != NULL) {
    g_autofree char *written = g_strdup_printf ("%s:%u", host, port);
    g_assert_cmpstr (written, ==, target);
  }
}

static void
test_requests (void)
{
  check_request (BYTES ("\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50"), SHOT_SOCKS_SUCCEEDED,
                 "127.0.0.1:80");
  check_request (BYTES ("\x05\x01\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x01\xbb"),
                 SHOT_SOCKS_SUCCEEDED, "[::1]:443");
  check_request (BYTES ("\x05\x01\x00\x04\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\x01\x01\xbb"),
                 SHOT_SOCKS_SUCCEEDED, "[::ffff:127.0.0.1]:443");
  check_request (BYTES ("\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50"), SHOT_SOCKS_COMMAND_UNKNOWN,
                 NULL);
  check_request (BYTES ("\x05\x03\x00\x01\x7f\x00\x00\x01\x00\x50"), SHOT_SOCKS_COMMAND_UNKNOWN,
                 NULL);
  check_request (BYTES ("\x05\x01\x00\x02\x7f\x00\x00\x01\x00\x50"), SHOT_SOCKS_ADDRESS_UNKNOWN,
                 NULL);
  check_request (BYTES ("\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x00"), SHOT_SOCKS_ADDRESS_UNKNOWN,
                 NULL);
  check_request (BYTES ("\x05\x01\x00\x03\x03"
                        "a\0b\x00\x50"),
                 SHOT_SOCKS_ADDRESS_UNKNOWN, NULL);
}

static void
test_others (void)
{
  bool             offers_password = true;
  g_autofree char *text = NULL;
  unsigned         port;
  ShotSocksReply   reply;

  g_assert_cmpint (shot_socks_read_greeting (BYTES ("\x05\x01\x00"), &offers_password), ==, 3);
  g_assert_false (offers_password);
  g_assert_cmpint (shot_socks_read_greeting (BYTES ("\x05\x00"), &offers_password), ==, 2);
  g_assert_false (offers_password);
  g_assert_cmpint (shot_socks_read_greeting (BYTES ("GET / HTTP/1.1"), &offers_password), ==, -1);
  g_assert_cmpint (shot_socks_read_greeting (BYTES ("\x04"), &offers_password), ==, -1);
  g_assert_cmpint (shot_socks_read_login (BYTES ("\x05"), &text, &text), ==, -1);
  g_assert_cmpint (shot_socks_read_request (BYTES ("\x04"), &text, &port, &reply), ==, -1);
  g_assert_null (text);
}

static void
test_writing (void)
{
  uint8_t bytes[SHOT_SOCKS_REPLY_BYTES];

  shot_socks_write_method (bytes, SHOT_SOCKS_METHOD_PASSWORD);
  g_assert_cmpmem (bytes, SHOT_SOCKS_ANSWER_BYTES, "\x05\x02", 2);
  shot_socks_write_login (bytes, true);
  g_assert_cmpmem (bytes, SHOT_SOCKS_ANSWER_BYTES, "\x01\x00", 2);
  shot_socks_write_login (bytes, false);
  g_assert_cmpmem (bytes, SHOT_SOCKS_ANSWER_BYTES, "\x01\x01", 2);
  shot_socks_write_reply (bytes, SHOT_SOCKS_NOT_ALLOWED);
  g_assert_cmpmem (bytes, sizeof bytes, "\x05\x02\x00\x01\0\0\0\0\0\0", 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/socks/pieces", test_pieces);
  g_test_add_func ("/socks/requests", test_requests);
  g_test_add_func ("/socks/others", test_others);
  g_test_add_func ("/socks/writing", test_writing);
  return g_test_run ();
}

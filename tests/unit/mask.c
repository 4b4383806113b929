#include "config.h"

#include "mask.h"

#include <string.h>

static void
test_table (void)
{
  static const struct {
    const char *text;
    const char *expected;
  } rows[] = {
    { "http://g/render?url=x&renderKey=abc&width=1",
      "http://g/render?url=x&renderKey=***&width=1" },
    { "/render?renderkey=abc", "/render?renderkey=***" },
    { "http://g/d/x?auth_token=a.b.c#frag", "http://g/d/x?auth_token=***#frag" },
    { "http://g/?ACCESS_TOKEN=a%26b&x=1", "http://g/?ACCESS_TOKEN=***&x=1" },
    { "http://g/?key=1&code=2&sig=3&plain=4", "http://g/?key=***&code=***&sig=***&plain=4" },
    { "http://g/?X-Amz-Signature=12ab", "http://g/?X-Amz-Signature=***" },
    { "/render?url=http%3A%2F%2Fg%2Fd%3Fauth_token%3Dabc%26width%3D9&width=1",
      "/render?url=http%3A%2F%2Fg%2Fd%3Fauth_token%3D***%26width%3D9&width=1" },
    { "/render?url=http%253A%252F%252Fg%253Ftoken%253Dabc%2526x%253D1",
      "/render?url=http%253A%252F%252Fg%253Ftoken%253D***%2526x%253D1" },
    { "/render?url=http://g/?token=abc", "/render?url=http://g/?token=***" },
    { "http://user:pw@host/x@y", "http://***@host/x@y" },
    { "http://user:p@w@host/", "http://***@host/" },
    { "/render?url=http%3A%2F%2Fuser%3Apw%40host%2Fa%40b",
      "/render?url=http%3A%2F%2F***@host%2Fa%40b" },
    { "/render?url=https%3a%2f%2fuser:pw@host%2fa", "/render?url=https%3a%2f%2f***@host%2fa" },
    { "Authorization: Bearer glsa_Abc123_def", "Authorization: Bearer ***" },
    { "the token glsa_Abc123_0f was wrong", "the token *** was wrong" },
    { "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1 here", "jwt *** here" },
    { "x%3DeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1&b", "x%3D***&b" },
    { "Cookie: renderKey=abc; lang=zh", "Cookie: renderKey=*** lang=zh" },
    { "cannot open \"http://g/?token=a'b\": refused",
      "cannot open \"http://g/?token=***\": refused" },
    { "cannot open “http://g/?token=abc”: refused", "cannot open “http://g/?token=***”: refused" },
    { "http://g/d/x?orgId=1&from=now-6h&var-host=a",
      "http://g/d/x?orgId=1&from=now-6h&var-host=a" },
    { "http://g/?keyboard=1&monkey=2&codec=3", "http://g/?keyboard=1&monkey=2&codec=3" },
    { "exit code=3 of the engine", "exit code=3 of the engine" },
    { "", "" },
    { "nothing to hide", "nothing to hide" },
    { "\xff\xfe?token=a", "\xff\xfe?token=***" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *masked = shot_mask_uri (rows[i].text);
    g_assert_cmpstr (masked, ==, rows[i].expected);
  }
}

/* Whatever its length and shape, a text ends in an answer without the secret. */
static void
test_long (void)
{
  static const char *const fillers[] = { "a",     "&a=", "%25", "?token", "://@",
                                         "token", "eyJ", "%",   ";" };

  for (size_t i = 0; i < G_N_ELEMENTS (fillers); i++) {
    g_autoptr (GString) text = g_string_new ("http://g/?token=");
    while (text->len < 40000)
      g_string_append (text, fillers[i]);
    g_string_append (text, "&renderKey=hush&x=1");
    g_autofree char *masked = shot_mask_uri (text->str);
    g_assert_null (strstr (masked, "hush"));
  }
}

static void
test_headers (void)
{
  static const char *const secret[] = { "Authorization",   "COOKIE",
                                        "Set-Cookie",      "X-Auth-Token",
                                        "X-JWT-Assertion", "X-API-Key",
                                        "x-jwt-ttk",       "Proxy-Authorization" };
  static const char *const plain[] = { "Accept-Language", "User-Agent", "X-Tenant-ID",
                                       "traceparent" };

  for (size_t i = 0; i < G_N_ELEMENTS (secret); i++)
    g_assert_true (shot_mask_is_secret_header (secret[i]));
  for (size_t i = 0; i < G_N_ELEMENTS (plain); i++)
    g_assert_false (shot_mask_is_secret_header (plain[i]));
}

/* Pages write what stands in their own address. A matcher that goes through a run once for each of
 * its letters would not be done in the time that a test has. */
static void
test_runs (void)
{
  g_autoptr (GString) run = g_string_new ("http://g/?x=");

  for (int i = 0; i < 200000; i++)
    g_string_append (run, "eyJ");
  g_string_append (run, "/.&token=hunter2");
  g_autofree char *masked = shot_mask_uri (run->str);
  g_assert_null (strstr (masked, "hunter2"));
  g_assert_cmpuint (strlen (masked), <, 100 * 1024);

  g_string_truncate (run, 30000);
  g_string_append (run, "/.&token=hunter2");
  g_autofree char *shorter = shot_mask_uri (run->str);
  g_assert_null (strstr (shorter, "hunter2"));
  g_assert_true (g_str_has_suffix (shorter, "/.&token=***"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mask/table", test_table);
  g_test_add_func ("/mask/long", test_long);
  g_test_add_func ("/mask/headers", test_headers);
  g_test_add_func ("/mask/runs", test_runs);
  return g_test_run ();
}

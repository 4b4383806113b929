#include "config.h"

#include "error.h"
#include "host.h"

static void
check_host (const char *text, const char *expected)
{
  g_auto (ShotHost)  host = { 0 };
  g_autoptr (GError) error = NULL;

  if (shot_host_parse (text, &host, &error)) {
    g_autofree char *written = shot_host_to_text (&host);
    g_assert_no_error (error);
    g_assert_cmpint (host.name == NULL, !=, host.address == NULL);
    g_assert_cmpstr (written, ==, expected);
    return;
  }
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
  g_assert_null (strchr (error->message, '\n'));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (expected != NULL)
    g_test_message ("%s: %s", text, error->message);
  g_assert_null (expected);
}

/* The addresses are those of the URL standard's own tests, where they are in them. */
static const struct {
  const char *text;
  const char *expected; /* NULL: refused */
} host_rows[] = {
  { "grafana.example", "grafana.example" },
  { "GRAFANA.Example.", "grafana.example" },
  { "grafana", "grafana" },
  { "my_grafana-1.example", "my_grafana-1.example" },
  { "graf%61na.example", "grafana.example" },
  { "m\xc3\xbcnchen.example", "xn--mnchen-3ya.example" },
  { "m%C3%BCnchen.example", "xn--mnchen-3ya.example" },
  { "grafana\xe3\x80\x82"
    "example",
    "grafana.example" },
  { "1.example", "1.example" },
  { "0x7g", "0x7g" },
  /* Every spelling of one address. */
  { "127.0.0.1", "127.0.0.1" },
  { "127.0.0.1.", "127.0.0.1" },
  { "2130706433", "127.0.0.1" },
  { "017700000001", "127.0.0.1" },
  { "0x7f000001", "127.0.0.1" },
  { "0X7F.1", "127.0.0.1" },
  { "127.1", "127.0.0.1" },
  { "127.0.1", "127.0.0.1" },
  { "0177.0.0.01", "127.0.0.1" },
  { "%31%32%37.0.0.1", "127.0.0.1" },
  { "127%2e0%2E0.1", "127.0.0.1" },
  { "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", "127.0.0.1" },
  { "\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1", "127.0.0.1" },
  { "127\xe3\x80\x82"
    "0.0.1",
    "127.0.0.1" },
  { "0", "0.0.0.0" },
  { "0x", "0.0.0.0" },
  { "0xffffffff", "255.255.255.255" },
  { "4294967295", "255.255.255.255" },
  { "1.65535", "1.0.255.255" },
  { "169.16689662", "169.254.169.254" },
  { "[::1]", "::1" },
  { "[0:0:0:0:0:0:0:1]", "::1" },
  { "[::FFFF:127.0.0.1]", "::ffff:127.0.0.1" },
  { "[::ffff:7f00:1]", "::ffff:127.0.0.1" },
  /* What a browser refuses. */
  { "", NULL },
  { ".", NULL },
  { "4294967296", NULL },
  { "99999999999999999999999999", NULL },
  { "256.0.0.1", NULL },
  { "1.2.3.4.5", NULL },
  { "1.2.3", "1.2.0.3" },
  { "1.2.3.256", NULL },
  { "127.0.0.08", NULL },
  { "1.2.3.0x1g", "1.2.3.0x1g" },
  { "foo.0x7f", NULL },
  { "foo.1", NULL },
  { "[::1", NULL },
  { "[]", NULL },
  { "[::1]x", NULL },
  { "[::1]]", NULL },
  { "[127.0.0.1]", NULL },
  { "[fe80::1%25eth0]", NULL },
  { "[fe80::1%eth0]", NULL },
  { "::1", NULL },
  { "a b", NULL },
  { "a%00b", NULL },
  { "a%0ab", NULL },
  { "a%2fb", NULL },
  { "a%40b", NULL },
  { "a%ffb", NULL },
  { "a%", NULL },
  { "a\\b", NULL },
  { "a\"b", NULL },
  { "*.example", NULL },
  /* What old and new rules for names take to different hosts. */
  { "fa\xc3\x9f.example", NULL },
  { "a\xe2\x80\x8d"
    "b.example",
    NULL },
  { "a..b", NULL },
  { "a..", NULL },
  { "127.0.0.1..", NULL },
  { ".a", NULL },
};

static void
test_hosts (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (host_rows); i++)
    check_host (host_rows[i].text, host_rows[i].expected);

  g_autofree char *endless = g_strnfill (70000, 'a');
  check_host (endless, NULL);
  endless[254] = '\0';
  check_host (endless, NULL);
}

static void
test_endpoints (void)
{
  static const struct {
    const char *uri;
    const char *expected; /* NULL: refused */
  } rows[] = {
    { "http://grafana.example/d/x", "http grafana.example:80" },
    { "HTTPS://Grafana.Example", "https grafana.example:443" },
    { "http://g:/", "http g:80" },
    { "http://g:3000?x", "http g:3000" },
    { "http://[::1]:3000/", "http [::1]:3000" },
    { "http://[::1]", "http [::1]:80" },
    { "http://allowed.example@evil.example/", "http evil.example:80" },
    { "http://allowed.example:80@evil.example:81/", "http evil.example:81" },
    { "http://a@b@evil.example/", "http evil.example:80" },
    { "http://evil.example#@allowed.example/", "http evil.example:80" },
    { "http://evil.example?@allowed.example/", "http evil.example:80" },
    { "http://[::1]@evil.example/", "http evil.example:80" },
    { "http://evil.example\\@allowed.example/", NULL },
    { "http://evil.example\t/", NULL },
    { "http:\\\\evil.example", NULL },
    { "http:evil.example", NULL },
    { "http:/evil.example", NULL },
    { "http:///evil.example", NULL },
    { "//evil.example", NULL },
    { " http://g/", NULL },
    { "http://g:0/", NULL },
    { "http://g:65536/", NULL },
    { "http://g:+80/", NULL },
    { "http://g:80:80/", NULL },
    { "http://::1/", NULL },
    { "file:///etc/passwd", NULL },
    { "ftp://g/", NULL },
    { "", NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (ShotEndpoint) endpoint = { 0 };
    g_autoptr (GError)    error = NULL;
    g_autofree char      *written = NULL;
    if (shot_endpoint_parse (rows[i].uri, &endpoint, &error)) {
      g_autofree char *target = shot_host_and_port (&endpoint.host, endpoint.port);
      written = g_strjoin (" ", endpoint.scheme, target, NULL);
    } else {
      g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
      g_assert_null (endpoint.scheme);
    }
    g_assert_cmpstr (written, ==, rows[i].expected);
  }
}

static void
test_secrets (void)
{
  g_auto (ShotEndpoint) endpoint = { 0 };
  g_autoptr (GError)    error = NULL;

  g_assert_false (shot_endpoint_parse ("http://admin:hunter2@a b/", &endpoint, &error));
  g_assert_null (strstr (error->message, "hunter2"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/hosts", test_hosts);
  g_test_add_func ("/host/endpoints", test_endpoints);
  g_test_add_func ("/host/secrets", test_secrets);
  return g_test_run ();
}

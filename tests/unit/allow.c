#include "config.h"

#include "allow.h"
#include "error.h"

/* @entries: separated by blanks. */
static ShotAllow *
make (const char *entries, GError **error)
{
  g_auto (GStrv)        texts = g_strsplit (entries, " ", -1);
  g_autoptr (GPtrArray) array = g_ptr_array_new ();

  for (unsigned i = 0; texts[i] != NULL && *entries != '\0'; i++)
    g_ptr_array_add (array, texts[i]);
  return shot_allow_parse (array, error);
}

static void
check_error (gboolean is_allowed, GError *error)
{
  if (is_allowed) {
    g_assert_no_error (error);
    return;
  }
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
  g_assert_null (strchr (error->message, '\n'));
  g_clear_error (&error);
}

static gboolean
allows_uri (const char *entries, const char *uri)
{
  g_autoptr (ShotAllow) allow = make (entries, NULL);
  GError               *error = NULL;
  gboolean              is_allowed = shot_allow_check_uri (allow, uri, &error);

  check_error (is_allowed, error);
  return is_allowed;
}

static gboolean
allows_address (const char *entries, const char *host_text, unsigned port, const char *address_text)
{
  g_autoptr (ShotAllow)    allow = make (entries, NULL);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (address_text);
  g_auto (ShotHost)        host = { 0 };
  GError                  *error = NULL;

  g_assert_true (shot_host_parse (host_text, &host, NULL));
  gboolean is_allowed = shot_allow_check_address (allow, &host, port, address, &error);
  check_error (is_allowed, error);
  return is_allowed;
}

static void
test_parse (void)
{
  static const char *const good[] = {
    "https://grafana.example:3000",
    "HTTP://Grafana.Example/",
    "grafana.example",
    "grafana.example:3000",
    "*.example.com",
    "https://*.example.com:8443",
    "10.0.0.5",
    "10.0.0.5:3000",
    "http://10.0.0.5",
    "10.0.0.0/8",
    "fd00::/8",
    "[fd00::]/8",
    "::1",
    "[::1]",
    "[::1]:3000",
    "http://[::1]:3000",
    "*",
    "*:443",
    "https://*",
    "0.0.0.0/0",
    "2130706433",
  };
  static const char *const bad[] = {
    "",
    " ",
    "/",
    "ftp://grafana.example",
    "http://",
    "http://grafana.example/d/x",
    "http://user@grafana.example",
    "grafana.example:0",
    "grafana.example:65536",
    "grafana.example:x",
    "*example.com",
    "a.*.example",
    "*.",
    "*.*",
    "*.10.0.0.1",
    "10.0.0.1/8",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/8:80",
    "fe80::1%eth0",
    "fd00::/129",
    "[::1",
    "[::1]x",
    "::1]:80",
    "grafana.example?x",
    "http://http://x",
    "\\",
    "a,b",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GPtrArray) list = g_ptr_array_new ();
    g_autoptr (GError)    error = NULL;
    g_ptr_array_add (list, (void *) good[i]);
    g_autoptr (ShotAllow) allow = shot_allow_parse (list, &error);
    g_assert_no_error (error);
    g_assert_nonnull (allow);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GPtrArray) list = g_ptr_array_new ();
    g_autoptr (GError)    error = NULL;
    g_ptr_array_add (list, (void *) bad[i]);
    g_autoptr (ShotAllow) allow = shot_allow_parse (list, &error);
    if (allow != NULL)
      g_test_message ("“%s” was taken", bad[i]);
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_assert_null (allow);
  }

  g_autoptr (ShotAllow) none = shot_allow_parse (NULL, NULL);
  g_assert_nonnull (none);
}

static void
test_too_many (void)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  g_autoptr (GError)    error = NULL;

  for (unsigned i = 0; i < 2000; i++)
    g_ptr_array_add (list, (void *) "grafana.example");
  g_autoptr (ShotAllow) allow = shot_allow_parse (list, &error);
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_assert_null (allow);
}

static const struct {
  const char *entries;
  const char *uri;
  gboolean    expected;
} uri_rows[] = {
  { "", "http://anything.example/", TRUE },
  { "", "http://127.0.0.1:3000/", TRUE },
  { "", "http://10.1.2.3/", TRUE },
  { "", "http://[::1]:3000/", TRUE },
  { "", "http://[fd12::1]/", TRUE },
  { "", "http://169.254.169.254/latest/meta-data/", FALSE },
  { "", "http://[::ffff:169.254.169.254]/", FALSE },
  { "", "http://0xa9fea9fe/", FALSE },
  { "", "http://0.0.0.0:3000/", FALSE },
  { "", "http://0/", FALSE },
  { "", "file:///etc/passwd", FALSE },
  { "", "gopher://x/", FALSE },

  { "https://grafana.example:3000", "https://grafana.example:3000/d/x", TRUE },
  { "https://grafana.example:3000", "https://GRAFANA.example.:3000/", TRUE },
  { "https://grafana.example:3000", "http://grafana.example:3000/", FALSE },
  { "https://grafana.example:3000", "https://grafana.example/", FALSE },
  { "https://grafana.example", "https://grafana.example:443/", TRUE },
  { "https://grafana.example", "http://grafana.example/", FALSE },
  { "grafana.example", "https://grafana.example:1234/", TRUE },
  { "grafana.example", "http://grafana.example.evil.example/", FALSE },
  { "grafana.example", "http://evil.example/grafana.example", FALSE },
  { "grafana.example", "http://grafana.example@evil.example/", FALSE },
  { "grafana.example", "http://grafana.example:80@evil.example/", FALSE },
  { "grafana.example", "http://evil.example#@grafana.example/", FALSE },
  { "grafana.example", "http://evil.example\\@grafana.example/", FALSE },
  { "grafana.example", "http://evil.example?@grafana.example/", FALSE },
  { "grafana.example", "http://sub.grafana.example/", FALSE },
  { "grafana.example:3000", "http://grafana.example:3001/", FALSE },
  { "grafana.example:3000", "http://grafana.example:3000/", TRUE },
  { "*.example.com", "http://a.example.com/", TRUE },
  { "*.example.com", "http://a.b.example.com:81/", TRUE },
  { "*.example.com", "http://example.com/", FALSE },
  { "*.example.com", "http://evilexample.com/", FALSE },
  { "*.example.com", "http://example.com.evil.example/", FALSE },
  { "https://*.example.com", "http://a.example.com/", FALSE },
  { "https://*.example.com", "https://a.example.com/", TRUE },
  { "https://*.example.com", "https://a.example.com:81/", FALSE },
  { "a.example b.example", "http://b.example/", TRUE },

  { "10.0.0.5", "http://10.0.0.5:3000/", TRUE },
  { "10.0.0.5", "http://10.0.0.6/", FALSE },
  { "10.0.0.5", "http://0x0a000005/", TRUE },
  { "10.0.0.5", "http://[::ffff:10.0.0.5]/", TRUE },
  { "10.0.0.5", "http://[64:ff9b::10.0.0.5]/", FALSE },
  { "10.0.0.5:3000", "http://10.0.0.5/", FALSE },
  { "10.0.0.5:3000", "http://10.0.0.5:3000/", TRUE },
  { "10.0.0.0/8", "http://10.255.0.1/", TRUE },
  { "10.0.0.0/8", "http://11.0.0.1/", FALSE },
  { "[::1]:3000", "http://[0::1]:3000/", TRUE },
  { "[::1]:3000", "http://[::1]:3001/", FALSE },
  { "[::1]:3000", "http://[::1:3000]/", FALSE },
  /* A name may yet turn out to be in the range; at another port it may not. */
  { "10.0.0.0/8", "http://grafana.example/", TRUE },
  { "10.0.0.5:3000", "http://grafana.example:3001/", FALSE },
  { "127.0.0.1:3000", "http://localhost:3000/", TRUE },
  { "127.0.0.1:3000", "http://127.0.0.2:3000/", FALSE },
  { "127.0.0.1:3000", "http://[::1]:3000/", FALSE },

  { "*", "http://anything.example/", TRUE },
  { "*", "http://10.1.2.3/", TRUE },
  { "*", "http://169.254.169.254/", FALSE },
  { "https://*", "https://127.0.0.1:443/", TRUE },
  { "https://*", "http://127.0.0.1/", FALSE },
  { "*:443", "http://anything.example/", FALSE },
  /* Only an address vouches for an address of this kind. */
  { "169.254.169.254", "http://169.254.169.254/", TRUE },
  { "169.254.0.0/16", "http://169.254.169.254/", TRUE },
  { "0.0.0.0/0", "http://169.254.169.254/", TRUE },
  { "169.254.169.254:80", "http://169.254.169.254:81/", FALSE },
  { "fe80::/10", "http://[fe80::1]/", TRUE },
};

static void
test_uris (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (uri_rows); i++) {
    gboolean is_allowed = allows_uri (uri_rows[i].entries, uri_rows[i].uri);
    if (is_allowed != uri_rows[i].expected)
      g_test_message ("[%s] %s", uri_rows[i].entries, uri_rows[i].uri);
    g_assert_cmpint (is_allowed, ==, uri_rows[i].expected);
  }
}

static void
test_refused_addresses (void)
{
  static const char *const refused[] = {
    "0.0.0.0",
    "0.1.2.3",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "febf::1",
    "fe80::a9fe:a9fe",
    "ff02::1",
    "100::1",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:c1::a9fe:a9fe",
    "fd00:42::42",
    /* Inside IPv6: mapped, compatible, translated, NAT64 (both), 6to4, Teredo (both). */
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::169.254.169.254",
    "::ffff:0:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::169.254.169.254",
    "64:ff9b:1:ffff:1:2:169.254.169.254",
    "2002:a9fe:a9fe::1",
    "2002:0:1::",
    "2001:0:a9fe:a9fe::1",
    "2001:0:5db8:d822::5601:5601",
  };
  static const char *const fine[] = {
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.201",
    "168.63.129.17",
    "192.0.1.1",
    "169.253.0.1",
    "93.184.216.34",
    "223.255.255.255",
    "::1",
    "fd00::1",
    "fd00:ec3::254",
    "fd20:ce::253",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
    "fec0::1",
    "64:ff9b:2::a9fe:a9fe",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autofree char *range = g_strdup_printf ("%s/%d", refused[i],
                                              strchr (refused[i], ':') != NULL ? 128 : 32);
    g_test_message ("%s", refused[i]);
    g_assert_false (allows_address ("", "x.example", 80, refused[i]));
    g_assert_false (allows_address ("x.example *", "x.example", 80, refused[i]));
    g_assert_true (allows_address (range, "x.example", 80, refused[i]));
  }
  for (size_t i = 0; i < G_N_ELEMENTS (fine); i++) {
    g_test_message ("%s", fine[i]);
    g_assert_true (allows_address ("", "x.example", 80, fine[i]));
    g_assert_true (allows_address ("x.example", "x.example", 80, fine[i]));
    g_assert_false (allows_address ("y.example 1.2.3.4", "x.example", 80, fine[i]));
  }
}

static void
test_addresses (void)
{
  /* What a name may resolve to, once the list has a range. */
  g_assert_true (allows_address ("10.0.0.0/8", "x.example", 80, "10.1.1.1"));
  g_assert_false (allows_address ("10.0.0.0/8", "x.example", 80, "11.1.1.1"));
  g_assert_false (allows_address ("10.0.0.5:3000", "x.example", 80, "10.0.0.5"));
  g_assert_true (allows_address ("10.0.0.0/8", "x.example", 80, "::ffff:10.1.1.1"));
  /* Gateways: an IPv4 range says nothing about them. */
  g_assert_false (allows_address ("169.254.0.0/16", "x.example", 80, "64:ff9b::169.254.169.254"));
  /* An origin's scheme is not known here, its port is. */
  g_assert_true (allows_address ("https://x.example", "x.example", 443, "10.1.1.1"));
  g_assert_false (allows_address ("https://x.example", "x.example", 80, "10.1.1.1"));
}

static gboolean
allows_unresolved (const char *entries, const char *host_text, unsigned port)
{
  g_autoptr (ShotAllow) allow = make (entries, NULL);
  g_auto (ShotHost)     host = { 0 };
  GError               *error = NULL;

  g_assert_true (shot_host_parse (host_text, &host, NULL));
  gboolean is_allowed = shot_allow_check_unresolved (allow, &host, port, &error);
  check_error (is_allowed, error);
  return is_allowed;
}

static void
test_unresolved (void)
{
  g_assert_true (allows_unresolved ("", "x.example", 80));
  g_assert_true (allows_unresolved ("x.example", "x.example", 80));
  g_assert_false (allows_unresolved ("x.example", "y.example", 80));
  /* No one would check the address. */
  g_assert_false (allows_unresolved ("10.0.0.0/8", "x.example", 80));
  g_assert_true (allows_unresolved ("10.0.0.0/8", "10.0.0.1", 80));
  g_assert_false (allows_unresolved ("", "169.254.169.254", 80));
  g_assert_false (allows_unresolved ("", "0xa9fea9fe", 80));
  g_assert_false (allows_unresolved ("", "Metadata.Google.Internal.", 80));
  g_assert_false (allows_unresolved ("*.google.internal *", "metadata.google.internal", 80));
  g_assert_true (allows_unresolved ("metadata.google.internal", "metadata.google.internal", 80));
}

static void
test_messages (void)
{
  g_autoptr (ShotAllow) list = make ("grafana.example", NULL);
  g_autoptr (ShotAllow) none = make ("", NULL);
  g_autoptr (GError)    unlisted = NULL;
  g_autoptr (GError)    metadata = NULL;

  g_assert_false (shot_allow_check_uri (list, "http://evil.example/", &unlisted));
  g_assert_nonnull (strstr (unlisted->message, "evil.example:80"));
  g_assert_nonnull (strstr (unlisted->message, "--allow"));
  g_assert_nonnull (strstr (unlisted->message, "target.allow"));
  g_assert_false (shot_allow_check_uri (none, "http://[::ffff:a9fe:a9fe]/", &metadata));
  g_assert_nonnull (strstr (metadata->message, "link-local"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/allow/parse", test_parse);
  g_test_add_func ("/allow/too-many", test_too_many);
  g_test_add_func ("/allow/uris", test_uris);
  g_test_add_func ("/allow/refused-addresses", test_refused_addresses);
  g_test_add_func ("/allow/addresses", test_addresses);
  g_test_add_func ("/allow/unresolved", test_unresolved);
  g_test_add_func ("/allow/messages", test_messages);
  return g_test_run ();
}

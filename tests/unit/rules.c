#include "config.h"

#include "rules.h"

#define ORIGIN "http://g:3000"

static ShotRules *
make_rules (void)
{
  GVariantBuilder builder, headers;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_init (&headers, G_VARIANT_TYPE ("a(sss)"));
  g_variant_builder_add (&headers, "(sss)", ORIGIN, "Authorization", "Bearer hush");
  g_variant_builder_add (&headers, "(sss)", ORIGIN, "X-JWT-Assertion", "jwt");
  g_variant_builder_add (&builder, "{sv}", SHOT_RULES_HEADERS, g_variant_builder_end (&headers));
  g_variant_builder_add (&builder, "{sv}", SHOT_RULES_ACCEPT_LANGUAGE, g_variant_new_string ("de"));
  g_autoptr (GVariant) description = g_variant_ref_sink (g_variant_builder_end (&builder));
  return shot_rules_new (description);
}

static void
test_origin (void)
{
  static const struct {
    const char *uri;
    gboolean    is_own;
  } rows[] = {
    { "http://g:3000/", TRUE },
    { "http://G:3000/api/ds/query?a=b", TRUE },
    { "https://g:3000/", FALSE },
    { "http://g:3001/", FALSE },
    { "http://g/", FALSE },
    { "http://g.evil:3000/", FALSE },
    { "http://evil:3000/http://g:3000/", FALSE },
    { "http://g:3000@evil/", FALSE },
    { "http://evil#@g:3000/", FALSE },
    { "blob:http://g:3000/x", FALSE },
    { "data:text/plain,http://g:3000/", FALSE },
    { "", FALSE },
  };
  g_autoptr (ShotRules) rules = make_rules ();

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (
        SOUP_MESSAGE_HEADERS_REQUEST);

    shot_rules_apply (rules, rows[i].uri, headers);
    g_assert_cmpstr (soup_message_headers_get_one (headers, "Authorization"), ==,
                     rows[i].is_own ? "Bearer hush" : NULL);
    g_assert_cmpstr (soup_message_headers_get_one (headers, "X-JWT-Assertion"), ==,
                     rows[i].is_own ? "jwt" : NULL);
    g_assert_cmpstr (soup_message_headers_get_one (headers, "Accept-Language"), ==, "de");
  }
}

static void
test_static (void)
{
  static const struct {
    const char *uri;
    gboolean    is_static;
  } rows[] = {
    { "http://g/public/build/app.CVJGRGWN.js", TRUE },
    { "http://g/grafana/public/build/3012.0a1b2c3d4e5f6a7b8c9d.js", TRUE },
    { "http://g/public/build/grafana.dark.0123456789abcdef0123.css", TRUE },
    { "http://g/public/build/index-5f3a9c01.js#x", TRUE },
    { "http://g/public/build/5f3a9c015f3a9c01.woff2", TRUE },
    { "http://g/public/fonts/inter/Inter-Regular.woff2", FALSE },
    { "http://g/public/build/img/icons/unicons/spinner.svg", FALSE },
    { "http://g/public/build/app.CVJGRGWN.js?user=1", FALSE },
    { "http://g/public/plugins/x/module.js", FALSE },
    { "http://g/public/build/grafana.app.js", FALSE },
    { "http://g/public/build/abc1234.js", FALSE },
    { "http://g/public/build/app.CVJGRGWN/", FALSE },
    { "http://g/api/user/avatar.0123456789abcdef.png", FALSE },
    { "http://g/avatar/0123456789abcdef0123456789abcdef", FALSE },
    { "http://g/d/0123456789.abcdef01.js", FALSE },
    { "http://g/?x=/public/build/app.CVJGRGWN.js", FALSE },
    { "", FALSE },
  };
  g_autoptr (ShotRules) rules = make_rules ();

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (
        SOUP_MESSAGE_HEADERS_REQUEST);

    g_test_message ("%s", rows[i].uri);
    g_assert_cmpint (shot_rules_is_static (rows[i].uri), ==, rows[i].is_static);
    shot_rules_apply (rules, rows[i].uri, headers);
    g_assert_cmpstr (soup_message_headers_get_one (headers, "Cache-Control"), ==,
                     rows[i].is_static ? NULL : "no-store");
  }
}

/* WebKit keeps custom headers when it follows a redirect. */
static void
test_redirect (void)
{
  g_autoptr (ShotRules)          rules = make_rules ();
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  shot_rules_apply (rules, "http://g:3000/", headers);
  shot_rules_apply (rules, "http://evil/", headers);
  g_assert_null (soup_message_headers_get_one (headers, "Authorization"));
  g_assert_null (soup_message_headers_get_one (headers, "X-JWT-Assertion"));
  shot_rules_apply (rules, "http://g:3000/back", headers);
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Authorization"), ==, "Bearer hush");
}

/* A page's own credentials for somebody else are its own business. */
static void
test_foreign (void)
{
  g_autoptr (ShotRules)          rules = make_rules ();
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  soup_message_headers_replace (headers, "Authorization", "Basic abc");
  shot_rules_apply (rules, "http://other/", headers);
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Authorization"), ==, "Basic abc");
}

static void
test_empty (void)
{
  g_autoptr (ShotRules)          rules = shot_rules_new (NULL);
  g_autoptr (GVariant)           odd = g_variant_ref_sink (g_variant_new_string ("x"));
  g_autoptr (ShotRules)          other = shot_rules_new (odd);
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  shot_rules_apply (rules, "http://g/", headers);
  shot_rules_apply (other, "http://g/", headers);
  g_assert_null (soup_message_headers_get_one (headers, "Authorization"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rules/origin", test_origin);
  g_test_add_func ("/rules/static", test_static);
  g_test_add_func ("/rules/redirect", test_redirect);
  g_test_add_func ("/rules/foreign", test_foreign);
  g_test_add_func ("/rules/empty", test_empty);
  return g_test_run ();
}

#include "config.h"

#include "facts.h"

#include "error.h"

static void
test_parse (void)
{
  ShotFacts facts;

  shot_facts_init (&facts);
  g_assert_true (shot_facts_parse (
      &facts,
      "{\"key\":\"k\",\"scene\":true,\"queries\":3,\"rendered\":-1,\"expected\":2,"
      "\"channel\":\"done\",\"error\":\"boom\","
      "\"failedFile\":\"\",\"bars\":1,\"fonts\":0,\"images\":4,\"missing\":true,\"quiet\":60,\"frames\":2,"
      "\"width\":1000,\"height\":500}",
      "k"));
  g_assert_true (facts.has_scene);
  g_assert_cmpint (facts.query_count, ==, 3);
  g_assert_cmpint (facts.panels_rendered, ==, -1);
  g_assert_cmpint (facts.channel, ==, SHOT_CHANNEL_DONE);
  g_assert_cmpstr (facts.error, ==, "boom");
  g_assert_cmpint (facts.pending_images, ==, 4);
  g_assert_true (facts.is_wait_for_missing);
  g_assert_cmpint (facts.width, ==, 1000);
  shot_facts_clear (&facts);
}

/* A page can post anything to the handler. */
static void
test_hostile (void)
{
  static const char *const texts[] = {
    "",
    "null",
    "[]",
    "7",
    "\"x\"",
    "{",
    "{\"scene\":",
    "{\"queries\":1e308}",
    "{\"queries\":-1e308}",
    "{\"queries\":\"many\"}",
    "{\"queries\":{}}",
    "{\"scene\":[1]}",
    "{\"error\":{\"a\":1}}",
    "{\"channel\":5}",
    "{\"width\":null}",
    "{\"quiet\":1e400}",
  };
  ShotFacts facts;

  shot_facts_init (&facts);
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    shot_facts_parse (&facts, texts[i], NULL);
    g_assert_nonnull (facts.error);
    g_assert_nonnull (facts.failed_file);
    g_assert_true (g_utf8_validate (facts.error, -1, NULL));
    g_assert_cmpint (facts.query_count, >=, -1);
    g_assert_cmpint (facts.query_count, <=, 1000000);
    g_assert_cmpint (facts.channel, ==, SHOT_CHANNEL_SILENT);
  }

  /* As deep as it pleases, and longer than any report. */
  g_autofree char *brackets = g_strnfill (8000, '[');
  g_autofree char *deep = g_strdup_printf ("{\"a\":%s", brackets);
  g_assert_false (shot_facts_parse (&facts, deep, NULL));
  g_autofree char *blanks = g_strnfill (SHOT_FACTS_MAX_BYTES, ' ');
  g_autofree char *wide = g_strdup_printf ("{%s}", blanks);
  g_assert_false (shot_facts_parse (&facts, wide, NULL));

  /* Another frame does not know the key. */
  g_assert_false (shot_facts_parse (&facts, "{\"channel\":\"failed\"}", "k"));
  g_assert_false (shot_facts_parse (&facts, "{\"key\":\"x\",\"channel\":\"failed\"}", "k"));

  shot_facts_parse (&facts, "{\"error\":\"half \\ud800 a character\"}", NULL);
  g_assert_true (g_utf8_validate (facts.error, -1, NULL));

  g_autofree char *filler = g_strnfill (10000, 'x');
  g_autofree char *text = g_strdup_printf ("{\"error\":\"%s\\n renderKey=hush\"}", filler);
  g_assert_true (shot_facts_parse (&facts, text, NULL));
  g_assert_cmpint (g_utf8_strlen (facts.error, -1), <=, 300);
  g_assert_true (
      shot_facts_parse (&facts, "{\"error\":\"at http://g/d?auth_token=hush\\nline\"}", NULL));
  g_assert_null (strstr (facts.error, "hush"));
  g_assert_null (strchr (facts.error, '\n'));
  shot_facts_clear (&facts);
}

static void
check_address (const char *asked, const char *final, gboolean is_fine)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (shot_facts_check_address (asked, final, &error), ==, is_fine);
  if (!is_fine)
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_LOGIN);
}

static void
test_address (void)
{
  check_address ("http://g:3000/d/x", "http://g:3000/d/x", TRUE);
  check_address ("http://g:3000/d/x", "https://g/d/x", TRUE);
  check_address ("http://g/d/x", "http://G/d/x?orgId=1", TRUE);
  check_address ("http://g/d/x", "http://g/login", FALSE);
  check_address ("http://g/d/x", "http://g/login?redirectTo=x", FALSE);
  check_address ("http://g/grafana/d/x", "http://g/grafana/login", FALSE);
  check_address ("http://g/login", "http://g/login", FALSE);
  check_address ("http://g/d/loginstats", "http://g/d/loginstats", TRUE);
  check_address ("http://g/d/x", "https://sso.example/auth", FALSE);
}

static void
check_outcome (const ShotFacts *facts, const ShotInspection *inspection, const ShotTrail *trail,
               int code)
{
  g_autoptr (GError) error = NULL;
  gboolean           is_fine = shot_facts_check (facts, inspection, trail, &error);

  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, SHOT_ERROR, code);
  g_assert_cmpint (is_fine, ==, code < 0);
}

static void
test_check (void)
{
  ShotFacts      facts;
  ShotInspection inspection = { 0 };
  ShotTrail      trail = { .asked_uri = "http://g/d/x", .final_uri = "http://g/d/x" };

  shot_facts_init (&facts);
  inspection.not_found = g_strdup ("");
  check_outcome (&facts, &inspection, &trail, -1);

  inspection.is_login_form = true;
  check_outcome (&facts, &inspection, &trail, SHOT_ERROR_LOGIN);
  inspection.is_login_form = false;

  /* Without a render key nobody expects "render"; an old Grafana does not say. */
  inspection.authenticated_by = g_strdup ("");
  check_outcome (&facts, &inspection, &trail, -1);
  trail.has_render_key = true;
  check_outcome (&facts, &inspection, &trail, SHOT_ERROR_LOGIN);
  g_clear_pointer (&inspection.authenticated_by, g_free);
  check_outcome (&facts, &inspection, &trail, -1);
  inspection.authenticated_by = g_strdup ("render");
  check_outcome (&facts, &inspection, &trail, -1);

  trail.refused_uri = "http://g/api/ds/query";
  check_outcome (&facts, &inspection, &trail, SHOT_ERROR_LOGIN);
  trail.refused_uri = NULL;

  trail.is_dashboard_missing = true;
  check_outcome (&facts, &inspection, &trail, SHOT_ERROR_NOT_FOUND);
  inspection.has_panels = true; /* another of its dashboards is missing, this one is drawn */
  check_outcome (&facts, &inspection, &trail, -1);
  inspection.has_panels = false;
  trail.is_dashboard_missing = false;
  g_free (inspection.not_found);
  inspection.not_found = g_strdup ("Panel with id 99 not found");
  check_outcome (&facts, &inspection, &trail, SHOT_ERROR_NOT_FOUND);
  g_free (inspection.not_found);
  inspection.not_found = g_strdup ("");

  inspection.is_blank = true;
  check_outcome (&facts, &inspection, &trail, SHOT_ERROR_SCRIPT);

  shot_facts_clear (&facts);
  shot_inspection_clear (&inspection);
}

static void
test_classify (void)
{
  static const struct {
    const char *mime_type;
    ShotFetch   fetch;
  } rows[] = {
    { "text/html", SHOT_FETCH_DOCUMENT },
    { "application/xhtml+xml", SHOT_FETCH_DOCUMENT },
    { "text/javascript", SHOT_FETCH_SCRIPT },
    { "Application/JavaScript", SHOT_FETCH_SCRIPT },
    { "text/css", SHOT_FETCH_STYLE },
    { "font/woff2", SHOT_FETCH_FONT },
    { "application/font-woff", SHOT_FETCH_FONT },
    { "image/svg+xml", SHOT_FETCH_IMAGE },
    { "application/json", SHOT_FETCH_JSON },
    { "text/plain", SHOT_FETCH_OTHER },
    { "", SHOT_FETCH_OTHER },
    { NULL, SHOT_FETCH_OTHER },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (shot_facts_classify (rows[i].mime_type), ==, rows[i].fetch);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/facts/parse", test_parse);
  g_test_add_func ("/facts/hostile", test_hostile);
  g_test_add_func ("/facts/address", test_address);
  g_test_add_func ("/facts/check", test_check);
  g_test_add_func ("/facts/classify", test_classify);
  return g_test_run ();
}

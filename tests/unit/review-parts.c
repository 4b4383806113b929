/* review-parts.c: what the review API makes of bodies, data and addresses, without a server */
#include "config.h"

#include <string.h>

#include "body.h"
#include "error.h"
#include "gzip.h"
#include "live.h"
#include "table.h"
#include "visitor.h"

static ShotBody *
parse (const char *text, const char *members, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return shot_body_parse (bytes, members, error);
}

static void
test_body (void)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (ShotBody) body = parse ("{\"text\":\"a\\nb\",\"n\":7,\"is\":true,\"none\":null,"
                                     "\"in\":{\"x\":\"y\"}}",
                                     "text n is none in", &error);
  g_autoptr (ShotBody) inner = NULL;
  g_autoptr (ShotBody) absent = NULL;
  const char          *text = "kept";
  int64_t              n = 0;
  bool                 is = false;

  g_assert_no_error (error);
  g_assert_true (shot_body_get_text (body, "text", 3, &text, NULL));
  g_assert_cmpstr (text, ==, "a\nb");
  g_assert_true (shot_body_get_int (body, "n", 7, 7, &n, NULL));
  g_assert_true (shot_body_get_bool (body, "is", &is, NULL));
  g_assert_true (n == 7 && is);
  g_assert_false (shot_body_has (body, "none"));
  g_assert_true (shot_body_get_text (body, "none", 3, &text, NULL));
  g_assert_cmpstr (text, ==, "a\nb");
  inner = shot_body_get_object (body, "in", "x", &error);
  g_assert_nonnull (inner);
  absent = shot_body_get_object (body, "none", "x", &error);
  g_assert_nonnull (absent);
  g_assert_true (shot_body_require (body, "text n", NULL));
}

static void
test_body_mistakes (void)
{
  static const char *const texts[] = { "",           "[]",    "{",          "{\"b\":1}",
                                       "{\"a\":1}x", "{a:1}", "{\"a\":1,}", "{\"a\":\"\\ud800\"}" };
  const char              *text = NULL;
  int64_t                  n = 0;
  bool                     is = false;

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError)   error = NULL;
    g_autoptr (ShotBody) body = parse (texts[i], "a", &error);
    g_test_message ("%s", texts[i]);
    g_assert_null (body);
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  }
  g_autoptr (ShotBody)   body = parse ("{\"a\":\"abc\",\"b\":1.5}", "a b", NULL);
  g_autoptr (ShotSecret) secret = NULL;
  g_assert_false (shot_body_get_text (body, "a", 2, &text, NULL));
  g_assert_false (shot_body_get_text (body, "b", 2, &text, NULL));
  g_assert_false (shot_body_get_int (body, "a", 0, 9, &n, NULL));
  g_assert_false (shot_body_get_int (body, "b", 0, 9, &n, NULL));
  g_assert_false (shot_body_get_bool (body, "a", &is, NULL));
  g_assert_false (shot_body_get_secret (body, "b", &secret, NULL));
  g_assert_false (shot_body_require (body, "a c", NULL));
  g_assert_null (shot_body_get_object (body, "a", "x", NULL));
}

static char *
read_table (const char *csv, unsigned frame, unsigned limit)
{
  g_autoptr (JsonObject) object = shot_table_read (csv, strlen (csv), frame, limit, NULL);
  g_autoptr (JsonNode)   node = NULL;

  if (object == NULL)
    return NULL;
  node = json_node_init_object (json_node_alloc (), object);
  return json_to_string (node, FALSE);
}

static void
test_table (void)
{
  static const struct {
    const char *csv;
    unsigned    frame;
    unsigned    limit;
    const char *expected; /* NULL: there is no such frame */
  } rows[] = {
    { "", 0, 9, "{\"columns\":[],\"rows\":[],\"total\":0,\"frames\":[],\"frame\":0}" },
    { "a,b\n1,2\n", 0, 9,
      "{\"columns\":[\"a\",\"b\"],\"rows\":[[\"1\",\"2\"]],\"total\":1,\"frames\":[\"\"],"
      "\"frame\":0}" },
    { "a\r\n\"1\r\n\"\"2\"\"\"\r\n3\r\n", 0, 1,
      "{\"columns\":[\"a\"],\"rows\":[[\"1\\r\\n\\\"2\\\"\"]],\"total\":2,\"frames\":[\"\"],"
      "\"frame\":0}" },
    { "# frame x\na\n1\n# frame y\nb,\n2,", 1, 9,
      "{\"columns\":[\"b\",\"\"],\"rows\":[[\"2\",\"\"]],\"total\":1,\"frames\":[\"x\",\"y\"],"
      "\"frame\":1}" },
    { "a\n\"never ends\n1\n", 0, 9,
      "{\"columns\":[\"a\"],\"rows\":[[\"never ends\\n1\\n\"]],\"total\":1,\"frames\":[\"\"],"
      "\"frame\":0}" },
    { "# frame x\na\n", 1, 9, NULL },
    { "# frame ", 0, 9, "{\"columns\":[],\"rows\":[],\"total\":0,\"frames\":[\"\"],\"frame\":0}" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *text = read_table (rows[i].csv, rows[i].frame, rows[i].limit);
    g_test_message ("%s", rows[i].csv);
    g_assert_cmpstr (text, ==, rows[i].expected);
  }
}

static void
test_gzip (void)
{
  g_autofree char   *text = g_strnfill (100000, 'x');
  g_autoptr (GBytes) bytes = g_bytes_new (text, 100000);
  g_autoptr (GBytes) packed = shot_gzip_pack (bytes, NULL);
  g_autoptr (GBytes) half = g_bytes_new_from_bytes (packed, 0, g_bytes_get_size (packed) / 2);
  g_autoptr (GBytes) plain = shot_gzip_unpack (packed, 100000, NULL);
  g_autoptr (GError) large = NULL;
  g_autoptr (GError) cut = NULL;
  g_autoptr (GError) none = NULL;

  g_assert_cmpuint (g_bytes_get_size (packed), <, 1000);
  g_assert_true (g_bytes_equal (bytes, plain));
  g_assert_null (shot_gzip_unpack (packed, 99999, &large));
  g_assert_error (large, SHOT_ERROR, SHOT_ERROR_STORAGE);
  g_assert_null (shot_gzip_unpack (half, 100000, &cut));
  g_assert_error (cut, SHOT_ERROR, SHOT_ERROR_STORAGE);
  g_assert_null (shot_gzip_unpack (bytes, 100000, &none));
  g_assert_error (none, SHOT_ERROR, SHOT_ERROR_STORAGE);
}

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void
test_live (void)
{
  g_autoptr (ShotCell) cell = shot_cell_new ();
  g_autofree char     *plain = NULL;
  g_autofree char     *hostile = NULL;
  g_autofree char     *script = NULL;
  g_autofree char     *broken = NULL;

  set (&cell->dashboard_uid, "abc");
  set (&cell->panel_key, "panel-4-clone-1");
  set (&cell->timezone, "Asia/Shanghai");
  cell->from_ms = 1;
  cell->to_ms = 2;
  plain = shot_live_make_address ("https://g.example/sub", cell);
  g_assert_cmpstr (plain, ==,
                   "https://g.example/sub/d/abc?viewPanel=panel-4-clone-1&from=1&to=2"
                   "&timezone=Asia%2FShanghai");
  set (&cell->dashboard_uid, "../x?y#z");
  set (&cell->variables, "{\"a&b\":[\"c=d\",\"#\",7]}");
  set (&cell->timezone, "");
  hostile = shot_live_make_address ("http://g", cell);
  g_assert_cmpstr (hostile, ==,
                   "http://g/d/..%2Fx%3Fy%23z?viewPanel=panel-4-clone-1&from=1&to=2"
                   "&var-a%26b=c%3Dd&var-a%26b=%23");
  script = shot_live_make_address ("javascript:alert(1)//", cell);
  g_assert_null (script);
  set (&cell->variables, "{\"a\":[\"\\ud800\"]}");
  broken = shot_live_make_address ("http://g", cell);
  g_assert_null (strstr (broken, "var-"));
}

static void
test_trust (void)
{
  g_auto (ShotVisitorRules) rules = { 0 };
  g_autoptr (GError)        error = NULL;

  shot_visitor_rules_init (&rules);
  g_assert_true (shot_visitor_rules_trust (&rules, "10.0.0.0/8", NULL));
  g_assert_true (shot_visitor_rules_trust (&rules, "::1", NULL));
  g_assert_false (shot_visitor_rules_trust (&rules, "10.0.0.0/99", &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/review-parts/body", test_body);
  g_test_add_func ("/review-parts/body-mistakes", test_body_mistakes);
  g_test_add_func ("/review-parts/table", test_table);
  g_test_add_func ("/review-parts/gzip", test_gzip);
  g_test_add_func ("/review-parts/live", test_live);
  g_test_add_func ("/review-parts/trust", test_trust);
  return g_test_run ();
}

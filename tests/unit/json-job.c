#include "config.h"

#include "json-job.h"

#include <string.h>

#include "error.h"
#include "strict-json.h"

static ShotJsonJob *
parse (const char *text, GError **error)
{
  return shot_json_job_parse (text, strlen (text), error);
}

static void
test_whole (void)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (ShotJsonJob) job = parse (
      "{\"url\": \"http://g/\", \"width\": 640, \"height\": 480.0, \"scale\": 1.5, \"zoom\": 2,"
      " \"timeout\": \"1m\", \"timezone\": null, \"language\": \"de\", \"theme\": \"dark\","
      " \"waitFor\": \".x\", \"bestEffort\": true, \"renderKey\": \"k\", \"domain\": \"g\","
      " \"archive\": \"zip\","
      " \"paper\": {\"format\": \"a3\", \"landscape\": false, \"printBackground\": true,"
      "             \"pageRanges\": \"1-2\", \"scale\": 0.5},"
      " \"pictures\": [{}, {\"name\": \"巡\", \"kind\": \"fullPage\", \"encoding\": \"JPG\","
      "   \"quality\": 50}, {\"kind\": \"element\", \"selector\": \".p\"}, {\"kind\": \"print\"}]}",
      &error);
  static const struct {
    const char *name;
    const char *value;
  } rows[] = {
    { "url", "http://g/" },
    { "width", "640" },
    { "height", "480" },
    { "deviceScaleFactor", "1.5" },
    { "zoom", "2" },
    { "timeout", "1m" },
    { "timezone", NULL },
    { "language", "de" },
    { "theme", "dark" },
    { "wait_for", ".x" },
    { "best_effort", "true" },
    { "renderKey", "k" },
    { "domain", "g" },
    { "pdf.format", "a3" },
    { "pdf.landscape", "false" },
    { "pdf.pageRanges", "1-2" },
    { "pdf.scale", "0.5" },
    { "pdf.printBackground", "true" },
  };
  static const char *const names[] = { "picture-1.png", "巡.jpeg", "picture-3.png",
                                       "picture-4.pdf" };

  g_assert_no_error (error);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpstr (shot_query_get (job->values, rows[i].name), ==, rows[i].value);
  g_assert_true (job->is_archive);
  g_assert_cmpuint (job->names->len, ==, G_N_ELEMENTS (names));
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpstr (job->names->pdata[i], ==, names[i]);

  g_autoptr (ShotJob) visit = shot_job_new ("http://g/");
  shot_json_job_add_pictures (job, visit, -1, -1);
  g_assert_true (shot_job_check (visit, &error));
  ShotPictureWish *second = visit->pictures->pdata[1];
  g_assert_cmpint (second->kind, ==, SHOT_PICTURE_FULL_PAGE);
  g_assert_cmpint (second->quality, ==, 50);
}

static void
test_each_panel (void)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (ShotJsonJob) job = parse (
      "{\"url\": \"http://g/\", \"pictures\": [{\"kind\": \"eachPanel\"},"
      " {\"kind\": \"eachPanel\", \"grid\": true, \"name\": \"网格\", \"encoding\": \"webp\"},"
      " {\"kind\": \"eachPanel\", \"width\": 4000, \"height\": 300,"
      "  \"data\": true, \"panels\": [\"panel-4\", \"panel-5\"]},"
      " {\"kind\": \"variables\"}]}",
      &error);
  g_autoptr (ShotJob) visit = shot_job_new ("http://g/");

  g_assert_no_error (error);
  g_assert_cmpstr (job->names->pdata[0], ==, "");
  g_assert_cmpstr (job->names->pdata[1], ==, "网格");
  shot_json_job_add_pictures (job, visit, 3000, 3000);
  g_assert_true (shot_job_check (visit, &error));
  ShotPictureWish *second = visit->pictures->pdata[1];
  ShotPictureWish *third = visit->pictures->pdata[2];
  g_assert_cmpint (second->kind, ==, SHOT_PICTURE_EACH_PANEL);
  g_assert_cmpint (second->encoding, ==, SHOT_ENCODING_WEBP);
  g_assert_true (second->is_grid);
  g_assert_cmpint (third->width, ==, 3000);
  g_assert_cmpint (third->height, ==, 300);
  g_assert_true (third->wants_data && !second->wants_data);
  g_assert_cmpuint (third->panels->len, ==, 2);
  g_assert_cmpstr (third->panels->pdata[1], ==, "panel-5");
  ShotPictureWish *fourth = visit->pictures->pdata[3];
  g_assert_cmpint (fourth->kind, ==, SHOT_PICTURE_VARIABLES);
  g_assert_cmpint (fourth->encoding, ==, SHOT_ENCODING_JSON);
  g_assert_cmpstr (job->names->pdata[3], ==, "picture-4.json");

  g_autoptr (JsonObject) object = shot_job_to_json (visit);
  g_autoptr (ShotJob)    copy = shot_job_from_json (object, &error);
  g_assert_no_error (error);
  const ShotPictureWish *copied = copy->pictures->pdata[2];
  g_assert_cmpint (copied->width, ==, 3000);
  g_assert_cmpint (copied->height, ==, 300);
  g_assert_true (((ShotPictureWish *) copy->pictures->pdata[1])->is_grid);

  third->is_grid = true;
  g_assert_false (shot_job_check (visit, NULL));
  third->is_grid = false;
  third->kind = SHOT_PICTURE_VIEWPORT;
  g_assert_false (shot_job_check (visit, NULL));
}

static void
test_refused (void)
{
  static const struct {
    const char *text;
    const char *message;
  } rows[] = {
    { "{}", "missing 'pictures' member" },
    { "{\"pictures\": []}", "invalid 'pictures' member: want a list of 1 to 64" },
    { "{\"pictures\": {}}", "invalid 'pictures' member: want a list of 1 to 64" },
    { "{\"pictures\": [1]}", "invalid 'pictures' member: want a list of objects" },
    { "{\"url\": 5}", "invalid 'url' member: want a text" },
    { "{\"width\": \"5\"}", "invalid 'width' member: want a number" },
    { "{\"width\": [5]}", "invalid 'width' member: want a number" },
    { "{\"timeout\": {}}", "invalid 'timeout' member: want a number or a text" },
    { "{\"bestEffort\": 1}", "invalid 'bestEffort' member: want true or false" },
    { "{\"archive\": \"tar\"}", "invalid 'archive' member: want \"zip\"" },
    { "{\"Url\": \"x\"}", "unknown member 'Url': leave it out" },
    { "{\"paper.format\": \"a4\"}", "unknown member 'paper.format': leave it out" },
    { "{\"a\\nb\": 1}", "unknown member 'a?b': leave it out" },
    { "{\"paper\": 1}", "invalid 'paper' member: want an object" },
    { "{\"paper\": {\"size\": 1}}", "unknown member 'paper.size': leave it out" },
    { "{\"paper\": {\"scale\": \"1\"}}", "invalid 'paper.scale' member: want a number" },
    { "{\"pictures\": [{}, {\"encoding\": \"bmp\"}]}",
      "invalid 'pictures[1].encoding' member: want png, jpeg or webp; pdf to print; csv to "
      "download; json for variables" },
    { "{\"pictures\": [{\"kind\": \"full-page\"}]}",
      "invalid 'pictures[0].kind' member: want viewport, fullPage, element, eachPanel, print, "
      "download or variables" },
    { "{\"pictures\": [{\"quality\": 0}]}",
      "invalid 'pictures[0].quality' member: want a whole number from 1 to 100" },
    { "{\"pictures\": [{\"quality\": 5.5}]}",
      "invalid 'pictures[0].quality' member: want a whole number from 1 to 100" },
    { "{\"pictures\": [{\"width\": 0}]}",
      "invalid 'pictures[0].width' member: want a whole number from 1 to 16384" },
    { "{\"pictures\": [{\"height\": \"5\"}]}",
      "invalid 'pictures[0].height' member: want a whole number from 1 to 16384" },
    { "{\"pictures\": [{\"data\": 1}]}", "invalid 'pictures[0].data' member: want true or false" },
    { "{\"pictures\": [{\"panels\": [1]}]}",
      "invalid 'pictures[0].panels' member: want a list of texts" },
    { "{\"pictures\": [{\"panels\": []}]}",
      "invalid 'pictures[0].panels' member: want a list of 1 to 500 keys such as panel-4" },
    { "{\"pictures\": [{\"grid\": 1}]}", "invalid 'pictures[0].grid' member: want true or false" },
    { "{\"pictures\": [{\"selector\": 1}]}", "invalid 'pictures[0].selector' member: want a text" },
    { "{\"pictures\": [{\"x\": 1}]}", "unknown member 'pictures[0].x': leave it out" },
    { "{\"pictures\": [{\"name\": \"a\"}, {\"name\": \"A\"}]}",
      "invalid 'pictures[1].name' member: another picture has this name: give each its own" },
    { "{\"pictures\": [{\"name\": \"../a\"}]}",
      "invalid 'pictures[0].name' member: want the name of a file: no folder, no control "
      "characters, at most 100 bytes" },
    { "{\"pictures\": [{\"name\": \"a\\r\\nb\"}]}", "invalid 'pictures[0].name' member: want the "
                                                    "name of a file: no folder, no control "
                                                    "characters, at most 100 bytes" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (parse (rows[i].text, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_assert_cmpstr (error->message, ==, rows[i].message);
  }

  g_autoptr (GString) many = g_string_new ("{\"pictures\": [{}");
  for (int i = 0; i < SHOT_JOB_MAX_PICTURES; i++)
    g_string_append (many, ",{}");
  g_string_append (many, "]}");
  g_assert_null (parse (many->str, NULL));
}

/* Some of these crash json-glib 1.6, some it takes. */
static void
test_strict (void)
{
  static const char *const bad[] = {
    "",
    "null",
    "[]",
    "1",
    "{",
    "{\"a\":1}}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"b\":{\"x\":1,\"x\":2}}",
    "{\"a\":\"\\u0000\"}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\ud800\\u0041\"}",
    "{\"a\":\"\\udc00\"}",
    "{\"a\":\"\\ud83d\\ud83d\"}",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"\\x41\"}",
    "{\"a\":\"\n\"}",
    "{\"a\":\"x}",
    "{\"a\":\"x\\\"}",
    "{'a':1}",
    "/* \" */ {}",
    "// x\n{}",
    "var a = {};",
    "{\"a\":1};",
    "{\"a\":\"\xff\"}",
    "{\"a\":}",
    "{\"a\":[[[[[[[[[[[[]]]]]]]]]]]]}",
  };
  static const char *const good[] = { "{}", " {\"a\":\"\\ud83d\\ude00\\\"{[\\\\\"}\r\n",
                                      "{\"a\":{\"a\":1}, \"b\":[{\"a\":1},{\"a\":-1.5E+3}]}" };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char   *shown = g_strescape (bad[i], NULL);
    g_test_message ("%s", shown);
    g_assert_null (shot_strict_json_parse (bad[i], strlen (bad[i]), &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_assert_true (
        g_str_has_prefix (error->message, "invalid request: the body is no JSON object"));
    g_assert_null (strchr (error->message, '\n'));
  }
  for (size_t i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError)     error = NULL;
    g_autoptr (JsonObject) object = shot_strict_json_parse (good[i], strlen (good[i]), &error);
    g_assert_no_error (error);
    g_assert_nonnull (object);
  }
  g_assert_null (shot_strict_json_parse ("{\0}", 3, NULL));

  /* A stack's worth of brackets. */
  g_autofree char *deep = g_strnfill (1000000, '[');
  g_assert_null (shot_strict_json_parse (deep, 1000000, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-job/whole", test_whole);
  g_test_add_func ("/json-job/each-panel", test_each_panel);
  g_test_add_func ("/json-job/refused", test_refused);
  g_test_add_func ("/json-job/strict", test_strict);
  return g_test_run ();
}

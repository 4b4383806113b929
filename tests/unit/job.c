#include "config.h"

#include "job.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "panel.h"

static ShotJob *
make_job (const char *uri)
{
  ShotJob *job = shot_job_new (uri);

  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  return job;
}

static void
assert_refused (const ShotJob *job, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (shot_job_check (job, &error));
  g_assert_error (error, SHOT_ERROR, code);
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_addresses (void)
{
  static const struct {
    const char *uri;
    int         code; /* -1: accepted */
  } rows[] = {
    { "http://g/d/x?a=b", -1 },
    { "HTTPS://g:3000/", -1 },
    { "http://[::1]:3000/d/x", -1 },
    { "http://g/巡检", -1 },
    { "http://g/a b", -1 },
    { "", SHOT_ERROR_USAGE },
    { "/d/x", SHOT_ERROR_USAGE },
    { "g/d/x", SHOT_ERROR_USAGE },
    { "http://", SHOT_ERROR_USAGE },
    { "http:///d", SHOT_ERROR_USAGE },
    { "http://g/\x01", SHOT_ERROR_USAGE },
    { "http://g/\xff", SHOT_ERROR_USAGE },
    { "http://g:99999/", SHOT_ERROR_USAGE },
    { "http://evil\\@g/", SHOT_ERROR_REFUSED },
    { "http://user:pw@g/", SHOT_ERROR_REFUSED },
    { "http://user@g/", SHOT_ERROR_REFUSED },
    { "file:///etc/passwd", SHOT_ERROR_REFUSED },
    { "javascript:alert(1)", SHOT_ERROR_REFUSED },
    { "data:text/html,x", SHOT_ERROR_REFUSED },
    { "about:blank", SHOT_ERROR_REFUSED },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotJob) job = make_job (rows[i].uri);
    g_autofree char    *shown = g_strescape (rows[i].uri, NULL);
    g_test_message ("%s", shown);
    if (rows[i].code >= 0) {
      assert_refused (job, rows[i].code);
    } else {
      g_autoptr (GError) error = NULL;
      g_assert_true (shot_job_check (job, &error));
      g_assert_no_error (error);
    }
  }
}

static void
test_long_address (void)
{
  g_autofree char    *fill = g_strnfill (SHOT_JOB_MAX_URI_BYTES, 'a');
  g_autofree char    *uri = g_strconcat ("http://g/", fill, NULL);
  g_autoptr (ShotJob) job = make_job (uri);

  assert_refused (job, SHOT_ERROR_USAGE);
}

static void
test_numbers (void)
{
  static const struct {
    int    width;
    int    height;
    double scale;
    int    timeout_ms;
    bool   is_accepted;
  } rows[] = {
    { 1, 1, 1, 1, true },
    { 16384, 1, 1, 1, true },
    { 2000, 1000, 4, SHOT_JOB_MAX_TIMEOUT_MS, true },
    { 0, 1, 1, 1, false },
    { 1, -1, 1, 1, false },
    { 16385, 1, 1, 1, false },
    { 1, 16385, 1, 1, false },
    { 1, 1, 0.09, 1, false },
    { 1, 1, 4.01, 1, false },
    { 1, 1, NAN, 1, false },
    { 1, 1, INFINITY, 1, false },
    { 1, 1, 1, 0, false },
    { 1, 1, 1, -5, false },
    { 1, 1, 1, SHOT_JOB_MAX_TIMEOUT_MS + 1, false },
    { 16384, 16384, 1, 1, false },
    { 8000, 8001, 1, 1, false },
    { 8000, 8000, 1, 1, true },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotJob) job = make_job ("http://g/");
    job->width = rows[i].width;
    job->height = rows[i].height;
    job->scale = rows[i].scale;
    job->timeout_ms = rows[i].timeout_ms;
    if (rows[i].is_accepted)
      g_assert_true (shot_job_check (job, NULL));
    else
      assert_refused (job, SHOT_ERROR_USAGE);
  }
}

static void
test_headers (void)
{
  static const struct {
    const char *name;
    const char *value;
    bool        is_accepted;
  } rows[] = {
    { "X-JWT-Assertion", "a.b.c", true },
    { "X-jwt-ttk", "abc", true },
    { "Authorization", "Bearer x", true },
    { "X-Name", "巡检", true },
    { "", "x", false },
    { "X Y", "x", false },
    { "X:Y", "x", false },
    { "X\r\nY", "x", false },
    { "Host", "x", false },
    { "content-length", "1", false },
    { "X-A", "", false },
    { "X-A", "a\r\nB: c", false },
    { "X-A", "a\nb", false },
    { "X-A", "a\x7f", false },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotJob)    job = make_job ("http://g/");
    g_autoptr (ShotSecret) value = shot_secret_new (rows[i].value);
    shot_job_add_header (job, job->uri, rows[i].name, value);
    if (rows[i].is_accepted)
      g_assert_true (shot_job_check (job, NULL));
    else
      assert_refused (job, SHOT_ERROR_USAGE);
  }
}

static void
test_texts (void)
{
  g_autoptr (ShotJob) job = make_job ("http://g/");

  job->language = g_strdup ("zh-CN,en;q=0.8");
  job->timezone = g_strdup ("GMT+05:30");
  job->domain = g_strdup ("[::1]");
  job->wait_for = g_strdup (".panel > canvas");
  g_assert_true (shot_job_check (job, NULL));
  g_free (job->language);
  job->language = g_strdup ("zh\r\nX: y");
  assert_refused (job, SHOT_ERROR_USAGE);
  g_clear_pointer (&job->language, g_free);
  g_free (job->domain);
  job->domain = g_strdup ("http://g/");
  assert_refused (job, SHOT_ERROR_USAGE);
  g_clear_pointer (&job->domain, g_free);
  job->render_key = shot_secret_new ("a;b");
  assert_refused (job, SHOT_ERROR_USAGE);
  g_clear_pointer (&job->render_key, shot_secret_unref);
  job->ca_pem = g_strdup ("not a certificate");
  assert_refused (job, SHOT_ERROR_USAGE);
  g_clear_pointer (&job->ca_pem, g_free);
  g_ptr_array_set_size (job->pictures, 0);
  assert_refused (job, SHOT_ERROR_USAGE);
  shot_job_add_picture (job, SHOT_PICTURE_ELEMENT, NULL);
  assert_refused (job, SHOT_ERROR_USAGE);
}

static void
test_device_pixels (void)
{
  g_assert_cmpint (shot_job_device_pixels (1000, 1), ==, 1000);
  g_assert_cmpint (shot_job_device_pixels (333, 1.5), ==, 500);
  g_assert_cmpint (shot_job_device_pixels (1, 0.5), ==, 1);
  g_assert_cmpint (shot_job_device_pixels (3, 0.5), ==, 2);
  g_assert_cmpint (shot_job_device_pixels (16384, 4), ==, 65536);
}

static char *
to_text (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_set_object (node, object);
  return json_to_string (node, FALSE);
}

static void
test_round_trip (void)
{
  g_autoptr (ShotJob)    job = make_job ("http://g/d/x?a=\"巡\"");
  g_autoptr (ShotSecret) value = shot_secret_new ("Bearer \"x\"");

  job->width = 640;
  job->scale = 1.25;
  job->timezone = g_strdup ("Asia/Shanghai");
  job->language = g_strdup ("zh-CN");
  job->wait_for = g_strdup ("#a");
  job->render_key = shot_secret_new ("k");
  job->domain = g_strdup ("g");
  job->allow_insecure = true;
  job->ca_pem = g_strdup ("-----BEGIN CERTIFICATE-----\nAAAA\n");
  shot_job_add_header (job, "http://G/", "Authorization", value);
  shot_job_add_picture (job, SHOT_PICTURE_ELEMENT, ".panel");
  shot_job_add_picture (job, SHOT_PICTURE_FULL_PAGE, NULL)->encoding = SHOT_ENCODING_WEBP;
  shot_job_add_picture (job, SHOT_PICTURE_PRINT, NULL);
  shot_job_add_picture (job, SHOT_PICTURE_VARIABLES, NULL);
  ShotPictureWish *each = shot_job_add_picture (job, SHOT_PICTURE_EACH_PANEL, NULL);
  each->wants_data = true;
  shot_picture_wish_add_panel (each, "panel-4");
  shot_picture_wish_add_panel (each, "panel-5-clone-1");
  job->zoom = 1.5;
  job->user_agent = g_strdup ("probe/1");
  job->wait_expression = g_strdup ("window.x === \"y\"\n");
  job->is_best_effort = true;
  job->patience.ignores_network = true;
  job->patience.query_limit_ms = 1234;
  job->paper.is_landscape = false;
  job->paper.page_ranges = g_strdup ("1-3,5");
  job->client_pem = shot_secret_new ("-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n");
  job->relay_uri = shot_secret_new ("socks5://a:b@127.0.0.1:1");
  g_ptr_array_add (job->allow, g_strdup ("*.example"));

  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = shot_job_to_json (job);
  g_autoptr (ShotJob)    copy = shot_job_from_json (object, &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) again = shot_job_to_json (copy);
  g_autofree char       *first = to_text (object);
  g_autofree char       *second = to_text (again);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpstr (((ShotJobHeader *) copy->headers->pdata[0])->origin, ==, "http://g:80");
  g_assert_cmpint (((ShotPictureWish *) copy->pictures->pdata[2])->encoding, ==,
                   SHOT_ENCODING_WEBP);
  const ShotPictureWish *variables = copy->pictures->pdata[4];
  g_assert_cmpint (variables->kind, ==, SHOT_PICTURE_VARIABLES);
  g_assert_cmpint (variables->encoding, ==, SHOT_ENCODING_JSON);
  const ShotPictureWish *panels = copy->pictures->pdata[5];
  g_assert_true (panels->wants_data);
  g_assert_cmpuint (panels->panels->len, ==, 2);
  g_assert_cmpstr (panels->panels->pdata[1], ==, "panel-5-clone-1");
  g_assert_cmpfloat (copy->zoom, ==, 1.5);
  g_assert_true (copy->is_best_effort && copy->patience.ignores_network);
  g_assert_cmpint (copy->patience.query_limit_ms, ==, 1234);
  g_assert_false (copy->paper.is_landscape);
  g_assert_cmpstr (shot_secret_reveal (copy->relay_uri), ==, "socks5://a:b@127.0.0.1:1");
  g_assert_cmpstr (copy->allow->pdata[0], ==, "*.example");
}

/* Only each panel has data and a choice, of at least one panel with a plain name. */
static void
test_panels (void)
{
  g_autoptr (ShotJob) job = shot_job_new ("http://g/");
  ShotPictureWish    *wish = shot_job_add_picture (job, SHOT_PICTURE_EACH_PANEL, NULL);
  g_autofree char    *longest = g_strnfill (SHOT_PANEL_MAX_KEY, 'k');

  wish->wants_data = true;
  wish->panels = g_ptr_array_new_with_free_func (g_free);
  g_assert_false (shot_job_check (job, NULL));
  shot_picture_wish_add_panel (wish, longest);
  g_assert_true (shot_job_check (job, NULL));

  static const char *const wrong[] = { "", "a\nb", "\xff" };
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++) {
    shot_picture_wish_add_panel (wish, wrong[i]);
    g_assert_false (shot_job_check (job, NULL));
    g_ptr_array_set_size (wish->panels, 1);
  }
  while (wish->panels->len < SHOT_JOB_MAX_PANEL_BYTES / (SHOT_PANEL_MAX_KEY + 1))
    shot_picture_wish_add_panel (wish, longest);
  g_assert_true (shot_job_check (job, NULL));
  shot_picture_wish_add_panel (wish, longest);
  g_assert_false (shot_job_check (job, NULL));

  g_clear_pointer (&wish->panels, g_ptr_array_unref);
  g_assert_true (shot_job_check (job, NULL));
  wish->kind = SHOT_PICTURE_VIEWPORT;
  g_assert_false (shot_job_check (job, NULL));
}

/* Each row replaces one member of a good job by something else. */
static void
test_hostile (void)
{
  static const char *const rows[] = {
    "{}", "{\"uri\":1}", "{\"uri\":null}", "{\"uri\":\"http://g/\"}", "{\"uri\":[\"http://g/\"]}",
  };
  static const struct {
    const char *name;
    const char *value;
  } changes[] = {
    { "id", "7" },
    { "id", "\"\"" },
    { "id", "\"a\\nb\"" },
    { "uri", "\"file:///\"" },
    { "width", "\"1\"" },
    { "width", "1.5" },
    { "width", "0" },
    { "width", "99999999999999999999999" },
    { "height", "-1" },
    { "height", "{}" },
    { "scale", "null" },
    { "scale", "1e999" },
    { "scale", "\"1\"" },
    { "timeout_ms", "0" },
    { "quiet_ms", "-1" },
    { "max_pixels", "true" },
    { "allow_insecure", "1" },
    { "timezone", "[]" },
    { "domain", "{}" },
    { "headers", "{}" },
    { "headers", "[1]" },
    { "headers", "[{}]" },
    { "headers", "[{\"origin\":\"x\",\"name\":\"A\",\"value\":\"b\"}]" },
    { "pictures", "[]" },
    { "pictures", "null" },
    { "pictures", "[null]" },
    { "pictures", "[{\"kind\":\"hologram\"}]" },
    { "pictures", "[{\"kind\":\"variables\",\"encoding\":\"png\",\"quality\":1}]" },
    { "pictures",
      "[{\"kind\":\"each-panel\",\"encoding\":\"png\",\"quality\":1,\"width\":0,\"height\":0,"
      "\"grid\":false,\"data\":true,\"panels\":[1]}]" },
    { "render_key", "5" },
    { "pictures", "[{\"kind\":\"element\"}]" },
    { "ca_pem", "\"x\"" },
    { "client_pem", "\"x\"" },
    { "zoom", "0" },
    { "paper_width", "1e9" },
    { "paper_scale", "0.05" },
    { "page_ranges", "\"5-1\"" },
    { "allow", "[1]" },
    { "allow", "{}" },
    { "best_effort", "1" },
    { "query_limit_ms", "-1" },
    { "user_agent", "\"a\\nb\"" },
    { "wait_expression", "\"\"" },
    { "pictures", "[{\"kind\":\"print\",\"encoding\":\"png\",\"quality\":1}]" },
    { "pictures", "[{\"kind\":\"viewport\",\"encoding\":\"pdf\",\"quality\":1}]" },
    { "pictures", "[{\"kind\":\"viewport\",\"encoding\":\"gif\",\"quality\":1}]" },
    { "pictures", "[{\"kind\":\"viewport\",\"encoding\":\"jpeg\",\"quality\":0}]" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (JsonNode) node = json_from_string (rows[i], NULL);
    g_autoptr (GError)   error = NULL;
    g_assert_null (shot_job_from_json (json_node_get_object (node), &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autoptr (ShotJob)    job = make_job ("http://g/");
    g_autoptr (JsonObject) object = shot_job_to_json (job);
    g_autoptr (GError)     error = NULL;
    json_object_set_member (object, changes[i].name, json_from_string (changes[i].value, NULL));
    g_test_message ("%s: %s", changes[i].name, changes[i].value);
    g_assert_null (shot_job_from_json (object, &error));
    g_assert_nonnull (error);
    g_assert_true (error->domain == SHOT_ERROR);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job/addresses", test_addresses);
  g_test_add_func ("/job/long-address", test_long_address);
  g_test_add_func ("/job/numbers", test_numbers);
  g_test_add_func ("/job/headers", test_headers);
  g_test_add_func ("/job/texts", test_texts);
  g_test_add_func ("/job/device-pixels", test_device_pixels);
  g_test_add_func ("/job/round-trip", test_round_trip);
  g_test_add_func ("/job/panels", test_panels);
  g_test_add_func ("/job/hostile", test_hostile);
  return g_test_run ();
}

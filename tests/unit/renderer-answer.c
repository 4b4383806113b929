#include "config.h"

#include <string.h>

#include "bundle.h"
#include "error.h"
#include "renderer-private.h"

#define PNG "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x03\xe8\0\0\x01\xf4\x08\x02\0\0\0"

static void
add (GPtrArray *parts, const char *name, const void *data, size_t length)
{
  ShotBundlePart *part = g_new0 (ShotBundlePart, 1);

  part->file_name = g_strdup (name);
  part->mime_type = g_strdup ("x/y");
  part->bytes = g_bytes_new (data, length);
  g_ptr_array_add (parts, part);
}

/* With a picture "a.png", data "a.csv.gz" and a picture that is none, "b.png". */
static GBytes *
make_answer (const char *name, const char *index)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (shot_bundle_part_free);

  add (parts, name, index, strlen (index));
  add (parts, "a.png", PNG, sizeof PNG - 1);
  add (parts, "a.csv.gz", "data", 4);
  add (parts, "b.png", "GIF89a", 6);
  return shot_bundle_make_zip (parts, NULL);
}

static void
test_whole (void)
{
  g_autoptr (GBytes) answer = make_answer (
      "index.json",
      "{\"flags\": [\"incomplete\", \"<b>\", 1], \"more\": 1, \"panels\": ["
      "{\"panel\": \"panel-4\", \"title\": \"CPU\\u0007\\u202e\", \"row\": null, \"kind\": \"stat\","
      " \"file\": \"a.png\", \"data\": \"a.csv.gz\", \"status\": \"error\", \"message\": \"no route\","
      " \"threshold\": \"\", \"error\": null, \"grid\": {\"x\": 1}},"
      "{\"panel\": \"panel-5\", \"title\": \"\", \"file\": null, \"error\": \"on a tab\"}]}");
  g_autoptr (GError)    error = NULL;
  g_autoptr (ShotShots) shots = shot_renderer_read_archive (answer, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (shots->flags, ==, "incomplete");
  g_assert_cmpuint (shots->shots->len, ==, 2);
  const ShotShot *first = shots->shots->pdata[0];
  const ShotShot *second = shots->shots->pdata[1];
  g_assert_cmpint (first->width, ==, 1000);
  g_assert_cmpint (first->height, ==, 500);
  g_assert_cmpuint (g_bytes_get_size (first->data), ==, 4);
  g_assert_cmpstr (first->status, ==, "error");
  g_assert_cmpstr (first->message, ==, "no route");
  /* Nothing that turns a line around, or rings. */
  g_assert_null (strpbrk (first->title, "\a"));
  g_assert_null (strstr (first->title, "\u202e"));
  g_assert_null (second->picture);
  g_assert_cmpstr (second->failure, ==, "on a tab");
}

static void
test_bad (void)
{
  static const struct {
    const char *name;
    const char *index;
    const char *why;
  } rows[] = {
    { "other.json", "{}", "there is no file \"index.json\"" },
    { "index.json", "{", "no JSON" },
    { "index.json", "[]", "lists no panels" },
    { "index.json", "{\"panels\": {}}", "lists no panels" },
    { "index.json", "{\"panels\": [1]}", "is no object" },
    { "index.json", "{\"panels\": [{\"title\": \"x\"}]}", "has no key" },
    { "index.json", "{\"panels\": [{\"panel\": 4}]}", "\"panel\" of a panel is no text" },
    { "index.json", "{\"panels\": [{\"panel\": \"panel-4\", \"file\": \"../a.png\"}]}",
      "there is no file" },
    { "index.json", "{\"panels\": [{\"panel\": \"panel-4\", \"file\": \"b.png\"}]}", "is no PNG" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GBytes)    answer = make_answer (rows[i].name, rows[i].index);
    g_autoptr (GError)    error = NULL;
    g_autoptr (ShotShots) shots = shot_renderer_read_archive (answer, &error);
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
    g_assert_nonnull (strstr (error->message, rows[i].why));
    g_assert_null (shots);
  }
}

/* Every beginning of an answer, and noise in its place. */
static void
test_cut (void)
{
  g_autoptr (GBytes) answer = make_answer (
      "index.json", "{\"panels\": [{\"panel\": \"panel-4\", \"file\": \"a.png\"}]}");
  size_t length = g_bytes_get_size (answer);

  for (size_t n = 0; n < length; n += 7) {
    g_autoptr (GBytes)    part = g_bytes_new_from_bytes (answer, 0, n);
    g_autoptr (GError)    error = NULL;
    g_autoptr (ShotShots) shots = shot_renderer_read_archive (part, &error);
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
    g_assert_null (shots);
  }
}

static GHashTable *
read_values (const char *text, GError **error)
{
  g_autoptr (GBytes) json = g_bytes_new_static (text, strlen (text));

  return shot_renderer_read_values (json, error);
}

/* What a page tells of its variables, as data/page/panel-data.js writes it. */
static void
test_values (void)
{
  g_autoptr (GError)     error = NULL;
  g_autoptr (GHashTable) values = read_values (
      "{\"server\":{\"values\":[\"web-1\",\"web-2\"],\"texts\":[\"1\",\"2\"],\"multi\":true,"
      "\"includeAll\":true,\"current\":[\"$__all\"]},\"none\":{\"values\":[]}}",
      &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (values), ==, 2);
  char **server = g_hash_table_lookup (values, "server");
  char **none = g_hash_table_lookup (values, "none");
  g_assert_cmpuint (g_strv_length (server), ==, 2);
  g_assert_cmpstr (server[1], ==, "web-2");
  g_assert_cmpuint (g_strv_length (none), ==, 0);
}

static void
test_strange_values (void)
{
  static const char *const texts[] = {
    "",
    "[]",
    "7",
    "{\"a\":5}",
    "{\"a\":[\"b\"]}",
    "{\"a\":{}}",
    "{\"a\":{\"values\":5}}",
    "{\"a\":{\"values\":[5]}}",
    "{\"a\":{\"values\":[null]}}",
    "{\"a\":{\"values\":[[]]}}",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError)     error = NULL;
    g_autoptr (GHashTable) values = read_values (texts[i], &error);
    g_assert_null (values);
    g_assert_true (error != NULL && error->domain == SHOT_ERROR);
  }
}

static void
test_value_archive (void)
{
  g_autoptr (GBytes) answer = make_answer ("index.json", "{\"panels\": []}");
  g_autoptr (GError) error = NULL;

  g_assert_null (shot_renderer_read_value_archive (answer, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/renderer-answer/whole", test_whole);
  g_test_add_func ("/renderer-answer/bad", test_bad);
  g_test_add_func ("/renderer-answer/cut", test_cut);
  g_test_add_func ("/renderer-answer/values", test_values);
  g_test_add_func ("/renderer-answer/strange-values", test_strange_values);
  g_test_add_func ("/renderer-answer/value-archive", test_value_archive);
  return g_test_run ();
}

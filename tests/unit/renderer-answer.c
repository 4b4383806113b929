#include "config.h"

#include <string.h>

#include "error.h"
#include "renderer-private.h"

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/renderer-answer/values", test_values);
  g_test_add_func ("/renderer-answer/strange-values", test_strange_values);
  return g_test_run ();
}

#include "config.h"

#include "panel-data.h"

#include <string.h>

#include "result.h"

static GPtrArray *
parse (const char *text)
{
  g_autoptr (GBytes) answer = g_bytes_new (text, strlen (text));

  return shot_panel_data_parse (answer);
}

static void
test_tables (void)
{
  g_autoptr (GPtrArray) tables = parse (
      "{\"tables\":[{\"index\":3,\"bytes\":5,\"isCut\":true},{\"index\":0,\"bytes\":0},"
      "{\"index\":7,\"bytes\":2,\"isCut\":false}]}\na,b\r\nxy");

  g_assert_nonnull (tables);
  g_assert_cmpuint (tables->len, ==, 3);
  const ShotPanelTable *first = tables->pdata[0];
  const ShotPanelTable *second = tables->pdata[1];
  const ShotPanelTable *third = tables->pdata[2];
  g_assert_cmpuint (first->index, ==, 3);
  g_assert_true (first->is_cut);
  g_assert_cmpmem (g_bytes_get_data (first->csv, NULL), g_bytes_get_size (first->csv), "a,b\r\n",
                   5);
  g_assert_null (second->csv);
  g_assert_cmpmem (g_bytes_get_data (third->csv, NULL), g_bytes_get_size (third->csv), "xy", 2);
  g_assert_false (third->is_cut);
}

/* A page may answer anything. */
static void
test_hostile (void)
{
  static const char *const rows[] = {
    "",
    "\n",
    "{}",
    "{}\n",
    "[]\n",
    "null\n",
    "{\"tables\":{}}\n",
    "{\"tables\":[]}\n",
    "{\"tables\":[1]}\n",
    "{\"tables\":[{}]}\n",
    "{\"tables\":[{\"index\":0,\"bytes\":1}]}\n",
    "{\"tables\":[{\"index\":0,\"bytes\":1}]}\nab",
    "{\"tables\":[{\"index\":0,\"bytes\":-1}]}\na",
    "{\"tables\":[{\"index\":0,\"bytes\":1.0}]}\na",
    "{\"tables\":[{\"index\":\"0\",\"bytes\":1}]}\na",
    "{\"tables\":[{\"index\":501,\"bytes\":1}]}\na",
    "{\"tables\":[{\"index\":0,\"bytes\":9223372036854775807},{\"index\":1,\"bytes\":2}]}\na",
    "{\"tables\":[[[[[[]]]]]]}\n",
  };
  g_autofree char *large = g_strnfill (SHOT_RESULT_MAX_DATA_BYTES + 1, 'a');
  g_autofree char *answer = g_strdup_printf ("{\"tables\":[{\"index\":0,\"bytes\":%d}]}\n%s",
                                             SHOT_RESULT_MAX_DATA_BYTES + 1, large);

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("%s", rows[i]);
    g_assert_null (parse (rows[i]));
  }
  g_assert_null (parse (answer));
}

static void
test_options (void)
{
  g_autoptr (GArray) indexes = g_array_new (FALSE, FALSE, sizeof (unsigned));
  g_autofree char   *none = shot_panel_data_make_options (indexes);
  const unsigned     two[] = { 4, 12 };

  g_assert_cmpstr (none, ==, "{\"indexes\":[],\"limit\":8388608}");
  g_array_append_vals (indexes, two, 2);
  g_autofree char *text = shot_panel_data_make_options (indexes);
  g_assert_cmpstr (text, ==, "{\"indexes\":[4,12],\"limit\":8388608}");
}

static void
test_compress (void)
{
  static const char        csv[] = "time,series,value\r\n2026-01-01T00:00:00.000Z,数据,1\r\n";
  g_autoptr (GError)       error = NULL;
  g_autoptr (GBytes)       bytes = g_bytes_new_static (csv, strlen (csv));
  g_autoptr (GBytes)       first = shot_panel_data_compress (bytes, &error);
  g_autoptr (GBytes)       second = shot_panel_data_compress (bytes, &error);
  g_autoptr (GInputStream) memory = g_memory_input_stream_new_from_bytes (first);
  g_autoptr (GConverter)   gunzip = G_CONVERTER (
        g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (memory, gunzip);
  char                     buffer[200];
  size_t                   length;

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (first, second));
  g_assert_true (g_input_stream_read_all (stream, buffer, sizeof buffer, &length, NULL, &error));
  g_assert_cmpmem (buffer, length, csv, strlen (csv));

  /* No time stamp and no name of a file: https://www.rfc-editor.org/rfc/rfc1952#section-2.3 */
  const unsigned char *head = g_bytes_get_data (first, NULL);
  g_assert_cmpmem (head + 3, 5, "\0\0\0\0\0", 5);
}

static void
test_variables (void)
{
  static const struct {
    const char *text;
    const char *clean; /* (nullable) */
  } rows[] = {
    { "{}", "{}" },
    { "{\"a\":{\"values\":[\"1\",2,\"数据\"],\"multi\":true,\"more\":1,\"current\":\"1\"},\"b\":5}",
      "{\"a\":{\"values\":[\"1\",\"数据\"],\"texts\":[],\"multi\":true,\"includeAll\":false,"
      "\"current\":[]}}" },
    { "null", NULL },
    { "[]", NULL },
    { "{", NULL },
    { "{\"a\":{\"values\":[[]]}}", NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GBytes) bytes = shot_variables_clean (rows[i].text);
    g_test_message ("%s", rows[i].text);
    if (rows[i].clean == NULL)
      g_assert_null (bytes);
    else
      g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), rows[i].clean,
                       strlen (rows[i].clean));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/panel-data/tables", test_tables);
  g_test_add_func ("/panel-data/hostile", test_hostile);
  g_test_add_func ("/panel-data/options", test_options);
  g_test_add_func ("/panel-data/compress", test_compress);
  g_test_add_func ("/panel-data/variables", test_variables);
  return g_test_run ();
}

/* record-text.c: cells as text are what they are as a tree */
#include "config.h"

#include "record-text.h"

#include <string.h>

#include "archive-fixture.h"

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void
check (const GPtrArray *cells)
{
  g_autoptr (GString)  text = g_string_new (NULL);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);
  g_autoptr (JsonNode) read = NULL;
  g_autoptr (GError)   error = NULL;

  json_node_take_array (node, json_array_new ());
  for (unsigned i = 0; i < cells->len; i++)
    json_array_add_object_element (json_node_get_array (node),
                                   shot_cell_to_json (cells->pdata[i], false));
  shot_cells_write_json (cells, text);
  read = json_from_string (text->str, &error);
  g_assert_no_error (error);
  /* Through json-glib on both sides, which writes numbers in its own way. */
  g_autofree char *expected = json_to_string (node, FALSE);
  g_autofree char *written = json_to_string (read, FALSE);
  g_assert_cmpstr (written, ==, expected);
}

static void
test_plain (void)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autoptr (GPtrArray) cells = fixture_make_cells (3);

  check (none);
  check (cells);
}

/* Deeper than the stack is. */
static void
test_deep (void)
{
  g_autoptr (GPtrArray) cells = fixture_make_cells (1);
  ShotCell             *cell = cells->pdata[0];

  g_free (cell->variables);
  cell->variables = g_strnfill (2000000, '[');
  check (cells);
  g_autoptr (JsonObject) object = shot_cell_to_json (cell, true);
  JsonObject            *variables = json_object_get_object_member (object, "variables");
  g_assert_cmpuint (json_object_get_size (variables), ==, 0);
}

static void
test_hostile (void)
{
  static const char *const texts[] = { "", "\"\\/\b\f\n\r\t\1\x1f\x7f", "<script>alert(1)</script>",
                                       "\u202e\u2028 右から \U0001f600", "\\u0000\\" };
  static const char *const variables[] = { "{}", "{\"a\":[\"1\",\"\\\"\"]}", "[]", "",
                                           "{",  "{\"a\":\"\\ud800\"}" };
  g_autoptr (GPtrArray)    cells = fixture_make_cells (30);

  for (unsigned i = 0; i < cells->len; i++) {
    ShotCell *cell = cells->pdata[i];
    set (&cell->panel_title, texts[i % G_N_ELEMENTS (texts)]);
    set (&cell->failure, i % 2 == 0 ? texts[i % G_N_ELEMENTS (texts)] : NULL);
    set (&cell->variables, variables[i % (G_N_ELEMENTS (variables) - 1)]);
    set (&cell->verdict.note, texts[(i + 1) % G_N_ELEMENTS (texts)]);
    set (&cell->data, i % 3 == 0 ? "00" : NULL);
    cell->flags = i * 9;
    cell->score = i / 7.0;
    cell->verdict.kind = (ShotVerdictKind) (i % SHOT_N_VERDICTS);
    cell->verdict.at_ms = INT64_C (1795626885212);
  }
  check (cells);
}

/* json-glib would end the process, so it is not asked. */
static void
test_surrogate (void)
{
  g_autoptr (GPtrArray) cells = fixture_make_cells (1);
  g_autoptr (GString)   text = g_string_new (NULL);
  ShotCell             *cell = cells->pdata[0];

  set (&cell->variables, "{\"a\":\"\\ud800\"}");
  shot_cells_write_json (cells, text);
  g_assert_nonnull (strstr (text->str, "\"variables\":{}"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record-text/plain", test_plain);
  g_test_add_func ("/record-text/hostile", test_hostile);
  g_test_add_func ("/record-text/deep", test_deep);
  g_test_add_func ("/record-text/surrogate", test_surrogate);
  return g_test_run ();
}

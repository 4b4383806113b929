#include "config.h"

#include "inspect-summary.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MAX_LISTED 5000
#define MAX_SHOWN 20

static void
add_all (GPtrArray *all, GHashTable *seen, GPtrArray *page)
{
  for (unsigned i = 0; i < page->len; i++) {
    ShotCell *cell = page->pdata[i];
    if (g_hash_table_add (seen, GSIZE_TO_POINTER ((size_t) cell->id)))
      g_ptr_array_add (all, shot_cell_copy (cell));
  }
}

GPtrArray *
shot_inspect_summary_list (ShotArchive *archive, int64_t run_id, GError **error)
{
  static const unsigned  filters[] = { SHOT_CELLS_FAILED, SHOT_CELLS_FLAGGED, SHOT_CELLS_CHANGED };
  g_autoptr (GPtrArray)  all = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_direct_hash, g_direct_equal);

  for (size_t i = 0; i < G_N_ELEMENTS (filters); i++) {
    ShotCellFilter        filter = { .run_id = run_id, .filter = filters[i], .limit = MAX_LISTED };
    g_autoptr (GPtrArray) page = shot_archive_list_cells (archive, &filter, NULL, error);
    if (page == NULL)
      return NULL;
    add_all (all, seen, page);
  }
  return g_steal_pointer (&all);
}

/* Titles are a stranger's: nothing that steers a terminal. (transfer full) */
static char *
make_plain (const char *text, unsigned most)
{
  g_autofree char    *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  g_autoptr (GString) plain = g_string_new (NULL);
  unsigned            n = 0;

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar     character = g_utf8_get_char (at);
    GUnicodeType type = g_unichar_type (character);
    if (n++ == most) {
      g_string_append (plain, "…");
      break;
    }
    bool is_plain = type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT &&
                    type != G_UNICODE_LINE_SEPARATOR && type != G_UNICODE_PARAGRAPH_SEPARATOR;
    g_string_append_unichar (plain, is_plain ? character : ' ');
  }
  return g_string_free (g_steal_pointer (&plain), FALSE);
}

static void
print_cell (const ShotCell *cell, const char *what, const char *why)
{
  g_autofree char *dashboard = make_plain (cell->dashboard_title, 60);
  g_autofree char *panel = make_plain (cell->panel_title, 60);
  g_autofree char *range = make_plain (cell->range, 40);
  g_autofree char *reason = make_plain (why, 200);
  bool             has_variables = strcmp (cell->variables, "{}") != 0;
  g_autofree char *variables = make_plain (has_variables ? cell->variables : "", 80);

  printf ("  %-8s %s / %s, %s%s%s%s%s\n", what, dashboard, *panel != '\0' ? panel : cell->panel_key,
          range, has_variables ? ", " : "", variables, *reason != '\0' ? ": " : "", reason);
}

static void
print_failed (const GPtrArray *cells)
{
  unsigned n_failed = 0;

  for (unsigned i = 0; i < cells->len; i++) {
    const ShotCell *cell = cells->pdata[i];
    if (cell->state == SHOT_CELL_FAILED && n_failed++ < MAX_SHOWN)
      print_cell (cell, "failed", cell->failure);
  }
  if (n_failed > MAX_SHOWN)
    printf ("  … and %u more that failed\n", n_failed - MAX_SHOWN);
}

static unsigned
count_flag (const GPtrArray *cells, unsigned flag)
{
  unsigned n = 0;

  for (unsigned i = 0; i < cells->len; i++)
    n += (((const ShotCell *) cells->pdata[i])->flags & flag) != 0;
  return n;
}

/* (transfer full): "2 no_data, 1 query_error", "" for none */
static char *
describe_flags (const GPtrArray *cells)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (unsigned i = 0; i < SHOT_N_CELL_FLAGS; i++) {
    unsigned n = count_flag (cells, 1u << i);
    if (n > 0)
      g_string_append_printf (text, "%s%u %s", text->len > 0 ? ", " : "", n,
                              shot_cell_flag_get_name (1 << i));
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
shot_inspect_summary_print (const ShotRun *run, const GPtrArray *cells, const char *plan)
{
  g_autofree char *flags = describe_flags (cells);
  unsigned         n_captured = run->n_cells - run->n_failed - run->n_pending;

  printf ("%s: %u of %u cells captured", run->name, n_captured, run->n_cells);
  if (run->n_failed > 0)
    printf (", %u failed", run->n_failed);
  if (run->n_changed > 0)
    printf (", %u changed", run->n_changed);
  if (*flags != '\0')
    printf ("; flags: %s", flags);
  printf ("\n");
  if (run->failure != NULL) {
    g_autofree char *failure = make_plain (run->failure, 1000);
    printf ("  stopped early: %s\n", failure);
  }
  print_failed (cells);
  if (run->n_failed > 0) {
    g_autofree char *quoted = g_shell_quote (plan);
    printf ("  to capture these again: panelshot inspect run %s --retry %s\n", quoted, run->name);
  }
}

void
shot_inspect_summary_print_json (const ShotRun *run, const GPtrArray *cells)
{
  g_autoptr (JsonNode)   root = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObject            *flags = json_object_new ();
  JsonArray             *failed = json_array_new ();

  for (unsigned i = 0; i < SHOT_N_CELL_FLAGS; i++)
    json_object_set_int_member (flags, shot_cell_flag_get_name (1 << i),
                                count_flag (cells, 1u << i));
  for (unsigned i = 0; i < cells->len; i++) {
    const ShotCell *cell = cells->pdata[i];
    if (cell->state == SHOT_CELL_FAILED)
      json_array_add_object_element (failed, shot_cell_to_json (cell, FALSE));
  }
  json_object_set_object_member (object, "run", shot_run_to_json (run, FALSE));
  json_object_set_object_member (object, "flags", flags);
  json_object_set_array_member (object, "failed", failed);
  json_node_set_object (root, object);
  g_autofree char *text = json_to_string (root, TRUE);
  printf ("%s\n", text);
}

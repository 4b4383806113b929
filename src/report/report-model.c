#include "config.h"

#include "report-model.h"

#include <string.h>

#include "panel.h"

#define PAGE_OF_CELLS 5000

static void
panel_free (void *panel)
{
  ShotReportPanel *self = panel;

  g_ptr_array_unref (self->cells);
  g_free (self);
}

static void
dashboard_free (void *dashboard)
{
  ShotReportDashboard *self = dashboard;

  g_ptr_array_unref (self->panels);
  g_free (self);
}

void
shot_report_model_free (ShotReportModel *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->dashboards, g_ptr_array_unref);
  g_clear_pointer (&self->abnormal, g_ptr_array_unref);
  g_clear_pointer (&self->cells, g_ptr_array_unref);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  shot_run_free (self->run);
  g_free (self);
}

static gboolean
read_cells (ShotReportModel *self, ShotArchive *archive, GError **error)
{
  ShotCellFilter filter = { .run_id = self->run->id, .limit = PAGE_OF_CELLS };

  for (;;) {
    g_autoptr (GPtrArray) page = shot_archive_list_cells (archive, &filter, NULL, error);
    if (page == NULL)
      return FALSE;
    unsigned n = page->len;
    g_ptr_array_extend_and_steal (self->cells, g_steal_pointer (&page));
    if (n < PAGE_OF_CELLS)
      return TRUE;
    filter.offset += n;
  }
}

static ShotReportDashboard *
get_dashboard (ShotReportModel *self, GHashTable *found, const ShotCell *cell)
{
  ShotReportDashboard *dashboard = g_hash_table_lookup (found, cell->dashboard_uid);

  if (dashboard == NULL) {
    dashboard = g_new0 (ShotReportDashboard, 1);
    dashboard->first = cell;
    dashboard->panels = g_ptr_array_new_with_free_func (panel_free);
    g_ptr_array_add (self->dashboards, dashboard);
    g_hash_table_insert (found, cell->dashboard_uid, dashboard);
  }
  return dashboard;
}

static ShotReportPanel *
get_panel (ShotReportDashboard *dashboard, GHashTable *found, const ShotCell *cell)
{
  g_autofree char *key = g_strjoin ("\n", cell->dashboard_uid, cell->panel_key, cell->variables,
                                    NULL);
  ShotReportPanel *panel = g_hash_table_lookup (found, key);

  if (panel == NULL) {
    panel = g_new0 (ShotReportPanel, 1);
    panel->first = cell;
    panel->cells = g_ptr_array_new ();
    g_ptr_array_add (dashboard->panels, panel);
    g_hash_table_insert (found, g_steal_pointer (&key), panel);
  }
  return panel;
}

static void
add_cell (ShotReportModel *self, ShotReportDashboard *dashboard, const ShotCell *cell)
{
  dashboard->n_cells++;
  dashboard->n_abnormal += cell->verdict.kind == SHOT_VERDICT_ABNORMAL;
  dashboard->n_open += cell->verdict.kind == SHOT_VERDICT_NONE;
  if (cell->verdict.kind == SHOT_VERDICT_ABNORMAL)
    g_ptr_array_add (self->abnormal, (void *) cell);

  if (self->from_ms == 0 || cell->from_ms < self->from_ms)
    self->from_ms = cell->from_ms;
  self->to_ms = MAX (self->to_ms, cell->to_ms);
  if (cell->captured_ms == 0)
    return;
  if (self->first_ms == 0 || cell->captured_ms < self->first_ms)
    self->first_ms = cell->captured_ms;
  self->last_ms = MAX (self->last_ms, cell->captured_ms);
}

static int
compare_severity (const void *a, const void *b)
{
  const ShotCell *first = *(const ShotCell *const *) a;
  const ShotCell *second = *(const ShotCell *const *) b;

  if (first->verdict.severity != second->verdict.severity)
    return first->verdict.severity > second->verdict.severity ? -1 : 1;
  return first->position < second->position ? -1 : first->position > second->position;
}

static void
arrange (ShotReportModel *self)
{
  g_autoptr (GHashTable) dashboards = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) panels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (unsigned i = 0; i < self->cells->len; i++) {
    ShotCell            *cell = self->cells->pdata[i];
    ShotReportDashboard *dashboard = get_dashboard (self, dashboards, cell);
    g_ptr_array_add (get_panel (dashboard, panels, cell)->cells, cell);
    add_cell (self, dashboard, cell);
  }
  g_ptr_array_sort (self->abnormal, compare_severity);
}

ShotReportModel *
shot_report_model_new (ShotArchive *archive, int64_t run_id, GError **error)
{
  g_autoptr (ShotReportModel) self = g_new0 (ShotReportModel, 1);

  self->cells = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  self->abnormal = g_ptr_array_new ();
  self->dashboards = g_ptr_array_new_with_free_func (dashboard_free);
  self->run = shot_archive_get_run (archive, run_id, error);
  if (self->run == NULL)
    return NULL;
  self->zone = g_time_zone_new_identifier (self->run->timezone);
  if (self->zone == NULL)
    self->zone = g_time_zone_new_utc ();
  if (!read_cells (self, archive, error))
    return NULL;
  arrange (self);
  return g_steal_pointer (&self);
}

char *
shot_report_model_make_file_name (const ShotCell *cell, const char *suffix)
{
  g_autoptr (ShotPanel) panel = shot_panel_new (cell->position + 1, cell->panel_key,
                                                cell->panel_title, NULL, NULL);
  g_autofree char      *name = shot_panel_make_name (panel, 4);

  return g_strconcat (name, suffix, NULL);
}

static char *
join_values (JsonArray *values)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (unsigned i = 0; i < json_array_get_length (values); i++) {
    const char *value = json_array_get_string_element (values, i);
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", value != NULL ? value : "");
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
shot_report_model_describe_variables (const ShotCell *cell)
{
  g_autoptr (JsonObject) root = shot_record_parse_object (cell->variables);
  g_autoptr (GString)    text = g_string_new (NULL);

  if (root == NULL)
    return g_strdup ("");

  g_autoptr (GList) members = json_object_get_members (root);
  for (GList *at = members; at != NULL; at = at->next) {
    JsonNode *values = json_object_get_member (root, at->data);
    if (!JSON_NODE_HOLDS_ARRAY (values))
      continue;
    g_autofree char *joined = join_values (json_node_get_array (values));
    g_string_append_printf (text, "%s%s=%s", text->len > 0 ? "; " : "", (char *) at->data, joined);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
shot_report_model_describe_flags (const ShotCell *cell, ShotLanguage language)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < SHOT_N_CELL_FLAGS; i++) {
    if ((cell->flags & (1u << i)) != 0)
      g_string_append_printf (text, "%s%s", text->len > 0 ? "; " : "",
                              shot_word_flag (language, 1u << i));
  }
  if (cell->flag_detail != NULL && *cell->flag_detail != '\0')
    g_string_append_printf (text, "%s%s", text->len > 0 ? ": " : "", cell->flag_detail);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

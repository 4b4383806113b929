/* dashboard.c: fuzzes what Grafana answers about a dashboard
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include "dashboard.h"

#include <string.h>

#include "error.h"
#include "json-text.h"
#include "target.h"

static void
check (const ShotDashboard *dashboard)
{
  g_assert (*dashboard->uid != '\0' && g_str_has_prefix (dashboard->url, "/d/"));
  g_assert (strpbrk (dashboard->url, "?# \r\n") == NULL);
  for (unsigned i = 0; i < dashboard->panels->len; i++) {
    const ShotDashboardPanel *panel = dashboard->panels->pdata[i];
    g_assert (g_str_has_prefix (panel->key, "panel-") && *panel->json == '{');
    g_assert (panel->title != NULL && panel->kind != NULL && panel->row != NULL);
    g_assert (panel->repeat == NULL || *panel->repeat != '\0');
  }
  for (unsigned i = 0; i < dashboard->variables->len; i++) {
    const ShotDashboardVariable *variable = dashboard->variables->pdata[i];
    g_assert (*variable->name != '\0' && variable->kind != NULL && variable->options != NULL &&
              variable->current != NULL);
    g_assert (shot_dashboard_find_variable (dashboard, variable->name) != NULL);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char       *text = g_strndup ((const char *) data, size);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError)     error = NULL;

  if (shot_json_text_find_fault (text, strlen (text), 128, 400) != NULL ||
      !json_parser_load_from_data (parser, text, -1, NULL))
    return 0;
  JsonNode *root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return 0;
  g_autoptr (ShotDashboard) dashboard = shot_dashboard_parse (json_node_get_object (root), &error);
  g_assert ((dashboard == NULL) == (error != NULL));
  if (dashboard == NULL)
    return 0;
  check (dashboard);
  g_autoptr (GPtrArray) library = shot_dashboard_list_library (dashboard);
  for (unsigned i = 0; i < library->len; i++)
    shot_dashboard_fill_library (dashboard, library->pdata[i], json_node_get_object (root));
  check (dashboard);
  return 0;
}

#include "config.h"

#include "dashboard-private.h"

#include <string.h>

void
shot_dashboard_note_library (ShotDashboardPanel *panel, JsonObject *reference)
{
  const char *uid = shot_dashboard_get_text (reference, "uid");

  if (panel != NULL && *uid != '\0')
    panel->library = g_strdup (uid);
}

GPtrArray *
shot_dashboard_list_library (const ShotDashboard *self)
{
  GPtrArray *uids = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; i < self->panels->len; i++) {
    const ShotDashboardPanel *panel = self->panels->pdata[i];
    if (panel->library != NULL &&
        !g_ptr_array_find_with_equal_func (uids, panel->library, g_str_equal, NULL))
      g_ptr_array_add (uids, g_strdup (panel->library));
  }
  return uids;
}

static void
replace (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

/* What stands in the dashboard wins, as on the page. */
static void
fill (ShotDashboardPanel *panel, JsonObject *model)
{
  g_autoptr (JsonNode) node = json_from_string (panel->json, NULL);
  JsonObject          *own = json_node_get_object (node);
  JsonObject          *spec = shot_dashboard_get_object (own, "spec");
  const char          *repeat = shot_dashboard_get_text (model, "repeat");

  replace (&panel->kind, shot_dashboard_get_text (model, "type"));
  if (!json_object_has_member (spec != NULL ? spec : own, "title"))
    replace (&panel->title, shot_dashboard_get_text (model, "title"));
  if (panel->repeat == NULL && *repeat != '\0')
    replace (&panel->repeat, repeat);
  json_object_set_object_member (own, "model", json_object_ref (model));
  g_free (panel->json);
  panel->json = shot_dashboard_make_text (own);
  g_clear_pointer (&panel->library, g_free);
}

void
shot_dashboard_fill_library (ShotDashboard *self, const char *uid, JsonObject *answer)
{
  JsonObject *model = shot_dashboard_get_object (shot_dashboard_get_object (answer, "result"),
                                                 "model");

  if (model == NULL || *shot_dashboard_get_text (model, "type") == '\0')
    return;
  for (unsigned i = 0; i < self->panels->len; i++) {
    ShotDashboardPanel *panel = self->panels->pdata[i];
    if (g_strcmp0 (panel->library, uid) == 0)
      fill (panel, model);
  }
}

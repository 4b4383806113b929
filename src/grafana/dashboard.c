#include "config.h"

#include "dashboard-private.h"

#include <string.h>

#include "error.h"

#define MAX_TAGS 200

JsonObject *
shot_dashboard_get_object (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
shot_dashboard_get_array (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static JsonNode *
get_value (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

const char *
shot_dashboard_get_text (JsonObject *object, const char *name)
{
  JsonNode   *node = get_value (object, name);
  const char *text = node != NULL ? json_node_get_string (node) : NULL;

  return text != NULL ? text : "";
}

/* Old dashboards have numbers that are texts. */
int64_t
shot_dashboard_get_int (JsonObject *object, const char *name)
{
  JsonNode *node = get_value (object, name);
  GType     type = node != NULL ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type == G_TYPE_INT64)
    return json_node_get_int (node);
  if (type == G_TYPE_DOUBLE) {
    double number = json_node_get_double (node);
    return number > -1e15 && number < 1e15 ? (int64_t) number : 0;
  }
  return type == G_TYPE_STRING ? g_ascii_strtoll (json_node_get_string (node), NULL, 10) : 0;
}

bool
shot_dashboard_get_bool (JsonObject *object, const char *name)
{
  JsonNode *node = get_value (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN &&
         json_node_get_boolean (node);
}

JsonObject *
shot_dashboard_get_element (JsonArray *array, unsigned i)
{
  JsonNode *node = json_array_get_element (array, i);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

char *
shot_dashboard_make_text (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_set_object (node, object);
  return json_to_string (node, FALSE);
}

static void
panel_free (ShotDashboardPanel *panel)
{
  g_free (panel->key);
  g_free (panel->title);
  g_free (panel->kind);
  g_free (panel->row);
  g_free (panel->repeat);
  g_free (panel->row_repeat);
  g_free (panel->json);
  g_free (panel->library);
  g_free (panel);
}

static char *
name_or_null (const char *name)
{
  return name != NULL && *name != '\0' ? g_strdup (name) : NULL;
}

ShotDashboardPanel *
shot_dashboard_add_panel (ShotDashboard *self, JsonObject *json, int64_t id, const char *title,
                          const char *kind, const char *repeat, const ShotDashboardRow *row)
{
  if (self->panels->len >= SHOT_DASHBOARD_MAX_PANELS)
    return NULL;
  ShotDashboardPanel *panel = g_new0 (ShotDashboardPanel, 1);
  panel->key = g_strdup_printf ("panel-%" G_GINT64_FORMAT, id);
  panel->title = g_strdup (title);
  panel->kind = g_strdup (kind);
  panel->row = g_strdup (row->row);
  panel->repeat = name_or_null (repeat);
  panel->row_repeat = name_or_null (row->repeat);
  panel->json = shot_dashboard_make_text (json);
  g_ptr_array_add (self->panels, panel);
  return panel;
}

static char **
read_tags (JsonObject *dashboard)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonArray               *tags = shot_dashboard_get_array (dashboard, "tags");
  unsigned                 n = tags != NULL ? MIN (json_array_get_length (tags), MAX_TAGS) : 0;

  for (unsigned i = 0; i < n; i++) {
    JsonNode *node = json_array_get_element (tags, i);
    if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_string (node) != NULL)
      g_strv_builder_add (builder, json_node_get_string (node));
  }
  return g_strv_builder_end (builder);
}

/* The end of "/grafana/d/UID/slug", the path of a dashboard wherever Grafana lives. */
static char *
read_slug (JsonObject *meta)
{
  const char *slug = shot_dashboard_get_text (meta, "slug");
  const char *url = shot_dashboard_get_text (meta, "url");
  const char *path = strstr (url, "/d/");
  const char *end = path != NULL ? strchr (path + strlen ("/d/"), '/') : NULL;

  if (*slug == '\0' && end != NULL)
    slug = end + 1;
  return g_strndup (slug, strcspn (slug, "/?#"));
}

static char *
make_url (const ShotDashboard *self)
{
  g_autofree char *uid = g_uri_escape_string (self->uid, NULL, FALSE);
  g_autofree char *slug = g_uri_escape_string (self->slug, NULL, TRUE);

  return *slug != '\0' ? g_strdup_printf ("/d/%s/%s", uid, slug) : g_strdup_printf ("/d/%s", uid);
}

/* Of a dashboard in no folder Grafana says "General" or "Dashboards". */
static char *
read_folder (JsonObject *meta, JsonObject *metadata)
{
  const char *title = shot_dashboard_get_text (meta, "folderTitle");
  const char *uid = shot_dashboard_get_text (meta, "folderUid");
  JsonObject *annotations = shot_dashboard_get_object (metadata, "annotations");

  if (*uid != '\0' || shot_dashboard_get_int (meta, "folderId") > 0)
    return g_strdup (title);
  return g_strdup (shot_dashboard_get_text (annotations, "grafana.app/folder"));
}

static ShotDashboard *
dashboard_new (void)
{
  ShotDashboard *self = g_new0 (ShotDashboard, 1);

  self->panels = g_ptr_array_new_with_free_func ((GDestroyNotify) panel_free);
  self->variables = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_dashboard_variable_free);
  return self;
}

/* Both APIs of Grafana answer with an envelope: { meta, dashboard } or { metadata, spec, access }. */
ShotDashboard *
shot_dashboard_parse (JsonObject *answer, GError **error)
{
  JsonObject *dashboard = shot_dashboard_get_object (answer, "dashboard");
  JsonObject *outer = dashboard != NULL && json_object_has_member (dashboard, "spec") ? dashboard
                                                                                      : answer;
  JsonObject *spec = shot_dashboard_get_object (outer, "spec");
  JsonObject *metadata = shot_dashboard_get_object (outer, "metadata");
  JsonObject *meta = shot_dashboard_get_object (answer, "meta");
  JsonObject *body = spec != NULL ? spec : dashboard;

  if (body == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT,
                 "what Grafana answers is no dashboard: it has neither \"dashboard\" nor \"spec\"");
    return NULL;
  }
  if (meta == NULL)
    meta = shot_dashboard_get_object (outer, "access");

  const char *uid = shot_dashboard_get_text (metadata, "name");
  if (*uid == '\0')
    uid = shot_dashboard_get_text (body, "uid");
  if (*uid == '\0') {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT,
                 "what Grafana answers is no dashboard: it has no uid");
    return NULL;
  }

  ShotDashboard *self = dashboard_new ();
  self->uid = g_strdup (uid);
  self->title = g_strdup (shot_dashboard_get_text (body, "title"));
  self->slug = read_slug (meta);
  self->folder = read_folder (meta, metadata);
  self->url = make_url (self);
  self->version = spec != NULL ? shot_dashboard_get_int (metadata, "generation")
                               : shot_dashboard_get_int (body, "version");
  self->tags = read_tags (body);
  if (json_object_has_member (body, "elements"))
    shot_dashboard_read_v2 (self, body);
  else
    shot_dashboard_read_classic (self, body);
  return self;
}

void
shot_dashboard_free (ShotDashboard *self)
{
  if (self == NULL)
    return;
  g_free (self->uid);
  g_free (self->title);
  g_free (self->slug);
  g_free (self->folder);
  g_free (self->url);
  g_strfreev (self->tags);
  g_ptr_array_unref (self->panels);
  g_ptr_array_unref (self->variables);
  g_free (self);
}

const ShotDashboardVariable *
shot_dashboard_find_variable (const ShotDashboard *self, const char *name)
{
  for (unsigned i = 0; i < self->variables->len; i++) {
    const ShotDashboardVariable *variable = self->variables->pdata[i];
    if (strcmp (variable->name, name) == 0)
      return variable;
  }
  return NULL;
}

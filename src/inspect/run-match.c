#include "config.h"

#include "run-match.h"

#include <string.h>

#include "error.h"
#include "result.h"

#define CLONE "-clone-"
#define GONE \
  "the page of the dashboard has no such panel: it was removed, or its variable has fewer values"

int64_t
shot_run_match_get_id (const char *key)
{
  const char *slash = strrchr (key, '/');
  const char *last = slash != NULL ? slash + 1 : key;
  char       *end = NULL;

  if (!g_str_has_prefix (last, "panel-") || !g_ascii_isdigit (last[strlen ("panel-")]))
    return -1;
  int64_t id = g_ascii_strtoll (last + strlen ("panel-"), &end, 10);
  return *end == '\0' || *end == '-' ? id : -1;
}

unsigned
shot_run_match_get_clone (const char *key)
{
  const char *clone = strstr (key, CLONE);

  return clone != NULL
             ? (unsigned) MIN (g_ascii_strtoull (clone + strlen (CLONE), NULL, 10), G_MAXUINT16)
             : 0;
}

const ShotShot *
shot_run_match_find (const ShotShots *shots, const ShotCell *cell, bool is_narrow)
{
  int64_t  id = shot_run_match_get_id (cell->panel_key);
  unsigned left = is_narrow ? 0 : shot_run_match_get_clone (cell->panel_key);

  for (unsigned i = 0; i < shots->shots->len; i++) {
    const ShotShot *shot = shots->shots->pdata[i];
    bool            is_same = id < 0 ? g_str_equal (shot->key, cell->panel_key)
                                     : shot_run_match_get_id (shot->key) == id;
    if (is_same && (id < 0 || left-- == 0))
      return shot;
  }
  return NULL;
}

void
shot_run_match_fail (ShotCell *cell, unsigned flags, const char *failure)
{
  cell->state = SHOT_CELL_FAILED;
  cell->flags |= flags;
  g_free (cell->failure);
  cell->failure = g_strdup (failure);
}

static void
set_text (char **text, const char *to)
{
  if (to == NULL)
    return;
  g_free (*text);
  *text = g_strdup (to);
}

/* Flags of the visit that make its pictures doubtful. "incomplete" is also said when some other panel
 * has no picture; then it says nothing of this one. */
static char *
find_doubts (const ShotShots *shots)
{
  g_auto (GStrv)      flags = g_strsplit (shots->flags != NULL ? shots->flags : "", ",", -1);
  g_autoptr (GString) text = g_string_new (NULL);
  bool                has_lost = false;

  for (unsigned i = 0; i < shots->shots->len; i++)
    has_lost = has_lost || ((const ShotShot *) shots->shots->pdata[i])->picture == NULL;
  for (char **flag = flags; *flag != NULL; flag++) {
    if (**flag == '\0' || (has_lost && g_str_equal (*flag, "incomplete")))
      continue;
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", *flag);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_detail (GString *detail, const char *text)
{
  if (text != NULL && *text != '\0')
    g_string_append_printf (detail, "%s%s", detail->len > 0 ? "; " : "", text);
}

static void
set_flags (ShotCell *cell, const ShotShots *shots, const ShotShot *shot)
{
  static const struct {
    const char   *status;
    ShotCellFlags flag;
  } statuses[] = {
    { "no_data", SHOT_CELL_FLAG_NO_DATA },
    { "error", SHOT_CELL_FLAG_QUERY_ERROR },
    { "loading", SHOT_CELL_FLAG_LOADING },
  };
  g_autoptr (GString) detail = g_string_new (NULL);
  g_autofree char    *doubts = find_doubts (shots);

  for (size_t i = 0; i < G_N_ELEMENTS (statuses); i++) {
    if (g_strcmp0 (shot->status, statuses[i].status) == 0) {
      cell->flags |= statuses[i].flag;
      add_detail (detail, shot->message);
    }
  }
  if (shot->threshold != NULL && *shot->threshold != '\0') {
    cell->flags |= SHOT_CELL_FLAG_THRESHOLD;
    add_detail (detail, shot->threshold);
  }
  if (*doubts != '\0') {
    cell->flags |= SHOT_CELL_FLAG_DOUBTFUL;
    add_detail (detail, doubts);
  }
  set_text (&cell->flag_detail, detail->str);
}

void
shot_run_match_apply (ShotCell *cell, const ShotShots *shots, const ShotShot *shot)
{
  set_text (&cell->timings, shots->timings);
  set_text (&cell->renderer, shots->renderer);
  cell->duration_ms = shots->duration_ms;
  if (shot == NULL) {
    shot_run_match_fail (cell, SHOT_CELL_FLAG_GONE, GONE);
    return;
  }
  set_text (&cell->panel_title, shot->title);
  if (shot->row != NULL && *shot->row != '\0')
    set_text (&cell->row, shot->row);
  if (shot->kind != NULL && *shot->kind != '\0')
    set_text (&cell->panel_kind, shot->kind);
  if (shot->picture == NULL) {
    shot_run_match_fail (cell, 0,
                         shot->failure != NULL ? shot->failure : "there is no picture of it");
    return;
  }
  cell->state = SHOT_CELL_CAPTURED;
  cell->picture_width = shot->width;
  cell->picture_height = shot->height;
  g_clear_pointer (&cell->failure, g_free);
  set_flags (cell, shots, shot);
}

const ShotDashboardPanel *
shot_run_match_find_panel (const ShotDashboard *dashboard, const ShotCell *cell)
{
  int64_t id = shot_run_match_get_id (cell->panel_key);

  for (unsigned i = 0; i < dashboard->panels->len; i++) {
    const ShotDashboardPanel *panel = dashboard->panels->pdata[i];
    if (id < 0 ? g_str_equal (panel->key, cell->panel_key)
               : shot_run_match_get_id (panel->key) == id)
      return panel;
  }
  return NULL;
}

/* ---- --only */

static const char *const words[] = { "dashboard=", "panel=", "range=" };

gboolean
shot_run_match_check_only (const char *const *only, GError **error)
{
  for (; only != NULL && *only != NULL; only++) {
    bool is_known = false;
    for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
      is_known = is_known ||
                 (g_str_has_prefix (*only, words[i]) && strlen (*only) > strlen (words[i]));
    if (is_known)
      continue;
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "--only %.100s: want dashboard=UID, panel=TITLE or range=LABEL", *only);
    return FALSE;
  }
  return TRUE;
}

/* Whole, case set aside, with * and ?. */
static bool
is_like (const char *pattern, const char *text)
{
  g_autofree char *a = g_utf8_casefold (pattern, -1);
  g_autofree char *b = g_utf8_casefold (text != NULL ? text : "", -1);

  return g_pattern_match_simple (a, b);
}

static bool
matches (size_t word, const char *pattern, const ShotCell *cell)
{
  if (word == 0)
    return g_str_equal (pattern, cell->dashboard_uid) || is_like (pattern, cell->dashboard_title);
  if (word == 2)
    return is_like (pattern, cell->range);
  g_autofree char *key = g_strconcat ("panel-", pattern, NULL);
  int64_t          id = shot_run_match_get_id (cell->panel_key);
  return is_like (pattern, cell->panel_title) || g_str_equal (pattern, cell->panel_key) ||
         (id >= 0 && strchr (pattern, '-') == NULL && id == shot_run_match_get_id (key));
}

int
shot_run_match_compare_positions (const void *left, const void *right)
{
  const ShotCell *a = *(const ShotCell *const *) left;
  const ShotCell *b = *(const ShotCell *const *) right;

  return a->position < b->position ? -1 : a->position > b->position;
}

bool
shot_run_match_is_wanted (const ShotCell *cell, const char *const *only)
{
  for (size_t word = 0; word < G_N_ELEMENTS (words); word++) {
    bool is_said = false;
    bool is_met = false;
    for (const char *const *one = only; one != NULL && *one != NULL; one++) {
      if (!g_str_has_prefix (*one, words[word]))
        continue;
      is_said = true;
      is_met = is_met || matches (word, *one + strlen (words[word]), cell);
    }
    if (is_said && !is_met)
      return false;
  }
  return true;
}

/* ---- Visits of cells that there are */

static ShotVisit *
visit_new (const ShotCell *cell)
{
  ShotVisit *self = g_new0 (ShotVisit, 1);

  self->address = g_strdup ("");
  self->width = cell->width;
  self->height = cell->height;
  self->scale = cell->scale;
  self->timezone = *cell->timezone != '\0' ? g_strdup (cell->timezone) : NULL;
  self->language = *cell->language != '\0' ? g_strdup (cell->language) : NULL;
  self->cells = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  return self;
}

static char *
make_group (const ShotCell *cell)
{
  return g_strdup_printf ("%s\n%" G_GINT64_FORMAT "\n%" G_GINT64_FORMAT
                          "\n%s\n%dx%d@%g\n%s\n%s\n%s",
                          cell->dashboard_uid, cell->from_ms, cell->to_ms, cell->variables,
                          cell->width, cell->height, cell->scale, cell->theme, cell->timezone,
                          cell->language);
}

GPtrArray *
shot_run_match_group (GPtrArray *cells)
{
  GPtrArray             *visits = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_visit_free);
  g_autoptr (GHashTable) groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (unsigned i = 0; i < cells->len; i++) {
    ShotCell  *cell = cells->pdata[i];
    char      *group = make_group (cell);
    ShotVisit *visit = g_hash_table_lookup (groups, group);
    if (visit == NULL) {
      visit = visit_new (cell);
      g_ptr_array_add (visits, visit);
      g_hash_table_insert (groups, g_strdup (group), visit);
    }
    g_free (group);
    g_ptr_array_add (visit->cells, cell);
  }
  while (cells->len > 0)
    g_ptr_array_steal_index_fast (cells, cells->len - 1);
  return visits;
}

/* Moves @cells[@i] to the end of @to. */
static void
move_cell (GPtrArray *cells, unsigned i, GPtrArray *to)
{
  g_ptr_array_add (to, g_ptr_array_steal_index (cells, i));
}

static bool
is_same_look (const ShotVisit *visit, const ShotCell *planned, const ShotCell *cell)
{
  return planned->from_ms == cell->from_ms && planned->to_ms == cell->to_ms &&
         visit->width == cell->width && visit->height == cell->height &&
         g_str_equal (planned->panel_key, cell->panel_key) &&
         g_str_equal (planned->theme, cell->theme) &&
         g_str_equal (planned->timezone, cell->timezone) &&
         g_str_equal (planned->language, cell->language) && planned->scale == cell->scale;
}

/* A planned cell, and where it is. */
typedef struct {
  ShotCell  *cell;
  ShotVisit *visit;
} Planned;

GPtrArray *
shot_run_match_join (GPtrArray *visits, GPtrArray *cells)
{
  g_autoptr (GHashTable) planned = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_autoptr (GPtrArray)  old = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);

  if (visits == NULL)
    return shot_run_match_group (cells);
  for (unsigned i = 0; i < visits->len; i++) {
    ShotVisit *visit = visits->pdata[i];
    while (visit->cells->len > 0) {
      Planned *one = g_new0 (Planned, 1);
      one->visit = visit;
      one->cell = visit->cells->pdata[0];
      move_cell (visit->cells, 0, old);
      g_hash_table_replace (planned, one->cell->key, one);
    }
  }
  for (unsigned i = 0; i < cells->len;) {
    ShotCell      *cell = cells->pdata[i];
    const Planned *one = g_hash_table_lookup (planned, cell->key);
    if (one != NULL && is_same_look (one->visit, one->cell, cell))
      move_cell (cells, i, one->visit->cells);
    else
      i++;
  }
  for (unsigned i = 0; i < visits->len;) {
    if (((ShotVisit *) visits->pdata[i])->cells->len == 0)
      g_ptr_array_remove_index (visits, i);
    else
      i++;
  }
  g_autoptr (GPtrArray) rest = shot_run_match_group (cells);
  while (rest->len > 0)
    g_ptr_array_add (visits, g_ptr_array_steal_index (rest, 0));
  return visits;
}

static void
add_parameter (GString *address, const char *name, const char *value)
{
  g_string_append_c (address, strchr (address->str, '?') == NULL ? '?' : '&');
  g_string_append_uri_escaped (address, name, NULL, FALSE);
  g_string_append_c (address, '=');
  g_string_append_uri_escaped (address, value, NULL, FALSE);
}

static void
add_variables (GString *address, const char *json)
{
  g_autoptr (JsonObject) root = shot_record_parse_object (json);
  JsonObjectIter         iter;
  const char            *name;
  JsonNode              *node;

  if (root == NULL)
    return;
  json_object_iter_init_ordered (&iter, root);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    g_autofree char *parameter = g_strconcat ("var-", name, NULL);
    JsonArray       *values = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
    for (unsigned i = 0; values != NULL && i < json_array_get_length (values); i++) {
      JsonNode *value = json_array_get_element (values, i);
      if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING)
        add_parameter (address, parameter, json_node_get_string (value));
    }
  }
}

char *
shot_run_match_make_address (const char *grafana, int org_id, const ShotDashboard *dashboard,
                             const ShotCell *cell)
{
  g_autoptr (GString) address = g_string_new (grafana);
  g_autofree char    *from = g_strdup_printf ("%" G_GINT64_FORMAT, cell->from_ms);
  g_autofree char    *to = g_strdup_printf ("%" G_GINT64_FORMAT, cell->to_ms);

  g_string_append (address, dashboard->url);
  if (org_id > 0) {
    g_autofree char *id = g_strdup_printf ("%d", org_id);
    add_parameter (address, "orgId", id);
  }
  add_parameter (address, "from", from);
  add_parameter (address, "to", to);
  if (*cell->timezone != '\0')
    add_parameter (address, "timezone",
                   g_str_equal (cell->timezone, "UTC") ? "utc" : cell->timezone);
  add_variables (address, cell->variables);
  if (*cell->theme != '\0')
    add_parameter (address, "theme", cell->theme);
  g_string_append (address, "&kiosk");
  return g_string_free (g_steal_pointer (&address), FALSE);
}

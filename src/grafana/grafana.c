#include "config.h"

#include "grafana.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"
#include "json-text.h"
#include "mask.h"
#include "web-client.h"

#define TIMEOUT_MS 60000
#define SILENCE_S 30
#define MAX_REDIRECTS 5
#define MAX_CONNECTIONS 4
#define MAX_BYTES (32 * 1024 * 1024)
#define MAX_DEPTH 128
#define MAX_DIGITS 400 /* people write such numbers into panels, and Grafana hands them on */
#define PAGE_SIZE 1000
#define MAX_FOUND 20000
#define MAX_MESSAGE 300
#define MAX_LIBRARY 200 /* panels of one dashboard that have to be asked for one by one */
#define V2_PREFIX "/apis/dashboard.grafana.app/"

struct _ShotGrafana {
  char          *address; /* (owned): without a slash at the end */
  ShotSecret    *token;   /* (owned) (nullable) */
  int            org_id;
  unsigned       timeout_ms;
  ShotWebClient *client; /* (owned) */
  GHashTable *folders; /* (owned): uid -> title, as searches told: the second API names uids only */
};

/* One call: a search with its pages, or a dashboard. */
typedef struct {
  ShotGrafana   *grafana;     /* (borrowed) */
  GCancellable  *cancellable; /* (owned) (nullable) */
  int64_t        until_us;
  char          *uid; /* (owned) (nullable): of the dashboard */
  bool           is_v2;
  ShotDashboard *dashboard; /* (owned) (nullable): but for library panels */
  GPtrArray     *library;   /* (owned) (nullable) (element-type utf8): uids of these */
  unsigned       n_library; /* that were asked for */
  char          *text;      /* (owned) (nullable): that is searched for */
  GPtrArray     *found;     /* (owned) (nullable) */
  GHashTable    *seen;      /* (owned) (nullable): uids of @found, borrowed from it */
  unsigned       page;
} Call;

void
shot_found_dashboard_free (ShotFoundDashboard *self)
{
  if (self == NULL)
    return;
  g_free (self->uid);
  g_free (self->title);
  g_free (self->folder);
  g_free (self->folder_uid);
  g_strfreev (self->tags);
  g_free (self);
}

ShotGrafana *
shot_grafana_new (const char *address, const ShotSecret *token, const char *ca_pem, int org_id)
{
  const ShotWebRules rules = { .name = "Grafana",
                               .ca_pem = ca_pem,
                               .max_connections = MAX_CONNECTIONS,
                               .max_per_server = MAX_CONNECTIONS,
                               .silence_s = SILENCE_S,
                               .max_redirects = MAX_REDIRECTS,
                               .max_bytes = MAX_BYTES };
  ShotGrafana       *self = g_new0 (ShotGrafana, 1);
  size_t             length = strlen (address);

  while (length > 0 && address[length - 1] == '/')
    length--;
  self->address = g_strndup (address, length);
  if (token != NULL)
    self->token = shot_secret_new (shot_secret_reveal (token));
  self->org_id = org_id;
  self->timeout_ms = TIMEOUT_MS;
  self->client = shot_web_client_new (&rules);
  self->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
shot_grafana_free (ShotGrafana *self)
{
  if (self == NULL)
    return;
  shot_web_client_free (self->client);
  g_hash_table_unref (self->folders);
  shot_secret_unref (self->token);
  g_free (self->address);
  g_free (self);
}

void
shot_grafana_set_timeout (ShotGrafana *self, unsigned timeout_ms)
{
  self->timeout_ms = timeout_ms;
}

static void
call_free (void *data)
{
  Call *self = data;

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->seen, g_hash_table_unref);
  g_clear_pointer (&self->found, g_ptr_array_unref);
  g_clear_pointer (&self->library, g_ptr_array_unref);
  shot_dashboard_free (self->dashboard);
  g_free (self->uid);
  g_free (self->text);
  g_free (self);
}

static GTask *
call_new (ShotGrafana *self, GCancellable *cancellable, GAsyncReadyCallback callback,
          void *user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Call  *call = g_new0 (Call, 1);

  call->grafana = self;
  if (cancellable != NULL)
    call->cancellable = g_object_ref (cancellable);
  call->until_us = g_get_monotonic_time () + (int64_t) self->timeout_ms * 1000;
  g_task_set_task_data (task, call, call_free);
  return task;
}

/* @task: (transfer full) into the callback. */
static void
ask (GTask *task, const char *path, GAsyncReadyCallback callback)
{
  const Call      *call = g_task_get_task_data (task);
  ShotGrafana     *self = call->grafana;
  g_autofree char *uri = g_strconcat (self->address, path, NULL);
  g_autofree char *org_id = g_strdup_printf ("%d", self->org_id);
  const char      *headers[] = { "Accept", "application/json",
                            self->org_id > 0 ? "X-Grafana-Org-Id" : NULL, org_id, NULL };
  ShotWebOrder     order = { .uri = uri,
                             .headers = headers,
                             .token_header = "Authorization",
                             .token_scheme = "Bearer ",
                             .token = self->token,
                             .timeout_ms = (call->until_us - g_get_monotonic_time ()) / 1000 };

  shot_web_client_call_async (self->client, &order, call->cancellable, callback, task);
}

/* NULL when the body is no JSON. (transfer full) */
static JsonNode *
parse_body (const ShotWebAnswer *answer)
{
  size_t                 size = 0;
  const char            *text = g_bytes_get_data (answer->body, &size);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();

  if (size == 0 || shot_json_text_find_fault (text, size, MAX_DEPTH, MAX_DIGITS) != NULL ||
      !json_parser_load_from_data (parser, text, (gssize) size, NULL))
    return NULL;
  return json_parser_steal_root (parser);
}

/* What Grafana itself says of an error: one line, not too long; "" when it says nothing. */
static char *
read_message (const ShotWebAnswer *answer)
{
  g_autoptr (JsonNode) root = parse_body (answer);
  JsonObject *object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root)
                                                                     : NULL;
  JsonNode   *node = object != NULL ? json_object_get_member (object, "message") : NULL;
  const char *text = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node)
                                                                  : NULL;
  g_autoptr (GString) line = g_string_new (NULL);

  for (const char *at = text; at != NULL && *at != '\0' && line->len < MAX_MESSAGE;
       at = g_utf8_next_char (at)) {
    gunichar     character = g_utf8_get_char (at);
    GUnicodeType type = g_unichar_type (character);
    if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || g_unichar_isspace (character))
      character = ' ';
    g_string_append_unichar (line, character);
  }
  g_autofree char *masked = shot_mask_uri (line->str);
  return g_strdup (g_strstrip (masked));
}

/* "Permissions needed: dashboards:read, folders:read" of Grafana's own words; else what the call
 * needs. (transfer full) */
static char *
find_right (const char *message, const char *standard)
{
  static const char needed[] = "ermissions needed: ";
  const char       *at = strstr (message, needed);
  size_t length = at != NULL ? strspn (at + strlen (needed), "abcdefghijklmnopqrstuvwxyz.:-,_ ")
                             : 0;

  return length > 0 ? g_strstrip (g_strndup (at + strlen (needed), length)) : g_strdup (standard);
}

static void
set_login_error (const ShotGrafana *self, const char *message, GError **error)
{
  if (self->token == NULL)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_LOGIN,
                 "Grafana wants a token (status 401): make one in Grafana under Administration, "
                 "Service accounts, role Viewer, and name the file it is in");
  else
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_LOGIN,
                 "Grafana does not take the token (status 401%s%s): it may have expired or been "
                 "removed; make a new one in Grafana under Administration, Service accounts",
                 *message != '\0' ? ": " : "", message);
}

static void
set_right_error (const ShotGrafana *self, const char *message, GError **error)
{
  g_autofree char *right = find_right (message, "dashboards:read");

  g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
               "%s lacks the right %s (status 403): give its service account the role Viewer, or "
               "that right for the folders of the plan",
               self->token != NULL ? "the token" : "who is not signed in", right);
}

static void
set_missing_error (const Call *call, GError **error)
{
  if (call->uid != NULL)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND,
                 "there is no dashboard with the uid \"%.60s\" that the token may see", call->uid);
  else
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT,
                 "there is no Grafana at %s (status 404): if it lives under a path, such as "
                 "https://host/grafana, give that path, too",
                 call->grafana->address);
}

static void
set_status_error (const Call *call, const ShotWebAnswer *answer, GError **error)
{
  g_autofree char *message = read_message (answer);

  if (answer->status == 401)
    set_login_error (call->grafana, message, error);
  else if (answer->status == 403)
    set_right_error (call->grafana, message, error);
  else if (answer->status == 404)
    set_missing_error (call, error);
  else
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT, "Grafana answered with status %u%s%s",
                 answer->status, *message != '\0' ? ": " : "", message);
}

/* The JSON of a good answer; NULL with @error. (transfer full) */
static JsonNode *
take_answer (const Call *call, const ShotWebAnswer *answer, GError **error)
{
  if (answer->status != 200) {
    set_status_error (call, answer, error);
    return NULL;
  }
  JsonNode *root = parse_body (answer);
  if (root != NULL)
    return root;
  if (g_str_has_suffix (answer->path, "/login"))
    set_login_error (call->grafana, "", error);
  else
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT,
                 "what answers at %s is no Grafana: it sends a page, not JSON",
                 call->grafana->address);
  return NULL;
}

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode   *node = json_object_get_member (object, name);
  const char *text = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node)
                                                                  : NULL;

  return text != NULL ? text : "";
}

static char **
read_tags (JsonObject *object)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonNode                *node = json_object_get_member (object, "tags");
  JsonArray *tags = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node)
                                                                 : NULL;
  unsigned   n = tags != NULL ? json_array_get_length (tags) : 0;

  for (unsigned i = 0; i < n; i++) {
    JsonNode *tag = json_array_get_element (tags, i);
    if (JSON_NODE_HOLDS_VALUE (tag) && json_node_get_string (tag) != NULL)
      g_strv_builder_add (builder, json_node_get_string (tag));
  }
  return g_strv_builder_end (builder);
}

static void
add_found (Call *call, JsonObject *object)
{
  const char *type = get_text (object, "type");
  const char *uid = get_text (object, "uid");

  if (*uid == '\0' || (*type != '\0' && strcmp (type, "dash-db") != 0) ||
      g_hash_table_contains (call->seen, uid))
    return;
  ShotFoundDashboard *one = g_new0 (ShotFoundDashboard, 1);
  one->uid = g_strdup (uid);
  one->title = g_strdup (get_text (object, "title"));
  one->folder = g_strdup (get_text (object, "folderTitle"));
  one->folder_uid = g_strdup (get_text (object, "folderUid"));
  one->tags = read_tags (object);
  g_ptr_array_add (call->found, one);
  g_hash_table_add (call->seen, one->uid);
  if (*one->folder_uid != '\0')
    g_hash_table_insert (call->grafana->folders, g_strdup (one->folder_uid),
                         g_strdup (one->folder));
}

static int
compare_texts (const char *left, const char *right)
{
  g_autofree char *a = g_utf8_casefold (left, -1);
  g_autofree char *b = g_utf8_casefold (right, -1);
  int              order = strcmp (a, b);

  return order != 0 ? order : strcmp (left, right);
}

static int
compare_found (const void *left, const void *right)
{
  const ShotFoundDashboard *a = *(const ShotFoundDashboard *const *) left;
  const ShotFoundDashboard *b = *(const ShotFoundDashboard *const *) right;
  int                       order = compare_texts (a->folder, b->folder);

  if (order == 0)
    order = compare_texts (a->title, b->title);
  return order != 0 ? order : strcmp (a->uid, b->uid);
}

static void page_cb (GObject *source, GAsyncResult *result, void *user_data);

/* @task: (transfer full) */
static void
ask_page (GTask *task)
{
  Call            *call = g_task_get_task_data (task);
  g_autofree char *text = call->text != NULL ? g_uri_escape_string (call->text, NULL, FALSE) : NULL;
  g_autofree char *path = g_strdup_printf ("/api/search?type=dash-db&limit=%d&page=%u%s%s",
                                           PAGE_SIZE, ++call->page, text != NULL ? "&query=" : "",
                                           text != NULL ? text : "");

  ask (task, path, page_cb);
}

/* Whether there may be another page. A Grafana that knows no pages sends the first one again, which
 * brings nothing new. */
static bool
add_page (Call *call, JsonArray *page)
{
  unsigned n_before = call->found->len;
  unsigned n = json_array_get_length (page);

  for (unsigned i = 0; i < n; i++) {
    JsonNode *node = json_array_get_element (page, i);
    if (JSON_NODE_HOLDS_OBJECT (node))
      add_found (call, json_node_get_object (node));
  }
  return n >= PAGE_SIZE && call->found->len > n_before;
}

static void
page_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)         task = user_data;
  Call                     *call = g_task_get_task_data (task);
  GError                   *error = NULL;
  g_autoptr (ShotWebAnswer) answer = shot_web_client_call_finish (result, &error);
  g_autoptr (JsonNode)      root = answer != NULL ? take_answer (call, answer, &error) : NULL;

  if (root == NULL) {
    g_task_return_error (task, error);
  } else if (!JSON_NODE_HOLDS_ARRAY (root)) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_DOCUMENT,
                             "what answers at %s is no Grafana: its search gives no list",
                             call->grafana->address);
  } else if (!add_page (call, json_node_get_array (root))) {
    g_ptr_array_sort (call->found, compare_found);
    g_task_return_pointer (task, g_steal_pointer (&call->found),
                           (GDestroyNotify) g_ptr_array_unref);
  } else if (call->found->len >= MAX_FOUND) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_DOCUMENT,
                             "Grafana has more than %d dashboards for this token: give it the "
                             "rights for those of the plan only",
                             MAX_FOUND);
  } else {
    ask_page (g_steal_pointer (&task));
  }
}

void
shot_grafana_search_text_async (ShotGrafana *self, const char *text, GCancellable *cancellable,
                                GAsyncReadyCallback callback, void *user_data)
{
  GTask *task = call_new (self, cancellable, callback, user_data);
  Call  *call = g_task_get_task_data (task);

  call->text = g_strdup (text);
  call->found = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_found_dashboard_free);
  call->seen = g_hash_table_new (g_str_hash, g_str_equal);
  ask_page (task);
}

void
shot_grafana_search_async (ShotGrafana *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, void *user_data)
{
  shot_grafana_search_text_async (self, NULL, cancellable, callback, user_data);
}

GPtrArray *
shot_grafana_search_finish (ShotGrafana *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* The path that Grafana names in "dashboard api version not supported, use PATH instead", its answer
 * for a dashboard of the second schema. NULL when it is none that we would ask for. (transfer full) */
static char *
find_v2_path (const ShotWebAnswer *answer)
{
  g_autofree char *message = read_message (answer);
  const char      *path = strstr (message, V2_PREFIX);
  size_t           length = path != NULL ? strcspn (path, " ") : 0;
  g_autofree char *taken = g_strndup (path != NULL ? path : "", length);

  for (const char *at = taken; *at != '\0'; at++) {
    if (!g_ascii_isalnum (*at) && strchr ("/._-", *at) == NULL)
      return NULL;
  }
  return length > 0 && path[length] == ' ' && strstr (taken, "..") == NULL
             ? g_steal_pointer (&taken)
             : NULL;
}

/* Only the uid of the folder is in an answer of the second API. */
static void
name_folder (const ShotGrafana *self, ShotDashboard *dashboard)
{
  const char *title = g_hash_table_lookup (self->folders, dashboard->folder);

  if (title != NULL) {
    g_free (dashboard->folder);
    dashboard->folder = g_strdup (title);
  }
}

static void library_cb (GObject *source, GAsyncResult *result, void *user_data);

/* @task: (transfer full). For the next library panel, or hands the dashboard over. */
static void
ask_library (GTask *task)
{
  Call *call = g_task_get_task_data (task);

  if (call->n_library == MIN (call->library->len, MAX_LIBRARY)) {
    g_task_return_pointer (task, g_steal_pointer (&call->dashboard),
                           (GDestroyNotify) shot_dashboard_free);
    g_object_unref (task);
    return;
  }
  const char      *uid = call->library->pdata[call->n_library++];
  g_autofree char *escaped = g_uri_escape_string (uid, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/api/library-elements/", escaped, NULL);
  ask (task, path, library_cb);
}

/* A library panel that may not be read, or is gone, does not keep the dashboard from being shown. */
static void
library_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)         task = user_data;
  Call                     *call = g_task_get_task_data (task);
  GError                   *error = NULL;
  g_autoptr (ShotWebAnswer) answer = shot_web_client_call_finish (result, &error);

  if (answer == NULL) {
    g_task_return_error (task, error);
    return;
  }
  g_autoptr (JsonNode) root = answer->status == 200 ? parse_body (answer) : NULL;
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    shot_dashboard_fill_library (call->dashboard, call->library->pdata[call->n_library - 1],
                                 json_node_get_object (root));
  ask_library (g_steal_pointer (&task));
}

static void
dashboard_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)         task = user_data;
  Call                     *call = g_task_get_task_data (task);
  GError                   *error = NULL;
  g_autoptr (ShotWebAnswer) answer = shot_web_client_call_finish (result, &error);
  g_autofree char          *path = NULL;

  if (answer != NULL && answer->status == 406 && !call->is_v2)
    path = find_v2_path (answer);
  if (path != NULL) {
    call->is_v2 = true;
    ask (g_steal_pointer (&task), path, dashboard_cb);
    return;
  }

  g_autoptr (JsonNode) root = answer != NULL ? take_answer (call, answer, &error) : NULL;
  if (root != NULL && !JSON_NODE_HOLDS_OBJECT (root))
    g_set_error (&error, SHOT_ERROR, SHOT_ERROR_DOCUMENT,
                 "what answers at %s is no Grafana: its dashboard is no object",
                 call->grafana->address);
  else if (root != NULL)
    call->dashboard = shot_dashboard_parse (json_node_get_object (root), &error);
  if (call->dashboard == NULL) {
    g_task_return_error (task, error);
    return;
  }
  if (call->is_v2)
    name_folder (call->grafana, call->dashboard);
  call->library = shot_dashboard_list_library (call->dashboard);
  ask_library (g_steal_pointer (&task));
}

void
shot_grafana_get_dashboard_async (ShotGrafana *self, const char *uid, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, void *user_data)
{
  GTask           *task = call_new (self, cancellable, callback, user_data);
  Call            *call = g_task_get_task_data (task);
  g_autofree char *escaped = g_uri_escape_string (uid, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/api/dashboards/uid/", escaped, NULL);

  call->uid = g_strdup (uid);
  ask (task, path, dashboard_cb);
}

ShotDashboard *
shot_grafana_get_dashboard_finish (ShotGrafana *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

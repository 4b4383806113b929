/* openapi.c: what /openapi.json says is true
 *
 * The server is driven from its own description: everything in it is tried, and everything that
 * the server knows is in it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "fixture.h"
#include "json-job.h"
#include "request.h"
#include "server.h"

#define PAGE "http://grafana.example/"
#define JSON "application/json"

static JsonNode *document;

/* Follows "#/a/b~1c". */
static JsonNode *
resolve (JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  if (object == NULL || !json_object_has_member (object, "$ref"))
    return node;

  const char    *text = json_object_get_string_member (object, "$ref");
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);
  JsonNode      *found = document;
  g_assert_cmpstr (parts[0], ==, "#");
  for (char **part = parts + 1; *part != NULL; part++) {
    g_auto (GStrv)   pieces = g_strsplit (*part, "~1", -1);
    g_autofree char *name = g_strjoinv ("/", pieces);
    found = json_object_get_member (json_node_get_object (found), name);
    g_test_message ("%s", text);
    g_assert_nonnull (found);
  }
  return found;
}

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  g_test_message ("%s", name);
  g_assert_nonnull (node);
  return json_node_get_object (resolve (node));
}

/* The operation, NULL when the path has no such. */
static JsonObject *
get_operation (const char *path, const char *method)
{
  JsonObject *paths = get_object (json_node_get_object (document), "paths");
  JsonObject *item = get_object (paths, path);

  return json_object_has_member (item, method) ? get_object (item, method) : NULL;
}

static void check_references (JsonArray *array, unsigned index, JsonNode *element, void *user_data);

static void
check_members (JsonObject *object, const char *name, JsonNode *node, void *user_data)
{
  resolve (node);
  check_references (NULL, 0, node, NULL);
}

static void
check_references (JsonArray *array, unsigned index, JsonNode *element, void *user_data)
{
  if (JSON_NODE_HOLDS_OBJECT (element)) {
    resolve (element);
    json_object_foreach_member (json_node_get_object (element), check_members, NULL);
  } else if (JSON_NODE_HOLDS_ARRAY (element)) {
    json_array_foreach_element (json_node_get_array (element), check_references, NULL);
  }
}

static void
check_operation (JsonObject *item, const char *method, JsonNode *node, void *user_data)
{
  JsonObject *operation = json_node_get_object (node);
  JsonObject *responses = get_object (operation, "responses");

  g_assert_true (g_str_equal (method, "get") || g_str_equal (method, "post"));
  g_assert_true (json_object_has_member (operation, "summary"));
  g_autoptr (GList) statuses = json_object_get_members (responses);
  for (GList *status = statuses; status != NULL; status = status->next) {
    JsonObject *response = get_object (responses, status->data);
    g_assert_true (json_object_has_member (response, "description"));
    g_assert_cmpuint (json_object_get_size (get_object (response, "content")), >, 0);
  }
}

/* Those under /api/v1/ have a test of their own: review-openapi.c. */
static unsigned
count_own (JsonObject *paths)
{
  g_autoptr (GList) names = json_object_get_members (paths);
  unsigned          n = 0;

  for (GList *name = names; name != NULL; name = name->next)
    n += g_str_has_prefix (name->data, "/api/v1/") ? 0 : 1;
  return n;
}

/* Whole, and of the same paths as the server. */
static void
test_document (void)
{
  JsonObject *root = json_node_get_object (document);
  JsonObject *paths = get_object (root, "paths");
  unsigned    n_routes = 0;

  g_assert_true (g_str_has_prefix (json_object_get_string_member (root, "openapi"), "3.0."));
  check_references (NULL, 0, document, NULL);
  while (shot_server_get_route (n_routes) != NULL)
    json_object_foreach_member (get_object (paths, shot_server_get_route (n_routes++)),
                                check_operation, NULL);
  g_assert_cmpuint (count_own (paths), ==, n_routes);
}

/* Every value that the description offers for @parameter, as texts. (transfer full) */
static GPtrArray *
list_values (JsonObject *parameter, JsonObject *schema)
{
  GPtrArray *values = g_ptr_array_new_with_free_func (g_free);
  JsonNode  *example = json_object_get_member (parameter, "example");

  if (json_object_has_member (schema, "enum")) {
    JsonArray *array = json_object_get_array_member (schema, "enum");
    for (unsigned i = 0; i < json_array_get_length (array); i++)
      g_ptr_array_add (values, json_to_string (json_array_get_element (array, i), FALSE));
  } else {
    g_assert_nonnull (example);
    g_ptr_array_add (values, json_to_string (example, FALSE));
  }
  return values;
}

static char *
unquote (const char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  return json_node_dup_string (node);
}

static void
try_value (Service *service, const char *path, const char *name, const char *place,
           const char *value)
{
  g_autofree char *escaped = g_uri_escape_string (value, NULL, FALSE);
  g_autofree char *query = g_str_equal (name, "url")
                               ? g_strdup_printf ("%s?url=%s", path, escaped)
                               : g_strdup_printf ("%s?url=%sok&%s=%s&encoding=", path, PAGE, name,
                                                  escaped);
  g_autofree char *header = g_strdup_printf ("%s: %s", name, value);
  bool             is_header = g_str_equal (place, "header");
  g_autofree char *plain = g_strdup_printf ("%s?url=%sok", path, PAGE);
  g_auto (Answer)  answer = service_get (service, "GET", is_header ? plain : query, TOKEN,
                                        is_header ? header : NULL);

  g_test_message ("%s %s=%s: %u", path, name, value, answer.status);
  g_assert_cmpuint (answer.status, ==, 200);

  /* Paper is looked at when it is used. */
  if (!g_str_has_prefix (name, "pdf.") && !g_str_equal (name, "landscape"))
    return;
  g_autofree char *printed = g_strdup_printf ("%s?url=%sok&%s=%s&encoding=pdf", path, PAGE, name,
                                              escaped);
  g_auto (Answer)  print = service_get (service, "GET", printed, TOKEN, NULL);
  g_assert_cmpuint (print.status, ==, 200);
}

static void
test_parameters (void)
{
  static const char *const paths[] = { "/render", "/render/", "/render/csv", "/render/csv/" };
  Service                  service;

  service_start (&service, NULL, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (paths); i++) {
    JsonArray *parameters = json_object_get_array_member (get_operation (paths[i], "get"),
                                                          "parameters");
    for (unsigned j = 0; j < json_array_get_length (parameters); j++) {
      JsonNode             *node = resolve (json_array_get_element (parameters, j));
      JsonObject           *parameter = json_node_get_object (node);
      JsonObject           *schema = get_object (parameter, "schema");
      g_autoptr (GPtrArray) values = list_values (parameter, schema);
      g_assert_true (json_object_has_member (parameter, "description"));
      for (unsigned k = 0; k < values->len; k++) {
        g_autofree char *value = unquote (values->pdata[k]);
        try_value (&service, paths[i], json_object_get_string_member (parameter, "name"),
                   json_object_get_string_member (parameter, "in"), value);
      }
    }
  }
  service_stop (&service);
}

/* What /render and what the address may say is what the reader of requests knows. */
static void
test_names (void)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  JsonArray *parameters = json_object_get_array_member (get_operation ("/render", "get"),
                                                        "parameters");
  JsonArray *targets = NULL;
  unsigned   n_known = 0;

  for (unsigned i = 0; i < json_array_get_length (parameters); i++) {
    JsonObject *parameter = json_node_get_object (resolve (json_array_get_element (parameters, i)));
    if (g_str_equal (json_object_get_string_member (parameter, "in"), "query"))
      g_hash_table_add (names, (void *) json_object_get_string_member (parameter, "name"));
    if (json_object_has_member (parameter, "x-target-parameters"))
      targets = json_object_get_array_member (parameter, "x-target-parameters");
  }
  g_assert_nonnull (targets);
  for (unsigned i = 0; i < json_array_get_length (targets); i++)
    g_hash_table_add (names, (void *) json_array_get_string_element (targets, i));
  for (; shot_request_get_parameter (n_known) != NULL; n_known++) {
    g_test_message ("%s", shot_request_get_parameter (n_known));
    g_assert_true (g_hash_table_contains (names, shot_request_get_parameter (n_known)));
  }
  g_assert_cmpuint (g_hash_table_size (names), ==, n_known);
}

static JsonObject *
get_properties (const char *schema)
{
  JsonObject *components = get_object (json_node_get_object (document), "components");

  return get_object (get_object (get_object (components, "schemas"), schema), "properties");
}

static void
assert_posted (Service *service, const char *body)
{
  g_auto (Answer) answer = service_post (service, body);

  g_test_message ("%s: %u %s", body, answer.status, answer.status != 200 ? answer.body : "");
  g_assert_cmpuint (answer.status, ==, 200);
}

/* @format: with a place for a member. */
static void
try_members (Service *service, const char *schema, const char *format, const char *const *skipped)
{
  g_autoptr (GList) names = json_object_get_members (get_properties (schema));

  for (GList *name = names; name != NULL; name = name->next) {
    JsonObject *property = get_object (get_properties (schema), name->data);
    if (g_strv_contains (skipped, name->data))
      continue;
    g_assert_true (json_object_has_member (property, "description"));
    g_autoptr (GPtrArray) values = list_values (property, property);
    for (unsigned i = 0; i < values->len; i++) {
      g_autofree char *member = g_strdup_printf ("\"%s\":%s", (char *) name->data,
                                                 (char *) values->pdata[i]);
      g_auto (GStrv)   halves = g_strsplit (format, "@", 2);
      g_autofree char *body = g_strconcat (halves[0], member, halves[1], NULL);
      assert_posted (service, body);
    }
  }
}

/* Kinds and encodings in the pairs that go together. */
static void
try_kinds (Service *service)
{
  JsonArray *kinds = json_object_get_array_member (
      json_object_get_object_member (get_properties ("Picture"), "kind"), "enum");
  JsonArray *encodings = json_object_get_array_member (
      json_object_get_object_member (get_properties ("Picture"), "encoding"), "enum");

  for (unsigned i = 0; i < json_array_get_length (kinds); i++) {
    const char      *kind = json_array_get_string_element (kinds, i);
    bool             is_element = g_str_equal (kind, "element");
    g_autofree char *body = g_strdup_printf ("{\"url\":\"" PAGE
                                             "ok\",\"pictures\":[{\"kind\":\"%s\"%s}]}",
                                             kind, is_element ? ",\"selector\":\".x\"" : "");
    assert_posted (service, body);
  }
  assert_posted (service,
                 "{\"url\":\"" PAGE "ok\",\"pictures\":[{\"kind\":\"eachPanel\","
                 "\"width\":640,\"height\":320},{\"kind\":\"eachPanel\",\"grid\":true},{\"kind\":"
                 "\"eachPanel\",\"data\":true,\"panels\":[\"panel-1\"]}]}");
  for (unsigned i = 0; i < json_array_get_length (encodings); i++) {
    const char      *encoding = json_array_get_string_element (encodings, i);
    const char      *kind = g_str_equal (encoding, "pdf")    ? "print"
                            : g_str_equal (encoding, "csv")  ? "download"
                            : g_str_equal (encoding, "json") ? "variables"
                                                             : "viewport";
    g_autofree char *body = g_strdup_printf (
        "{\"url\":\"" PAGE "ok\",\"pictures\":[{\"kind\":\"%s\",\"encoding\":\"%s\"}]}", kind,
        encoding);
    assert_posted (service, body);
  }
}

static void
test_members (void)
{
  static const char *const in_job[] = { "url", "paper", "pictures", NULL };
  static const char *const in_picture[] = { "kind", "encoding", "selector", "width", "height",
                                            "grid", "data",     "panels",   NULL };
  static const char *const none[] = { NULL };
  unsigned                 n_known = 0;
  Service                  service;

  service_start (&service, NULL, NULL);
  try_members (&service, "Job", "{\"url\":\"" PAGE "ok\",@,\"pictures\":[{}]}", in_job);
  try_members (&service, "Paper",
               "{\"url\":\"" PAGE "ok\",\"paper\":{@},\"pictures\":[{\"kind\":\"print\"}]}", none);
  try_members (&service, "Picture", "{\"url\":\"" PAGE "ok\",\"pictures\":[{@}]}", in_picture);
  try_kinds (&service);
  service_stop (&service);

  /* And the reverse. */
  for (; shot_json_job_get_member (n_known) != NULL; n_known++) {
    const char *path = shot_json_job_get_member (n_known);
    bool        is_paper = g_str_has_prefix (path, "paper.");
    g_test_message ("%s", path);
    g_assert_true (json_object_has_member (get_properties (is_paper ? "Paper" : "Job"),
                                           is_paper ? path + strlen ("paper.") : path));
  }
  /* "paper", "pictures" and "archive" have readers of their own. */
  g_assert_cmpuint (json_object_get_size (get_properties ("Job")) +
                        json_object_get_size (get_properties ("Paper")),
                    ==, n_known + 3);
}

typedef struct {
  const char *path;
  const char *method;
  const char *query; /* appended */
  unsigned    status;
  const char *header; /* sent */
  const char *type;   /* of @body */
  const char *body;
} Case;

#define OK "\"" PAGE "ok\""
#define FAIL(code) "\"" PAGE "fail/" code "\""
#define POST(path, status, header, body)         \
  {                                              \
    path, "POST", "", status, header, JSON, body \
  }
#define GET(path, query, status)                 \
  {                                              \
    path, "GET", query, status, NULL, NULL, NULL \
  }
#define BOTH(query, status) GET ("/render", query, status), GET ("/render/csv", query, status)

static const Case cases[] = {
  GET ("/", "", 200),
  GET ("/", "?url=http://g/", 404),
  GET ("/version", "", 200),
  GET ("/render/version", "", 200),
  GET ("/healthz", "", 200),
  GET ("/healthz", "?verbose", 200),
  GET ("/readyz", "", 200),
  GET ("/readyz", "?verbose", 200),
  GET ("/metrics", "", 200),
  GET ("/openapi.json", "", 200),
  GET ("/render", "?url=" PAGE "ok", 200),
  GET ("/render", "?url=" PAGE "ok&encoding=jpeg", 200),
  GET ("/render", "?url=" PAGE "ok&encoding=webp", 200),
  GET ("/render", "?url=" PAGE "ok&encoding=pdf", 200),
  GET ("/render", "?url=" PAGE "incomplete&best_effort=1", 200),
  GET ("/render/csv", "?url=" PAGE "ok", 200),
  BOTH ("?url=" PAGE "fresh", 200),
  BOTH ("", 400),
  BOTH ("?url=file:///x", 403),
  BOTH ("?url=" PAGE "fail/not-found", 404),
  BOTH ("?url=" PAGE "fail/timeout", 408),
  BOTH ("?url=" PAGE "fail/busy", 429),
  BOTH ("?url=" PAGE "fail/engine", 500),
  BOTH ("?url=" PAGE "cause/network-process", 500),
  BOTH ("?url=" PAGE "fail/unreachable", 502),
  BOTH ("?url=" PAGE "cause/web-process", 502),
  { "/render", "GET", "?url=http://g/ok", 401, "X-Auth-Token: x", NULL, NULL },
  { "/render/csv", "GET", "?url=http://g/ok", 401, "X-Auth-Token: x", NULL, NULL },
  POST ("/render", 200, NULL, "{\"url\":" OK ",\"pictures\":[{}]}"),
  POST ("/render", 200, NULL, "{\"url\":" OK ",\"pictures\":[{\"encoding\":\"jpeg\"}]}"),
  POST ("/render", 200, NULL, "{\"url\":" OK ",\"pictures\":[{\"encoding\":\"webp\"}]}"),
  POST ("/render", 200, NULL, "{\"url\":" OK ",\"pictures\":[{\"kind\":\"print\"}]}"),
  POST ("/render", 200, NULL, "{\"url\":" OK ",\"pictures\":[{\"kind\":\"download\"}]}"),
  POST ("/render", 200, NULL, "{\"url\":" OK ",\"pictures\":[{\"kind\":\"variables\"}]}"),
  POST ("/render", 200, NULL, "{\"url\":" OK ",\"pictures\":[{},{}]}"),
  POST ("/render", 200, "Accept: application/zip", "{\"url\":" OK ",\"pictures\":[{},{}]}"),
  POST ("/render", 200, NULL,
        "{\"url\":\"" PAGE "incomplete\",\"bestEffort\":true,\"pictures\":[{}]}"),
  POST ("/render", 200, NULL, "{\"url\":\"" PAGE "fresh\",\"pictures\":[{}]}"),
  POST ("/render", 500, NULL, "{\"url\":\"" PAGE "cause/network-process\",\"pictures\":[{}]}"),
  POST ("/render", 502, NULL, "{\"url\":\"" PAGE "cause/web-process\",\"pictures\":[{}]}"),
  POST ("/render", 400, NULL, "{}"),
  POST ("/render", 401, "X-Auth-Token: x", "{}"),
  POST ("/render", 403, NULL, "{\"url\":\"ftp://g/\",\"pictures\":[{}]}"),
  POST ("/render", 404, NULL, "{\"url\":" FAIL ("not-found") ",\"pictures\":[{}]}"),
  POST ("/render", 408, NULL, "{\"url\":" FAIL ("timeout") ",\"pictures\":[{}]}"),
  POST ("/render", 429, NULL, "{\"url\":" FAIL ("busy") ",\"pictures\":[{}]}"),
  POST ("/render", 500, NULL, "{\"url\":" FAIL ("engine") ",\"pictures\":[{}]}"),
  POST ("/render", 502, NULL, "{\"url\":" FAIL ("login") ",\"pictures\":[{}]}"),
  { "/render", "POST", "", 411, SERVICE_CHUNKED, JSON, "{}" },
  { "/render", "POST", "", 415, NULL, "text/plain", "{}" },
};

/* Takes from @left, which holds "METHOD path status" and what else is documented of it. */
static void
settle (GHashTable *left, const Case *row, const char *more)
{
  g_autofree char *key = g_strdup_printf ("%s %s %u%s", row->method, row->path, row->status, more);

  g_hash_table_remove (left, key);
}

static void
run_case (Service *service, const Case *row, GHashTable *left)
{
  g_autofree char *method = g_ascii_strdown (row->method, -1);
  g_autofree char *status = g_strdup_printf ("%u", row->status);
  g_autofree char *path = g_strconcat (row->path, row->query, NULL);
  g_auto (Answer)  answer = service_send (service, row->method, path, TOKEN, row->header, row->type,
                                          row->body);
  JsonObject      *responses = get_object (get_operation (row->path, method), "responses");
  JsonObject      *response = get_object (responses, status);
  g_autofree char *type = g_strdup (soup_message_headers_get_content_type (answer.headers, NULL));

  g_test_message ("%s %s: %u %s", row->method, path, answer.status, type);
  g_assert_cmpuint (answer.status, ==, row->status);
  g_assert_true (json_object_has_member (get_object (response, "content"), type));
  settle (left, row, "");
  g_autofree char *of_type = g_strconcat (" ", type, NULL);
  settle (left, row, of_type);
  if (!json_object_has_member (response, "headers"))
    return;

  g_autoptr (GList) headers = json_object_get_members (get_object (response, "headers"));
  for (GList *header = headers; header != NULL; header = header->next) {
    g_autofree char *of_header = g_strdup_printf (" %s", (char *) header->data);
    if (soup_message_headers_get_one (answer.headers, header->data) != NULL)
      settle (left, row, of_header);
  }
}

static void
add_parts (GHashTable *left, const char *start, JsonObject *response, const char *name)
{
  if (!json_object_has_member (response, name))
    return;

  g_autoptr (GList) parts = json_object_get_members (get_object (response, name));
  for (GList *part = parts; part != NULL; part = part->next)
    g_hash_table_add (left, g_strdup_printf ("%s %s", start, (char *) part->data));
}

/* All statuses, types and headers that are documented. (transfer full) */
static GHashTable *
list_documented (void)
{
  GHashTable              *left = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  static const char *const methods[] = { "get", "post" };

  for (unsigned i = 0; shot_server_get_route (i) != NULL; i++) {
    const char *path = shot_server_get_route (i);
    for (size_t j = 0; j < G_N_ELEMENTS (methods); j++) {
      JsonObject      *operation = get_operation (path, methods[j]);
      g_autofree char *method = g_ascii_strup (methods[j], -1);
      /* With a slash behind it, it is the same by reference. */
      if (operation == NULL || (strlen (path) > 1 && g_str_has_suffix (path, "/")))
        continue;

      JsonObject       *responses = get_object (operation, "responses");
      g_autoptr (GList) statuses = json_object_get_members (responses);
      for (GList *status = statuses; status != NULL; status = status->next) {
        char       *key = g_strdup_printf ("%s %s %s", method, path, (char *) status->data);
        JsonObject *response = get_object (responses, status->data);
        g_hash_table_add (left, key);
        add_parts (left, key, response, "content");
        add_parts (left, key, response, "headers");
      }
    }
  }
  return left;
}

/* Of more than a megabyte. */
static void
run_large (Service *service, GHashTable *left)
{
  g_autofree char *body = g_strnfill (1024 * 1024 + 1, ' ');
  const Case       row = { "/render", "POST", "", 413, NULL, JSON, body };

  run_case (service, &row, left);
}

/* With an engine that never gets ready. */
static void
run_unready (GHashTable *left)
{
  const char *const environment[] = { "PANELSHOT_SELF_RENDER=true", "FAKE_ENGINE=silent", NULL };
  const Case        rows[] = { GET ("/readyz", "", 503), GET ("/readyz", "?verbose", 503) };
  Service           service;

  service_start (&service, NULL, environment);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    run_case (&service, &rows[i], left);
  service_stop (&service);
}

/* Each status that is documented can be had, with the type and the headers that it should have. */
static void
test_answers (void)
{
  g_autoptr (GHashTable) left = list_documented ();
  GHashTableIter         iter;
  void                  *key;
  Service                service;

  run_unready (left);
  service_start (&service, NULL, NULL);
  /* A render makes it ready, for the cases that follow. */
  g_auto (Answer) first = service_render (&service, PAGE "ok", "");
  g_assert_cmpuint (first.status, ==, 200);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    run_case (&service, &cases[i], left);
  run_large (&service, left);
  service_stop (&service);

  g_hash_table_iter_init (&iter, left);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_test_message ("documented, but not seen: %s", (char *) key);
  g_assert_cmpuint (g_hash_table_size (left), ==, 0);
}

static void
load_document (void)
{
  g_autoptr (GError) error = NULL;
  Service            service;

  service_start (&service, NULL, NULL);
  g_auto (Answer) answer = service_get (&service, "GET", "/openapi.json", NULL, NULL);
  document = json_from_string (answer.body, &error);
  g_assert_no_error (error);
  service_stop (&service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  load_document ();
  g_test_add_func ("/openapi/document", test_document);
  g_test_add_func ("/openapi/parameters", test_parameters);
  g_test_add_func ("/openapi/names", test_names);
  g_test_add_func ("/openapi/members", test_members);
  g_test_add_func ("/openapi/answers", test_answers);
  int status = g_test_run ();
  json_node_unref (document);
  return status;
}

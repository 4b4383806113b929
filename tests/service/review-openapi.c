/* review-openapi.c: what /openapi.json says of /api/v1/ is true
 *
 * It has the routes of the server and no others, and what the server answers is of the form that it
 * describes: no member too many, none too few.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>

#include "review-fixture.h"
#include "review.h"

#define PREFIX "/api/v1/"

static Review    review;
static Person    ada;
static JsonNode *document;

static JsonObject *
get (JsonObject *object, const char *name)
{
  g_test_message ("%s", name);
  g_assert_true (json_object_has_member (object, name));
  return json_object_get_object_member (object, name);
}

/* Follows "#/components/schemas/Run". */
static JsonObject *
resolve (JsonObject *object)
{
  JsonObject    *found = json_node_get_object (document);
  g_auto (GStrv) parts = NULL;

  if (!json_object_has_member (object, "$ref"))
    return object;
  parts = g_strsplit (json_object_get_string_member (object, "$ref"), "/", -1);
  for (char **part = parts + 1; *part != NULL; part++)
    found = get (found, *part);
  return found;
}

static JsonObject *
get_paths (void)
{
  return get (json_node_get_object (document), "paths");
}

static JsonObject *
get_operation (const char *path, const char *method)
{
  g_autofree char *small = g_ascii_strdown (method, -1);

  return get (get (get_paths (), path), small);
}

/* Each "{id}" of the path is told of, and what changes something takes the anti-forgery text. */
static void
check_operation (const char *path, JsonObject *operation)
{
  JsonObject       *responses = get (operation, "responses");
  g_autoptr (GList) statuses = json_object_get_members (responses);

  g_assert_true (json_object_has_member (operation, "summary"));
  g_assert_true (json_object_has_member (operation, "security"));
  for (GList *status = statuses; status != NULL; status = status->next)
    g_assert_true (json_object_has_member (resolve (get (responses, status->data)), "description"));
  if (strchr (path, '{') != NULL) {
    JsonArray       *parameters = json_object_get_array_member (operation, "parameters");
    JsonObject      *first = json_array_get_object_element (parameters, 0);
    g_autofree char *place = g_strdup_printf ("{%s}",
                                              json_object_get_string_member (first, "name"));
    g_assert_nonnull (strstr (path, place));
  }
}

static void
test_routes (void)
{
  g_autoptr (GList) paths = json_object_get_members (get_paths ());
  const char       *method;
  const char       *path;
  unsigned          n_described = 0;
  unsigned          n_routes = 0;

  for (; shot_review_get_route (n_routes, &method, &path); n_routes++) {
    g_test_message ("%s %s", method, path);
    check_operation (path, get_operation (path, method));
  }
  for (GList *at = paths; at != NULL; at = at->next) {
    if (g_str_has_prefix (at->data, PREFIX))
      n_described += json_object_get_size (get (get_paths (), at->data));
  }
  g_assert_cmpuint (n_described, ==, n_routes);
  g_assert_cmpuint (n_routes, >, 30);
}

/* ---- Forms */

static bool check (JsonNode *node, JsonObject *schema, const char *path);

static bool
fail (const char *path, const char *why)
{
  g_test_message ("%s: %s", path, why);
  return false;
}

static bool
check_member (JsonObject *schema, const char *name, JsonNode *value, const char *path)
{
  JsonObject      *properties = json_object_has_member (schema, "properties")
                                    ? get (schema, "properties")
                                    : NULL;
  JsonNode        *more = json_object_get_member (schema, "additionalProperties");
  g_autofree char *inside = g_strdup_printf ("%s.%s", path, name);

  if (properties != NULL && json_object_has_member (properties, name))
    return check (value, get (properties, name), inside);
  if (more == NULL || (JSON_NODE_HOLDS_VALUE (more) && json_node_get_boolean (more)))
    return true;
  if (JSON_NODE_HOLDS_OBJECT (more))
    return check (value, json_node_get_object (more), inside);
  return fail (inside, "is not described");
}

static bool
check_object (JsonObject *object, JsonObject *schema, const char *path)
{
  JsonArray     *required = json_object_has_member (schema, "required")
                                ? json_object_get_array_member (schema, "required")
                                : NULL;
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *value;

  for (unsigned i = 0; required != NULL && i < json_array_get_length (required); i++) {
    if (!json_object_has_member (object, json_array_get_string_element (required, i)))
      return fail (path, json_array_get_string_element (required, i));
  }
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &value)) {
    if (!check_member (schema, name, value, path))
      return false;
  }
  return true;
}

static bool
check_text (const char *text, JsonObject *schema, const char *path)
{
  JsonArray *choices = json_object_has_member (schema, "enum")
                           ? json_object_get_array_member (schema, "enum")
                           : NULL;

  for (unsigned i = 0; choices != NULL && i < json_array_get_length (choices); i++) {
    if (g_str_equal (text, json_array_get_string_element (choices, i)))
      return true;
  }
  return choices == NULL || fail (path, text);
}

static bool
check_type (JsonNode *node, const char *type, JsonObject *schema, const char *path)
{
  GType value = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (g_str_equal (type, "object"))
    return JSON_NODE_HOLDS_OBJECT (node) ? check_object (json_node_get_object (node), schema, path)
                                         : fail (path, "is no object");
  if (g_str_equal (type, "string"))
    return value == G_TYPE_STRING ? check_text (json_node_get_string (node), schema, path)
                                  : fail (path, "is no text");
  if (g_str_equal (type, "integer"))
    return value == G_TYPE_INT64 || fail (path, "is no whole number");
  if (g_str_equal (type, "number"))
    return value == G_TYPE_INT64 || value == G_TYPE_DOUBLE || fail (path, "is no number");
  if (g_str_equal (type, "boolean"))
    return value == G_TYPE_BOOLEAN || fail (path, "is neither true nor false");
  g_assert_cmpstr (type, ==, "array");
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return fail (path, "is no list");
  for (unsigned i = 0; i < json_array_get_length (json_node_get_array (node)); i++) {
    if (!check (json_array_get_element (json_node_get_array (node), i), get (schema, "items"),
                path))
      return false;
  }
  return true;
}

static bool
check (JsonNode *node, JsonObject *schema, const char *path)
{
  JsonObject *real = resolve (schema);

  if (JSON_NODE_HOLDS_NULL (node))
    return json_object_has_member (real, "nullable") || fail (path, "is null");
  if (json_object_has_member (real, "allOf"))
    return check (node,
                  json_array_get_object_element (json_object_get_array_member (real, "allOf"), 0),
                  path);
  return check_type (node, json_object_get_string_member (real, "type"), real, path);
}

typedef struct {
  bool        is_nobody;
  const char *method;
  const char *path;
  const char *route; /* of the description */
  const char *body;
  unsigned    status;
} Case;

#define NEW_USER "{\"name\":\"new\",\"role\":\"viewer\"}"

/* In their order. */
static const Case cases[] = {
  { true, "GET", "session", "session", NULL, 401 },
  { false, "GET", "session", "session", NULL, 200 },
  { true, "GET", "runs", "runs", NULL, 401 },
  { false, "GET", "users", "users", NULL, 200 },
  { false, "POST", "users", "users", NEW_USER, 201 },
  { false, "POST", "users", "users", NEW_USER, 409 },
  { false, "PATCH", "users/new", "users/{name}", "{\"role\":\"reviewer\"}", 200 },
  { false, "PATCH", "users/old", "users/{name}", "{}", 404 },
  { false, "POST", "tokens", "tokens", NEW_USER, 201 },
  { false, "GET", "tokens", "tokens", NULL, 200 },
  { false, "DELETE", "tokens/1", "tokens/{id}", NULL, 204 },
  { false, "DELETE", "tokens/1", "tokens/{id}", NULL, 404 },
  { false, "GET", "runs", "runs", NULL, 200 },
  { false, "GET", "runs?limit=0", "runs", NULL, 400 },
  { false, "GET", "runs/$R", "runs/{id}", NULL, 200 },
  { false, "GET", "runs/77", "runs/{id}", NULL, 404 },
  { false, "GET", "runs/$R/cells", "runs/{id}/cells", NULL, 200 },
  { false, "GET", "cells/$0", "cells/{id}", NULL, 200 },
  { false, "GET", "cells/$5", "cells/{id}", NULL, 200 },
  { false, "GET", "cells/$0/picture", "cells/{id}/picture", NULL, 200 },
  { false, "GET", "cells/$0/thumbnail", "cells/{id}/thumbnail", NULL, 200 },
  { false, "GET", "cells/$0/data", "cells/{id}/data", NULL, 200 },
  { false, "GET", "cells/$0/data?format=json", "cells/{id}/data", NULL, 200 },
  { false, "GET", "cells/$0/panel", "cells/{id}/panel", NULL, 200 },
  { false, "GET", "cells/$0/difference?with=week", "cells/{id}/difference", NULL, 404 },
  { false, "GET", "objects/$P", "objects/{hash}", NULL, 200 },
  { false, "GET", "history?cell=$0", "history", NULL, 200 },
  { false, "GET", "plans", "plans", NULL, 200 },
  { false, "GET", "archive", "archive", NULL, 200 },
  { false, "POST", "runs", "runs", "{\"plan\":\"x\"}", 404 },
  { false, "POST", "runs/$R/retry", "runs/{id}/retry", "{}", 404 },
  { false, "PUT", "cells/$0/verdict", "cells/{id}/verdict", "{\"verdict\":\"ok\",\"revision\":0}",
    200 },
  { false, "PUT", "cells/$0/verdict", "cells/{id}/verdict", "{\"verdict\":\"ok\",\"revision\":0}",
    409 },
  { false, "GET", "cells/$0/verdicts", "cells/{id}/verdicts", NULL, 200 },
  { false, "POST", "runs/$R/verdicts", "runs/{id}/verdicts",
    "{\"verdict\":\"ok\",\"count\":1,\"filter\":{\"filter\":\"failed\"}}", 200 },
  { false, "GET", "runs/$R/report?format=md", "runs/{id}/report", NULL, 200 },
  { false, "GET", "runs/$R/report?format=html", "runs/{id}/report", NULL, 200 },
  { false, "GET", "runs/$R/report?format=zip", "runs/{id}/report", NULL, 200 },
  { false, "GET", "runs/$R/report?format=doc", "runs/{id}/report", NULL, 400 },
  { false, "GET", "runs/$R/manifest", "runs/{id}/manifest", NULL, 404 },
  { false, "POST", "runs/$R/signoff", "runs/{id}/signoff", "{\"count\":2,\"withOpen\":true}", 201 },
  { false, "GET", "runs/$R", "runs/{id}", NULL, 200 },
  { false, "GET", "runs/$R/manifest", "runs/{id}/manifest", NULL, 200 },
};

static void
run_case (const Case *row)
{
  g_auto (Answer)  answer = review_ask (&review, row->is_nobody ? NULL : &ada, row->method,
                                        row->path, row->body);
  g_autofree char *route = g_strconcat (PREFIX, row->route, NULL);
  g_autofree char *status = g_strdup_printf ("%u", row->status);
  JsonObject      *responses = get (get_operation (route, row->method), "responses");
  JsonObject      *response = resolve (get (responses, status));
  const char      *type = soup_message_headers_get_content_type (answer.headers, NULL);
  JsonObject      *content;

  g_autofree char *shown = g_utf8_make_valid (answer.body, (gssize) MIN (answer.length, 200));
  g_test_message ("%s %s: %u %s", row->method, row->path, answer.status, shown);
  g_assert_cmpuint (answer.status, ==, row->status);
  if (!json_object_has_member (response, "content")) {
    g_assert_cmpuint (answer.length, ==, 0);
    return;
  }
  content = get (get (response, "content"), type);
  if (!g_str_equal (type, "application/json"))
    return;
  g_autoptr (JsonNode) node = json_from_string (answer.body, NULL);
  g_assert_true (check (node, get (content, "schema"), row->path));
}

static void
test_answers (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    run_case (&cases[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  review_fill (&review, true);
  review_start (&review, NULL);
  person_sign_in (&ada, &review, "ada");
  g_auto (Answer) answer = review_ask (&review, NULL, "GET", "/openapi.json", NULL);
  document = json_from_string (answer.body, NULL);
  g_test_add_func ("/openapi/routes", test_routes);
  g_test_add_func ("/openapi/answers", test_answers);
  int status = g_test_run ();
  json_node_unref (document);
  person_clear (&ada);
  review_stop (&review);
  return status;
}

#include "config.h"

#include "call.h"

#include <string.h>

#include "change.h"
#include "error.h"
#include "gzip.h"

#define MIN_GZIP_BYTES 16384
#define JSON_TYPE "application/json"

void
shot_call_free (ShotCall *call)
{
  if (call == NULL)
    return;
  if (call->free_data != NULL)
    call->free_data (call->data);
  shot_visitor_clear (&call->visitor);
  shot_exchange_unref (call->exchange);
  shot_query_free (call->query);
  g_free (call->name);
  g_free (call->known_tag);
  g_free (call->language);
  g_clear_pointer (&call->body, g_bytes_unref);
  g_clear_pointer (&call->bytes, g_bytes_unref);
  g_clear_pointer (&call->json, json_object_unref);
  g_ptr_array_unref (call->headers);
  g_clear_error (&call->error);
  g_free (call);
}

void
shot_call_set_data (ShotCall *call, void *data, GDestroyNotify free_data)
{
  call->data = data;
  call->free_data = free_data;
}

void
shot_call_take_json (ShotCall *call, JsonObject *json)
{
  g_clear_pointer (&call->json, json_object_unref);
  call->json = json;
}

void
shot_call_take_bytes (ShotCall *call, GBytes *bytes, const char *type)
{
  g_clear_pointer (&call->bytes, g_bytes_unref);
  call->bytes = bytes;
  call->type = type;
}

void
shot_call_add_header (ShotCall *call, const char *name, char *value)
{
  g_ptr_array_add (call->headers, g_strdup (name));
  g_ptr_array_add (call->headers, value);
}

bool
shot_call_has_known (ShotCall *call, const char *tag, bool is_immutable)
{
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", tag);

  call->is_cached = true;
  shot_call_add_header (call, "Cache-Control",
                        g_strdup (is_immutable ? "private, max-age=31536000, immutable"
                                               : "private, no-cache"));
  shot_call_add_header (call, "ETag", g_strdup (quoted));
  if (call->known_tag == NULL || strstr (call->known_tag, quoted) == NULL)
    return false;
  call->status = 304;
  return true;
}

gboolean
shot_call_get_number (ShotCall *call, const char *name, int64_t least, int64_t most,
                      int64_t *out_number, GError **error)
{
  const char *text = shot_query_get (call->query, name);
  gint64      number = 0;

  if (text == NULL)
    return TRUE;
  if (g_ascii_string_to_signed (text, 10, least, most, &number, NULL)) {
    *out_number = number;
    return TRUE;
  }
  g_autofree char *wanted = g_strdup_printf ("want a whole number from %" G_GINT64_FORMAT
                                             " to %" G_GINT64_FORMAT,
                                             least, most);
  return shot_query_fail (call->query, name, wanted, error);
}

/* (transfer full) */
static GBytes *
write_json (JsonObject *object)
{
  g_autoptr (JsonNode)      node = json_node_init_object (json_node_alloc (), object);
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  size_t                    length = 0;

  json_generator_set_root (generator, node);
  char *text = json_generator_to_data (generator, &length);
  return g_bytes_new_take (text, length);
}

/* (transfer full) */
static JsonObject *
describe_error (const ShotCall *call)
{
  ShotError   code = shot_error_classify (call->error);
  JsonObject *inner = json_object_new ();
  JsonObject *object = call->json != NULL ? json_object_ref (call->json) : json_object_new ();

  json_object_set_string_member (inner, "code", shot_error_get_name (code));
  json_object_set_string_member (inner, "message", call->error->message);
  json_object_set_object_member (object, "error", inner);
  return object;
}

static bool
is_long_json (const ShotCall *call)
{
  return g_strcmp0 (call->type, JSON_TYPE) == 0 &&
         g_bytes_get_size (call->bytes) >= MIN_GZIP_BYTES && call->takes_gzip;
}

static void
settle_body (ShotCall *call)
{
  if (call->error != NULL) {
    g_autoptr (JsonObject) object = describe_error (call);
    call->status = (unsigned) shot_error_get_http_status (shot_error_classify (call->error));
    g_ptr_array_set_size (call->headers, 0);
    call->is_cached = false;
    shot_call_take_bytes (call, write_json (object), JSON_TYPE);
  } else if (call->json != NULL && call->bytes == NULL) {
    shot_call_take_bytes (call, write_json (call->json), JSON_TYPE);
  }
  if (call->bytes == NULL || !is_long_json (call))
    return;

  /* A picture does not get smaller, and what is short fits into a packet anyway. */
  g_autoptr (GBytes) packed = shot_gzip_pack (call->bytes, NULL);
  if (packed == NULL)
    return;
  shot_call_take_bytes (call, g_steal_pointer (&packed), JSON_TYPE);
  shot_call_add_header (call, "Content-Encoding", g_strdup ("gzip"));
}

void
shot_call_settle (ShotCall *call)
{
  if (call->is_settled)
    return;
  call->is_settled = true;
  if (call->status == 0)
    call->status = (call->route->traits & SHOT_ROUTE_CREATED) != 0    ? 201
                   : (call->route->traits & SHOT_ROUTE_ACCEPTED) != 0 ? 202
                   : call->json == NULL && call->bytes == NULL        ? 204
                                                                      : 200;
  settle_body (call);
}

static void
send (ShotCall *call)
{
  const GPtrArray *headers = call->headers;
  g_autofree char *seconds = NULL;

  for (unsigned i = 0; i + 1 < headers->len; i += 2)
    shot_exchange_add_header (call->exchange, headers->pdata[i], headers->pdata[i + 1]);
  if (!call->is_cached)
    shot_exchange_set_header (call->exchange, "Cache-Control", "no-store");
  if (call->retry_after_seconds > 0) {
    seconds = g_strdup_printf ("%u", call->retry_after_seconds);
    shot_exchange_set_header (call->exchange, "Retry-After", seconds);
  }
  shot_exchange_answer (call->exchange, call->status, call->bytes != NULL ? call->type : NULL,
                        call->bytes);
}

void
shot_call_finish (ShotCall *call)
{
  shot_call_settle (call);
  send (call);
  shot_call_free (call);
}

void
shot_call_translate_cell (const ShotCall *call, ShotCell *cell)
{
  if (call->language == NULL || cell->reason == NULL || *cell->reason == '\0')
    return;
  char *reason = shot_change_translate (cell->reason, call->language);
  g_free (cell->reason);
  cell->reason = reason;
}

JsonObject *
shot_call_describe_cell (const ShotCall *call, ShotCell *cell, bool is_full)
{
  shot_call_translate_cell (call, cell);
  return shot_cell_to_json (cell, is_full);
}

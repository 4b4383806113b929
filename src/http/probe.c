#include "config.h"

#include "probe.h"

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <stdbool.h>
#include <string.h>

#include "doctor-resources.h"
#include "error.h"
#include "fields.h"

#define MAX_FINDINGS_BYTES 65536

struct _ShotProbe {
  SoupServer       *soup;   /* (owned) */
  char             *folder; /* (owned): "/uuid/" */
  char             *uri;    /* (owned) */
  ShotProbeFindings findings;
  bool              has_findings;
};

static void
findings_clear (ShotProbeFindings *findings)
{
  g_free (findings->latin);
  g_free (findings->chinese);
  g_free (findings->emoji);
  g_free (findings->language);
  g_free (findings->timezone);
  memset (findings, 0, sizeof *findings);
}

static bool
read_findings (ShotProbeFindings *findings, JsonObject *object)
{
  const struct {
    const char *name;
    char      **field;
  } texts[] = {
    { "latin", &findings->latin },       { "chinese", &findings->chinese },
    { "emoji", &findings->emoji },       { "language", &findings->language },
    { "timezone", &findings->timezone },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    const char *text = NULL;
    if (!shot_fields_get_string (object, texts[i].name, false, &text, NULL))
      return false;
    *texts[i].field = g_strdup (text);
  }
  return shot_fields_get_double (object, "scale", &findings->scale, NULL);
}

static void
take_findings (ShotProbe *self, SoupServerMessage *message)
{
  SoupMessageBody       *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes)     bytes = soup_message_body_flatten (body);
  g_autoptr (JsonParser) parser = json_parser_new ();
  size_t                 length = 0;
  const char            *text = g_bytes_get_data (bytes, &length);

  soup_server_message_set_status (message, 400, NULL);
  if (length == 0 || length > MAX_FINDINGS_BYTES ||
      !json_parser_load_from_data (parser, text, (gssize) length, NULL) ||
      !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return;
  findings_clear (&self->findings);
  self->has_findings = read_findings (&self->findings,
                                      json_node_get_object (json_parser_get_root (parser)));
  soup_server_message_set_status (message, self->has_findings ? 204 : 400, NULL);
}

static void
answer_resource (SoupServerMessage *message, const char *name, const char *type)
{
  g_autofree char   *path = g_strconcat ("/panelshot/doctor/", name, NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (shot_doctor_get_resource (), path,
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Content-Type",
                                type);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
}

static void
request_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *form,
            void *user_data)
{
  ShotProbe  *self = user_data;
  const char *name = g_str_has_prefix (path, self->folder) ? path + strlen (self->folder) : "?";
  bool        is_get = g_str_equal (soup_server_message_get_method (message), "GET");

  if (is_get && *name == '\0')
    answer_resource (message, "doctor.html", "text/html; charset=utf-8");
  else if (is_get && g_str_equal (name, "doctor.js"))
    answer_resource (message, name, "text/javascript; charset=utf-8");
  else if (!is_get && g_str_equal (name, "findings"))
    take_findings (self, message);
  else
    soup_server_message_set_status (message, 404, NULL);
}

ShotProbe *
shot_probe_new (GError **error)
{
  g_autoptr (ShotProbe) self = g_new0 (ShotProbe, 1);
  g_autofree char      *uuid = g_uuid_string_random ();
  g_autoptr (GError)    cause = NULL;

  self->folder = g_strdup_printf ("/%s/", uuid);
  self->soup = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->soup, NULL, request_cb, self, NULL);
  if (!soup_server_listen_local (self->soup, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &cause)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot open a port on 127.0.0.1: %s",
                 cause->message);
    return NULL;
  }

  GSList          *uris = soup_server_get_uris (self->soup);
  g_autofree char *base = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  self->uri = g_strconcat (base, self->folder, NULL);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return g_steal_pointer (&self);
}

void
shot_probe_free (ShotProbe *self)
{
  if (self == NULL)
    return;
  soup_server_disconnect (self->soup);
  g_object_unref (self->soup);
  findings_clear (&self->findings);
  g_free (self->folder);
  g_free (self->uri);
  g_free (self);
}

const char *
shot_probe_get_uri (const ShotProbe *self)
{
  return self->uri;
}

const ShotProbeFindings *
shot_probe_get_findings (const ShotProbe *self)
{
  return self->has_findings ? &self->findings : NULL;
}

#include "config.h"

#include "probe.h"

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <string.h>

#include "doctor-resources.h"
#include "error.h"
#include "fields.h"
#include "loopback.h"
#include "media-type.h"

#define MAX_FINDINGS_BYTES 65536

struct _ShotProbe {
  ShotLoopback     *loopback; /* (owned) */
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

static unsigned
take_cb (const char *name, GBytes *body, void *user_data)
{
  ShotProbe             *self = user_data;
  g_autoptr (JsonParser) parser = json_parser_new ();
  size_t                 length = 0;
  const char            *text = g_bytes_get_data (body, &length);

  if (!g_str_equal (name, "findings"))
    return 404;
  if (length == 0 || length > MAX_FINDINGS_BYTES ||
      !json_parser_load_from_data (parser, text, (gssize) length, NULL) ||
      !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return 400;
  findings_clear (&self->findings);
  self->has_findings = read_findings (&self->findings,
                                      json_node_get_object (json_parser_get_root (parser)));
  return self->has_findings ? 204 : 400;
}

static GBytes *
give_cb (const char *name, const char **out_type, void *user_data)
{
  const char      *file = *name != '\0' ? name : "doctor.html";
  g_autofree char *path = g_strconcat ("/panelshot/doctor/", file, NULL);

  *out_type = shot_media_type_get (file);
  return g_resource_lookup_data (shot_doctor_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE,
                                 NULL);
}

ShotProbe *
shot_probe_new (GError **error)
{
  g_autoptr (ShotProbe) self = g_new0 (ShotProbe, 1);

  self->loopback = shot_loopback_new (give_cb, take_cb, self, error);
  return self->loopback != NULL ? g_steal_pointer (&self) : NULL;
}

void
shot_probe_free (ShotProbe *self)
{
  if (self == NULL)
    return;
  shot_loopback_free (self->loopback);
  findings_clear (&self->findings);
  g_free (self);
}

const char *
shot_probe_get_uri (const ShotProbe *self)
{
  return shot_loopback_get_uri (self->loopback);
}

const ShotProbeFindings *
shot_probe_get_findings (const ShotProbe *self)
{
  return self->has_findings ? &self->findings : NULL;
}

#include "config.h"

#include "facts.h"

#include <string.h>

#include "error.h"
#include "mask.h"

#define MAX_NUMBER 1000000
#define MAX_TEXT_LENGTH 300

#define CURE_SIGN_IN "check the token, or that the render key's domain is the host of the address"

static int
get_number (JsonObject *object, const char *name, int fallback)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return fallback;
  double value = json_node_get_double (node);
  return value >= -MAX_NUMBER && value <= MAX_NUMBER ? (int) value
                                                     : (value > MAX_NUMBER ? MAX_NUMBER : fallback);
}

static bool
get_bool (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_boolean (node);
}

/* (transfer full): never longer than a log line bears, never with a secret in it. */
static char *
get_text (JsonObject *object, const char *name)
{
  JsonNode   *node = json_object_get_member (object, name);
  const char *text = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node)
                                                                  : NULL;

  if (text == NULL)
    return NULL;
  /* JSON can hold halves of characters, which nobody further on could read. */
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *masked = shot_mask_uri (valid);
  g_strdelimit (masked, "\r\n\t", ' ');
  return g_utf8_strlen (masked, -1) > MAX_TEXT_LENGTH
             ? g_utf8_substring (masked, 0, MAX_TEXT_LENGTH)
             : g_steal_pointer (&masked);
}

/* One object of plain values: the parser goes down one call per level, and the page chooses how
 * many there are. */
static bool
is_flat (const char *text)
{
  bool     in_string = false;
  unsigned braces = 0;

  for (const char *at = text; *at != '\0'; at++) {
    if (in_string && *at == '\\' && at[1] != '\0')
      at++;
    else if (*at == '"')
      in_string = !in_string;
    else if (!in_string && (*at == '[' || (*at == '{' && ++braces > 1)))
      return false;
  }
  return true;
}

JsonObject *
shot_facts_parse_object (JsonParser *parser, const char *text)
{
  if (strlen (text) > SHOT_FACTS_MAX_BYTES || !is_flat (text))
    return NULL;
  if (!json_parser_load_from_data (parser, text, -1, NULL))
    return NULL;
  JsonNode *root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
}

void
shot_facts_init (ShotFacts *self)
{
  memset (self, 0, sizeof *self);
  self->query_count = -1;
  self->panels_rendered = -1;
  self->error = g_strdup ("");
  self->failed_file = g_strdup ("");
}

void
shot_facts_clear (ShotFacts *self)
{
  g_clear_pointer (&self->error, g_free);
  g_clear_pointer (&self->failed_file, g_free);
}

gboolean
shot_facts_parse (ShotFacts *self, const char *text, const char *key)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject            *object = shot_facts_parse_object (parser, text);

  if (object == NULL)
    return FALSE;

  g_autofree char *own_key = get_text (object, "key");
  if (g_strcmp0 (own_key, key) != 0)
    return FALSE;

  g_autofree char *channel = get_text (object, "channel");
  ShotFacts        facts = {
           .channel = g_strcmp0 (channel, "done") == 0 ? SHOT_CHANNEL_DONE : SHOT_CHANNEL_SILENT,
           .will_report = get_bool (object, "binding"),
           .is_booting = get_bool (object, "booting"),
           .has_scene = get_bool (object, "scene"),
           .is_wait_for_wrong = get_bool (object, "badSelector"),
           .is_wait_for_missing = get_bool (object, "missing"),
           .query_count = get_number (object, "queries", -1),
           .panels_rendered = get_number (object, "rendered", -1),
           .panels_expected = get_number (object, "expected", 0),
           .loading_bars = get_number (object, "bars", 0),
           .pending_fonts = get_number (object, "fonts", 0),
           .pending_images = get_number (object, "images", 0),
           .quiet_ms = get_number (object, "quiet", 0),
           .frames = get_number (object, "frames", 0),
           .width = get_number (object, "width", 0),
           .height = get_number (object, "height", 0),
           .error = get_text (object, "error"),
           .failed_file = get_text (object, "failedFile"),
  };
  if (g_strcmp0 (channel, "failed") == 0)
    facts.channel = SHOT_CHANNEL_FAILED;
  if (facts.error == NULL)
    facts.error = g_strdup ("");
  if (facts.failed_file == NULL)
    facts.failed_file = g_strdup ("");
  shot_facts_clear (self);
  *self = facts;
  return TRUE;
}

void
shot_inspection_clear (ShotInspection *self)
{
  g_clear_pointer (&self->not_found, g_free);
  g_clear_pointer (&self->authenticated_by, g_free);
  memset (self, 0, sizeof *self);
}

gboolean
shot_inspection_parse (ShotInspection *self, const char *text)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject            *object = shot_facts_parse_object (parser, text);

  if (object == NULL)
    return FALSE;

  shot_inspection_clear (self);
  self->content_height = get_number (object, "height", 0);
  self->is_blank = get_bool (object, "blank");
  self->is_login_form = get_bool (object, "isLoginForm");
  self->has_panels = get_bool (object, "hasPanels");
  self->not_found = get_text (object, "notFound");
  self->authenticated_by = get_text (object, "authenticatedBy");
  self->has_bad_selector = get_bool (object, "badSelector");
  self->has_element = get_bool (object, "hasElement");
  self->x = get_number (object, "x", 0);
  self->y = get_number (object, "y", 0);
  self->width = get_number (object, "width", 0);
  self->height = get_number (object, "height", 0);
  return TRUE;
}

ShotFetch
shot_facts_classify (const char *mime_type)
{
  /* The first that fits, so the exceptions stand before the families. */
  static const struct {
    const char *prefix;
    ShotFetch   fetch;
  } table[] = {
    { "text/html", SHOT_FETCH_DOCUMENT },
    { "application/xhtml", SHOT_FETCH_DOCUMENT },
    { "text/javascript", SHOT_FETCH_SCRIPT },
    { "application/javascript", SHOT_FETCH_SCRIPT },
    { "application/x-javascript", SHOT_FETCH_SCRIPT },
    { "application/ecmascript", SHOT_FETCH_SCRIPT },
    { "text/css", SHOT_FETCH_STYLE },
    { "font/", SHOT_FETCH_FONT },
    { "application/font", SHOT_FETCH_FONT },
    { "application/x-font", SHOT_FETCH_FONT },
    { "application/vnd.ms-fontobject", SHOT_FETCH_FONT },
    { "image/", SHOT_FETCH_IMAGE },
    { "application/json", SHOT_FETCH_JSON },
  };

  for (size_t i = 0; mime_type != NULL && i < G_N_ELEMENTS (table); i++) {
    if (g_ascii_strncasecmp (mime_type, table[i].prefix, strlen (table[i].prefix)) == 0)
      return table[i].fetch;
  }
  return SHOT_FETCH_OTHER;
}

gboolean
shot_facts_check_address (const char *asked_uri, const char *final_uri, GError **error)
{
  g_autoptr (GUri) asked = g_uri_parse (asked_uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED,
                                        NULL);
  g_autoptr (GUri) final = g_uri_parse (final_uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED,
                                        NULL);

  if (asked == NULL || final == NULL || g_uri_get_host (final) == NULL)
    return TRUE;
  if (g_str_has_suffix (g_uri_get_path (final), "/login")) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_LOGIN,
                         "Grafana shows its login page: " CURE_SIGN_IN);
    return FALSE;
  }
  if (g_ascii_strcasecmp (g_uri_get_host (asked), g_uri_get_host (final)) != 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_LOGIN,
                 "the page leads to another host, %s, as a sign-in service does: " CURE_SIGN_IN
                 ", or ask for that host itself",
                 g_uri_get_host (final));
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_sign_in (const ShotInspection *inspection, const ShotTrail *trail, GError **error)
{
  if (!shot_facts_check_address (trail->asked_uri, trail->final_uri, error))
    return FALSE;
  if (inspection->is_login_form) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_LOGIN,
                         "the page asks for a password: " CURE_SIGN_IN);
    return FALSE;
  }
  /* Older versions of Grafana do not say by what the user was recognised; "render" is the proof. */
  if (trail->has_render_key && inspection->authenticated_by != NULL &&
      !g_str_equal (inspection->authenticated_by, "render")) {
    g_set_error (
        error, SHOT_ERROR, SHOT_ERROR_LOGIN,
        "Grafana did not take the render key (it says it knows the user by “%s”): " CURE_SIGN_IN,
        inspection->authenticated_by);
    return FALSE;
  }
  if (trail->refused_uri != NULL) {
    g_autofree char *masked = shot_mask_uri (trail->refused_uri);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_LOGIN,
                 "Grafana answered 401 to the page's own request %s: " CURE_SIGN_IN, masked);
    return FALSE;
  }
  return TRUE;
}

gboolean
shot_facts_check (const ShotFacts *facts, const ShotInspection *inspection, const ShotTrail *trail,
                  GError **error)
{
  const char *not_found = inspection->not_found != NULL ? inspection->not_found : "";

  if (!check_sign_in (inspection, trail, error))
    return FALSE;
  if (!inspection->has_panels && (trail->is_dashboard_missing || *not_found != '\0')) {
    g_set_error (
        error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND,
        "Grafana does not find it (%s): check the uid and the panel id in the address, and that the user may see it",
        *not_found != '\0' ? not_found : "its dashboard API answered 404");
    return FALSE;
  }
  if (inspection->is_blank && *facts->failed_file != '\0') {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_SCRIPT,
                 "the page stayed empty because a script did not load: %s", facts->failed_file);
    return FALSE;
  }
  if (inspection->is_blank) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_SCRIPT, "the page stayed empty%s%s",
                 *facts->error != '\0' ? " after a script error: " : "", facts->error);
    return FALSE;
  }
  return TRUE;
}

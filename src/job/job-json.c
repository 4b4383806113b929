/* job-json.c: a job on the engine link */
#include "config.h"

#include "job.h"

#include <string.h>

#include "error.h"
#include "fields.h"
#include "job-private.h"

typedef struct {
  const char *name;
  bool       *field;
} Switch;

typedef struct {
  const char *name;
  int        *field;
} Limit;

#define N_SWITCHES 9
#define N_LIMITS 6

/* The same rows for writing and reading. */
static void
list_switches (ShotJob *self, Switch out_rows[N_SWITCHES])
{
  const Switch rows[N_SWITCHES] = {
    { "allow_insecure", &self->allow_insecure },
    { "best_effort", &self->is_best_effort },
    { "fresh", &self->wants_fresh },
    { "ignores_queries", &self->patience.ignores_queries },
    { "ignores_network", &self->patience.ignores_network },
    { "ignores_mutations", &self->patience.ignores_mutations },
    { "ignores_reports", &self->patience.ignores_reports },
    { "landscape", &self->paper.is_landscape },
    { "backgrounds", &self->paper.has_backgrounds },
  };

  memcpy (out_rows, rows, sizeof rows);
}

static void
list_limits (ShotJob *self, Limit out_rows[N_LIMITS])
{
  const Limit rows[N_LIMITS] = {
    { "prior_wait_ms", &self->patience.prior_wait_ms },
    { "limit_ms", &self->patience.limit_ms },
    { "query_limit_ms", &self->patience.query_limit_ms },
    { "network_limit_ms", &self->patience.network_limit_ms },
    { "mutation_limit_ms", &self->patience.mutation_limit_ms },
    { "moving_ms", &self->patience.moving_ms },
  };

  memcpy (out_rows, rows, sizeof rows);
}

static void
set_optional (JsonObject *object, const char *name, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, name, text);
}

static JsonArray *
headers_to_json (const ShotJob *self)
{
  JsonArray *array = json_array_new ();

  for (unsigned i = 0; i < self->headers->len; i++) {
    const ShotJobHeader *header = self->headers->pdata[i];
    JsonObject          *object = json_object_new ();
    json_object_set_string_member (object, "origin", header->origin);
    json_object_set_string_member (object, "name", header->name);
    json_object_set_string_member (object, "value", shot_secret_reveal (header->value));
    json_array_add_object_element (array, object);
  }
  return array;
}

static JsonArray *
texts_to_json (const GPtrArray *texts)
{
  JsonArray *array = json_array_new ();

  for (unsigned i = 0; i < texts->len; i++)
    json_array_add_string_element (array, texts->pdata[i]);
  return array;
}

static JsonArray *
pictures_to_json (const ShotJob *self)
{
  JsonArray *array = json_array_new ();

  for (unsigned i = 0; i < self->pictures->len; i++) {
    const ShotPictureWish *wish = self->pictures->pdata[i];
    JsonObject            *object = json_object_new ();
    json_object_set_string_member (object, "kind", shot_picture_kind_get_name (wish->kind));
    json_object_set_string_member (object, "encoding", shot_encoding_get_name (wish->encoding));
    json_object_set_int_member (object, "quality", wish->quality);
    set_optional (object, "selector", wish->selector);
    if (wish->kind == SHOT_PICTURE_EACH_PANEL) {
      json_object_set_boolean_member (object, "grid", wish->is_grid);
      json_object_set_int_member (object, "width", wish->width);
      json_object_set_int_member (object, "height", wish->height);
      json_object_set_boolean_member (object, "data", wish->wants_data);
      if (wish->panels != NULL)
        json_object_set_array_member (object, "panels", texts_to_json (wish->panels));
    }
    json_array_add_object_element (array, object);
  }
  return array;
}

static void
set_secret (JsonObject *object, const char *name, ShotSecret *secret)
{
  if (secret != NULL)
    json_object_set_string_member (object, name, shot_secret_reveal (secret));
}

JsonObject *
shot_job_to_json (const ShotJob *self)
{
  JsonObject *object = json_object_new ();
  Switch      switches[N_SWITCHES];
  Limit       limits[N_LIMITS];

  list_switches ((ShotJob *) self, switches);
  list_limits ((ShotJob *) self, limits);

  json_object_set_string_member (object, "id", self->id);
  json_object_set_string_member (object, "uri", self->uri);
  json_object_set_int_member (object, "width", self->width);
  json_object_set_int_member (object, "height", self->height);
  json_object_set_double_member (object, "scale", self->scale);
  json_object_set_int_member (object, "timeout_ms", self->timeout_ms);
  json_object_set_int_member (object, "quiet_ms", self->quiet_ms);
  json_object_set_int_member (object, "max_pixels", self->max_pixels);
  json_object_set_double_member (object, "zoom", self->zoom);
  json_object_set_double_member (object, "paper_width", self->paper.width_in);
  json_object_set_double_member (object, "paper_height", self->paper.height_in);
  json_object_set_double_member (object, "paper_scale", self->paper.scale);
  for (size_t i = 0; i < N_SWITCHES; i++)
    json_object_set_boolean_member (object, switches[i].name, *switches[i].field);
  for (size_t i = 0; i < N_LIMITS; i++)
    json_object_set_int_member (object, limits[i].name, *limits[i].field);
  set_optional (object, "timezone", self->timezone);
  set_optional (object, "language", self->language);
  set_optional (object, "user_agent", self->user_agent);
  set_optional (object, "wait_for", self->wait_for);
  set_optional (object, "wait_expression", self->wait_expression);
  set_optional (object, "page_ranges", self->paper.page_ranges);
  set_optional (object, "domain", self->domain);
  set_optional (object, "ca_pem", self->ca_pem);
  set_secret (object, "render_key", self->render_key);
  set_secret (object, "client_pem", self->client_pem);
  set_secret (object, "relay_uri", self->relay_uri);
  json_object_set_array_member (object, "allow", texts_to_json (self->allow));
  json_object_set_array_member (object, "headers", headers_to_json (self));
  json_object_set_array_member (object, "pictures", pictures_to_json (self));
  return object;
}

static gboolean
read_header (JsonObject *element, void *user_data, GError **error)
{
  ShotJob    *self = user_data;
  const char *origin = NULL;
  const char *name = NULL;
  const char *value = NULL;

  if (!shot_fields_get_string (element, "origin", false, &origin, error) ||
      !shot_fields_get_string (element, "name", false, &name, error) ||
      !shot_fields_get_string (element, "value", false, &value, error))
    return FALSE;

  ShotJobHeader *header = g_new0 (ShotJobHeader, 1);
  header->origin = g_strdup (origin);
  header->name = g_strdup (name);
  header->value = shot_secret_new (value);
  g_ptr_array_add (self->headers, header);
  return TRUE;
}

static gboolean
read_panels (ShotPictureWish *wish, JsonObject *element, GError **error)
{
  JsonArray *array = NULL;

  if (!json_object_has_member (element, "panels"))
    return TRUE;
  if (!shot_fields_get_array (element, "panels", SHOT_JOB_MAX_PANELS, &array, error))
    return FALSE;
  wish->panels = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; i < json_array_get_length (array); i++) {
    const char *key = NULL;
    if (!shot_fields_get_string_element (array, i, "panels", &key, error))
      return FALSE;
    shot_picture_wish_add_panel (wish, key);
  }
  return TRUE;
}

static gboolean
read_each_panel (ShotPictureWish *wish, JsonObject *element, GError **error)
{
  int64_t width = 0;
  int64_t height = 0;

  if (!shot_fields_get_int (element, "width", 0, SHOT_JOB_MAX_SIDE, &width, error) ||
      !shot_fields_get_int (element, "height", 0, SHOT_JOB_MAX_SIDE, &height, error) ||
      !shot_fields_get_bool (element, "grid", &wish->is_grid, error) ||
      !shot_fields_get_bool (element, "data", &wish->wants_data, error))
    return FALSE;
  wish->width = (int) width;
  wish->height = (int) height;
  return read_panels (wish, element, error);
}

static gboolean
read_picture (JsonObject *element, void *user_data, GError **error)
{
  ShotJob        *self = user_data;
  const char     *kind_name = NULL;
  const char     *encoding_name = NULL;
  const char     *selector = NULL;
  int64_t         quality = 0;
  ShotPictureKind kind;

  if (!shot_fields_get_string (element, "kind", false, &kind_name, error) ||
      !shot_fields_get_string (element, "encoding", false, &encoding_name, error) ||
      !shot_fields_get_int (element, "quality", 1, 100, &quality, error) ||
      !shot_fields_get_string (element, "selector", true, &selector, error))
    return FALSE;

  ShotEncoding encoding;
  if (!shot_picture_kind_from_name (kind_name, &kind) ||
      !shot_encoding_from_name (encoding_name, &encoding)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "malformed message: there are no pictures of this kind");
    return FALSE;
  }

  ShotPictureWish *wish = shot_job_add_picture (self, kind, selector);
  wish->encoding = encoding;
  wish->quality = (int) quality;
  return kind == SHOT_PICTURE_EACH_PANEL ? read_each_panel (wish, element, error) : TRUE;
}

static gboolean
read_allow (ShotJob *self, JsonObject *object, GError **error)
{
  JsonArray *array = NULL;

  if (!shot_fields_get_array (object, "allow", SHOT_JOB_MAX_ALLOW, &array, error))
    return FALSE;
  for (unsigned i = 0; i < json_array_get_length (array); i++) {
    const char *text = NULL;
    if (!shot_fields_get_string_element (array, i, "allow", &text, error))
      return FALSE;
    g_ptr_array_add (self->allow, g_strdup (text));
  }
  return TRUE;
}

static gboolean
read_numbers (ShotJob *self, JsonObject *object, GError **error)
{
  int64_t width = 0;
  int64_t height = 0;
  int64_t quiet_ms = 0;

  if (!shot_fields_get_int (object, "width", 1, SHOT_JOB_MAX_SIDE, &width, error) ||
      !shot_fields_get_int (object, "height", 1, SHOT_JOB_MAX_SIDE, &height, error) ||
      !shot_fields_get_double (object, "scale", &self->scale, error) ||
      !shot_fields_get_double (object, "zoom", &self->zoom, error) ||
      !shot_fields_get_double (object, "paper_width", &self->paper.width_in, error) ||
      !shot_fields_get_double (object, "paper_height", &self->paper.height_in, error) ||
      !shot_fields_get_double (object, "paper_scale", &self->paper.scale, error) ||
      !shot_fields_get_int (object, "timeout_ms", 1, SHOT_JOB_MAX_TIMEOUT_MS, &self->timeout_ms,
                            error) ||
      !shot_fields_get_int (object, "quiet_ms", 0, SHOT_JOB_MAX_QUIET_MS, &quiet_ms, error) ||
      !shot_fields_get_int (object, "max_pixels", 1, SHOT_JOB_MAX_PIXELS, &self->max_pixels, error))
    return FALSE;
  self->width = (int) width;
  self->height = (int) height;
  self->quiet_ms = (int) quiet_ms;
  return TRUE;
}

static gboolean
read_rows (ShotJob *self, JsonObject *object, GError **error)
{
  Switch switches[N_SWITCHES];
  Limit  limits[N_LIMITS];

  list_switches (self, switches);
  list_limits (self, limits);
  for (size_t i = 0; i < N_SWITCHES; i++) {
    if (!shot_fields_get_bool (object, switches[i].name, switches[i].field, error))
      return FALSE;
  }
  for (size_t i = 0; i < N_LIMITS; i++) {
    int64_t value = 0;
    if (!shot_fields_get_int (object, limits[i].name, 0, SHOT_JOB_MAX_TIMEOUT_MS, &value, error))
      return FALSE;
    *limits[i].field = (int) value;
  }
  return TRUE;
}

static gboolean
read_secrets (ShotJob *self, JsonObject *object, GError **error)
{
  const struct {
    const char  *name;
    ShotSecret **field;
  } secrets[] = {
    { "render_key", &self->render_key },
    { "client_pem", &self->client_pem },
    { "relay_uri", &self->relay_uri },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (secrets); i++) {
    const char *text = NULL;
    if (!shot_fields_get_string (object, secrets[i].name, true, &text, error))
      return FALSE;
    if (text != NULL)
      *secrets[i].field = shot_secret_new (text);
  }
  return TRUE;
}

static gboolean
read_texts (ShotJob *self, JsonObject *object, GError **error)
{
  const struct {
    const char *name;
    char      **field;
  } texts[] = {
    { "timezone", &self->timezone },
    { "language", &self->language },
    { "user_agent", &self->user_agent },
    { "wait_for", &self->wait_for },
    { "wait_expression", &self->wait_expression },
    { "domain", &self->domain },
    { "ca_pem", &self->ca_pem },
    { "page_ranges", &self->paper.page_ranges },
  };
  const char *id = NULL;

  if (!shot_fields_get_string (object, "id", false, &id, error))
    return FALSE;
  g_free (self->id);
  self->id = g_strdup (id);
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    const char *text = NULL;
    if (!shot_fields_get_string (object, texts[i].name, true, &text, error))
      return FALSE;
    *texts[i].field = g_strdup (text);
  }
  return TRUE;
}

ShotJob *
shot_job_from_json (JsonObject *object, GError **error)
{
  const char *uri = NULL;

  if (!shot_fields_get_string (object, "uri", false, &uri, error))
    return NULL;

  g_autoptr (ShotJob) self = shot_job_new (uri);
  if (!read_texts (self, object, error) || !read_secrets (self, object, error) ||
      !read_numbers (self, object, error) || !read_rows (self, object, error) ||
      !shot_fields_read_objects (object, "headers", SHOT_JOB_MAX_HEADERS, read_header, self,
                                 error) ||
      !read_allow (self, object, error) ||
      !shot_fields_read_objects (object, "pictures", SHOT_JOB_MAX_PICTURES, read_picture, self,
                                 error) ||
      !shot_job_check (self, error))
    return NULL;
  return g_steal_pointer (&self);
}
